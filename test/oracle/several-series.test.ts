import { expect, it } from '@jest/globals';
import type { Random } from '../../src/setup/sample/random.js';
import type { Resource, Row } from './support/ask.js';
import { compareList, Differences } from './support/compare.js';
import { insertSeries, SERIES } from './support/economy-data.js';
import { ownDatabase } from './support/own-database.js';
import { chance, dayAfter, randomOf, ROUNDS, some } from './support/seed.js';
import { decimals, instant } from './support/truth.js';

const PATH = '/v1/economic-data/observations';

const own = ownDatabase(async (sql) => {
  const rng = randomOf('several series data');
  for (const id of SERIES) await insertSeries(sql, id, rng);
});

interface Asked {
  readonly names: readonly string[];
  readonly start: string;
  readonly end: string;
  readonly sort: 'asc' | 'desc';
}

function asked(rng: Random, days = 3000): Asked {
  const start = dayAfter('2000-06-01', rng.integer(0, 5000));
  const end = dayAfter(start, rng.integer(0, days));
  return { names: some(rng, SERIES, 0.3).sort(), start, end, sort: rng.pick(['asc', 'desc']) };
}

const limitOf = (rng: Random, rows: readonly Row[]): number =>
  chance(rng, 0.3) ? Math.max(1, Math.min(1000, rows.length)) : rng.integer(Math.ceil((rows.length + 1) / 10), 800);

it('one after the other equal naive SQL, page by page', async () => {
  const rng = randomOf('several series long');
  const differences = new Differences('long');
  for (let n = 0; n < 25 * ROUNDS && !differences.enough; n++) {
    const { names, start, end, sort } = asked(rng);
    const rows = await own.truth.rows(
      `select symbol as series_id, to_char(date at time zone 'UTC', 'YYYY-MM-DD') as date, ${decimals('value')},
         is_preliminary, ${instant('revision_date')} as revision_date, source
       from economic_data.economic_data
       where symbol = any($1) and date >= $2::date::timestamp at time zone 'UTC'
         and date < ($3::date + 1)::timestamp at time zone 'UTC'
       order by symbol collate "C", economic_data.date ${sort}`,
      [names, start, end],
    );
    const resource: Resource = {
      path: PATH,
      query: { series: names.join(), start, end, sort },
      graphql: {
        operation: (args, selection) => `{ observations(${args}) { ${selection} } }`,
        at: ['observations'],
        args: `series: ${JSON.stringify(names)}, start: "${start}", end: "${end}", sort: ${sort.toUpperCase()}`,
        columns: true,
      },
      columns: ['series_id', 'date', 'value', 'is_preliminary', 'revision_date', 'source'],
    };
    await compareList(own.api, rng, resource, rows, limitOf(rng, rows), differences, false);
  }
  expect(differences.found).toEqual([]);
});

/** The value of a series on a date, the last one of that date; where values are carried, of the last date with one. */
function valueOn(align: string): string {
  const last = `select value from economic_data.economic_data as e
    where e.symbol = s and e.date < '9999-12-31' and (e.date at time zone 'UTC')::date`;
  const newest = `(${last} = d order by e.date desc limit 1)`;
  if (align !== 'locf') return newest;
  // Of a date with more than one value the last counts, even where it is no number.
  return `(${last} <= d and e.value <> 'NaN' and not exists (
      select from economic_data.economic_data as f where f.symbol = s and f.date > e.date
        and (f.date at time zone 'UTC')::date = (e.date at time zone 'UTC')::date)
    order by e.date desc limit 1)`;
}

it.each(['outer', 'inner', 'locf'])('side by side equal naive SQL: %s', async (align) => {
  const rng = randomOf(`several series ${align}`);
  const differences = new Differences(align);
  for (let n = 0; n < (align === 'locf' ? 6 : 20) * ROUNDS && !differences.enough; n++) {
    // Each carried cell looks back through its series.
    const { names, start, end, sort } = asked(rng, align === 'locf' ? 700 : 3000);
    const cells = await own.truth.rows(
      `select d::text as date, s as series_id, trim_scale(nullif(${valueOn(align)}, 'NaN'))::text as value
       from (
         select distinct (date at time zone 'UTC')::date as d from economic_data.economic_data
         where symbol = any($1) and date < '9999-12-31' and (date at time zone 'UTC')::date between $2::date and $3::date
       ) as dates, unnest($1::text[]) as s
       order by d ${sort}`,
      [names, start, end],
    );
    const rows = [...Map.groupBy(cells, ({ date }) => date!)]
      .map(([date, found]): Row => ({ date, ...Object.fromEntries(found.map((row) => [row.series_id!, row.value!])) }))
      .filter((row) => align !== 'inner' || names.every((name) => row[name] !== ''));
    const resource: Resource = {
      path: PATH,
      query: { series: names.join(), start, end, sort, layout: 'wide', align },
      columns: ['date', ...names],
    };
    await compareList(own.api, rng, resource, rows, limitOf(rng, rows), differences, false);
  }
  expect(differences.found).toEqual([]);
});

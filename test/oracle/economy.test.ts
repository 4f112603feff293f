import { expect, it } from '@jest/globals';
import type { Random } from '../../src/setup/sample/random.js';
import { plain, readPage, type Resource, type Row } from './support/ask.js';
import { compareList, Differences } from './support/compare.js';
import { insertSeries, SERIES, STEPS } from './support/economy-data.js';
import { ownDatabase } from './support/own-database.js';
import { chance, dayAfter, randomOf, ROUNDS } from './support/seed.js';
import { decimals, instant } from './support/truth.js';

const COLUMNS = ['date', 'value', 'is_preliminary', 'revision_date', 'source'];
const UNITS = ['lin', 'chg', 'ch1', 'pch', 'pc1', 'pca', 'cch', 'cca', 'log'];
const METHODS = ['avg', 'sum', 'eop'];
const FREQUENCIES = ['d', 'w', 'm', 'q', 'sa', 'a'];

const own = ownDatabase(async (sql) => {
  const rng = randomOf('economy data');
  for (const id of SERIES) await insertSeries(sql, id, rng);
});

function resourceOf(id: string, query: Record<string, string>): Resource {
  const { start, end, sort = 'asc', units, frequency, aggregation_method: method, as_of: asOf } = query;
  const args = [
    start && `start: "${start}"`,
    end && `end: "${end}"`,
    `sort: ${sort.toUpperCase()}`,
    units && `units: ${units.toUpperCase()}`,
    frequency && `frequency: ${frequency.toUpperCase()}`,
    method && `aggregationMethod: ${method.toUpperCase()}`,
    asOf && `asOf: "${asOf}"`,
  ];
  return {
    path: `/v1/economic-data/series/${id}/observations`,
    query,
    graphql: {
      operation: (all, selection) => `{ series(id: "${id}") { observations(${all}) { ${selection} } } }`,
      at: ['series', 'observations'],
      args: args.filter(Boolean).join(', '),
      columns: true,
    },
    columns: asOf ? [...COLUMNS, 'revised_later'] : COLUMNS,
  };
}

function window(rng: Random): { start: string; end: string } {
  const start = dayAfter('2000-06-01', rng.integer(0, 5000));
  return { start, end: dayAfter(start, rng.integer(0, 3000)) };
}

it('levels equal naive SQL, page by page', async () => {
  const rng = randomOf('economy levels');
  const differences = new Differences('levels');
  for (let n = 0; n < 60 * ROUNDS && !differences.enough; n++) {
    const id = rng.pick(SERIES);
    const { start, end } = chance(rng, 0.3) ? { start: '0001-01-01', end: '9999-12-30' } : window(rng);
    const sort = rng.pick(['asc', 'desc']);
    const rows = await own.truth.rows(
      `select to_char(date at time zone 'UTC', 'YYYY-MM-DD') as date, ${decimals('value')}, is_preliminary,
         ${instant('revision_date')} as revision_date, source
       from economic_data.economic_data
       where symbol = $1 and date >= $2::date::timestamp at time zone 'UTC'
         and date < ($3::date + 1)::timestamp at time zone 'UTC'
       order by economic_data.date ${sort}`,
      [id, start, end],
    );
    const limit = chance(rng, 0.3) ? Math.max(1, rows.length) : rng.integer(Math.ceil((rows.length + 1) / 10), 400);
    await compareList(own.api, rng, resourceOf(id, { start, end, sort }), rows, limit, differences, false);
  }
  expect(differences.found).toEqual([]);
});

it('what was known then equals naive SQL', async () => {
  const rng = randomOf('economy as of');
  const differences = new Differences('as of');
  for (let n = 0; n < 40 * ROUNDS && !differences.enough; n++) {
    const id = rng.pick(SERIES);
    const day = dayAfter('2001-03-01', rng.integer(0, 3000));
    const asOf = chance(rng, 0.5) ? day : `${day}T${String(rng.integer(0, 23)).padStart(2, '0')}:30:00Z`;
    const then =
      asOf === day ? `timestamptz '${dayAfter(day, 1)}Z'` : `timestamptz '${asOf}' + interval '1 microsecond'`;
    const lost = `(coalesce(updated_at >= ${then}, false) or coalesce(revision_date >= ${then}, false))`;
    const rows = await own.truth.rows(
      `select date, case when not lost then value end as value, case when not lost then is_preliminary end as is_preliminary,
         case when not lost then revision_date end as revision_date, source, lost as revised_later
       from (
         select date as at, to_char(date at time zone 'UTC', 'YYYY-MM-DD') as date, ${decimals('value')}, is_preliminary,
           ${instant('revision_date')} as revision_date, source, ${lost} as lost
         from economic_data.economic_data
         where symbol = $1 and created_at < ${then} and date < '9999-12-31'
       ) as known
       order by at`,
      [id],
    );
    const limit = rng.integer(Math.ceil((rows.length + 1) / 10), 400);
    await compareList(own.api, rng, resourceOf(id, { as_of: asOf }), rows, limit, differences, false);
  }
  expect(differences.found).toEqual([]);
});

it('what a window has in other units and frequencies is the same part of the whole', async () => {
  const rng = randomOf('economy units');
  const differences = new Differences('units');
  for (let n = 0; n < 60 * ROUNDS && !differences.enough; n++) {
    const id = rng.pick(SERIES);
    const at = Object.keys(STEPS).indexOf(id.split('.')[0]!);
    const native = [0, 1, 2, 2, 3, 5][at]!;
    const frequency = chance(rng, 0.6) ? rng.pick(FREQUENCIES.slice(native)) : undefined;
    const query: Record<string, string> = { units: rng.pick(UNITS) };
    if (frequency) Object.assign(query, { frequency, aggregation_method: rng.pick(METHODS) });
    const whole = await readPage(own.api, only('json'), resourceOf(id, query), 1000, null);
    const { start, end } = window(rng);
    const rows = whole.rows.filter(({ date }) => date! >= start && date! <= end);
    const limit = rng.integer(Math.ceil((rows.length + 1) / 10), 400);
    const inside = { ...query, start, end };
    await compareList(own.api, rng, resourceOf(id, inside), rows, limit, differences, false);
    const backwards = rows.toReversed();
    await compareList(own.api, rng, resourceOf(id, { ...inside, sort: 'desc' }), backwards, limit, differences, false);
  }
  expect(differences.found).toEqual([]);
});

it('sums, averages and last values of months equal naive SQL', async () => {
  const rng = randomOf('economy months');
  const differences = new Differences('months');
  for (const id of SERIES.filter((one) => /^(DAILY|WEEKLY)/.test(one))) {
    const method = rng.pick(METHODS);
    const value = {
      avg: 'round(avg(v), 8)',
      sum: 'round(sum(v), 8)',
      eop: '(array_agg(v order by date desc) filter (where v is not null))[1]',
    }[method]!;
    const rows = await own.truth.rows(
      `select to_char(month, 'YYYY-MM-DD') as date, trim_scale(value)::text as value from (
         select date_trunc('month', date at time zone 'UTC') as month, ${value} as value
         from (select date, nullif(value, 'NaN') as v from economic_data.economic_data
           where symbol = $1 and date < '9999-12-31') as o
         group by 1) as months order by month`,
      [id],
    );
    const query = { units: 'lin', frequency: 'm', aggregation_method: method };
    const page = await readPage(own.api, only('json'), resourceOf(id, query), 1000, null);
    // The first and the last month are null where FRED would not make a value of so few.
    const inner = (list: Row[]): Row[] =>
      list.slice(1, -1).map(({ date, value: v }) => ({ date: date!, value: plain(v) }));
    const [got, wanted] = [inner(page.rows), inner(rows)];
    if (JSON.stringify(got) !== JSON.stringify(wanted)) {
      const i = wanted.findIndex((row, place) => JSON.stringify(row) !== JSON.stringify(got[place]));
      differences.add(`${page.asked}\n${JSON.stringify(got[i])}, expected ${JSON.stringify(wanted[i])}`);
    }
  }
  expect(differences.found).toEqual([]);
});

/** Random numbers that always pick this form, with all columns. */
function only(form: string): Random {
  return { ...randomOf(form), next: () => 0.999, pick: (items) => items.find((item) => item === form) ?? items[0]! };
}

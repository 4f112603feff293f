import { type Expression, type RawBuilder, sql } from 'kysely';
import { atMost, columnsAs, textArray, utcDay } from '../../sql/build.js';
import type { RowOf } from '../../sql/columns.js';
import { END, FIRST, nameable } from './dated.js';
import type { Rate } from './frequency.js';
import { observationsKnown } from './known-then.js';
import type { SeriesEntry } from './series.model.js';

/** A series as its statements yield it. */
export type SeriesRow = RowOf<SeriesEntry>;

/** Newest observations of a series from which its frequency is inferred. */
const NEWEST_OBSERVATIONS = 50;

/** Observations of the series `s.series_id`, those that have a date. */
const own = (known: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`${known} as o where o.symbol = s.series_id and ${nameable(sql`o.date`)}`;

/**
 * Names of series after a name, in the order of the primary key, one index probe each: the database stops as soon as
 * the page is full, so its cost follows the page and not the table. (A loose index scan; PostgreSQL wiki.)
 */
function names(after: string | undefined): RawBuilder<unknown> {
  const next = (bound: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
      select o.symbol from economic_data.economic_data as o where o.symbol > ${bound} order by o.symbol limit 1
    )`;
  return sql`with recursive names as (
    ${next(sql`${after ?? ''}`)}
    union all
    select ${next(sql`names.symbol`)} from names where names.symbol is not null
  )`;
}

/** The names that belong to a series with at least one observation that has a date. */
const named = sql`
  from names
  where names.symbol is not null
    and exists (
      select from economic_data.economic_data as o where o.symbol = names.symbol and ${nameable(sql`o.date`)}
    )`;

/** The rate that a step of that many days means, holidays and months of any length allowed for. */
const rateOfStep = sql`
  case
    when step.days between 1 and 4 then 'd'
    when step.days between 5 and 9 then 'w'
    when step.days between 12 and 16 then 'bw'
    when step.days between 26 and 35 then 'm'
    when step.days between 80 and 100 then 'q'
    when step.days between 170 and 195 then 'sa'
    when step.days between 350 and 380 then 'a'
  end`;

/**
 * The native rate of the series in `s`: the highest that a quarter of the steps between its newest days have. Steps
 * over gaps, which are longer, do not lower it, and a few stray observations do not raise it.
 */
function frequencyIn(known: RawBuilder<unknown>): RawBuilder<Rate | null> {
  const days = sql`
    select distinct (newest.date at time zone 'UTC')::date as day
    from (select o.date from ${own(known)} order by o.date desc limit ${sql.lit(NEWEST_OBSERVATIONS)}) as newest`;
  const steps = sql`select d.day - lag(d.day) over (order by d.day) as days from (${days}) as d`;
  const votes = sql`
    select rate.rate, count(*) as steps, sum(count(*)) over () as all_steps, min(rate.days) as days
    from (select ${rateOfStep} as rate, step.days from (${steps}) as step) as rate
    where rate.rate is not null
    group by rate.rate`;
  return sql<Rate | null>`(
    select votes.rate
    from (${votes}) as votes
    where votes.steps * 4 >= votes.all_steps
    order by votes.days
    limit 1
  )`;
}

/** What is known of each series in `s`, whose column `series_id` names it; unknown ones are absent. */
function entries(s: RawBuilder<unknown>, knownBefore: string | null = null): RawBuilder<SeriesRow> {
  const known = observationsKnown(knownBefore);
  const edge = (direction: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`(select o.date from ${own(known)} order by o.date ${direction} limit 1)`;
  // One range of the primary key each.
  const beyond = (bound: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`(select count(*)::int from ${known} as o where o.symbol = s.series_id and o.date ${bound})`;
  const columns = columnsAs<SeriesRow>({
    series_id: sql.ref('s.series_id'),
    first_date: utcDay(sql.ref('first.date')),
    last_date: utcDay(sql.ref('last.date')),
    observations: sql<number>`(select count(*)::int from ${own(known)})`,
    frequency: frequencyIn(known),
    undated_observations: sql<number>`${beyond(sql`< ${FIRST}`)} + ${beyond(sql`>= ${END}`)}`,
    title: sql<null>`null::text`,
    unit: sql<null>`null::text`,
  });
  return sql<SeriesRow>`
    select ${columns}
    from ${s} as s
    cross join lateral ${edge(sql`asc`)} as first
    cross join lateral ${edge(sql`desc`)} as last`;
}

/** What is known of the series after a name whose name contains a text, in the order of the database's collation. */
export function series(
  search: string | undefined,
  after: string | undefined,
  limit: RawBuilder<number> | null,
): Expression<SeriesRow> {
  const wanted = search === undefined ? sql`` : sql` and strpos(lower(names.symbol), lower(${search})) > 0`;
  const ids = sql`(select names.symbol as series_id ${named}${wanted}${atMost(limit)})`;
  return sql<SeriesRow>`(${names(after)} ${entries(ids)} order by s.series_id)`;
}

/**
 * What is known of some series by their names; unknown ones are absent.
 * @param knownBefore  only what the table had then, see {@link observationsKnown}
 */
export function seriesOf(ids: readonly string[], knownBefore: string | null = null): Expression<SeriesRow> {
  const asked = sql`(select series_id from unnest(${textArray(ids)}) as series_id)`;
  return sql<SeriesRow>`(${entries(asked, knownBefore)})`;
}

/** The name of every series; for suggestions, never for a page. */
export function allNames(): RawBuilder<{ symbol: string }> {
  return sql`${names(undefined)} select names.symbol ${named}`;
}

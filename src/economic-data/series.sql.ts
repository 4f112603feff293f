import { type Expression, type RawBuilder, sql } from 'kysely';
import { textArray, wireDay } from '../database/build.js';

/** Newest observations of a series from which its frequency is inferred. */
const NEWEST = 50;

/**
 * Names of series after a name, in the order of the primary key, one index probe each: the database stops as soon as
 * the page is full, so its cost follows the page and not the table. (A loose index scan; PostgreSQL wiki.)
 */
function names(after: string | undefined): RawBuilder<unknown> {
  return sql`with recursive names as ((select o.symbol from economic_data.economic_data as o where o.symbol > ${after ?? ''} order by o.symbol limit 1) union all select (select o.symbol from economic_data.economic_data as o where o.symbol > names.symbol order by o.symbol limit 1) from names where names.symbol is not null)`;
}

/** The frequency that a step of that many days means. */
const frequencyOfStep = sql`case when step.days between 1 and 4 then 'd' when step.days between 5 and 9 then 'w' when step.days between 26 and 35 then 'm' when step.days between 80 and 100 then 'q' when step.days between 170 and 195 then 'sa' when step.days between 350 and 380 then 'a' end`;

/** What is known of each series in `s`, whose column `series_id` names it; unknown ones are absent. */
function entries(s: RawBuilder<unknown>): RawBuilder<unknown> {
  const day = sql`(newest.date at time zone 'UTC')::date`;
  const newest = sql`(select o.date from economic_data.economic_data as o where o.symbol = s.series_id order by o.date desc limit ${sql.lit(NEWEST)})`;
  const frequency = sql`(select ${frequencyOfStep} as frequency from (select ${day} - lag(${day}) over (order by newest.date) as days from ${newest} as newest) as step where step.days is not null group by 1 order by count(*) desc, min(step.days) limit 1)`;
  const edge = (direction: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`(select o.date from economic_data.economic_data as o where o.symbol = s.series_id order by o.date ${direction} limit 1)`;
  const count = sql`(select count(*)::int from economic_data.economic_data as o where o.symbol = s.series_id)`;
  return sql`select s.series_id, ${wireDay(sql.ref('first.date'))} as first_date, ${wireDay(sql.ref('last.date'))} as last_date, ${count} as observations, ${frequency} as frequency from ${s} as s cross join lateral ${edge(sql`asc`)} as first cross join lateral ${edge(sql`desc`)} as last`;
}

/** What is known of the series after a name whose name contains a text, in the order of the database's collation. */
export function series(
  search: string | undefined,
  after: string | undefined,
  limit: number | null,
): Expression<unknown> {
  const wanted = search === undefined ? sql`` : sql` and strpos(lower(names.symbol), lower(${search})) > 0`;
  const page = limit === null ? sql`` : sql` limit ${limit}`;
  const named = sql`(select names.symbol as series_id from names where names.symbol is not null${wanted}${page})`;
  return sql`(${names(after)} ${entries(named)} order by s.series_id)`;
}

/** What is known of some series by their names; unknown ones are absent. */
export function seriesOf(ids: readonly string[]): Expression<unknown> {
  return sql`(${entries(sql`(select series_id from unnest(${textArray(ids)}) as series_id)`)})`;
}

/** The name of every series; for suggestions, never for a page. */
export function allNames(): RawBuilder<{ symbol: string }> {
  return sql<{
    symbol: string;
  }>`${names(undefined)} select names.symbol from names where names.symbol is not null`;
}

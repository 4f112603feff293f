import { type RawBuilder, sql } from 'kysely';
import { atMost, dayNumber } from '../../sql/build.js';
import { type DailySource, dailyRows, IS_PARTIAL } from './daily.sql.js';

/** Volumes that are compared: the last one and those of the twenty days before it. */
export const VOLUMES = 21;

/** The last daily bars of a symbol that lie in a source, the newest first; arrays are PostgreSQL's text of them. */
export interface LastDaysRow {
  readonly symbol: string;
  /** Numbers of days after 1970-01-01. */
  readonly days: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  /** Of the last 21 days at most. */
  readonly volume: string;
  /** Of the last day. */
  readonly open: string;
  readonly isPartial: boolean;
}

/** The last daily bars of each of some symbols, at most so many of each; who has none in the source is absent. */
export function lastDays(
  symbols: RawBuilder<string[]>,
  source: DailySource,
  limit: RawBuilder<number>,
): RawBuilder<LastDaysRow> {
  // An aggregate takes its rows as the subquery below it sorts them.
  return sql<LastDaysRow>`
    select asked.symbol, found.*
    from unnest(${symbols}) as asked (symbol)
    cross join lateral (
      select
        array_agg(${dayNumber(sql.ref('d.day'))})::text as days,
        array_agg(d.high)::text as high, array_agg(d.low)::text as low, array_agg(d.close)::text as close,
        ((array_agg(d.volume))[1:${sql.lit(VOLUMES)}])::text as volume,
        ((array_agg(d.open))[1])::text as open,
        (array_agg(${IS_PARTIAL}))[1] as "isPartial"
      from (
        select * from ${dailyRows(sql.ref('asked.symbol'), source)} as daily
        order by daily.day desc${atMost(limit)}
      ) as d
      having count(*) > 0
    ) as found`;
}

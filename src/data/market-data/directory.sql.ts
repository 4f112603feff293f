import { type RawBuilder, sql } from 'kysely';
import { barsIn, textArray, wireInstant } from '../../sql/build.js';
import type { TimeWindow } from '../../base/time.js';
import { type DailySource, dailyRows } from './daily.sql.js';

/** A symbol, and the days of a stretch of its history that have a bar. */
export interface SymbolDays {
  readonly symbol: string;
  readonly firstDay: string;
  readonly lastDay: string;
  /** Days that have a bar, and those of them that are a Saturday or Sunday. */
  readonly days: number;
  readonly weekendDays: number;
}

/** Either a symbol of a stretch, or one of its days with the number of symbols that have a bar on it. */
export type StretchRow = SymbolDays | { readonly symbol: null; readonly day: string; readonly days: number };

const text = (day: RawBuilder<unknown>): RawBuilder<unknown> => sql`to_char(${day} at time zone 'UTC', 'YYYY-MM-DD')`;
const facts = sql`
  ${text(sql`min(d.day)`)} as "firstDay", ${text(sql`max(d.day)`)} as "lastDay", count(*)::int as days,
  (count(*) filter (where extract(isodow from d.day at time zone 'UTC') > 5))::int as "weekendDays"`;

/** The symbols of a stretch, and its days; reads each daily row of the stretch once, for the background only. */
export function stretch(source: DailySource): RawBuilder<StretchRow> {
  return sql<StretchRow>`
    select d.symbol, ${text(sql`d.day`)} as day, ${facts}
    from ${dailyRows(null, source)} as d
    group by grouping sets ((d.symbol), (d.day))`;
}

/** Which of some symbols exist in a stretch; a look into an index for each of them and each chunk. */
export function symbolDays(symbols: readonly string[], source: DailySource): RawBuilder<SymbolDays> {
  return sql<SymbolDays>`
    select s.symbol, found.*
    from unnest(${textArray(symbols)}) as s (symbol)
    cross join lateral (select ${facts} from ${dailyRows(sql.ref('s.symbol'), source)} as d) as found
    where found.days > 0`;
}

/** A stretch that may hold bars or stored days, in microseconds after 1970-01-01. */
export interface OccupiedRow {
  readonly from: string;
  readonly to: string;
}

/** The stretches that have chunks, of the bars or of the aggregate, from TimescaleDB's catalog; opens none of them. */
export function occupiedChunks(): RawBuilder<OccupiedRow> {
  return sql<OccupiedRow>`
    select lower(stretch)::text as from, upper(stretch)::text as to
    from (
      select unnest(range_agg(int8range(slice.range_start, slice.range_end))) as stretch
      from _timescaledb_catalog.dimension_slice as slice
      join _timescaledb_catalog.dimension as time on time.id = slice.dimension_id and time.interval_length is not null
      join _timescaledb_catalog.hypertable as h on h.id = time.hypertable_id
      where (h.schema_name = 'market_data' and h.table_name = 'ohlcv') or h.id in (
        select agg.mat_hypertable_id
        from _timescaledb_catalog.continuous_agg as agg
        where agg.user_view_schema = 'market_data' and agg.user_view_name = 'ohlcv_daily')
    ) as stretches
    order by lower(stretch)`;
}

/** The first bar inside a window in each year that has one: one step in the index of time for each year. */
export function occupiedYears(window: TimeWindow): RawBuilder<{ first: string }> {
  const next = (after: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    (select min(found.timestamp) from ${barsIn(window).select('bar.timestamp')} as found where ${after})`;
  return sql<{ first: string }>`
    with recursive step as (
      select ${next(sql`true`)} as first
      union all
      select ${next(sql`
        found.timestamp >= (date_trunc('year', step.first at time zone 'UTC') + interval '1 year') at time zone 'UTC'`)}
      from step
      where step.first is not null
    )
    select ${wireInstant(sql.ref('step.first'))} as first
    from step
    where step.first is not null`;
}

/** When the newest bar inside a window is; null where there is none. */
export function newestBar(window: TimeWindow): RawBuilder<{ last: string | null }> {
  const bars = barsIn(window).select('bar.timestamp').orderBy('bar.timestamp', 'desc').limit(1);
  return sql`select (select ${wireInstant(sql.ref('bar.timestamp'))} from ${bars} as bar) as last`;
}

/** Whether there are bars that the wire cannot name: outside of the years 1 to 9999, or at infinity. */
export function unnamedBars(): RawBuilder<{ found: boolean }> {
  return sql<{ found: boolean }>`
    select exists (select from market_data.ohlcv as bar where bar.timestamp >= timestamptz '9999-12-31 00:00:00Z')
      or exists (select from market_data.ohlcv as bar where bar.timestamp < timestamptz '0001-01-01 00:00:00Z') as found`;
}

import { type RawBuilder, sql } from 'kysely';
import { type BarRange, barsIn, barsInOrder, type BarsQuery } from '../../sql/bars.js';
import { FIRST_DAY } from '../../base/time.js';
import { wireInstant } from '../../sql/build.js';
import { archivedYears, type MicrosRange } from './archive.sql.js';
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
/** The first day of the year 1, a Monday, is this many days before 1970. Reckoned so, a weekend costs a third. */
const isWeekend = sql`(date_part('epoch', d.day) / 86400 + ${sql.lit(-FIRST_DAY)})::int % 7 > 4`;
const facts = sql`
  ${text(sql`min(d.day)`)} as "firstDay", ${text(sql`max(d.day)`)} as "lastDay", count(*)::int as days,
  (count(*) filter (where ${isWeekend}))::int as "weekendDays"`;

/** The symbols of a stretch, and its days; reads each daily row of the stretch once, for the background only. */
export function stretch(source: DailySource): RawBuilder<StretchRow> {
  return sql<StretchRow>`
    select d.symbol, ${text(sql`d.day`)} as day, ${facts}
    from ${dailyRows(null, source)} as d
    group by grouping sets ((d.symbol), (d.day))`;
}

/** Which of some symbols exist in a stretch; a look into an index for each of them and each chunk. */
export function symbolDays(symbols: RawBuilder<string[]>, source: DailySource): RawBuilder<SymbolDays> {
  return sql<SymbolDays>`
    select s.symbol, found.*
    from unnest(${symbols}) as s (symbol)
    cross join lateral (select ${facts} from ${dailyRows(sql.ref('s.symbol'), source)} as d) as found
    where found.days > 0`;
}

/**
 * The stretches that have chunks, of the bars or of the aggregate, from TimescaleDB's catalog; opens none of them. Of
 * an archive the years that have a bar: one step in its index of time for each.
 */
export function occupiedChunks(archive: boolean): RawBuilder<MicrosRange> {
  const chunks = sql`range_agg(int8range(slice.range_start, slice.range_end))`;
  const years = sql`(
        select range_agg(int8range(year.from::bigint, year.to::bigint))
        from (${archivedYears()}) as year
      )`;
  const stretches = archive ? sql`coalesce(${chunks}, '{}') + coalesce(${years}, '{}')` : chunks;
  return sql<MicrosRange>`
    select lower(stretch)::text as from, upper(stretch)::text as to
    from (
      select unnest(${stretches}) as stretch
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

/** The first bar inside a range in each year that has one: one step in the index of time for each year. */
export function occupiedYears(range: BarRange): RawBuilder<{ first: string }> {
  const next = (after: (at: RawBuilder<unknown>) => RawBuilder<boolean>): RawBuilder<unknown> => {
    if (range.archive) {
      // The least of two relations is not found by an index; the first of each is.
      const read = (from: BarsQuery) => from.select('bar.timestamp').where(after(sql`bar.timestamp`));
      return sql`(select found.timestamp from ${barsInOrder(range, null, read, 'asc', 1)} as found)`;
    }
    const bars = barsIn(range, null, ['timestamp']).select('bar.timestamp');
    return sql`(select min(found.timestamp) from ${bars} as found where ${after(sql`found.timestamp`)})`;
  };
  return sql<{ first: string }>`
    with recursive step as (
      select ${next(() => sql`true`)} as first
      union all
      select ${next(
        (at) => sql`
        ${at} >= (date_trunc('year', step.first at time zone 'UTC') + interval '1 year') at time zone 'UTC'`,
      )}
      from step
      where step.first is not null
    )
    select ${wireInstant(sql.ref('step.first'))} as first
    from step
    where step.first is not null`;
}

/** When the newest bar inside a range is; null where there is none. */
export function newestBar(range: BarRange): RawBuilder<{ last: string | null }> {
  const bars = barsInOrder(range, null, (from) => from.select('bar.timestamp'), 'desc', 1);
  return sql`select (select ${wireInstant(sql.ref('bar.timestamp'))} from ${bars} as bar) as last`;
}

/** Whether there are bars that the wire cannot name: outside of the years 1 to 9999, or at infinity. */
export function unnamedBars(): RawBuilder<{ found: boolean }> {
  return sql<{ found: boolean }>`
    select exists (select from market_data.ohlcv as bar where bar.timestamp >= timestamptz '9999-12-31 00:00:00Z')
      or exists (select from market_data.ohlcv as bar where bar.timestamp < timestamptz '0001-01-01 00:00:00Z') as found`;
}

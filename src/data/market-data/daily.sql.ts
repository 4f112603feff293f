import { type Expression, type RawBuilder, sql } from 'kysely';
import { type BarRange, barsIn, symbolBySymbol } from '../../sql/bars.js';
import { atMost, build, columnsAs, direction, instantLiteral, microsOf, utcDay } from '../../sql/build.js';
import type { RowOf } from '../../sql/columns.js';
import type { Tables } from '../../sql/data-sets.js';
import type { TimeWindow } from '../../base/time.js';
import type { SortDirection } from '../../contract/sort.js';
import { writtenAfter } from '../../sql/written.js';
import type { DailyBar, DailyField } from './daily.model.js';

/** A daily bar as its statements yield it. */
export type DailyRow = RowOf<DailyBar>;

/** A daily bar as the aggregate stores it. */
type StoredRow = { [Name in keyof Tables['market_data.ohlcv_daily']]: string | null };

/** Where the daily rows of a window come from: the stored aggregate, and bars for the days that it lacks. */
export interface DailySource {
  /** Null where nothing of the window is stored. */
  readonly aggregate: StoredSource | null;
  /** Stretches, whole days, that are computed from the bars. */
  readonly bars: readonly BarRange[];
}

/** What is read from `market_data.ohlcv_daily`. */
export interface StoredSource {
  readonly window: TimeWindow;
  /**
   * Stretches whose stored days are out of date; used only where the bars have been dropped since that was found out.
   */
  readonly lacking: readonly BarRange[];
  /** Days of which some of the bars were dropped: computed from the bars only where nothing is stored. */
  readonly partial: readonly BarRange[];
  /** Those of `lacking` whose bars had been dropped when late ones came: a day without any is as it is stored. */
  readonly refilled: readonly TimeWindow[];
  /** The bars' dimension in TimescaleDB's catalog. */
  readonly dimension: number;
}

/**
 * A symbol, a column with one, or null for every symbol, which only a window of a day, the directory, or a study whose
 * days are counted before may ask.
 */
type Symbol = Expression<string> | null;

function storedRows(symbol: Symbol, { window, lacking, refilled, dimension }: StoredSource): Expression<StoredRow> {
  return build
    .selectFrom('market_data.ohlcv_daily as daily')
    .select([
      'daily.symbol',
      'daily.day',
      'daily.open',
      'daily.high',
      'daily.low',
      'daily.close',
      'daily.volume',
      'daily.vwap',
    ])
    .where('daily.day', '>=', instantLiteral(window.from))
    .where('daily.day', '<', instantLiteral(window.to))
    .$if(symbol !== null, (q) => q.where('daily.symbol', '=', symbol!))
    .$if(lacking.length > 0, (q) =>
      q.where(
        sql<boolean>`(not (${sql.join(lacking.map(inside), sql` or `)}) or ${hasNoBars(lacking, refilled, dimension)})`,
      ),
    );
}

function inside({ from, to }: TimeWindow): RawBuilder<boolean> {
  return sql`daily.day >= ${instantLiteral(from)} and daily.day < ${instantLiteral(to)}`;
}

/** Whether nothing of a day is left to be computed from: no bars, nor any in the archive where that is read. */
function hasNoBars(
  lacking: readonly BarRange[],
  refilled: readonly TimeWindow[],
  dimension: number,
): RawBuilder<boolean> {
  const empty = refilled.map((range) => sql`(${inside(range)} and ${hasNoBarOfItsDay(range)})`);
  const none = sql<boolean>`(${sql.join([hasNoChunk(dimension), ...empty], sql` or `)})`;
  if (!lacking.some(({ archive }) => archive)) return none;
  return sql`(${none} and not exists (
      select from market_data.ohlcv_archive as old
      where old.symbol = daily.symbol and old.timestamp >= daily.day and old.timestamp < daily.day + interval '24 hours'))`;
}

/**
 * Whether no chunk of the bars holds anything of a day. Chunks do not overlap: the last one that begins before it ends
 * tells.
 */
function hasNoChunk(dimension: number): RawBuilder<boolean> {
  const micros = microsOf(sql`daily.day`);
  return sql`
    coalesce((
      select slice.range_end
      from _timescaledb_catalog.dimension_slice as slice
      where slice.dimension_id = ${sql.lit(dimension)} and slice.range_start < ${micros} + 86400000000
      order by slice.range_start desc
      limit 1) <= ${micros}, true)`;
}

/** Whether no symbol has a bar on a day of a range. */
function hasNoBarOfItsDay({ from, to }: TimeWindow): RawBuilder<boolean> {
  return sql`not exists (
      select from market_data.ohlcv as bar
      where bar.timestamp >= ${instantLiteral(from)} and bar.timestamp < ${instantLiteral(to)}
        and bar.timestamp >= daily.day and bar.timestamp < daily.day + interval '24 hours')`;
}

/** The days of which some of the bars were dropped, as far as they are not stored. */
function unstoredRows(symbol: Symbol, range: BarRange): Expression<StoredRow> {
  return sql<StoredRow>`(
    select bars.*
    from ${fromBars(symbol, range)} as bars
    where not exists (
      select from market_data.ohlcv_daily as daily
      where ${inside(range)} and daily.symbol = ${symbol ?? sql.ref('bars.symbol')}))`;
}

/** The definition of `market_data.ohlcv_daily` over the bars of a range, in SQL that needs no extension. */
function fromBars(symbol: Symbol, range: BarRange): Expression<StoredRow> {
  const day = sql<string>`date_trunc('day', bar.timestamp, 'UTC')`;
  return barsIn(range, symbol, ['symbol', 'timestamp', 'open', 'high', 'low', 'close', 'volume', 'vwap'])
    .groupBy(['bar.symbol', day])
    .select((eb) => [
      'bar.symbol',
      day.as('day'),
      sql<string>`(array_agg(bar.open order by bar.timestamp))[1]`.as('open'),
      eb.fn.max('bar.high').as('high'),
      eb.fn.min('bar.low').as('low'),
      sql<string>`(array_agg(bar.close order by bar.timestamp desc))[1]`.as('close'),
      eb.fn.sum<string>('bar.volume').as('volume'),
      eb.fn.avg<string | null>('bar.vwap').as('vwap'),
    ]);
}

/** Daily rows of a symbol as the database has them: stored where they are right, computed where they are not. */
export function dailyRows(symbol: Symbol, { aggregate, bars }: DailySource): RawBuilder<StoredRow> {
  const parts = [
    ...(aggregate ? [storedRows(symbol, aggregate)] : []),
    ...(aggregate?.partial ?? []).map((range) => unstoredRows(symbol, range)),
    ...bars.map((range) => fromBars(symbol, range)),
  ];
  return sql<StoredRow>`(${sql.join(parts, sql` union all `)})`;
}

/** Whether the day of a daily row `d` is not over. */
export const IS_PARTIAL = sql<boolean>`d.day + interval '24 hours' > now()`;

/** The values of a daily bar, of a daily row `d`, by their wire names. */
export const DAILY_COLUMNS: { readonly [Name in keyof DailyRow]: Expression<DailyRow[Name]> } = {
  symbol: sql.ref('d.symbol'),
  day: utcDay(sql.ref('d.day')),
  open: sql.ref('d.open'),
  high: sql.ref('d.high'),
  low: sql.ref('d.low'),
  close: sql.ref('d.close'),
  volume: sql.ref('d.volume'),
  vwap: sql.ref('d.vwap'),
  is_partial: IS_PARTIAL,
};
const wireColumns = columnsAs<DailyRow>(DAILY_COLUMNS);

/** Which bars have to have been written after an instant for their days to be wanted. */
export interface Changed {
  readonly range: BarRange;
  readonly after: RawBuilder<string>;
}

/**
 * Whether a bar of a day `d` was written after an instant. The bars are gone through once, not once for each day, and
 * however little the planner knows of them.
 */
function isChanged(symbol: Expression<string>, { range, after }: Changed): RawBuilder<boolean> {
  const bars = barsIn(range, symbol, ['symbol', 'timestamp', 'created_at', 'updated_at'])
    .where(writtenAfter(after, 'bar.created_at', 'bar.updated_at'))
    .select(sql`date_trunc('day', bar.timestamp, 'UTC')`.as('day'))
    .distinct();
  return sql<boolean>`d.day = any(array(${bars}))`;
}

/** Daily bars of one symbol in their order; all of them, or those of which bars have changed. */
export function daily(
  symbol: Expression<string>,
  source: DailySource,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
  changed: Changed | null = null,
): Expression<DailyRow> {
  const wanted = changed ? sql` where ${isChanged(symbol, changed)}` : sql``;
  return sql<DailyRow>`(
    select ${wireColumns}
    from ${dailyRows(symbol, source)} as d${wanted}
    order by d.day ${direction(sort)}${atMost(limit)}
  )`;
}

/**
 * Daily bars of several symbols, symbol by symbol in alphabetical order; later symbols are not looked at once there are
 * enough.
 */
export function dailyOf(
  symbols: RawBuilder<string[]>,
  source: DailySource,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
  changed: Changed | null = null,
): Expression<DailyRow> {
  return symbolBySymbol(symbols, (symbol) => daily(symbol, source, sort, limit, changed), limit);
}

/** A day of several symbols: `day`, and `c1`, `c2` and so on in the order of the symbols. */
export interface WideRow {
  readonly day: string;
  readonly [column: `c${number}`]: string | null;
}

/**
 * One column of the daily bars of so many symbols, day by day. `offset 0` keeps PostgreSQL from joining the symbols
 * with the bars of all symbols, which it takes for less work in a large market.
 */
export function wideDaily(
  symbols: RawBuilder<string[]>,
  count: number,
  field: DailyField,
  source: DailySource,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): Expression<WideRow> {
  const columns = Array.from(
    { length: count },
    (_, i) => sql`max(d.${sql.ref(field)}) filter (where s.place = ${sql.lit(i + 1)}) as ${sql.id(`c${i + 1}`)}`,
  );
  return sql<WideRow>`(
    select ${utcDay(sql.ref('d.day'))} as day, ${sql.join(columns)}
    from unnest(${symbols}) with ordinality as s (symbol, place)
    cross join lateral (
      select d.day, d.${sql.ref(field)}
      from ${dailyRows(sql.ref('s.symbol'), source)} as d
      offset 0) as d
    group by d.day
    order by d.day ${direction(sort)}${atMost(limit)}
  )`;
}

/** The daily bars of every symbol, or of some, on one day, in alphabetical order after a symbol. */
export function marketDay(
  source: DailySource,
  symbols: RawBuilder<string[]> | undefined,
  after: RawBuilder<string>,
  limit: RawBuilder<number> | null,
): Expression<DailyRow> {
  const some = symbols ? sql` and d.symbol = any(${symbols})` : sql``;
  return sql<DailyRow>`(
    select ${wireColumns}
    from ${dailyRows(null, source)} as d
    where d.symbol collate "C" > ${after}${some}
    order by d.symbol collate "C"${atMost(limit)}
  )`;
}

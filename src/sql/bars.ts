import { type Expression, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { TimeWindow } from '../base/time.js';
import { atMost, build, direction, instantLiteral } from './build.js';
import type { Tables } from './data-sets.js';

type Bars = Tables['market_data.ohlcv'];

/** A window of bars, and whether `market_data.ohlcv_archive` may hold some of them. */
export interface BarRange extends TimeWindow {
  readonly archive: boolean;
}

/** Bars of one relation, or of both, as `bar`. */
export type BarsQuery = SelectQueryBuilder<{ bar: Bars }, 'bar', object>;

/** A symbol, a column with one, or null for every symbol. */
type Symbol = Expression<string> | null;

type Direction = 'asc' | 'desc';

/** What is read of the archive: the columns that every statement of bars chooses from. */
export const ARCHIVED_COLUMNS = [
  ...(['symbol', 'timestamp', 'timeframe', 'open', 'high', 'low', 'close'] as const),
  ...(['volume', 'vwap', 'trades_count', 'source', 'created_at', 'updated_at'] as const),
];

const relations = build.$extendTables<{ 'market_data.ohlcv': Bars; 'market_data.ohlcv_archive': Bars }>();

/** Whether a bar's vwap is below its low or above its high by 0.01 % or more: less is rounding, NaN is no price. */
export const VWAP_OUTSIDE = sql<boolean>`
  bar.vwap <> 'NaN' and (bar.vwap <= bar.low * 0.9999 or bar.vwap >= bar.high * 1.0001)`;

/** The bars of the hypertable. Both bounds are literals that the planner sees, see {@link barsIn}. */
function liveBars({ from, to }: TimeWindow, symbol: Symbol): BarsQuery {
  return relations
    .selectFrom('market_data.ohlcv as bar')
    .where('bar.timestamp', '>=', instantLiteral(from))
    .where('bar.timestamp', '<', instantLiteral(to))
    .$if(symbol !== null, (q) => q.where('bar.symbol', '=', symbol!));
}

/**
 * The bars of the archive that the hypertable does not have: one that was corrected after it was archived is there,
 * too, until the next run of `tetra retain`. Nearly every archived bar is older than what the hypertable has, which is
 * looked at once; only among others is it asked for each.
 */
function archivedBars({ from, to }: TimeWindow, symbol: Symbol): BarsQuery {
  const newer = relations
    .selectFrom('market_data.ohlcv as newer')
    .where('newer.timestamp', '>=', instantLiteral(from))
    .where('newer.timestamp', '<', instantLiteral(to));
  const oldest = newer
    .$if(symbol !== null, (q) => q.where('newer.symbol', '=', symbol!))
    .select((eb) => eb.fn.min('newer.timestamp').as('oldest'));
  const same = newer
    .where('newer.symbol', '=', sql.ref<string>('bar.symbol'))
    .where('newer.timestamp', '=', sql.ref<string>('bar.timestamp'))
    .select('newer.symbol');
  return relations
    .selectFrom('market_data.ohlcv_archive as bar')
    .where('bar.timestamp', '>=', instantLiteral(from))
    .where('bar.timestamp', '<', instantLiteral(to))
    .$if(symbol !== null, (q) => q.where('bar.symbol', '=', symbol!))
    .where(sql<boolean>`(bar.timestamp < coalesce(${oldest}, 'infinity') or not exists ${same})`);
}

/**
 * The only way to `market_data.ohlcv`: its bars inside a range. Both bounds are literals that the planner sees, so that
 * it opens the chunks of the range and no other; a bound that it learns later (a generic plan's parameter, `now()`, a
 * cast of text) makes it plan and lock every chunk there is.
 *
 * Where the archive may hold some, those are among them, in one statement and so in one snapshot: `tetra retain` moves
 * bars in one transaction, before which a snapshot has them on the one side, and after it on the other.
 * @param columns  those that are used
 */
export function barsIn(range: BarRange, symbol: Symbol, columns: readonly (keyof Bars)[]): BarsQuery {
  if (!range.archive) return liveBars(range, symbol);
  const chosen = columns.map((name) => `bar.${name}` as const);
  const [live, archived] = [liveBars(range, symbol).select(chosen), archivedBars(range, symbol).select(chosen)];
  return build.selectFrom(sql<Bars>`(${live} union all ${archived})`.as('bar'));
}

/**
 * The first or last bars inside a range, in their order. Each side yields no more than are wanted.
 * @param read   what is read of them, and which; `timestamp` among it
 * @param limit  at most so many of them; all where it is null
 */
export function barsInOrder<Row extends { timestamp: unknown }>(
  range: BarRange,
  symbol: Symbol,
  read: (bars: BarsQuery) => SelectQueryBuilder<{ bar: Bars }, 'bar', Row>,
  sort: Direction,
  limit: RawBuilder<number> | number | null,
): Expression<Row> {
  const most = (bars: BarsQuery): Expression<Row> =>
    read(bars)
      .orderBy('bar.timestamp', sort)
      .$if(limit !== null, (q) => q.limit(limit!));
  if (!range.archive) return most(liveBars(range, symbol));
  return sql<Row>`(
    select bar.*
    from (${most(liveBars(range, symbol))} union all ${most(archivedBars(range, symbol))}) as bar
    order by bar.timestamp ${direction(sort)}${atMost(limit)})`;
}

/**
 * Rows of several symbols, symbol by symbol in alphabetical order; later symbols are not looked at once there are
 * enough.
 * @param rows  those of one symbol, a column of an outer row
 */
export function symbolBySymbol<Row>(
  symbols: RawBuilder<string[]>,
  rows: (symbol: Expression<string>) => Expression<Row>,
  limit: RawBuilder<number> | null,
): Expression<Row> {
  return sql<Row>`(
    select each.*
    from (select symbol from unnest(${symbols}) as symbol order by symbol collate "C") as s
    cross join lateral ${rows(sql.ref('s.symbol'))} as each${atMost(limit)}
  )`;
}

import { type Expression, type RawBuilder, sql } from 'kysely';
import { barsIn, instantLiteral } from '../../sql/build.js';
import type { RowOf } from '../../sql/columns.js';
import type { TimeWindow } from '../../base/time.js';
import type { SortDirection } from '../../contract/sort.js';
import type { Bar } from './bars.model.js';

/** A bar as its statements yield it. */
export type BarRow = RowOf<Bar>;

/** Which bars of a window are wanted. */
export interface BarFilter {
  readonly timeframe?: RawBuilder<string>;
  readonly source?: RawBuilder<string>;
  /** All but these of a symbol, which were read before. */
  readonly except?: { readonly symbol: RawBuilder<string>; readonly window: TimeWindow };
}

/** Bars of one symbol inside a window as their wire columns. The symbol is a value or a column of an outer row. */
function wireBars(symbol: Expression<string>, window: TimeWindow, filter: BarFilter) {
  return barsIn(window)
    .where('bar.symbol', '=', symbol)
    .$if(filter.timeframe !== undefined, (q) => q.where('bar.timeframe', '=', filter.timeframe!))
    .$if(filter.source !== undefined, (q) => q.where('bar.source', '=', filter.source!))
    .$if(filter.except !== undefined, (q) => q.where(not(filter.except!)))
    .select([
      'bar.symbol',
      'bar.timestamp',
      'bar.timeframe',
      'bar.open',
      'bar.high',
      'bar.low',
      'bar.close',
      'bar.volume',
      'bar.vwap',
      'bar.trades_count',
      'bar.source',
    ]);
}

function not({ symbol, window: { from, to } }: NonNullable<BarFilter['except']>): RawBuilder<boolean> {
  return sql`not (bar.symbol = ${symbol} and bar.timestamp >= ${instantLiteral(from)} and bar.timestamp < ${instantLiteral(to)})`;
}

/** Bars of one symbol in their order. */
export function bars(
  symbol: Expression<string>,
  window: TimeWindow,
  filter: BarFilter,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): Expression<BarRow> {
  return wireBars(symbol, window, filter)
    .orderBy('bar.timestamp', sort)
    .$if(limit !== null, (q) => q.limit(limit!));
}

/**
 * Bars of several symbols, symbol by symbol in alphabetical order; later symbols are not looked at once there are
 * enough.
 */
export function barsOf(
  symbols: RawBuilder<string[]>,
  window: TimeWindow,
  filter: BarFilter,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): Expression<BarRow> {
  const each = wireBars(sql.ref('s.symbol'), window, filter)
    .orderBy('bar.timestamp', sort)
    .$if(limit !== null, (q) => q.limit(limit!));
  const page = limit === null ? sql`` : sql` limit ${limit}`;
  return sql<BarRow>`(
    select each.*
    from (select symbol from unnest(${symbols}) as symbol order by symbol collate "C") as s
    cross join lateral ${each} as each${page}
  )`;
}

/** The newest bar of one symbol inside a window, if it has one there. */
export function latest(symbol: Expression<string>, window: TimeWindow, filter: BarFilter): Expression<BarRow> {
  return wireBars(symbol, window, filter).orderBy('bar.timestamp', 'desc').limit(sql.lit(1));
}

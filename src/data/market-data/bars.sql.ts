import { type Expression, type RawBuilder, sql } from 'kysely';
import { type BarRange, type BarsQuery, barsInOrder, symbolBySymbol } from '../../sql/bars.js';
import type { RowOf } from '../../sql/columns.js';
import type { SortDirection } from '../../contract/sort.js';
import { writtenAfter } from '../../sql/written.js';
import type { Bar } from './bars.model.js';

/** A bar as its statements yield it. */
export type BarRow = RowOf<Bar>;

/** Which bars of a window are wanted. */
export interface BarFilter {
  readonly timeframe?: RawBuilder<string>;
  readonly source?: RawBuilder<string>;
  readonly updatedAfter?: RawBuilder<string>;
  /** Only bars that begin then or later: a value, or a column of an outer row. */
  readonly since?: Expression<string>;
}

/** The wanted ones of some bars, as their wire columns. */
function wireBars(from: BarsQuery, { timeframe, source, updatedAfter, since }: BarFilter) {
  return from
    .$if(timeframe !== undefined, (q) => q.where('bar.timeframe', '=', timeframe!))
    .$if(source !== undefined, (q) => q.where('bar.source', '=', source!))
    .$if(updatedAfter !== undefined, (q) => q.where(writtenAfter(updatedAfter!, 'bar.created_at', 'bar.updated_at')))
    .$if(since !== undefined, (q) => q.where('bar.timestamp', '>=', since!))
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
      sql<string | null>`bar.trades_count::bigint`.as('trades_count'),
      'bar.source',
      'bar.created_at',
      'bar.updated_at',
      sql<number>`1`.as('bars'),
      sql<boolean | null>`null::boolean`.as('is_partial'),
    ]);
}

/** Bars of one symbol in their order. The symbol is a value or a column of an outer row. */
export function bars(
  symbol: Expression<string>,
  range: BarRange,
  filter: BarFilter,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): Expression<BarRow> {
  return barsInOrder(range, symbol, (from) => wireBars(from, filter), sort, limit);
}

/**
 * Bars of several symbols, symbol by symbol in alphabetical order; later symbols are not looked at once there are
 * enough.
 */
export function barsOf(
  symbols: RawBuilder<string[]>,
  range: BarRange,
  filter: BarFilter,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): Expression<BarRow> {
  return symbolBySymbol(symbols, (symbol) => bars(symbol, range, filter, sort, limit), limit);
}

/** The newest bar of one symbol inside a range, if it has one there. */
export function latest(symbol: Expression<string>, range: BarRange, filter: BarFilter): Expression<BarRow> {
  return bars(symbol, range, filter, 'desc', sql.lit(1));
}

import { turn, worked } from '../../base/turns.js';
import type { PageRows } from '../../lists/page-rows.js';
import type { Prices } from '../derived/indicator-formulas.js';
import { type Indicator, type IndicatorColumn, indicatorsBeside } from '../derived/indicators.js';

/** What indicators are computed of. */
export const PRICES = ['high', 'low', 'close'];
/** Rows that are read or written in one turn of the event loop. */
export const ROWS_AT_ONCE = 500;

/** Prices of rows that follow each other, the oldest first; some are read in each turn of the event loop. */
export async function pricesOf(
  parts: readonly { readonly rows: PageRows; readonly descends: boolean }[],
): Promise<Prices> {
  const count = parts.reduce((sum, { rows }) => sum + rows.count, 0);
  const [high, low, close] = PRICES.map(() => new Float64Array(count)) as [Float64Array, Float64Array, Float64Array];
  let at = 0;
  for (const { rows, descends } of parts) {
    const columns = [high, low, close].map((values, n) => ({ values, index: rows.indexOf(PRICES[n]!) }));
    for (let i = 0; i < rows.count; i++, at++) {
      if (i % ROWS_AT_ONCE === 0) {
        await turn();
        worked(Math.min(ROWS_AT_ONCE, rows.count - i));
      }
      const row = descends ? rows.count - 1 - i : i;
      for (const { values, index } of columns) values[at] = rows.doubleAt(row, index);
    }
  }
  return { high, low, close };
}

/**
 * The columns of indicators, each indicator computed in a turn of its own.
 * @param count  how many of the last bars have values
 */
export async function* columnsBeside(
  indicators: readonly Indicator[],
  prices: Prices,
  count: number,
): AsyncGenerator<IndicatorColumn> {
  const columnsOf = indicatorsBeside(prices, prices.close.length - count);
  for (const indicator of indicators) {
    await turn();
    yield* columnsOf(indicator);
    worked(prices.close.length);
  }
}

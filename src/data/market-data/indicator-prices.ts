import { turn, worked } from '../../base/turns.js';
import type { PageRows } from '../../lists/page-rows.js';
import type { Prices } from '../derived/indicator-formulas.js';
import { type Indicator, type IndicatorColumn, indicatorsBeside } from '../derived/indicators.js';
import type { Price } from './daily-prices.sql.js';

/** What indicators are computed of. */
export const PRICES: readonly Price[] = ['high', 'low', 'close'];
/** Rows that are read or written in one turn of the event loop. */
export const ROWS_AT_ONCE = 500;

/** Bars that follow each other: the rows from one place up to another, which does not count. */
export interface BarRows {
  readonly rows: PageRows;
  readonly from: number;
  readonly to: number;
  readonly descends: boolean;
}

/**
 * Prices that one value holds, see `dailyAfterPrices`, the oldest first.
 * @param used  whose prices are in it; where it is closes alone, these stand for the others
 */
export function pricesIn(rows: PageRows, row: number, index: number, used: readonly Price[]): Prices {
  const numbers = rows.numbersAt(row, index);
  const count = numbers.length / used.length;
  const [high, low, close] = PRICES.map((price) => {
    const place = Math.max(0, used.indexOf(price));
    return numbers.slice(place * count, (place + 1) * count).reverse();
  }) as [Float64Array, Float64Array, Float64Array];
  return { high, low, close };
}

/** Prices of bars, the oldest first; those of some rows are read in each turn of the event loop. */
export async function pricesOf({ rows, from, to, descends }: BarRows): Promise<Prices> {
  const prices = PRICES.map(() => new Float64Array(to - from)) as [Float64Array, Float64Array, Float64Array];
  for (let start = from; start < to; start += ROWS_AT_ONCE) {
    const end = Math.min(start + ROWS_AT_ONCE, to);
    await turn();
    for (const [n, values] of prices.entries()) {
      values.set(rows.doublesOf(rows.indexOf(PRICES[n]!), start, end), start - from);
    }
    worked(end - start);
  }
  const [high, low, close] = descends ? prices.map((values) => values.reverse()) : prices;
  return { high: high!, low: low!, close: close! };
}

/** Prices after others. */
export function joined(before: Prices, after: Prices): Prices {
  const join = (first: Float64Array, second: Float64Array): Float64Array => {
    const both = new Float64Array(first.length + second.length);
    both.set(first);
    both.set(second, first.length);
    return both;
  };
  return {
    high: join(before.high, after.high),
    low: join(before.low, after.low),
    close: join(before.close, after.close),
  };
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

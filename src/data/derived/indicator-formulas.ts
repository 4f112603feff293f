import { meanOf } from './numbers.js';

/** Prices of bars that follow each other; NaN where one is missing. */
export interface Prices {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
}

/** What the bars before count for in a fading average, below which they are left out: far less than a double shows. */
const FADED = 1e-12;

/** Values of which there is none yet. */
export const empty = (length: number): Float64Array => new Float64Array(length).fill(NaN);

/** The sum of the squares of what values differ by from their mean. */
function squares(values: Float64Array, from: number, to: number): number {
  const middle = meanOf(values, from, to);
  let sum = 0;
  for (let i = from; i < to; i++) sum += (values[i]! - middle) ** 2;
  return sum;
}

/** The mean of each n values. */
export function means(values: Float64Array, n: number): Float64Array {
  return empty(values.length).map((_, i) => (i + 1 < n ? NaN : meanOf(values, i + 1 - n, i + 1)));
}

/**
 * Exponential smoothing, which begins with the mean of the first n values.
 * @param first  the place of the first value that there is
 */
export function smoothed(values: Float64Array, n: number, factor: number, first = 0): Float64Array {
  const found = empty(values.length);
  const start = first + n - 1;
  if (start >= values.length) return found;
  let last = (found[start] = meanOf(values, first, start + 1));
  for (let i = start + 1; i < values.length; i++) last = found[i] = last + (values[i]! - last) * factor;
  return found;
}

/** Bars after which the first values of an average of n bars have faded. */
export function fading(n: number, factor: number): number {
  return n + Math.ceil(Math.log(FADED) / Math.log(1 - factor));
}

/** Wilder's relative strength of n changes, from 0 to 100. */
export function strengths(close: Float64Array, n: number): Float64Array {
  const change = (i: number): number => (i === 0 ? NaN : close[i]! - close[i - 1]!);
  const gains = smoothed(
    close.map((_, i) => Math.max(change(i), 0)),
    n,
    1 / n,
    1,
  );
  const losses = smoothed(
    close.map((_, i) => Math.max(-change(i), 0)),
    n,
    1 / n,
    1,
  );
  return gains.map((gain, i) => 100 - 100 / (1 + gain / losses[i]!));
}

/** Two exponential averages: their difference, its own average, and what these differ by. */
export function convergence(close: Float64Array, fast: number, slow: number, signal: number): Float64Array[] {
  const long = smoothed(close, slow, 2 / (slow + 1));
  const macd = smoothed(close, fast, 2 / (fast + 1)).map((value, i) => value - long[i]!);
  const line = smoothed(macd, signal, 2 / (signal + 1), Math.max(fast, slow) - 1);
  return [macd, line, macd.map((value, i) => value - line[i]!)];
}

/** The mean of n values, and so many population standard deviations above and below it: upper, middle, lower. */
export function bands(close: Float64Array, n: number, width: number): Float64Array[] {
  const middle = means(close, n);
  const deviation = close.map((_, i) => (i + 1 < n ? NaN : Math.sqrt(squares(close, i + 1 - n, i + 1) / n)));
  return [1, 0, -1].map((side) => middle.map((value, i) => value + side * width * deviation[i]!));
}

/** True ranges; the first bar has none. */
export function ranges({ high, low, close }: Prices): Float64Array {
  return close.map((_, i) => (i === 0 ? NaN : Math.max(high[i]!, close[i - 1]!) - Math.min(low[i]!, close[i - 1]!)));
}

/** Sample standard deviation of n logarithmic returns, for a year of so many bars. */
export function volatilities(close: Float64Array, n: number, perYear: number): Float64Array {
  const returns = close.map((value, i) => (i === 0 ? NaN : Math.log(value / close[i - 1]!)));
  return close.map((_, i) =>
    i < n ? NaN : Math.sqrt(squares(returns, i + 1 - n, i + 1) / (n - 1)) * Math.sqrt(perYear),
  );
}

/** How far each value is below the highest so far: 0 or less. */
export function drawdowns(close: Float64Array): Float64Array {
  let peak = -Infinity;
  return close.map((value) => value / (peak = Math.max(peak, value)) - 1);
}

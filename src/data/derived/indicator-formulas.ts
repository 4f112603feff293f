import { meanOf } from './numbers.js';

/** Prices of bars that follow each other; NaN where one is missing. */
export interface Prices {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
}

/** What the bars before count for in a fading average, below which they are left out: less than its digits show. */
const FADED = 1e-13;

/** Values of which there is none yet. */
export const empty = (length: number): Float64Array => new Float64Array(length).fill(NaN);

/** The sum of the squares of what values differ by from their mean. */
function squares(values: Float64Array, from: number, to: number, middle = meanOf(values, from, to)): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const apart = values[i]! - middle;
    sum += apart * apart;
  }
  return sum;
}

/** The mean of each n values, from one place on. */
export function means(values: Float64Array, n: number, from: number): Float64Array {
  const found = empty(values.length);
  for (let i = Math.max(n - 1, from); i < values.length; i++) found[i] = meanOf(values, i + 1 - n, i + 1);
  return found;
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
  const [rises, falls] = [empty(close.length), empty(close.length)];
  for (let i = 1; i < close.length; i++) {
    const change = close[i]! - close[i - 1]!;
    rises[i] = Math.max(change, 0);
    falls[i] = Math.max(-change, 0);
  }
  const [gains, losses] = [smoothed(rises, n, 1 / n, 1), smoothed(falls, n, 1 / n, 1)];
  const found = empty(close.length);
  for (let i = n; i < close.length; i++) found[i] = 100 - 100 / (1 + gains[i]! / losses[i]!);
  return found;
}

/** Two exponential averages: their difference, its own average, and what these differ by. */
export function convergence(close: Float64Array, fast: number, slow: number, signal: number): Float64Array[] {
  const [short, long] = [smoothed(close, fast, 2 / (fast + 1)), smoothed(close, slow, 2 / (slow + 1))];
  const macd = differences(short, long);
  const line = smoothed(macd, signal, 2 / (signal + 1), Math.max(fast, slow) - 1);
  return [macd, line, differences(macd, line)];
}

function differences(values: Float64Array, others: Float64Array): Float64Array {
  const found = empty(values.length);
  for (let i = 0; i < values.length; i++) found[i] = values[i]! - others[i]!;
  return found;
}

/**
 * The mean of n values, and so many population standard deviations above and below it: upper, middle, lower; from one
 * place on.
 */
export function bands(close: Float64Array, n: number, width: number, from: number): Float64Array[] {
  const middle = means(close, n, from);
  const [upper, lower] = [empty(close.length), empty(close.length)];
  for (let i = Math.max(n - 1, from); i < close.length; i++) {
    const deviation = width * Math.sqrt(squares(close, i + 1 - n, i + 1, middle[i]) / n);
    upper[i] = middle[i]! + deviation;
    lower[i] = middle[i]! - deviation;
  }
  return [upper, middle, lower];
}

/** True ranges; the first bar has none. */
export function ranges({ high, low, close }: Prices): Float64Array {
  const found = empty(close.length);
  for (let i = 1; i < close.length; i++) {
    found[i] = Math.max(high[i]!, close[i - 1]!) - Math.min(low[i]!, close[i - 1]!);
  }
  return found;
}

/** Sample standard deviation of n logarithmic returns, for a year of so many bars; from one place on. */
export function volatilities(close: Float64Array, n: number, perYear: number, from: number): Float64Array {
  const [returns, found] = [empty(close.length), empty(close.length)];
  for (let i = 1; i < close.length; i++) returns[i] = Math.log(close[i]! / close[i - 1]!);
  for (let i = Math.max(n, from); i < close.length; i++) {
    found[i] = Math.sqrt(squares(returns, i + 1 - n, i + 1) / (n - 1)) * Math.sqrt(perYear);
  }
  return found;
}

/** How far each value is below the highest so far: 0 or less. */
export function drawdowns(close: Float64Array): Float64Array {
  let peak = -Infinity;
  return close.map((value) => value / (peak = Math.max(peak, value)) - 1);
}

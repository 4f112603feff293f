import { finite, meanOf } from './numbers.js';

/** Closes of a symbol that are greater than zero, oldest first; what else there is has no return and is left out. */
export interface Closes {
  /** Days after 1970-01-01. */
  readonly days: Int32Array;
  readonly closes: Float64Array;
}

/** A fall below the highest close before it, up to the day on which that is reached again. */
export interface Drawdown {
  /** Close on the trough by close on the peak, less one: −0.25 for a quarter lost. */
  readonly depth: number;
  readonly peak: number;
  readonly trough: number;
  /** First day with a close as high as on the peak; null where there is none. */
  readonly recovery: number | null;
}

/** Periods by which a deviation of daily returns is annualised: sessions of a year, and days where all are ones. */
export const [SESSIONS_OF_YEAR, DAYS_OF_YEAR] = [252, 365];
/** Days of a mean year, by which a growth is annualised. */
const MEAN_YEAR = 365.25;

/**
 * Simple returns, close by the close before it, less one: one fewer than closes. As pandas' `pct_change()` has them,
 * but for its first, which is none.
 */
export function returnsOf({ closes }: Pick<Closes, 'closes'>): Float64Array {
  return Float64Array.from({ length: Math.max(closes.length - 1, 0) }, (_, i) => closes[i + 1]! / closes[i]! - 1);
}

/** Last close by the first one, less one; null without two of them. */
export function totalReturn({ closes }: Closes): number | null {
  return closes.length < 2 ? null : finite(closes.at(-1)! / closes[0]! - 1);
}

/**
 * Compound annual growth rate: (last / first close) ^ (365.25 / days between them) − 1 (Bacon 2008, Practical Portfolio
 * Performance Measurement and Attribution, chapter 3). Null without two closes.
 */
export function growthRate({ days, closes }: Closes): number | null {
  if (closes.length < 2) return null;
  return finite((closes.at(-1)! / closes[0]!) ** (MEAN_YEAR / (days.at(-1)! - days[0]!)) - 1);
}

/**
 * Sample standard deviation of returns times the root of the periods of a year (Bacon 2008, chapter 4), as pandas'
 * `std() * sqrt(252)`. Null without two returns.
 */
export function annualVolatility(returns: Float64Array, periods: number): number | null {
  const { n, m2 } = momentsOf(returns);
  return n < 2 ? null : Math.sqrt(m2 / (n - 1)) * Math.sqrt(periods);
}

/**
 * Skewness of a sample, adjusted for its size: G1 of Joanes and Gill (1998, The Statistician 47), which is pandas'
 * `skew()`. Null without three returns, or where all are the same.
 */
export function skewness(returns: Float64Array): number | null {
  const { n, m2, m3 } = momentsOf(returns);
  if (n < 3 || !moves(m2, n)) return null;
  return ((n * Math.sqrt(n - 1)) / (n - 2)) * (m3 / m2 ** 1.5);
}

/**
 * Kurtosis of a sample above that of a normal distribution, adjusted for its size: G2 of Joanes and Gill (1998), which
 * is pandas' `kurt()`. Null without four returns, or where all are the same.
 */
export function kurtosis(returns: Float64Array): number | null {
  const { n, m2, m4 } = momentsOf(returns);
  if (n < 4 || !moves(m2, n)) return null;
  const [k, rest] = [(n - 1) / ((n - 2) * (n - 3)), (3 * (n - 1) ** 2) / ((n - 2) * (n - 3))];
  return (k * n * (n + 1) * m4) / m2 ** 2 - rest;
}

/** Sums of the powers of what values differ by from their mean. */
function momentsOf(values: Float64Array): { n: number; m2: number; m3: number; m4: number } {
  const mean = meanOf(values);
  let [m2, m3, m4] = [0, 0, 0];
  for (const value of values) {
    const [off, squared] = [value - mean, (value - mean) ** 2];
    m2 += squared;
    m3 += squared * off;
    m4 += squared * squared;
  }
  return { n: values.length, m2, m3, m4 };
}

/** Far more than a return is off by its rounding, and far less than any price moves. */
const NIL = 1e-14;

/** Whether values move, by the sum of the squares of what they differ by from their mean; the rest is rounding. */
export function moves(squares: number, n: number): boolean {
  return squares > n * NIL ** 2;
}

/**
 * All drawdowns in their order (Magdon-Ismail and Atiya 2004, Maximum Drawdown). A peak is the last day with its close,
 * a trough the first one with its own; one that is not over by the last close has no recovery.
 */
export function drawdownsOf({ days, closes }: Closes): Drawdown[] {
  const found: Drawdown[] = [];
  let [peak, trough] = [0, 0];
  const end = (recovery: number | null): void => {
    if (trough === peak) return;
    const depth = closes[trough]! / closes[peak]! - 1;
    found.push({ depth, peak: days[peak]!, trough: days[trough]!, recovery });
  };
  for (let i = 1; i < closes.length; i++) {
    if (closes[i]! >= closes[peak]!) {
      end(days[i]!);
      peak = trough = i;
    } else if (trough === peak || closes[i]! < closes[trough]!) trough = i;
  }
  end(null);
  return found;
}

/** The deepest of some drawdowns, the deepest first; of equal ones the earlier. */
export function deepest(drawdowns: readonly Drawdown[], count: number): Drawdown[] {
  return drawdowns.toSorted((a, b) => a.depth - b.depth).slice(0, count);
}

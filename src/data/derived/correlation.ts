import { meanOf } from './numbers.js';
import { type Closes, moves } from './performance.js';

/** Why two symbols have no correlation. */
export type NoCorrelation = 'too_few_days' | 'constant';

/** How two symbols move together. */
export interface CoMovement {
  /** Pearson's coefficient; null with a reason. */
  readonly correlation: number | null;
  /** Slope of the first one's returns on the second one's; null where the second does not move. */
  readonly beta: number | null;
  /** Pairs of returns that both were made of. */
  readonly returns: number;
  readonly reason: NoCorrelation | null;
}

/** Fewest pairs of returns that are correlated: two are always on a line, one is a point. */
const FEWEST_RETURNS = 2;

/** Simple returns of two symbols over the same stretches. */
export interface ReturnPairs {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Closes, and the place of each of their days in a calendar. */
export interface PlacedCloses extends Closes {
  readonly places?: Int32Array;
}

/**
 * The returns that two symbols have in common: from one day on which both have a close to the next, so that each pair
 * spans the same stretch of time. As pandas' `wide[[a, b]].dropna().pct_change()`. Where the days have places, only
 * returns from one of these to the next count, see {@link placed}.
 */
export function pairsOf(a: PlacedCloses, b: PlacedCloses): ReturnPairs {
  const most = Math.min(a.days.length, b.days.length);
  const [first, second] = [new Float64Array(most), new Float64Array(most)];
  let [n, i, j] = [0, 0, 0];
  let [lastI, lastJ] = [-1, -1];
  while (i < a.days.length && j < b.days.length) {
    const [dayA, dayB] = [a.days[i]!, b.days[j]!];
    if (dayA === dayB) {
      if (lastI !== -1 && (!a.places || a.places[i] === a.places[lastI]! + 1)) {
        first[n] = a.closes[i]! / a.closes[lastI]! - 1;
        second[n++] = b.closes[j]! / b.closes[lastJ]! - 1;
      }
      [lastI, lastJ] = [i, j];
    }
    if (dayA <= dayB) i++;
    if (dayB <= dayA) j++;
  }
  return { first: first.subarray(0, n), second: second.subarray(0, n) };
}

/**
 * Some symbols with the places of their days among all days on which any of them has a close. Their returns in common
 * are then those of pandas' `wide.pct_change(fill_method=None)`, and depend on what else is in `wide`.
 */
export function placed(symbols: readonly Closes[]): PlacedCloses[] {
  const all = new Set<number>();
  for (const symbol of symbols) for (const day of symbol.days) all.add(day);
  const places = new Map([...all].sort((x, y) => x - y).map((day, place) => [day, place]));
  return symbols.map((symbol) => ({ ...symbol, places: symbol.days.map((day) => places.get(day)!) }));
}

/**
 * Correlation (Pearson 1895) and beta, which is covariance by the second one's variance (Sharpe 1964, The Journal of
 * Finance 19), of returns in common; as pandas' `corr()` and `cov() / var()`.
 */
export function coMovement({ first, second }: ReturnPairs): CoMovement {
  const n = first.length;
  const none = { correlation: null, beta: null, returns: n };
  if (n < FEWEST_RETURNS) return { ...none, reason: 'too_few_days' };
  const [x, y] = [meanOf(first), meanOf(second)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [offX, offY] = [first[i]! - x, second[i]! - y];
    xx += offX * offX;
    yy += offY * offY;
    xy += offX * offY;
  }
  if (!moves(yy, n)) return { ...none, reason: 'constant' };
  const beta = xy / yy;
  if (!moves(xx, n)) return { ...none, beta: 0, reason: 'constant' };
  // Rounding may lead a little beyond one.
  const correlation = Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
  return { correlation, beta, returns: n, reason: null };
}

import { type LastDays, WEEKS_52 } from './board-values.js';
import { meanOf } from './numbers.js';

/**
 * Days that a value of breadth looks back: 52 weeks, and the days around holidays and suspensions. What lies before
 * them does not count, so that a day says the same whichever stretch it is read with.
 */
export const LOOKBACK_DAYS = 400;
/** A symbol has new highs and lows where it has a bar so many days before: nearly a year. */
const LISTED_DAYS = 357;
const AVERAGED = 200;
/** More than a mean of doubles is off by, as a part of it: a tie is not above. */
const ROUNDING = 1e-13;

/** How many symbols did what on a day. */
export interface BreadthCounts {
  symbols: number;
  advancers: number;
  decliners: number;
  unchanged: number;
  newHighs: number;
  newLows: number;
  aboveSma200: number;
  withSma200: number;
}

/**
 * Counts a symbol on each of its days.
 * @param history  its bars from {@link LOOKBACK_DAYS} before the first day on, the newest first
 * @param counts   by day after 1970-01-01, for each day that is counted
 */
export function countSymbol(history: LastDays, counts: ReadonlyMap<number, BreadthCounts>): void {
  const days = history.days.toReversed();
  const [high, low, close] = [history.high, history.low, history.close].map((texts) =>
    Float64Array.from(texts, Number).reverse(),
  ) as [Float64Array, Float64Array, Float64Array];
  const [highest, lowest] = [extremes(days, high, 1), extremes(days, low, -1)];
  let oldest = 0;
  for (const [i, day] of days.entries()) {
    const found = counts.get(day);
    if (!found) continue;
    found.symbols += 1;
    while (days[oldest]! < day - LOOKBACK_DAYS) oldest += 1;
    const change = i > oldest ? close[i]! - close[i - 1]! : NaN;
    if (change > 0) found.advancers += 1;
    else if (change < 0) found.decliners += 1;
    else if (change === 0) found.unchanged += 1;
    if (days[oldest]! <= day - LISTED_DAYS) {
      if (high[i] === highest[i]) found.newHighs += 1;
      if (low[i] === lowest[i]) found.newLows += 1;
    }
    const first = i + 1 - AVERAGED;
    const average = first < oldest ? NaN : meanOf(close, first, i + 1);
    if (!Number.isFinite(average)) continue;
    found.withSma200 += 1;
    if (close[i]! - average > ROUNDING * average) found.aboveSma200 += 1;
  }
}

/** The highest (1) or lowest (-1) value of the 52 weeks that end with each day; each is looked at twice at most. */
function extremes(days: readonly number[], values: Float64Array, side: 1 | -1): Float64Array {
  const found = new Float64Array(values.length);
  // Places of values that none after them exceeds, in order.
  const places: number[] = [];
  let first = 0;
  for (const [i, day] of days.entries()) {
    while (places.length > first && side * values[places.at(-1)!]! <= side * values[i]!) places.pop();
    if (!Number.isNaN(values[i])) places.push(i);
    while (first < places.length && days[places[first]!]! <= day - WEEKS_52) first += 1;
    found[i] = values[places[first] ?? -1] ?? NaN;
  }
  return found;
}

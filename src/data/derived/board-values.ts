import type { Prices } from './indicator-formulas.js';
import { columnsOfIndicators, parseIndicators } from './indicators.js';
import { finite } from './numbers.js';

/** The last daily bars of a symbol, the newest first. */
export interface LastDays {
  /** Days after 1970-01-01. */
  readonly days: readonly number[];
  readonly high: readonly string[];
  readonly low: readonly string[];
  readonly close: readonly string[];
  /** Of the last 21 bars at most. */
  readonly volume: readonly string[];
  /** Open of the last bar. */
  readonly open: string;
}

/** What the board says of prices that are compared. Doubles; null where there are too few bars, or no number. */
export interface BoardValues {
  readonly changePercent: number | null;
  readonly openingGapPercent: number | null;
  readonly relativeVolume: number | null;
  readonly return5: number | null;
  readonly return21: number | null;
  readonly return63: number | null;
  readonly return252: number | null;
  readonly returnYtd: number | null;
  /** Places of the highest high and of the lowest low of the 52 weeks; null where no price is a number. */
  readonly highest: number | null;
  readonly lowest: number | null;
  readonly sma20: number | null;
  readonly sma50: number | null;
  readonly sma200: number | null;
  readonly rsi14: number | null;
  readonly atr14: number | null;
  readonly volatility20: number | null;
}

/** Days of 52 weeks, the last one included. */
export const WEEKS_52 = 364;
const AVERAGES = [20, 50, 200].map((length) => ({ length, sma: parseIndicators('of', `sma(${length})`) }));
const MOMENTA = parseIndicators('of', 'rsi(14),atr(14)');
const VOLATILITY = parseIndicators('of', 'volatility(20)');

/**
 * Computes what a symbol's last daily bars say of it.
 * @param firstOfYear  first day of the year of its last bar, as days after 1970-01-01
 */
export function boardValues({ days, high, low, close, volume, open }: LastDays, firstOfYear: number): BoardValues {
  const closes = close.map(Number);
  const last = closes[0]!;
  const since = (bars: number): number | null => ratio(last, closes[bars]);
  const before = days.findIndex((day) => day < firstOfYear);
  const prices = wholeBars(high, low, close);
  const year = days.findIndex((day) => day <= days[0]! - WEEKS_52);
  const inYear = year === -1 ? days.length : year;
  const [rsi14, atr14] = lastOf(MOMENTA, prices);
  const [volatility20] = lastOf(VOLATILITY, cut(prices, 21));
  const [sma20, sma50, sma200] = AVERAGES.map(({ length, sma }) => lastOf(sma, cut(prices, length))[0]!);
  return {
    changePercent: percent(since(1)),
    openingGapPercent: percent(ratio(Number(open), closes[1])),
    relativeVolume: relative(volume.map(Number)),
    return5: since(5),
    return21: since(21),
    return63: since(63),
    return252: since(252),
    returnYtd: before === -1 ? null : since(before),
    highest: placeOfMost(high, inYear, 1),
    lowest: placeOfMost(low, inYear, -1),
    sma20: sma20!,
    sma50: sma50!,
    sma200: sma200!,
    rsi14: rsi14!,
    atr14: atr14!,
    volatility20: volatility20!,
  };
}

function ratio(value: number, base: number | undefined): number | null {
  return base === undefined ? null : finite(value / base - 1);
}

function percent(value: number | null): number | null {
  return value === null ? null : value * 100;
}

function relative([last, ...before]: number[]): number | null {
  return before.length < 20 ? null : finite(last! / (before.reduce((sum, value) => sum + value, 0) / before.length));
}

/**
 * The bars that have all of their prices, the oldest first, as indicators take them; none where the last one lacks a
 * price, since it has no indicator then.
 */
function wholeBars(high: readonly string[], low: readonly string[], close: readonly string[]): Prices {
  const bars = close
    .map((text, i) => ({ high: Number(high[i]), low: Number(low[i]), close: Number(text) }))
    .map((bar) => (Number.isFinite(bar.high + bar.low + bar.close) ? bar : null));
  const whole = bars[0] ? bars.flatMap((bar) => bar ?? []).reverse() : [];
  const of = (name: keyof Prices): Float64Array => Float64Array.from(whole, (bar) => bar[name]);
  return { high: of('high'), low: of('low'), close: of('close') };
}

/** The last bars of some. */
function cut({ high, low, close }: Prices, bars: number): Prices {
  return { high: high.slice(-bars), low: low.slice(-bars), close: close.slice(-bars) };
}

function lastOf(indicators: Parameters<typeof columnsOfIndicators>[0], prices: Prices): (number | null)[] {
  return columnsOfIndicators(indicators, prices).map(({ values }) => finite(values.at(-1) ?? NaN));
}

/** Where the highest (1) or lowest (-1) of the first values is that are numbers. */
function placeOfMost(texts: readonly string[], count: number, side: 1 | -1): number | null {
  let place: number | null = null;
  let most = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = side * Number(texts[i]);
    if (Number.isFinite(value) && value > most) [place, most] = [i, value];
  }
  return place;
}

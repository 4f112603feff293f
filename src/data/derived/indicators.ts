import { invalid } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import { firstPlace } from '../../base/search.js';
import { rounded } from './numbers.js';
import {
  bands,
  convergence,
  drawdowns,
  empty,
  fading,
  means,
  type Prices,
  ranges,
  smoothed,
  strengths,
  volatilities,
} from './indicator-formulas.js';

/** A column of values beside bars, NaN where there is none. */
export interface IndicatorColumn {
  readonly name: string;
  readonly values: Float64Array;
}

/** An indicator that was asked for, such as `sma(20)`. */
export interface Indicator {
  /** Names of its columns, such as `sma_20`. */
  readonly columns: readonly string[];
  /** How a value is computed, and from which bars. */
  readonly formula: string;
  /** Bars before the first one that has a value. */
  readonly warmUp: number;
  /** Bars before a bar of which its value is made; of averages those that have not faded, see {@link fading}. */
  readonly reach: number;
  /** Significant digits of its values: {@link DIGITS} or {@link FADING_DIGITS}. */
  readonly digits: number;
  /** Whether it is made of highs and lows, and not of closes alone. */
  readonly ofRanges?: true;
  /**
   * Its columns, in the order of their names, of the same length as the prices.
   * @param from  the first place whose values are wanted; before it there may be none
   */
  readonly compute: (prices: Prices, from: number) => Float64Array[];
}

const DIGITS = 12;
/**
 * Digits of averages that fade. What is left of the bars before those that are read is about a thousandth of the last
 * digit, so that this rarely depends on the window; with twelve digits one in twelve first values of a page did.
 */
const FADING_DIGITS = 10;
/** Bars that a window of an indicator may have. */
const MAX_LENGTH = 500;
/** Indicators of one request. */
const MAX_INDICATORS = 20;
/** Trading days of a year, by which a volatility of days is annualised. */
const DAYS_OF_YEAR = 252;

/** What an indicator is, given its numbers. */
interface Kind {
  readonly usual: string;
  /** The numbers in its parentheses: whole numbers of bars, but for those named here. */
  readonly numbers: number;
  readonly factor?: number;
  /** Whether it is one of bars of a day or longer only. */
  readonly ofDays?: true;
  /**
   * Its columns are named by what comes after its own name.
   * @param perYear  bars of a year
   */
  readonly make: (numbers: readonly number[], perYear: number) => Indicator;
}

const KINDS: Record<string, Kind> = {
  sma: {
    usual: 'sma(20)',
    numbers: 1,
    make: ([n]) => ({
      columns: [''],
      formula: `mean of the last ${n!} closes`,
      warmUp: n! - 1,
      reach: n! - 1,
      digits: DIGITS,
      compute: ({ close }, from) => [means(close, n!, from)],
    }),
  },
  ema: {
    usual: 'ema(50)',
    numbers: 1,
    make: ([n]) => ({
      columns: [''],
      formula: `previous + 2 / ${n! + 1} × (close − previous), from the mean of the first ${n!} closes of the history on`,
      warmUp: n! - 1,
      reach: fading(n!, 2 / (n! + 1)),
      digits: FADING_DIGITS,
      compute: ({ close }) => [smoothed(close, n!, 2 / (n! + 1))],
    }),
  },
  rsi: {
    usual: 'rsi(14)',
    numbers: 1,
    make: ([n]) => ({
      columns: [''],
      formula: `100 − 100 / (1 + gains / losses), each Wilder's average of ${n!} changes of the close (Wilder 1978)`,
      warmUp: n!,
      reach: 1 + fading(n!, 1 / n!),
      digits: FADING_DIGITS,
      compute: ({ close }) => [strengths(close, n!)],
    }),
  },
  macd: {
    usual: 'macd(12,26,9)',
    numbers: 3,
    make: ([fast, slow, signal]) => ({
      columns: ['', 'signal', 'histogram'],
      formula: `ema(${fast!}) − ema(${slow!}); signal: its ema of ${signal!}; histogram: the difference`,
      warmUp: Math.max(fast!, slow!) - 1,
      reach: Math.max(...[fast!, slow!].map((n) => fading(n, 2 / (n + 1)))) + fading(signal!, 2 / (signal! + 1)),
      digits: FADING_DIGITS,
      compute: ({ close }) => convergence(close, fast!, slow!, signal!),
    }),
  },
  bbands: {
    usual: 'bbands(20,2)',
    numbers: 2,
    factor: 1,
    make: ([n, width]) => ({
      columns: ['upper', 'middle', 'lower'],
      formula: `sma(${n!}), and ${width!} population standard deviations of these closes above and below it`,
      warmUp: n! - 1,
      reach: n! - 1,
      digits: DIGITS,
      compute: ({ close }, from) => bands(close, n!, width!, from),
    }),
  },
  atr: {
    usual: 'atr(14)',
    numbers: 1,
    make: ([n]) => ({
      columns: [''],
      formula: `Wilder's average of ${n!} true ranges: from the lower to the higher of the bar and the close before it`,
      warmUp: n!,
      reach: 1 + fading(n!, 1 / n!),
      digits: FADING_DIGITS,
      ofRanges: true,
      compute: (prices) => [smoothed(ranges(prices), n!, 1 / n!, 1)],
    }),
  },
  volatility: {
    usual: 'volatility(20)',
    numbers: 1,
    ofDays: true,
    make: ([n], perYear) => ({
      columns: [''],
      formula: `sample standard deviation of the last ${n!} logarithmic returns × √${perYear}`,
      warmUp: n!,
      reach: n!,
      digits: DIGITS,
      compute: ({ close }, from) => [volatilities(close, n!, perYear, from)],
    }),
  },
  drawdown: {
    usual: 'drawdown',
    numbers: 0,
    ofDays: true,
    make: () => ({
      columns: [''],
      formula: 'close / highest close of the history so far − 1',
      warmUp: 0,
      reach: Infinity,
      digits: DIGITS,
      compute: ({ close }) => [drawdowns(close)],
    }),
  },
};

/** What may be asked for. */
export const INDICATORS = Object.values(KINDS).map(({ usual }) => usual);

/**
 * Reads `sma(20),macd(12,26,9),drawdown`.
 * @param param    the parameter, by the name the client used
 * @param perYear  bars of a year; null of bars shorter than a day, of which the year of a market cannot be told
 * @throws ApiError invalid_parameter for one that does not exist, that such bars do not have or whose numbers do not
 *   fit, with the place where it begins
 */
export function parseIndicators(param: string, text: string, perYear: number | null = DAYS_OF_YEAR): Indicator[] {
  const found: Indicator[] = [];
  const pattern = /\s*([^,()]*)(?:\(([^()]*)\))?\s*(,|$)/y;
  for (let at = 0; at < text.length || found.length === 0;) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const refuse = (what: string): never => {
      throw invalid(param, `${param}, character ${at + 1}: ${what}.`, { allowed: INDICATORS, ...hint(match?.[1]) });
    };
    if (!match) return refuse('this is no indicator');
    found.push(indicatorOf(match[1]!.trim().toLowerCase(), match[2], perYear, refuse));
    at = pattern.lastIndex;
    if (match[3] === ',' && at === text.length) return refuse('an indicator is missing after the comma');
  }
  const names = found.flatMap(({ columns }) => columns);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalid(param, `${param} names ${twice} twice.`);
  if (found.length > MAX_INDICATORS) throw invalid(param, `${param} takes at most ${MAX_INDICATORS} indicators.`);
  return found;
}

function hint(name: string | undefined): { hint?: string } {
  const [guess] = nearest(name?.trim().toLowerCase() ?? '', Object.keys(KINDS), 1);
  return guess === undefined ? {} : { hint: `Did you mean ${KINDS[guess]!.usual}?` };
}

function indicatorOf(
  name: string,
  list: string | undefined,
  perYear: number | null,
  refuse: (what: string) => never,
): Indicator {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name]! : refuse(`there is no indicator "${name}"`);
  if (perYear === null && kind.ofDays) refuse(`${name} is one of bars of a day or longer`);
  const texts = list === undefined ? [] : list.split(',').map((text) => text.trim());
  if (texts.length !== kind.numbers) refuse(`${name} is written as ${kind.usual}`);
  const numbers = texts.map((text, i) => {
    const isFactor = i === kind.factor;
    if (!(isFactor ? /^\d{1,2}(\.\d{1,2})?$/ : /^\d{1,3}$/).test(text)) refuse(`${name} is written as ${kind.usual}`);
    const number = Number(text);
    // Of one bar or change there is no deviation, and its average is the value itself.
    const least = isFactor ? 0.01 : ['sma', 'ema', 'macd'].includes(name) ? 1 : 2;
    if (number < least || number > MAX_LENGTH) refuse(`${text} is not between ${least} and ${MAX_LENGTH}`);
    return number;
  });
  const made = kind.make(numbers, perYear ?? NaN);
  const suffix = numbers.map((number) => `_${String(number).replace('.', '_')}`).join('');
  return { ...made, columns: made.columns.map((part) => `${name}${part && `_${part}`}${suffix}`) };
}

/**
 * What gives the columns of an indicator beside bars, {@link rounded}. A bar without all of its prices has no value and
 * is left out of every average, so that the bars after it have some again.
 * @param from  the first bar whose values are wanted
 */
export function indicatorsBeside(prices: Prices, from: number): (indicator: Indicator) => IndicatorColumn[] {
  const places = placesOfWhole(prices);
  const isWhole = places.length === prices.close.length;
  const { high, low, close } = prices;
  const whole = isWhole ? prices : { high: at(places, high), low: at(places, low), close: at(places, close) };
  const first = firstPlace(places.length, (i) => places[i]! >= from);
  return ({ columns, digits, compute }) =>
    compute(whole, first).map((found, c) => {
      const values = isWhole ? found : empty(close.length);
      for (let i = first; i < places.length; i++) values[places[i]!] = rounded(found[i]!, digits);
      return { name: columns[c]!, values };
    });
}

/** The places of bars that have all of their prices. */
export function placesOfWhole({ high, low, close }: Prices): Int32Array {
  const places = new Int32Array(close.length);
  let count = 0;
  for (let i = 0; i < close.length; i++) {
    if (Number.isFinite(close[i]! + high[i]! + low[i]!)) places[count++] = i;
  }
  return places.subarray(0, count);
}

/** The values at some places. */
function at(places: Int32Array, values: Float64Array): Float64Array {
  return Float64Array.from(places, (place) => values[place]!);
}

/** The columns of some indicators beside bars. */
export function columnsOfIndicators(indicators: readonly Indicator[], prices: Prices): IndicatorColumn[] {
  return indicators.flatMap(indicatorsBeside(prices, 0));
}

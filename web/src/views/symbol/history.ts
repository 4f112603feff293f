import { edge } from '../../api/moved';
import type { SymbolQuery } from '../../api/operations';
import type { LiveBar } from '../../api/stream';
import { addDays, weekday } from '../../format/time';

/** A symbol as it was read. */
export type SymbolData = NonNullable<SymbolQuery['symbol']>;

/** A bar of the chart, oldest first; null figures where the day is missing. */
export interface ChartBar {
  /** The day, or seconds of an instant. */
  readonly time: string | number;
  /** The instant as it came. */
  readonly at: string;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string | null;
  readonly volume: string | null;
  readonly made: number;
  readonly isPartial: boolean;
  readonly missing: boolean;
}

/** The days of the gaps of a symbol: expected ones without a bar, inside its life. */
export function missingDays({ gaps, isContinuous }: SymbolData): string[] {
  if (!gaps) return [];
  const closed = new Set(gaps.excluded.map(({ day }) => day));
  const days: string[] = [];
  for (const { start, end, reason } of gaps.gaps) {
    if (reason !== 'MISSING' && reason !== 'WHOLE_MARKET_MISSING') continue;
    for (let day = start; day <= end; day = addDays(day, 1)) {
      if (!closed.has(day) && (isContinuous === true || weekday(day) % 6 !== 0)) days.push(day);
    }
  }
  return days;
}

/** The bars of a symbol and, where they are days, those that are missing, in the order of time. */
export function chartBars(data: SymbolData, timeframe: string): ChartBar[] {
  const columns = data.bars?.columns;
  if (!columns) return [];
  const intraday = /[mh]$/.test(timeframe);
  const bars: ChartBar[] = columns.timestamp.map((at, i) => ({
    time: intraday ? Date.parse(at) / 1000 : at.slice(0, 10),
    at,
    open: columns.open[i]!,
    high: columns.high[i]!,
    low: columns.low[i]!,
    close: columns.close[i]!,
    volume: columns.volume[i]!,
    made: columns.bars[i]!,
    isPartial: columns.isPartial[i] === true,
    missing: false,
  }));
  bars.reverse();
  if (timeframe !== '1d') return bars;
  const first = bars[0]?.at ?? '';
  const none = {
    open: null,
    high: null,
    low: null,
    close: null,
    volume: null,
    made: 0,
    isPartial: false,
    missing: true,
  };
  const gone = missingDays(data)
    .filter((day) => day >= first.slice(0, 10))
    .map((day): ChartBar => ({ time: day, at: day, ...none }));
  return [...bars, ...gone].sort((a, b) => (a.at < b.at ? -1 : 1));
}

const MINUTES: Readonly<Record<string, number>> = { '1m': 1, '5m': 5, '15m': 15, '30m': 30, '1h': 60, '4h': 240 };

/** A symbol with another newest bar, which the stream has said. */
export function withLatest(data: SymbolData, { trades_count: tradesCount, ...bar }: LiveBar): SymbolData {
  if (data.latest && bar.timestamp < data.latest.timestamp) return data;
  return { ...data, latest: { ...bar, tradesCount, isPartial: null } };
}

/**
 * The last bar of the chart after a new one: the same one changed, or the next; null where it changes nothing, and
 * `unknown` where the chart has to be read to say.
 */
export function lastBar(bars: readonly ChartBar[], bar: LiveBar, timeframe: string): ChartBar | 'unknown' | null {
  const last = bars.at(-1);
  const at = bar.timestamp;
  if (bar.close === null) return null;
  const intraday = /[mh]$/.test(timeframe);
  // A daily bar says nothing of minutes.
  if (intraday && !/[mh]$/.test(bar.timeframe)) return null;
  if (!last) return 'unknown';
  const { open, high, low, close, volume } = bar;
  if (bar.timeframe === timeframe) {
    const time = intraday ? Date.parse(at) / 1000 : at.slice(0, 10);
    if (time < last.time) return null;
    const same = time === last.time;
    if (
      same &&
      [open, high, low, close, volume].join() === [last.open, last.high, last.low, last.close, last.volume].join()
    )
      return null;
    return {
      time,
      at,
      open,
      high,
      low,
      close,
      volume,
      made: 1,
      isPartial: last.isPartial && same,
      missing: false,
    };
  }
  const size = (MINUTES[timeframe] ?? 0) * 60_000;
  const period = (text: string): string | number =>
    size > 0 ? Math.floor(Date.parse(text) / size) : text.slice(0, 10);
  if (period(at) < period(last.at)) return null;
  if (period(at) > period(last.at)) return 'unknown';
  if (close === last.close) return null;
  return { ...last, close, high: edge(last.high, high, Math.max), low: edge(last.low, low, Math.min) };
}

const LONG = ['1d', '1w', '1mo', '1q', '1y'];

/** The intervals that the stored bars can be made into. */
export function intervalsOf(timeframes: readonly string[]): string[] {
  const stored = timeframes.map((name) => MINUTES[name] ?? 0).filter(Boolean);
  const shortest = Math.min(...stored);
  const within = Object.keys(MINUTES).filter((name) => MINUTES[name]! >= shortest && MINUTES[name]! % shortest === 0);
  return [...(stored.length > 0 ? within : []), ...LONG];
}

/** Indicators that the chart offers: how the API names them, and how people do. */
export const INDICATORS: readonly (readonly [string, string])[] = [
  ['sma(20)', 'SMA 20'],
  ['sma(50)', 'SMA 50'],
  ['sma(200)', 'SMA 200'],
  ['ema(50)', 'EMA 50'],
  ['bbands(20,2)', 'Bollinger 20, 2'],
  ['rsi(14)', 'RSI 14'],
  ['macd(12,26,9)', 'MACD 12, 26, 9'],
];

/** Those of a list that a chart knows: the list comes from an address. */
export function knownIndicators(text: string): string[] {
  return INDICATORS.map(([name]) => name).filter((name) => text.split(';').includes(name));
}

import { clockTime, divides, HOUR, type Interval, intervalNamed } from '../../data/market-data/intervals.js';

const MINUTE = HOUR / 60n;

/** Resolutions of charts of a day or longer, and the intervals that they are. */
const LONG = new Map(Object.entries({ '1D': '1d', '1W': '1w', '1M': '1mo', '3M': '1q', '12M': '1y' }));

/** Resolutions that a chart offers, the shortest first. */
export const RESOLUTIONS = ['1', '5', '15', '30', '60', '120', '240', ...LONG.keys()];

/** The interval that a resolution means, such as `60`, `D` or `1W`; null for any other text. */
export function intervalOf(resolution: string): Interval | null {
  const long = LONG.get(/^[DWM]$/.test(resolution) ? `1${resolution}` : resolution);
  if (long !== undefined) return intervalNamed(long);
  return /^[1-9]\d{0,3}$/.test(resolution) ? intervalNamed(`${resolution}m`) : null;
}

/**
 * Whether bars of an interval can be had of a symbol: of a day or longer always.
 * @param timeframes  those of its stored bars
 */
export function isOffered(interval: Interval, timeframes: readonly string[]): boolean {
  if (interval.unit !== null) return true;
  return timeframes.some((timeframe) => {
    const micros = clockTime(timeframe);
    return micros !== null && divides(micros, interval);
  });
}

/** The resolutions that a symbol has in charts, the shortest first. */
export function resolutionsOf(timeframes: readonly string[]): string[] {
  return RESOLUTIONS.filter((resolution) => isOffered(intervalOf(resolution)!, timeframes));
}

/** The minutes of those that are shorter than a day. */
export function minutesOf(resolutions: readonly string[]): string[] {
  return resolutions.filter((resolution) => (intervalOf(resolution)?.micros ?? 0n) >= MINUTE);
}

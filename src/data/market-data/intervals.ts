import { dayOf, EVER, formatDay, parseDay, startOfDay } from '../../base/time.js';

/** Units of the calendar that bars can have, with the days that the shortest and the longest of each has. */
const UNITS = {
  day: { name: '1d', days: [1, 1] },
  week: { name: '1w', days: [7, 7] },
  month: { name: '1mo', days: [28, 31] },
  quarter: { name: '1q', days: [90, 92] },
  year: { name: '1y', days: [365, 366] },
} as const;

/** A unit of the calendar. Weeks begin on Monday, as in ISO 8601. */
export type CalendarUnit = keyof typeof UNITS;

/** How much time a bar covers: a number of microseconds that divides a day, or a unit of the calendar. */
export type Interval = { readonly name: string } & (
  { readonly micros: bigint; readonly unit: null } | { readonly micros: null; readonly unit: CalendarUnit }
);

const MINUTE = 60_000_000n;
export const HOUR = 60n * MINUTE;
export const DAY = 24n * HOUR;

/** Intervals that an error names and that `max_points` chooses from, the shortest first. */
export const STANDARD_INTERVALS: readonly Interval[] = [
  ...[1n, 5n, 15n, 30n].map((minutes) => ({ name: `${minutes}m`, micros: minutes * MINUTE, unit: null })),
  ...[1n, 2n, 4n].map((hours) => ({ name: `${hours}h`, micros: hours * HOUR, unit: null })),
  ...Object.entries(UNITS).map(([unit, { name }]) => ({ name, micros: null, unit: unit as CalendarUnit })),
];

/**
 * The interval that a name such as `10m`, `4h` or `1w` means; null for any other text, and for minutes and hours that
 * do not divide a day. Case counts only for `m`: `1M` is no minute.
 */
export function intervalNamed(text: string): Interval | null {
  const name = text.endsWith('M') ? text : text.toLowerCase();
  const unit = STANDARD_INTERVALS.find((interval) => interval.unit !== null && interval.name === name);
  if (unit) return unit;
  const micros = /^[1-9]\d{0,3}[mh]$/.test(name) ? clockTime(name)! : null;
  return micros !== null && micros < DAY && DAY % micros === 0n ? { name, micros, unit: null } : null;
}

/** How long a stored bar of this timeframe is, in microseconds; null where its name does not say it, as with months. */
export function clockTime(timeframe: string): bigint | null {
  const match = /^([1-9]\d{0,3})(s|m|min|h|d)$/.exec(timeframe.endsWith('M') ? timeframe : timeframe.toLowerCase());
  if (!match) return null;
  const unit = { s: 1_000_000n, m: MINUTE, min: MINUTE, h: HOUR, d: DAY }[match[2]!]!;
  return BigInt(match[1]!) * unit;
}

/** Whether bars of a timeframe last a day or longer, so that the name of a day tells them apart. */
export function lastsDays(timeframe: string): boolean {
  const micros = clockTime(timeframe);
  return micros === null ? intervalNamed(timeframe) !== null : micros >= DAY;
}

/** Whether bars of an interval can be made of stored bars that are so long. */
export function divides(micros: bigint, interval: Interval): boolean {
  if (interval.micros !== null) return micros <= interval.micros && interval.micros % micros === 0n;
  return micros <= DAY && DAY % micros === 0n;
}

/** The shortest and the longest time that a bar covers, in microseconds, where clocks do not change. */
export function lengthsOf(interval: Interval): readonly [shortest: bigint, longest: bigint] {
  if (interval.micros !== null) return [interval.micros, interval.micros];
  const [shortest, longest] = UNITS[interval.unit].days;
  return [BigInt(shortest) * DAY, BigInt(longest) * DAY];
}

/** The start, in UTC, of the bar of an interval in which an instant lies. */
export function startIn(interval: Interval, instant: bigint): bigint {
  if (interval.micros !== null) return instant - (((instant % interval.micros) + interval.micros) % interval.micros);
  const day = dayOf(instant);
  // 1970-01-01 was a Thursday.
  if (interval.unit === 'week') return startOfDay(day - ((((day + 3) % 7) + 7) % 7));
  const [year, month] = formatDay(day).split('-').map(Number) as [number, number];
  const first = { day: null, month, quarter: Math.floor((month - 1) / 3) * 3 + 1, year: 1 }[interval.unit];
  return startOfDay(first === null ? day : dayNamed(year, first));
}

/** The end, exclusive and in UTC, of the bar of an interval in which an instant lies. */
export function endIn(interval: Interval, instant: bigint): bigint {
  const start = startIn(interval, instant);
  const [shortest, longest] = lengthsOf(interval);
  if (shortest === longest) return start + shortest;
  // Longer than the longest and shorter than two: this lies in the next one.
  const next = start + longest + DAY;
  return next < EVER.to ? startIn(interval, next) : EVER.to;
}

function dayNamed(year: number, month: number): number {
  return parseDay(`${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-01`)!;
}

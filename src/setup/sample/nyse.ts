import { formatDay, parseDay } from '../../base/time.js';
import { isWeekday, nyseDay, nyseExceptions } from '../../base/nyse.js';

const DAY_MS = 86_400_000;

/** The calendar date of an instant in UTC, as YYYY-MM-DD. */
export const isoDay = (at: number | Date): string => new Date(at).toISOString().slice(0, 10);

/** The date `days` calendar days after `day`, both YYYY-MM-DD. */
export const addDays = (day: string, days: number): string => isoDay(Date.parse(day) + days * DAY_MS);

/** Every calendar date from `from` to `to`, both included, as YYYY-MM-DD. */
export function calendarDays(from: string, to: string): string[] {
  const first = Date.parse(from);
  const length = Math.max(0, Math.floor((Date.parse(to) - first) / DAY_MS) + 1);
  return Array.from({ length }, (_, index) => isoDay(first + index * DAY_MS));
}

/** The weekdays of a year on which the New York Stock Exchange is closed all day, in order, YYYY-MM-DD. */
export function nyseHolidays(year: number): string[] {
  const [first, last] = [parseDay(`${year}-01-01`)!, parseDay(`${year}-12-31`)!];
  return nyseExceptions(first, last).filter(isWeekday).map(formatDay);
}

/** The days from `from` to `to`, both included, that have a session of the New York Stock Exchange, YYYY-MM-DD. */
export function nyseTradingDays(from: string, to: string): string[] {
  return calendarDays(from, to).filter((day) => nyseDay(parseDay(day)!) !== 'closed');
}

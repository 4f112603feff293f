import { isWeekday } from '../../base/nyse.js';
import { formatDay, parseDay } from '../../base/time.js';
import type { Closes } from './performance.js';

/** The return of a calendar month or year. */
export interface PeriodReturn {
  /** Such as `2008` or `2008-10`. */
  readonly period: string;
  /** Last close in it by the last close before it, less one; where there is none before it, by its first close. */
  readonly return: number;
  /** Whether it begins or ends outside of the days that were asked for, or of the history. */
  readonly isPartial: boolean;
}

/** Days before a window in which the close is looked for that its first period is measured from. */
export const DAYS_BEFORE = 31;

/** A calendar month, by the length of its name, or a year. */
const [YEAR, MONTH] = [4, 7];

/** Days of a window, both included, and the last day of the history. */
export interface Asked {
  readonly first: number;
  readonly last: number;
  readonly newest: number;
}

/** Returns of the calendar years in a window, as published for an index: from close to close. */
export function yearReturns(closes: Closes, asked: Asked): PeriodReturn[] {
  return periodReturns(closes, asked, YEAR);
}

/** Returns of the calendar months in a window. */
export function monthReturns(closes: Closes, asked: Asked): PeriodReturn[] {
  return periodReturns(closes, asked, MONTH);
}

/**
 * @param closes  in the window, and around it
 * @param length  of the names of the periods
 */
function periodReturns({ days, closes }: Closes, { first, last, newest }: Asked, length: number): PeriodReturn[] {
  const found: PeriodReturn[] = [];
  let at = days.findIndex((day) => day >= first);
  while (at !== -1 && at < days.length && days[at]! <= last) {
    const period = formatDay(days[at]!).slice(0, length);
    const [begin, end] = boundsOf(period);
    let next = at;
    while (next < days.length && days[next]! <= Math.min(end, last)) next++;
    // What lies before the window belongs to its first period where the window begins inside it.
    const isWhole = begin >= first && at > 0;
    const base = closes[isWhole ? at - 1 : at]!;
    const isOver = end <= last && lastWeekday(end) <= newest;
    found.push({ period, return: closes[next - 1]! / base - 1, isPartial: !isWhole || !isOver });
    at = next;
  }
  return found;
}

/** First and last day of a month or a year. */
function boundsOf(period: string): [first: number, last: number] {
  const isYear = period.length === YEAR;
  const first = parseDay(isYear ? `${period}-01-01` : `${period}-01`)!;
  // No month has more days, no year more than 366; the next one begins with the first day of another name.
  let last = first + (isYear ? 366 : 31);
  while (formatDay(last).slice(0, period.length) !== period) last--;
  return [first, last];
}

function lastWeekday(day: number): number {
  return isWeekday(day) ? day : lastWeekday(day - 1);
}

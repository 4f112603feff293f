import { LIMITS } from '../../base/limits.js';
import { formatDay, parseDay, parseInstant, startOfDay } from '../../base/time.js';
import { SortDirection } from '../../contract/sort.js';
import { Bar } from './bars.model.js';
import { DailyBar } from './daily.model.js';
import type { DirectoryRow } from './directory.js';
import type { CalendarUnit } from './intervals.js';

/** Arguments for bars before those of a page, the newest first. */
export interface Before {
  readonly start: string;
  readonly end: string;
  readonly sort: SortDirection;
  readonly first: number | 'all';
  readonly after: undefined;
}

/** Kinds of rows, and how these say when they are. */
export interface Kind {
  readonly model: new () => object;
  readonly time: 'day' | 'timestamp';
}

export const DAYS: Kind = { model: DailyBar, time: 'day' };
export const BARS: Kind = { model: Bar, time: 'timestamp' };

/** Most bars before a page that are read in its own statement. */
const MAX_BEFORE = 1000;
const DAYS_OF_CALENDAR_YEAR = 365;

/** Bars of a year. */
export const BARS_OF_YEAR: Record<CalendarUnit, number> = { day: 252, week: 52, month: 12, quarter: 4, year: 1 };

/** What asks for so many bars before one that begins `at`; null where there can be none. */
export function beforeOf(at: string, symbol: DirectoryRow, { time }: Kind, count: number): Before | null {
  const day = parseDay(at.slice(0, 10))!;
  const first = Math.max(day - LIMITS.barsDays + 2, parseDay(symbol.firstDay)!);
  if (count <= 0 || (time === 'day' ? day <= first : parseInstant(at)! <= startOfDay(first))) return null;
  return {
    start: formatDay(first),
    end: time === 'day' ? formatDay(day - 1) : at,
    sort: SortDirection.DESC,
    first: Number.isFinite(count) ? count : 'all',
    after: undefined,
  };
}

/**
 * Days that have so many trading days, with some to spare; none where that is more than is worth reading at once: what
 * is missing is read afterwards.
 */
export function daysOf(count: number): number {
  return count > MAX_BEFORE ? 0 : Math.ceil(count * (DAYS_OF_CALENDAR_YEAR / BARS_OF_YEAR.day)) + 10;
}

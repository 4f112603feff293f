import { invalid } from '../../base/errors.js';
import { formatDay, parseDay } from '../../base/time.js';
import type { DirectoryRow } from './directory.js';
import type { Calendar } from './gaps.model.js';
import type { MarketDays } from './market-days.js';
import { isWeekday, NYSE_FIRST_DAY, nyseExceptions, nyseHalfDays } from '../../base/nyse.js';

/** A range of days, both ends included, as days after 1970-01-01. */
export interface Days {
  readonly first: number;
  readonly last: number;
}

/** The days that a calendar expects in a range, as far as they are not what its name says. */
export interface ExpectedDays {
  /** Weekdays without a session, and weekends with one. */
  readonly exceptions: readonly number[];
  /** Weekdays among them, on which no bar is expected. */
  readonly excluded: readonly string[];
  readonly halfDays: readonly string[];
  /** Sessions on which hardly any symbol of the market has a bar. */
  readonly wholeMarketMissing: readonly number[];
  /** After this day no symbol of the market has a bar; null where the market decides nothing. */
  readonly marketNewest: number | null;
}

const PLAIN: ExpectedDays = { exceptions: [], excluded: [], halfDays: [], wholeMarketMissing: [], marketNewest: null };

/** Days before and after a range in which a symbol counts as active around it, and other symbols that make a market. */
const [ACTIVE_AROUND_DAYS, FEWEST_PEERS] = [14, 3];

/**
 * The days of a calendar in a range.
 * @param market  for the calendars that look at it
 * @throws ApiError invalid_parameter where the range begins before the calendar is known
 */
export function expectedDays(calendar: Calendar, { first, last }: Days, market: MarketDays | null): ExpectedDays {
  if (calendar === 'xnys' && first < NYSE_FIRST_DAY) {
    throw invalid(
      'start',
      `The sessions of the New York Stock Exchange are known from ${formatDay(NYSE_FIRST_DAY)} on.`,
    );
  }
  if (!market || last < first) return PLAIN;
  const observed = calendar === 'observed' ? market.calendar(first, last) : null;
  const exceptions = observed?.exceptions ?? nyseExceptions(first, last);
  const missing = observed?.wholeMarketMissing ?? market.missingSessions(first, last);
  return {
    exceptions,
    excluded: exceptions.filter(isWeekday).map(formatDay),
    halfDays: observed ? [] : nyseHalfDays(first, last).map(formatDay),
    wholeMarketMissing: missing,
    marketNewest:
      market.activeIn(market.newestDay - ACTIVE_AROUND_DAYS, market.newestDay) >= FEWEST_PEERS
        ? market.newestDay
        : null,
  };
}

/** The calendar of a symbol: with fewer than three other symbols around the range there is no market to observe. */
export function calendarOf(row: DirectoryRow, calendar: Calendar, days: Days, market: MarketDays | null): Calendar {
  if (calendar !== 'observed' || !market) return calendar;
  const [first, last] = [days.first - ACTIVE_AROUND_DAYS, days.last + ACTIVE_AROUND_DAYS];
  const { firstDay, newestDay } = row;
  const itself = newestDay !== null && parseDay(firstDay)! <= last && parseDay(newestDay)! >= first ? 1 : 0;
  return market.activeIn(first, last) - itself >= FEWEST_PEERS ? 'observed' : 'weekdays';
}

/** Whether a calendar expects a bar on a day. */
export function isExpected(day: number, calendar: Calendar, exceptions: ReadonlySet<number>): boolean {
  if (calendar === 'all') return true;
  return isWeekday(day) !== (calendar !== 'weekdays' && exceptions.has(day));
}

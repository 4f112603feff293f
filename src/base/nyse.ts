import { formatDay, parseDay } from './time.js';

/**
 * The sessions of the New York Stock Exchange by its rules (Rule 7.2 and those before it) and its special closings.
 * Days are counted from 1970-01-01. The test compares them with published lists of sessions.
 */

/** The first day whose sessions are known. Days to come are those of today's rules. */
export const NYSE_FIRST_DAY = at(1928, 1, 1);

/** What the exchange does on a day. */
export type NyseDay = 'session' | 'half_day' | 'closed';

/** Weekdays on which it was closed for another reason than a holiday. */
const SPECIAL_CLOSINGS = days(`
  1929-11-01 1929-11-29 1933-03-06 1933-03-07 1933-03-08 1933-03-09 1933-03-10 1933-03-13 1933-03-14
  1945-08-15 1945-08-16 1945-12-24 1956-12-24 1958-12-26 1961-05-29 1963-11-25 1968-02-12 1968-04-09
  1968-07-05 1968-11-11 1969-02-10 1969-03-31 1969-07-21 1972-12-28 1973-01-25 1977-07-14 1985-09-27
  1994-04-27 2001-09-11 2001-09-12 2001-09-13 2001-09-14 2004-06-11 2007-01-02 2012-10-29 2012-10-30
  2018-12-05 2025-01-09`);

/** The Wednesdays of 1968 without a session, so that the back offices could work off their paper. */
const PAPER_CRISIS = days(`
  1968-06-12 1968-06-19 1968-06-26 1968-07-10 1968-07-17 1968-07-24 1968-07-31 1968-08-07 1968-08-14 1968-08-21
  1968-08-28 1968-09-11 1968-09-18 1968-09-25 1968-10-02 1968-10-09 1968-10-16 1968-10-23 1968-10-30 1968-11-20
  1968-12-04 1968-12-11 1968-12-18`);

/** Saturdays without a session while Saturdays had one. */
const CLOSED_SATURDAYS = days(`
  1928-04-07 1928-04-21 1928-11-24 1929-02-09 1929-02-23 1929-03-30 1929-08-31 1930-04-19 1930-05-31 1930-07-05
  1930-08-30 1931-09-05 1931-12-26 1932-07-02 1933-01-07 1933-03-04 1933-03-11 1936-12-26 1937-05-29 1937-07-03
  1945-04-14 1945-10-13 1945-10-27 1946-02-23 1948-01-03 1949-12-24 1950-12-23`);

/** First and last of the Saturdays in a row without a session, from 1945 on those of the summer. */
const CLOSED_SATURDAY_RANGES = `
  1928-05-05 1928-05-26 1929-11-02 1929-11-30 1933-07-29 1933-09-02 1944-08-19 1944-09-02 1945-07-07 1945-09-01
  1946-05-25 1946-09-28 1947-05-31 1947-09-27 1948-05-29 1948-09-25 1949-05-28 1949-09-24 1950-06-03 1950-09-30
  1951-06-02 1951-09-29`;

/** Fridays with a session though a holiday fell on the Saturday after them. */
const OPEN_FRIDAYS = days('1953-05-29 1953-07-03 1958-02-21 1959-05-29 1970-05-29');

/** Days after Christmas that closed early. */
const SPECIAL_HALF_DAYS = days('1997-12-26 2003-12-26');

/** Saturdays had a session until the summer of 1952. */
const LAST_SATURDAY = at(1952, 5, 24);
const SATURDAYS_OFF = saturdaysOff();

const [SUNDAY, MONDAY, TUESDAY, THURSDAY, FRIDAY, SATURDAY] = [0, 1, 2, 4, 5, 6];

/** What the exchange does on a day. */
export function nyseDay(day: number): NyseDay {
  const { exceptions, half } = yearOf(Number(formatDay(day).slice(0, 4)));
  if (isWeekday(day) === exceptions.has(day)) return 'closed';
  return half.has(day) ? 'half_day' : 'session';
}

/**
 * The days of a range on which it does not do what it does in most weeks: closed weekdays, and Saturdays with a
 * session.
 */
export function nyseExceptions(first: number, last: number): number[] {
  return inYears(first, last, ({ exceptions }) => exceptions);
}

/** The days of a range whose session ends early. */
export function nyseHalfDays(first: number, last: number): number[] {
  return inYears(first, last, ({ half }) => half);
}

/** Day of the week; 0 is Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** Monday to Friday. */
export function isWeekday(day: number): boolean {
  return weekdayOf(day) % 6 !== 0;
}

interface Year {
  /** Closed weekdays and Saturdays with a session, in order. */
  readonly exceptions: ReadonlySet<number>;
  readonly half: ReadonlySet<number>;
}

const YEARS = new Map<number, Year>();

function yearOf(year: number): Year {
  let known = YEARS.get(year);
  if (!known) YEARS.set(year, (known = { exceptions: exceptionsOf(year), half: halfDays(year) }));
  return known;
}

function inYears(first: number, last: number, of: (year: Year) => ReadonlySet<number>): number[] {
  const found: number[] = [];
  const lastYear = Number(formatDay(last).slice(0, 4));
  for (let year = Number(formatDay(first).slice(0, 4)); year <= lastYear; year++) {
    for (const day of of(yearOf(year))) if (day >= first && day <= last) found.push(day);
  }
  return found;
}

function exceptionsOf(year: number): Set<number> {
  const closed = closings(year);
  const found = [...closed].filter(isWeekday);
  for (let day = nth(year, 1, SATURDAY, 1); day <= Math.min(LAST_SATURDAY, at(year, 12, 31)); day += 7) {
    if (!SATURDAYS_OFF.has(day) && !closed.has(day)) found.push(day);
  }
  return new Set(found.sort((a, b) => a - b));
}

function closings(year: number): Set<number> {
  const holidays = [
    ...holidaysByDate(year),
    // Martin Luther King Jr. Day, Washington's Birthday, Good Friday, Memorial Day.
    ...(year >= 1998 ? [nth(year, 1, MONDAY, 3)] : []),
    ...(year >= 1971 ? [nth(year, 2, MONDAY, 3), lastOf(year, 5, MONDAY)] : []),
    easter(year) - 2,
    // Labor Day, Election Day, Thanksgiving.
    nth(year, 9, MONDAY, 1),
    ...(year <= 1968 || (year <= 1980 && year % 4 === 0) ? [nth(year, 11, MONDAY, 1) + 1] : []),
    thanksgiving(year),
  ];
  const special = [...SPECIAL_CLOSINGS, ...PAPER_CRISIS].filter(
    (day) => day >= at(year, 1, 1) && day <= at(year, 12, 31),
  );
  return new Set([...holidays, ...special].filter((day) => !OPEN_FRIDAYS.has(day)));
}

/** Holidays that have a date: one on a Sunday is kept on Monday, one on a Saturday since 1953 on Friday. */
function holidaysByDate(year: number): number[] {
  const dates: [month: number, day: number][] = [
    ...(year <= 1953 ? ([[2, 12]] as [number, number][]) : []),
    ...(year <= 1970
      ? ([
          [2, 22],
          [5, 30],
        ] as [number, number][])
      : []),
    ...(year >= 2022 ? ([[6, 19]] as [number, number][]) : []),
    [7, 4],
    ...(year <= 1953 ? ([[10, 12]] as [number, number][]) : []),
    ...(year >= 1934 && year <= 1953 ? ([[11, 11]] as [number, number][]) : []),
    [12, 25],
  ];
  const kept = dates.map(([month, day]) => {
    const date = at(year, month, day);
    if (weekdayOf(date) === SUNDAY) return date + 1;
    return weekdayOf(date) === SATURDAY && year >= 1953 ? date - 1 : date;
  });
  // New Year's Day on a Saturday is not kept: the Friday before it ends the year's accounts.
  const newYear = at(year, 1, 1);
  return [...kept, weekdayOf(newYear) === SUNDAY ? newYear + 1 : newYear];
}

function thanksgiving(year: number): number {
  if (year <= 1938) return lastOf(year, 11, THURSDAY);
  return year <= 1941 ? lastOf(year, 11, THURSDAY) - 7 : nth(year, 11, THURSDAY, 4);
}

/** Sessions that end at 13:00 in New York: known from 1993 on, when they became the rule. */
function halfDays(year: number): Set<number> {
  if (year < 1993) return new Set();
  const half = [thanksgiving(year) + 1];
  const christmasEve = at(year, 12, 24);
  if (weekdayOf(christmasEve) >= MONDAY && weekdayOf(christmasEve) <= THURSDAY) half.push(christmasEve);
  const independence = at(year, 7, 4);
  const dayOfWeek = weekdayOf(independence);
  if (year >= 1995 && (dayOfWeek === TUESDAY || dayOfWeek === TUESDAY + 1 || dayOfWeek === FRIDAY)) {
    half.push(independence - 1);
  }
  if (year >= 1995 && dayOfWeek === THURSDAY) half.push(year >= 2013 ? independence - 1 : independence + 1);
  for (const day of SPECIAL_HALF_DAYS) if (day >= at(year, 1, 1) && day <= at(year, 12, 31)) half.push(day);
  return new Set(half.sort((a, b) => a - b));
}

function at(year: number, month: number, day: number): number {
  return parseDay(`${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`)!;
}

function nth(year: number, month: number, dayOfWeek: number, n: number): number {
  const first = at(year, month, 1);
  return first + ((dayOfWeek - weekdayOf(first) + 7) % 7) + (n - 1) * 7;
}

function lastOf(year: number, month: number, dayOfWeek: number): number {
  const last = at(year, month + 1, 1) - 1;
  return last - ((weekdayOf(last) - dayOfWeek + 7) % 7);
}

/** Easter Sunday of the Gregorian calendar (Meeus/Jones/Butcher). */
export function easter(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return at(year, Math.floor(f / 31), (f % 31) + 1);
}

function days(text: string): Set<number> {
  return new Set(
    text
      .trim()
      .split(/\s+/)
      .map((day) => parseDay(day)!),
  );
}

function saturdaysOff(): Set<number> {
  const off = new Set(CLOSED_SATURDAYS);
  const ends = [...days(CLOSED_SATURDAY_RANGES)];
  for (let i = 0; i < ends.length; i += 2) for (let day = ends[i]!; day <= ends[i + 1]!; day += 7) off.add(day);
  return off;
}

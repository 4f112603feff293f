const DAY_MS = 86_400_000;

/** Days of national mourning, decided ad hoc. */
const MOURNING = ['2018-12-05', '2025-01-09'];

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

/**
 * The weekdays of `year` (2015 or later) on which the New York Stock Exchange is closed all day, ascending, YYYY-MM-DD.
 * By NYSE Rule 7.2: a holiday on Saturday is kept on Friday, save New Year's Day, and one on Sunday on Monday.
 */
export function nyseHolidays(year: number): string[] {
  const newYear = isoDay(Date.UTC(year, 0, 1));
  const days = [
    ...(weekday(newYear) === 6 ? [] : [observed(newYear)]),
    nthWeekday(year, 0, 1, 3),
    nthWeekday(year, 1, 1, 3),
    addDays(easter(year), -2),
    lastMondayOfMay(year),
    ...(year >= 2022 ? [observed(`${year}-06-19`)] : []),
    observed(`${year}-07-04`),
    nthWeekday(year, 8, 1, 1),
    nthWeekday(year, 10, 4, 4),
    observed(`${year}-12-25`),
    ...MOURNING.filter((day) => day.startsWith(String(year))),
  ];
  return days.sort();
}

/** The full or shortened trading days of the NYSE from `from` to `to`, both included (2015 or later), YYYY-MM-DD. */
export function nyseTradingDays(from: string, to: string): string[] {
  const closed = new Set<string>();
  for (let year = Number(from.slice(0, 4)); year <= Number(to.slice(0, 4)); year++) {
    for (const day of nyseHolidays(year)) closed.add(day);
  }
  return calendarDays(from, to).filter((day) => weekday(day) % 6 !== 0 && !closed.has(day));
}

/** 0 is Sunday. */
function weekday(day: string): number {
  return new Date(day).getUTCDay();
}

function observed(day: string): string {
  return addDays(day, { 6: -1, 0: 1 }[weekday(day)] ?? 0);
}

function nthWeekday(year: number, month: number, day: number, nth: number): string {
  const first = isoDay(Date.UTC(year, month, 1));
  return addDays(first, ((day - weekday(first) + 7) % 7) + (nth - 1) * 7);
}

function lastMondayOfMay(year: number): string {
  const last = `${year}-05-31`;
  return addDays(last, -((weekday(last) + 6) % 7));
}

/** Easter Sunday of the Gregorian calendar (Meeus/Jones/Butcher). */
function easter(year: number): string {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return isoDay(Date.UTC(year, Math.floor(f / 31) - 1, (f % 31) + 1));
}

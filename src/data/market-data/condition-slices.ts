import { LIMITS } from '../../base/limits.js';
import type { Days } from './calendars.js';
import { WEEKS_READ } from './condition.sql.js';
import type { DirectoryRow } from './directory.js';
import { clockTime, DAY } from './intervals.js';

/** Symbols of which the same days are read. */
export interface Slice {
  readonly rows: readonly DirectoryRow[];
  readonly days: Days;
}

/** Seconds of a day: what is finer is not told apart. */
const SECONDS = 86_400;
/** Days around others that are read with them. */
const DAYS_AROUND = 7 * (2 * WEEKS_READ + 1);

/** Most bars that a symbol with bars of some timeframes has on a day. */
export function barsADay(timeframes: readonly string[]): number {
  const each = timeframes.map((timeframe) => {
    const micros = clockTime(timeframe);
    return micros === null || micros >= DAY ? 1 : Math.min(Number(DAY / micros), SECONDS);
  });
  return each.reduce((sum, bars) => sum + bars, 0) || 1;
}

/** A symbol, and how many bars it may have on a day. */
export interface Asked {
  readonly row: DirectoryRow;
  readonly bars: number;
}

/** Whether all days of some symbols are more than one export has. */
export function isTooMuch(each: readonly Asked[], { first, last }: Days): boolean {
  const days = last - first + 1;
  const { exportDays, exportBars } = LIMITS.condition;
  const bars = each.reduce((sum, { bars: aDay }) => sum + (days + DAYS_AROUND) * aDay, 0);
  return each.length * days > exportDays || bars > exportBars;
}

/**
 * The part of the days of some symbols that one page has: so many rows, and fewer where their bars are more than
 * {@link LIMITS.condition} lets one page look at, but at least one; whether there are more.
 * @param each   the symbols in their order
 * @param after  the symbol and the day at which the page before ended
 */
export function slicesOf(
  each: readonly Asked[],
  { first, last }: Days,
  after: { readonly symbol: string; readonly day: number } | null,
  limit: number,
): { slices: Slice[]; more: boolean } {
  let rows = limit;
  let bars: number = LIMITS.condition.pageBars;
  const slices: { rows: DirectoryRow[]; days: Days }[] = [];
  const begin = after ? each.findIndex(({ row }) => row.symbol === after.symbol) : 0;
  for (const { row, bars: aDay } of each.slice(begin)) {
    const from = row.symbol === after?.symbol ? after.day + 1 : first;
    if (from > last) continue;
    const affordable = Math.floor(bars / aDay) - DAYS_AROUND;
    const read = Math.min(last - from + 1, rows, slices.length === 0 ? Math.max(affordable, 1) : affordable);
    if (read <= 0) return { slices, more: true };
    const to = from + read - 1;
    const before = slices.at(-1);
    if (before?.days.first === from && before.days.last === to) before.rows.push(row);
    else slices.push({ rows: [row], days: { first: from, last: to } });
    rows -= read;
    bars -= (read + DAYS_AROUND) * aDay;
    if (to < last) return { slices, more: true };
  }
  return { slices, more: false };
}

import {
  clip,
  dayOf,
  daysWindow,
  FIRST_DAY,
  formatDay,
  parseDay,
  startOfDay,
  type TimeWindow,
} from '../../base/time.js';
import { wholeDays } from './aggregate-state.js';
import type { StretchRow, SymbolDays } from './directory.sql.js';

/** What the wire can name: from the year 1 to the end of 9999-12-30, so that the end of each day has a name too. */
export const NAMEABLE: TimeWindow = { from: startOfDay(FIRST_DAY), to: startOfDay(parseDay('9999-12-31')!) };

/** What was read of one stretch of the history. */
export interface Stretch {
  readonly window: TimeWindow;
  readonly symbols: ReadonlyMap<string, SymbolDays>;
  /** Number of symbols that have a bar on a day. */
  readonly traded: ReadonlyMap<string, number>;
  /** When it was read last, by performance.now(), and how long that took, in milliseconds. */
  readAt: number;
  cost: number;
  seen: Seen;
}

/** What there was to read a stretch from. */
export interface Seen {
  /** Which of its days the aggregate had stored, and which are computed from the bars. */
  readonly sources: string;
  /** What had been written to these. */
  readonly changes: string;
}

/**
 * Cuts the history into stretches that are read one by one, the newest first: years, quarters of this year and months
 * of this quarter, since what was written last changes most. What lies after today is a stretch of its own.
 *
 * @param occupied  stretches that may hold bars, in order
 */
export function stretchesOf(occupied: readonly TimeWindow[], today: number): TimeWindow[] {
  const found = new Map<bigint, TimeWindow>();
  for (const range of occupied.flatMap((each) => clip(each, NAMEABLE) ?? [])) {
    for (let from = range.from; from < range.to;) {
      const whole = stretchAt(dayOf(from), today);
      found.set(whole.from, whole);
      from = whole.to;
    }
  }
  return [...found.values()].sort((a, b) => (a.from > b.from ? -1 : 1));
}

/** A whole year, such as 2025. */
export function yearWindow(year: string): TimeWindow {
  return daysWindow(parseDay(`${year}-01-01`)!, parseDay(`${year}-12-31`)!);
}

/** The quarter of a year that holds a day such as 2025-10-31. */
export function quarterOf(day: string): TimeWindow {
  const first = Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3 + 1;
  const month = (number: number): string => `${day.slice(0, 5)}${String(number).padStart(2, '0')}`;
  return { from: startOfDay(parseDay(`${month(first)}-01`)!), to: startOfDay(firstOfNextMonth(month(first + 2))) };
}

/** The stretch that holds a day. */
export function stretchAt(day: number, today: number): TimeWindow {
  const tomorrow = startOfDay(today + 1);
  if (day > today) return { from: tomorrow, to: NAMEABLE.to };
  const name = formatDay(day);
  const year = name.slice(0, 4);
  const thisYear = formatDay(today).slice(0, 4) === year;
  const quarter = quarterOf(name);
  const thisQuarter = quarter.from === quarterOf(formatDay(today)).from;
  const whole = thisQuarter ? monthOf(name) : thisYear ? quarter : yearWindow(year);
  return clip(whole, { from: whole.from, to: tomorrow })!;
}

function monthOf(day: string): TimeWindow {
  const month = day.slice(0, 7);
  return { from: startOfDay(parseDay(`${month}-01`)!), to: startOfDay(firstOfNextMonth(month)) };
}

function firstOfNextMonth(month: string): number {
  const [year, number] = [Number(month.slice(0, 4)), Number(month.slice(5))];
  const next =
    number === 12
      ? `${String(year + 1).padStart(4, '0')}-01`
      : `${month.slice(0, 5)}${String(number + 1).padStart(2, '0')}`;
  return parseDay(`${next}-01`)!;
}

/**
 * The rows of a stretch, its symbols and its days apart. Parts of a stretch have no day in common.
 * @param texts  those that are kept already, which take no memory again
 */
export function gather(
  parts: readonly (readonly StretchRow[])[],
  texts: Map<string, string>,
): Pick<Stretch, 'symbols' | 'traded'> {
  const kept = (text: string): string => {
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return known ?? text;
  };
  const symbols = new Map<string, SymbolDays>();
  const traded = new Map<string, number>();
  for (const part of parts) {
    for (const row of part) {
      if (row.symbol === null) traded.set(row.day, row.days);
      else {
        const { days, weekendDays } = row;
        const [symbol, firstDay, lastDay] = [kept(row.symbol), kept(row.firstDay), kept(row.lastDay)];
        symbols.set(symbol, join(symbols.get(symbol), { symbol, firstDay, lastDay, days, weekendDays }));
      }
    }
  }
  return { symbols, traded };
}

/** Whether two readings of a stretch say the same. */
export function isSame(a: Stretch, b: Pick<Stretch, 'symbols' | 'traded'>): boolean {
  if (a.symbols.size !== b.symbols.size || a.traded.size !== b.traded.size) return false;
  for (const [day, count] of b.traded) if (a.traded.get(day) !== count) return false;
  for (const [symbol, row] of b.symbols) {
    const known = a.symbols.get(symbol);
    const same = known?.days === row.days && known.firstDay === row.firstDay && known.lastDay === row.lastDay;
    if (!same || known.weekendDays !== row.weekendDays) return false;
  }
  return true;
}

/** What two stretches without a day in common say of a symbol. */
export function join(a: SymbolDays | undefined, b: SymbolDays): SymbolDays {
  return {
    symbol: b.symbol,
    firstDay: a && a.firstDay < b.firstDay ? a.firstDay : b.firstDay,
    lastDay: a && a.lastDay > b.lastDay ? a.lastDay : b.lastDay,
    days: (a?.days ?? 0) + b.days,
    weekendDays: (a?.weekendDays ?? 0) + b.weekendDays,
  };
}

/** Ranges in order as whole days, which no two of them share: a day is counted once, whatever chunks it lies in. */
export function wholeDaysOf(ranges: readonly TimeWindow[]): TimeWindow[] {
  const days: TimeWindow[] = [];
  for (const range of ranges) {
    const whole = wholeDays(range.from, range.to);
    const last = days.at(-1);
    if (last && whole.from < last.to) days[days.length - 1] = { from: last.from, to: whole.to };
    else days.push(whole);
  }
  return days;
}

/** Whether two lists hold the same items, one by one. */
export function areSame<Item>(a: readonly Item[], b: readonly Item[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

import { firstPlace } from '../../base/search.js';
import { formatDay, parseDay } from '../../base/time.js';
import { easter, isWeekday, NYSE_FIRST_DAY, nyseDay, weekdayOf } from '../../base/nyse.js';

/** A symbol's first and last day, for the days on which it is active. */
interface Active {
  readonly firstDay: string;
  readonly newestDay: string | null;
}

/** The days of a range on which a market is not what weeks have, in order. */
export interface MarketCalendar {
  /** Weekdays without a session, and weekends with one. */
  readonly exceptions: readonly number[];
  /** Sessions between the market's first and newest day on which hardly any symbol has a bar. */
  readonly wholeMarketMissing: readonly number[];
}

/** Fewest symbols that make a market, and fewest days that ought to be closed from which its calendar can be told. */
const FEWEST_ACTIVE = 3;
const FEWEST_CLOSINGS = 4;
/** Shares of its sessions and closings that a market has to keep to follow the New York Stock Exchange. */
const [SESSIONS_KEPT, CLOSINGS_KEPT] = [0.75, 0.75];
/** Days before the newest of the market in which the last bar of a symbol lies that still trades. */
export const LIVE_DAYS = 14;
/** Days before and after a year in which its calendar is looked for, and weeks in which a weekday's habit is. */
const CONTEXT_DAYS = 366;
const HABIT_WEEKS = 8;
const YEARS_COMPARED = 5;
/** Most days that count as stray, and days without any bar that part them from the rest. */
export const [FEW_DAYS, STRAY_AFTER_DAYS] = [10, 730];

/**
 * On which days the market had bars, as counts: symbols that have a bar on a day, and symbols that are active then,
 * which are those whose bars begin on or before that day and end on or after it. Kept with the directory.
 */
export class MarketDays {
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #years = new Map<number, MarketCalendar>();
  /** First and newest day that has a bar; empty where there is none. */
  readonly firstDay: number;
  readonly newestDay: number;

  /**
   * @param traded  number of symbols that have a bar on a day, by its number after 1970-01-01; days to come left out
   */
  constructor(
    private readonly traded: ReadonlyMap<number, number>,
    symbols: readonly Active[],
  ) {
    const active = symbols.filter(({ newestDay }) => newestDay !== null);
    this.#first = Int32Array.from(active, ({ firstDay }) => parseDay(firstDay)!).sort();
    this.#last = Int32Array.from(active, ({ newestDay }) => parseDay(newestDay!)!).sort();
    this.firstDay = this.#first[0] ?? Infinity;
    this.newestDay = this.#last.at(-1) ?? -Infinity;
  }

  /** Number of symbols that are active on some day of a range. */
  activeIn(first: number, last: number): number {
    return countBelow(this.#first, last + 1) - countBelow(this.#last, first);
  }

  /** The first days of the market, in order, where they are few and lie years before all others; otherwise none. */
  strayDays(): number[] {
    const first = [...this.traded.keys()].sort((a, b) => a - b).slice(0, FEW_DAYS + 1);
    const gap = first.findIndex((day, i) => i > 0 && day - first[i - 1]! > STRAY_AFTER_DAYS);
    return gap === -1 ? [] : first.slice(0, gap);
  }

  /** Whether at least half of the symbols that are active on a day have a bar. */
  isOpen(day: number): boolean {
    const bars = this.traded.get(day) ?? 0;
    return bars > 0 && 2 * bars >= this.activeIn(day, day);
  }

  /**
   * Whether a day was a session: at least half of the symbols have a bar that had begun by then and have one on that
   * day or later, or in the two weeks before the newest day. So a holiday on which a few symbols go on is none, and a
   * symbol that is late has missed one.
   */
  isSession(day: number): boolean {
    const bars = this.traded.get(day) ?? 0;
    const live = Math.min(day, this.newestDay - LIVE_DAYS + 1);
    return bars > 0 && 2 * bars >= countBelow(this.#first, day + 1) - countBelow(this.#last, live);
  }

  /** The sessions of the market on the newest day and some days before, the newest first. */
  lastSessions(days: number): number[] {
    if (!Number.isFinite(this.newestDay)) return [];
    return Array.from({ length: days }, (_, i) => this.newestDay - i).filter((day) => this.isSession(day));
  }

  /**
   * The calendar that the market was observed to keep. A day on which at least half of the active symbols have a bar is
   * a session. Another weekday is either a holiday or missing for the whole market:
   *
   * - Where the market keeps the closings of the New York Stock Exchange, a year before and after, that calendar tells.
   * - Elsewhere it is a holiday when the market is not used to be open on that weekday in the eight weeks around it, or
   *   when the same date, the same weekday of the year, or the same distance from Easter was closed in one of the five
   *   years before and after. Otherwise it is missing.
   *
   * @param first  first day of the range
   * @param last   last day of it, included
   */
  calendar(first: number, last: number): MarketCalendar {
    const exceptions: number[] = [];
    const wholeMarketMissing: number[] = [];
    const inside = (day: number): boolean => day >= first && day <= last;
    for (
      let year = yearOf(Math.max(first, this.firstDay));
      year <= yearOf(Math.min(last, this.newestDay + CONTEXT_DAYS));
      year++
    ) {
      const whole = this.#yearOf(year);
      exceptions.push(...whole.exceptions.filter(inside));
      wholeMarketMissing.push(...whole.wholeMarketMissing.filter(inside));
    }
    return { exceptions, wholeMarketMissing };
  }

  /** The sessions of the New York Stock Exchange in a range on which hardly any symbol of a market has a bar. */
  missingSessions(first: number, last: number): number[] {
    const missing: number[] = [];
    for (let day = Math.max(first, this.firstDay, NYSE_FIRST_DAY); day <= Math.min(last, this.newestDay); day++) {
      if (this.isOpen(day) || this.activeIn(day, day) < FEWEST_ACTIVE) continue;
      if (nyseDay(day) !== 'closed') missing.push(day);
    }
    return missing;
  }

  #yearOf(year: number): MarketCalendar {
    let known = this.#years.get(year);
    if (!known) this.#years.set(year, (known = this.#readYear(startOf(year), startOf(year + 1) - 1)));
    return known;
  }

  #readYear(first: number, last: number): MarketCalendar {
    const nyse = this.#followsNyse(first, last);
    const exceptions: number[] = [];
    const wholeMarketMissing: number[] = [];
    for (let day = first; day <= last; day++) {
      const weekday = isWeekday(day);
      const open = this.isOpen(day);
      const missing = !open && weekday && (nyse ? nyseDay(day) !== 'closed' : this.#isMissing(day));
      if (weekday !== (open || missing)) exceptions.push(day);
      if (missing && day >= this.firstDay && day <= this.newestDay) wholeMarketMissing.push(day);
    }
    return { exceptions, wholeMarketMissing };
  }

  #followsNyse(first: number, last: number): boolean {
    const count = { sessions: 0, open: 0, closings: 0, closed: 0 };
    const from = Math.max(first - CONTEXT_DAYS, this.firstDay, NYSE_FIRST_DAY);
    const to = Math.min(last + CONTEXT_DAYS, this.newestDay);
    for (let day = from; day <= to; day++) {
      if (!isWeekday(day) || this.activeIn(day, day) < FEWEST_ACTIVE) continue;
      const open = this.isOpen(day);
      if (nyseDay(day) === 'closed') {
        count.closings += 1;
        if (!open) count.closed += 1;
      } else {
        count.sessions += 1;
        if (open) count.open += 1;
      }
    }
    return (
      count.closings >= FEWEST_CLOSINGS &&
      count.closed >= CLOSINGS_KEPT * count.closings &&
      count.open >= SESSIONS_KEPT * count.sessions
    );
  }

  #isMissing(day: number): boolean {
    return this.#isHabit(day) && !this.#isYearly(day);
  }

  /** Whether the market is open on most of the same weekdays around a day, as far as it was there. */
  #isHabit(day: number): boolean {
    let [open, closed] = [0, 0];
    for (let week = 1; week <= HABIT_WEEKS; week++) {
      for (const other of [day - 7 * week, day + 7 * week]) {
        if (other < this.firstDay || other > this.newestDay) continue;
        if (this.isOpen(other)) open += 1;
        else closed += 1;
      }
    }
    // Long after its last bar nothing tells that it is not open.
    return open >= closed;
  }

  /** Whether the market was closed on a day of another year that may be the same holiday. */
  #isYearly(day: number): boolean {
    const date = formatDay(day);
    const year = Number(date.slice(0, 4));
    const fromEaster = day - easter(year);
    for (let n = -YEARS_COMPARED; n <= YEARS_COMPARED; n++) {
      const other = year + n;
      if (n === 0 || other < 1 || other > 9998) continue;
      const same = parseDay(`${String(other).padStart(4, '0')}${date.slice(4)}`);
      const alike = [day + Math.round((n * 365.25) / 7) * 7, easter(other) + fromEaster];
      if (same !== null) alike.push({ 0: same + 1, 6: same - 1 }[weekdayOf(same)] ?? same);
      if (
        alike.some(
          (d) => isWeekday(d) && d >= this.firstDay && d <= this.newestDay && !this.isOpen(d) && this.#isHabit(d),
        )
      )
        return true;
    }
    return false;
  }
}

function yearOf(day: number): number {
  return Number.isFinite(day) ? Number(formatDay(day).slice(0, 4)) : day;
}

function startOf(year: number): number {
  return parseDay(`${String(year).padStart(4, '0')}-01-01`)!;
}

/** Number of values below a limit, in a sorted array. */
function countBelow(sorted: Int32Array, limit: number): number {
  return firstPlace(sorted.length, (place) => sorted[place]! >= limit);
}

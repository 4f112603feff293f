import { formatDay, parseDay } from '../../base/time.js';
import { type Days, type ExpectedDays, isExpected } from './calendars.js';
import type { Calendar, Coverage, Gap, GapReason } from './gaps.model.js';

/** How complete the days of a symbol are, and its gaps. */
export type SymbolGaps = Coverage & { readonly firstDay: string; readonly lastDay: string; readonly gaps: Gap[] };

/** A symbol whose gaps are asked for: the first and last day of its history as the directory knows them. */
export interface AskedSymbol {
  readonly symbol: string;
  readonly firstDay: string;
  readonly lastDay: string;
}

/** The gaps of symbols in a range of days by one calendar. */
export class GapFinder {
  readonly #first: number;
  readonly #length: number;
  /** For each day of the range whether a bar is expected, and whether hardly any symbol of the market has one. */
  readonly #expected: Uint8Array;
  readonly #wholeMarket: Uint8Array;
  /** How many days are expected before each day of the range, and before its end. */
  readonly #before: Int32Array;
  readonly #marketNewest: number;
  /** Which days a symbol has; empty between two symbols. */
  readonly #present: Uint8Array;

  constructor(
    private readonly calendar: Calendar,
    { first, last }: Days,
    { exceptions, wholeMarketMissing, marketNewest }: ExpectedDays,
  ) {
    this.#first = first;
    this.#length = Math.max(0, last - first + 1);
    this.#expected = new Uint8Array(this.#length);
    this.#wholeMarket = new Uint8Array(this.#length);
    this.#present = new Uint8Array(this.#length);
    this.#before = new Int32Array(this.#length + 1);
    // No market decides what these expect.
    const decides = calendar !== 'weekdays' && calendar !== 'all';
    this.#marketNewest = decides ? (marketNewest ?? Infinity) : Infinity;
    const [irregular, missing] = [new Set(exceptions), new Set(decides ? wholeMarketMissing : [])];
    for (let i = 0; i < this.#length; i++) {
      const day = first + i;
      this.#expected[i] = isExpected(day, calendar, irregular) ? 1 : 0;
      this.#wholeMarket[i] = missing.has(day) || day > this.#marketNewest ? 1 : 0;
      this.#before[i + 1] = this.#before[i]! + this.#expected[i]!;
    }
  }

  /**
   * The gaps of a symbol. Takes time for the days of its history, not for those of the range.
   * @param days  its days in the range that have a bar, in any order
   */
  find({ symbol, firstDay, lastDay }: AskedSymbol, days: readonly number[]): SymbolGaps {
    let [first, last] = [parseDay(firstDay)!, parseDay(lastDay)!];
    for (const day of days) {
      this.#present[day - this.#first] = 1;
      first = Math.min(first, day);
      last = Math.max(last, day);
    }
    const start = this.#placeOf(first);
    const end = Math.max(start, this.#placeOf(last + 1));
    const runs: Run[] = [];
    this.#add(runs, 0, start, 'before_first_bar');
    for (let place = start; place < end; place++) {
      if (this.#expected[place] === 0 || this.#present[place] === 1) continue;
      this.#add(runs, place, place + 1, this.#wholeMarket[place] === 1 ? 'whole_market_missing' : 'missing');
    }
    // A symbol that has bars to the end of the market has not ended before it.
    this.#add(runs, end, this.#length, last >= this.#marketNewest ? 'whole_market_missing' : 'after_last_bar');
    for (const day of days) this.#present[day - this.#first] = 0;
    const expectedDays = this.#before[this.#length]!;
    const presentDays = expectedDays - runs.reduce((sum, { missing }) => sum + missing, 0);
    return {
      symbol,
      calendar: this.calendar,
      expectedDays,
      presentDays,
      coverage: expectedDays === 0 ? null : Math.round((presentDays * 1e6) / expectedDays) / 1e6,
      firstDay: formatDay(first),
      lastDay: formatDay(last),
      gaps: runs.map(({ from, to, missing, reason }) => ({
        start: formatDay(this.#first + from),
        end: formatDay(this.#first + to),
        missingDays: missing,
        reason,
      })),
    };
  }

  /** The place of a day in the range, or the edge beyond which it lies. */
  #placeOf(day: number): number {
    return Math.min(Math.max(day - this.#first, 0), this.#length);
  }

  /** Adds the expected days of a part of the range, all of them missing; to the last run where none is between. */
  #add(runs: Run[], from: number, to: number, reason: GapReason): void {
    const missing = this.#before[to]! - this.#before[from]!;
    if (missing === 0) return;
    while (this.#expected[from] === 0) from += 1;
    while (this.#expected[to - 1] === 0) to -= 1;
    const last = runs.at(-1);
    if (last?.reason === reason && this.#before[last.to + 1] === this.#before[from]) {
      last.to = to - 1;
      last.missing += missing;
    } else runs.push({ from, to: to - 1, missing, reason });
  }
}

/** A run of missing days: the places of its first and last in the range, and how many they are. */
interface Run {
  readonly from: number;
  to: number;
  missing: number;
  readonly reason: GapReason;
}

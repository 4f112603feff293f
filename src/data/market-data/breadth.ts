import { Injectable } from '@nestjs/common';
import { ApiError } from '../../base/errors.js';
import { Refreshing, upToDate } from '../../base/refreshing.js';
import { clip, dayOf, now, parseDay, startOfDay, type TimeWindow } from '../../base/time.js';
import { type BreadthCounts, countSymbol, LOOKBACK_DAYS } from '../derived/breadth.js';
import { SYMBOLS_AT_ONCE } from './board.js';
import { DailyHistories } from './daily-histories.js';
import { areSame, NAMEABLE, stretchAt } from './stretches.js';
import { SymbolDirectory } from './symbol-directory.js';

/** Ages of a stretch, in milliseconds: at which it is renewed while it is used, and from which requests wait for it. */
const [RENEW_AFTER_MS, MAX_AGE_MS] = [2_000, 600_000];

/** The days of a stretch of the history, as they were read. */
interface StretchOfBreadth {
  readonly seen: string;
  readonly symbols: readonly string[];
  readonly asOf: bigint;
  readonly days: ReadonlyMap<number, BreadthCounts>;
}

/** The days of a window. */
export interface BreadthDays {
  readonly days: readonly (readonly [day: number, counts: BreadthCounts])[];
  /** Up to when all of them are known to be as the database has them. */
  readonly asOf: bigint;
}

/**
 * How many symbols rose and fell on each session of the market, kept in memory by stretches of the history: a year, a
 * quarter of this year, a month of this quarter. A stretch is read when it is first asked for, and again where
 * something was written to the days that it is made of.
 */
@Injectable()
export class Breadth {
  /** By where they begin; the end is null of the one that holds today. */
  readonly #stretches = new Map<bigint, { readonly end: bigint | null; readonly kept: Refreshing<StretchOfBreadth> }>();
  /** One stretch is read at a time, so that a wide window does not fill the database. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly directory: SymbolDirectory,
    private readonly histories: DailyHistories,
  ) {}

  /**
   * The sessions of a window, in order.
   * @throws ApiError not_ready while stretches of it are read for the first time
   */
  async days(window: TimeWindow): Promise<BreadthDays> {
    const found = await this.#within(window);
    const [first, last] = [dayOf(window.from), dayOf(window.to - 1n)];
    const days = found
      .flatMap((stretch) => [...stretch.days])
      .filter(([day]) => day >= first && day <= last)
      .sort(([a], [b]) => a - b);
    return { days, asOf: found.reduce((least, { asOf }) => (asOf < least ? asOf : least), now()) };
  }

  async #within(window: TimeWindow): Promise<StretchOfBreadth[]> {
    const { firstDay, newestDay } = await this.directory.market();
    if (!Number.isFinite(firstDay)) return [];
    const history = { from: startOfDay(firstDay), to: startOfDay(newestDay + 1) };
    const asked = clip(window, history);
    const stretches: Refreshing<StretchOfBreadth>[] = [];
    for (let from = asked?.from; asked && from !== undefined && from < asked.to;) {
      const stretch = stretchAt(dayOf(from), dayOf(now()));
      stretches.push(this.#stretch(stretch));
      from = stretch.to;
    }
    const late = (): ApiError => {
      const ready = stretches.filter(({ last }) => last !== null).length;
      const detail = 'The breadth of these days is being read for the first time. Try again shortly.';
      return new ApiError('not_ready', detail, {
        hint: `${ready} of ${stretches.length} parts of the window are ready.`,
      });
    };
    return Promise.all(stretches.map((each) => upToDate(each, late)));
  }

  #stretch(window: TimeWindow): Refreshing<StretchOfBreadth> {
    // The newest one grows day by day; a month that becomes part of a quarter is read anew.
    const end = dayOf(window.to) > dayOf(now()) ? null : window.to;
    const known = this.#stretches.get(window.from);
    if (known?.end === end) return known.kept;
    const kept: Refreshing<StretchOfBreadth> = new Refreshing(
      () => this.#inTurn(() => this.#read(window.from, kept.last)),
      RENEW_AFTER_MS,
      MAX_AGE_MS,
    );
    this.#stretches.set(window.from, { end, kept });
    return kept;
  }

  async #inTurn<T>(read: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(read, read);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #read(from: bigint, last: StretchOfBreadth | null): Promise<StretchOfBreadth> {
    const asOf = now();
    const market = await this.directory.market();
    const first = dayOf(from);
    const end = Math.min(dayOf(stretchAt(first, dayOf(asOf)).to) - 1, market.newestDay);
    const window = clip({ from: startOfDay(first - LOOKBACK_DAYS), to: startOfDay(end + 1) }, NAMEABLE)!;
    const days = new Map<number, BreadthCounts>();
    for (let day = first; day <= end; day++) if (market.isSession(day)) days.set(day, none());
    const [written] = await this.histories.seen([window]);
    const seen = [written, ...days.keys()].join();
    const rows = (await this.directory.all()).filter(
      (row) => parseDay(row.firstDay)! <= end && parseDay(row.newestDay ?? row.firstDay)! >= first,
    );
    const symbols = rows.map(({ symbol }) => symbol);
    if (last?.seen === seen && areSame(last.symbols, symbols)) return { ...last, asOf };
    for (let at = 0; at < rows.length; at += SYMBOLS_AT_ONCE) {
      const read = await this.histories.within(rows.slice(at, at + SYMBOLS_AT_ONCE), window);
      for (const history of read.values()) countSymbol(history, days);
    }
    // The directory may know of a day longer than the database does.
    for (const [day, counts] of days) if (counts.symbols === 0) days.delete(day);
    return { seen, symbols, asOf, days };
  }
}

function none(): BreadthCounts {
  const [symbols, advancers, decliners, unchanged] = [0, 0, 0, 0];
  return { symbols, advancers, decliners, unchanged, newHighs: 0, newLows: 0, aboveSma200: 0, withSma200: 0 };
}

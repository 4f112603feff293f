import { Injectable } from '@nestjs/common';
import { compareTexts } from '../../base/text-order.js';
import { LIMITS } from '../../base/limits.js';
import { positionOf, resolveWindow } from '../../lists/window.js';
import { Database } from '../../postgres/database.js';
import { type Binding, type CursorShape, KEY } from '../../lists/page-token.js';
import { ObjectPage, type Page } from '../../lists/page.js';
import { fromTemplate, placeholderList } from '../../sql/template.js';
import { dayOf, daysWindow, now, startOfDay, type TimeWindow } from '../../base/time.js';
import { DailyAggregate } from './aggregate.js';
import { shapeOf } from './aggregate-sources.js';
import { calendarOf, type Days, expectedDays, type ExpectedDays } from './calendars.js';
import type { DailySource } from './daily.sql.js';
import { daysAtMost, type DirectoryRow } from './directory.js';
import type { Freshness } from './daily.model.js';
import type { Calendar, CoverageArgs, ExcludedDay, GapReport, GapsArgs } from './gaps.model.js';
import { type PresentRow, presentDays } from './gaps.sql.js';
import { GapFinder, type SymbolGaps } from './gap-runs.js';
import { SymbolDirectory } from './symbol-directory.js';

const TOKENS: CursorShape = { key: [KEY.text(LIMITS.symbolLength)], maxDays: LIMITS.daysDays };

/** Gaps of several symbols, and the days that were asked. */
export interface Gaps {
  /** One for each symbol, in the order of the symbols. */
  readonly rows: SymbolGaps[];
  readonly window: TimeWindow;
  readonly freshness: Freshness;
  readonly days: ExpectedDays;
  /** The days of each symbol that have a bar, as days after 1970-01-01 and in any order; today's is none of them. */
  readonly present: ReadonlyMap<string, readonly number[]>;
}

/** A page of coverage; `unknown` is null where no symbol was named. */
export type CoveragePage = Page<SymbolGaps> & {
  readonly freshness: Freshness;
  readonly unknown: string[] | null;
};

/** Which expected days have no bar. */
@Injectable()
export class GapsQueries {
  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
    private readonly directory: SymbolDirectory,
  ) {}

  /** Gaps of each symbol, in the order of the symbols; a statement for each part. Today is never expected. */
  async find(symbols: readonly DirectoryRow[], args: GapsArgs): Promise<Gaps> {
    return this.#find(symbols, args, await this.windowOf(args));
  }

  /**
   * The same of some days of a window that is read part by part.
   * @param part  these days; the calendar of a symbol is what it is in the whole window
   */
  findIn(symbols: readonly DirectoryRow[], args: GapsArgs, window: TimeWindow, part: TimeWindow): Promise<Gaps> {
    return this.#find(symbols, args, window, part);
  }

  /** The days that are asked for: by default a year up to the newest day of the market. */
  async windowOf(args: GapsArgs): Promise<TimeWindow> {
    return resolveWindow(args, {
      end: startOfDay((await this.directory.newestDay()) + 1),
      days: LIMITS.defaultDays.gaps,
      maxDays: LIMITS.daysDays,
    });
  }

  async #find(
    symbols: readonly DirectoryRow[],
    { calendar }: GapsArgs,
    window: TimeWindow,
    part = window,
  ): Promise<Gaps> {
    const days = daysBeforeToday(part);
    const judged = daysBeforeToday(window);
    const asked = daysWindow(days.first, Math.max(days.first, days.last));
    const market = calendar === 'observed' || calendar === 'xnys' ? await this.directory.market() : null;
    const expected = expectedDays(calendar, days, market);
    const { sources, freshness } = await this.aggregate.plan(asked);
    const names = symbols.map(({ symbol }) => symbol);
    const present = new Map<string, number[]>(names.map((name) => [name, []]));
    for (const source of sources) {
      for (const row of await this.db.rows(presentOf(source, names))) addDays(present.get(row.symbol)!, row.days);
    }
    const finders = new Map<Calendar, GapFinder>();
    const rows = symbols.map((row) => {
      const own = calendarOf(row, calendar, judged, market);
      let finder = finders.get(own);
      if (!finder) finders.set(own, (finder = new GapFinder(own, days, expected)));
      const { symbol, firstDay, lastDay, newestDay } = row;
      return finder.find({ symbol, firstDay, lastDay: newestDay ?? lastDay }, present.get(symbol)!);
    });
    return { rows, window, freshness, days: expected, present };
  }

  /**
   * A page of the coverage of some symbols, or of all, in alphabetical order.
   * @param param  the name of the token's parameter
   */
  async coverage(args: CoverageArgs, param: string): Promise<CoveragePage> {
    const { rows: symbols, unknown } = args.symbols
      ? await this.directory.resolve(args.symbols)
      : { rows: await this.directory.all(), unknown: null };
    const binding: Binding = ['coverage', args.symbols, args.start, args.end, args.calendar];
    const first = await this.windowOf(args);
    const { window, key } = positionOf(binding, TOKENS, args.after, () => first, param);
    const left = symbols.filter(({ symbol }) => key === null || compareTexts(symbol, key[0]!) > 0);
    const limit = args.first === 'all' ? Infinity : args.first;
    const read = async (at: number): Promise<Gaps> =>
      this.#find(firstOf(left, at, Math.min(limit, LIMITS.coveragePage.max), window), args, window);
    const { rows: found, freshness } = await read(0);
    const rows = [...found];
    // The whole market in CSV: a page after the other.
    while (limit === Infinity && rows.length < left.length) rows.push(...(await read(rows.length)).rows);
    const page = new ObjectPage(rows, left.length > rows.length, { binding, window }, (row) => [row.symbol]);
    return Object.assign(page, { freshness, unknown });
  }

  /** For each of several symbols, in their order, its gap report. */
  async reports(symbols: readonly DirectoryRow[], args: GapsArgs): Promise<GapReport[]> {
    const { rows, window, freshness, days } = await this.find(symbols, args);
    const reports = new Map(
      rows.map((row) => [
        row.symbol,
        {
          ...row,
          excluded: excludedOf(row, days),
          halfDays: [...days.halfDays],
          freshness,
          window,
        },
      ]),
    );
    return symbols.map(({ symbol }) => reports.get(symbol)!);
  }
}

/** The weekdays on which no bar of a symbol is expected by its calendar. */
export function excludedOf({ calendar }: SymbolGaps, { excluded }: ExpectedDays): ExcludedDay[] {
  if (calendar !== 'observed' && calendar !== 'xnys') return [];
  return excluded.map((day) => ({ day, reason: 'market_closed' }));
}

function daysBeforeToday({ from, to }: TimeWindow): Days {
  return { first: dayOf(from), last: Math.min(dayOf(to) - 1, dayOf(now()) - 1) };
}

function presentOf(source: DailySource, symbols: readonly string[]): ReturnType<typeof fromTemplate<PresentRow>> {
  return fromTemplate(['presentDays', ...shapeOf(source)], () => presentDays(placeholderList('symbols'), source), {
    symbols,
  });
}

/** So many symbols from a place on, fewer where they have more days in a window than a page looks at. */
function firstOf(symbols: readonly DirectoryRow[], at: number, most: number, window: TimeWindow): DirectoryRow[] {
  let [end, days] = [at, 0];
  for (; end < Math.min(symbols.length, at + most); end++) {
    days += daysAtMost(symbols[end]!, window);
    if (days > LIMITS.coverageDays && end > at) break;
  }
  return symbols.slice(at, end);
}

const [MINUS, ZERO] = [0x2d, 0x30];

/** Adds the numbers of an array in PostgreSQL's text, such as `{-1,20000}`, without a string for each. */
function addDays(days: number[], text: string | null): void {
  if (text === null) return;
  let [sign, value] = [1, 0];
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === MINUS) sign = -1;
    else if (code >= ZERO && code < ZERO + 10) value = value * 10 + code - ZERO;
    else {
      days.push(sign * value);
      [sign, value] = [1, 0];
    }
  }
}

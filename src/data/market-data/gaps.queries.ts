import { Injectable } from '@nestjs/common';
import { LIMITS } from '../../base/limits.js';
import { positionOf, resolveWindow } from '../../lists/window.js';
import { Database } from '../../postgres/database.js';
import { type Binding, type CursorShape, KEY } from '../../lists/page-token.js';
import { type Page, pageOf } from '../../lists/page.js';
import { fromTemplate, placeholder, placeholderList } from '../../sql/template.js';
import { dayOf, daysWindow, formatDay, now, parseDay, startOfDay, type TimeWindow } from '../../base/time.js';
import { DailyAggregate } from './aggregate.js';
import { calendarOf, type Days, expectedDays, type ExpectedDays, isExpected } from './calendars.js';
import type { DailySource } from './daily.sql.js';
import { shapeOf } from './daily.queries.js';
import type { DirectoryRow } from './directory.js';
import type { Freshness } from './daily.model.js';
import type { CoverageArgs, ExcludedDay, Gap, GapReport, GapsArgs } from './gaps.model.js';
import { type CalendarDays, type GapRow, gaps } from './gaps.sql.js';
import { SymbolDirectory } from './symbol-directory.js';

const TOKENS: CursorShape = { key: [KEY.text(LIMITS.symbolLength)], maxDays: LIMITS.daysDays };

/** Gaps of several symbols, and the days that were asked. */
export interface Gaps {
  /** One for each symbol, in the order of the symbols. */
  readonly rows: GapRow[];
  readonly window: TimeWindow;
  readonly freshness: Freshness;
  readonly days: ExpectedDays;
}

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
    return this.#find(symbols, args, await this.#window(args));
  }

  async #window(args: GapsArgs): Promise<TimeWindow> {
    return resolveWindow(args, {
      end: startOfDay((await this.directory.newestDay()) + 1),
      days: LIMITS.defaultDays.gaps,
      maxDays: LIMITS.daysDays,
    });
  }

  async #find(symbols: readonly DirectoryRow[], { calendar }: GapsArgs, window: TimeWindow): Promise<Gaps> {
    const days = { first: dayOf(window.from), last: Math.min(dayOf(window.to) - 1, dayOf(now()) - 1) };
    const asked = daysWindow(days.first, Math.max(days.first, days.last));
    const market = calendar === 'observed' || calendar === 'xnys' ? await this.directory.market() : null;
    const expected = expectedDays(calendar, days, market);
    const { sources, freshness } = await this.aggregate.plan(asked);
    const values = {
      names: symbols.map((row) => row.symbol),
      firstDays: symbols.map((row) => row.firstDay),
      lastDays: symbols.map((row) => row.newestDay ?? row.lastDay),
      calendars: symbols.map((row) => calendarOf(row, calendar, days, market)),
      ...expected,
    };
    const parts: GapRow[][] = [];
    for (const source of sources) parts.push(await this.db.rows(statementOf(source, days, values)));
    const exceptions = new Set(expected.exceptions);
    const rows = parts.reduce((before, after) => before.map((row, i) => joined(row, after[i]!, exceptions)));
    return { rows, window, freshness, days: expected };
  }

  /** A page of the coverage of the given symbols, which are in alphabetical order. */
  async coverage(
    symbols: readonly DirectoryRow[],
    args: CoverageArgs,
  ): Promise<{ page: Page<GapRow>; window: TimeWindow; freshness: Freshness }> {
    const binding: Binding = ['coverage', args.symbols, args.start, args.end, args.calendar];
    const first = await this.#window(args);
    const { window, key } = positionOf(binding, TOKENS, args.after, () => first, 'page_token');
    const left = symbols.filter(({ symbol }) => symbol > (key?.[0] ?? ''));
    const limit = args.first === 'all' ? left.length : args.first;
    const most = LIMITS.coveragePage.max;
    const found = await this.#find(left.slice(0, Math.min(limit, most)), args, window);
    const rows = [...found.rows];
    // The whole market in CSV: a page after the other.
    for (let at = most; at < limit; at += most) {
      rows.push(...(await this.#find(left.slice(at, Math.min(at + most, limit)), args, window)).rows);
    }
    // The row too many is cut off; that it is there says that there is a next page.
    const page = left.length > limit ? [...rows, rows.at(-1)!] : rows;
    const { freshness } = found;
    return { page: pageOf(page, limit, { binding, window }, (row) => [row.symbol]), window, freshness };
  }

  /** For each of several symbols, in their order, its gap report. */
  async reports(symbols: readonly DirectoryRow[], args: GapsArgs): Promise<GapReport[]> {
    const { rows, window, freshness, days } = await this.find(symbols, args);
    const reports = new Map(
      rows.map((row) => [
        row.symbol,
        {
          ...row,
          gaps: JSON.parse(row.gaps) as Gap[],
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
export function excludedOf({ calendar }: GapRow, { excluded }: ExpectedDays): ExcludedDay[] {
  if (calendar !== 'observed' && calendar !== 'xnys') return [];
  return excluded.map((day) => ({ day, reason: 'market_closed' }));
}

function statementOf(
  source: DailySource,
  days: Days,
  values: Record<string, unknown>,
): ReturnType<typeof fromTemplate<GapRow>> {
  const windows = source.aggregate ? [source.aggregate.window, ...source.bars] : source.bars;
  const part = {
    first: Math.min(...windows.map(({ from }) => dayOf(from))),
    last: Math.min(days.last, Math.max(...windows.map(({ to }) => dayOf(to - 1n)))),
  };
  const asks = {
    names: placeholderList('names'),
    firstDays: placeholderList('firstDays'),
    lastDays: placeholderList('lastDays'),
    calendars: placeholderList('calendars'),
  };
  const calendar: CalendarDays = {
    exceptions: placeholderList('exceptions'),
    wholeMarketMissing: placeholderList('wholeMarketMissing'),
    marketNewest: placeholder('marketNewest'),
  };
  return fromTemplate(
    ['gaps', part.first, part.last, ...shapeOf(source)],
    () => gaps(asks, calendar, part, source),
    values,
  );
}

/** The gaps of two stretches that follow each other as those of one. */
function joined(a: GapRow, b: GapRow, exceptions: ReadonlySet<string>): GapRow {
  const gaps = JSON.parse(a.gaps) as Gap[];
  const more = JSON.parse(b.gaps) as Gap[];
  const [last, next] = [gaps.at(-1), more[0]];
  if (last && next && last.reason === next.reason && follow(last.end, next.start, a, exceptions)) {
    gaps[gaps.length - 1] = { ...last, end: next.end, missingDays: last.missingDays + next.missingDays };
    more.shift();
  }
  const [expectedDays, presentDays] = [a.expectedDays + b.expectedDays, a.presentDays + b.presentDays];
  return {
    ...a,
    expectedDays,
    presentDays,
    coverage: expectedDays === 0 ? null : Math.round((presentDays / expectedDays) * 1e6) / 1e6,
    firstDay: a.firstDay < b.firstDay ? a.firstDay : b.firstDay,
    lastDay: a.lastDay > b.lastDay ? a.lastDay : b.lastDay,
    gaps: JSON.stringify([...gaps, ...more]),
  };
}

/** Whether no day between two days is expected. */
function follow(end: string, start: string, { calendar }: GapRow, exceptions: ReadonlySet<string>): boolean {
  for (let day = dayAfter(end); day < start; day = dayAfter(day))
    if (isExpected(day, calendar, exceptions)) return false;
  return true;
}

function dayAfter(day: string): string {
  return formatDay(parseDay(day)! + 1);
}

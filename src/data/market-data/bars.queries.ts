import { Injectable } from '@nestjs/common';
import { invalid } from '../../base/errors.js';
import { LIMITS } from '../../base/limits.js';
import { nameOf } from '../../contract/args.js';
import { countedBack, endAfter, maxDaysOf, type Position, positionOf, resolveWindow } from '../../lists/window.js';
import { Database } from '../../postgres/database.js';
import {
  type Binding,
  type CursorShape,
  decodeCursor,
  type Key,
  KEY,
  type Matched,
  namesAsked,
  readCursor,
} from '../../lists/page-token.js';
import { heldOf, matchedBefore } from '../../lists/known-values.js';
import { ownerPages, type Page } from '../../lists/page.js';
import type { Selection } from '../../lists/selection.js';
import type { OwnerRows } from '../../lists/batches.js';
import { type List, ownersInTurn, type Statement } from '../../lists/list.js';
import type { BarRange } from '../../sql/bars.js';
import { placeholder, placeholderList } from '../../sql/template.js';
import { parseDay, parseInstant, instantText, type TimeWindow } from '../../base/time.js';
import { BarArchive } from './archive.js';
import { KindsOfBars } from './bar-kinds.js';
import type { Bar, BarsArgs } from './bars.model.js';
import { type BarFilter, bars, barsOf } from './bars.sql.js';
import { Chunks } from './chunks.js';
import { type Chosen, Derivations, type WindowOf } from './derivations.js';
import { type DirectoryRow, newestOf } from './directory.js';
import { type DerivedPage, IntervalBars, type MadeOf } from './interval-bars.queries.js';
import type { Interval } from './intervals.js';

/** Days that a window of whole bars may have more than it was asked for: a year on either side. */
const WIDENED_DAYS = 2 * 366;

/** What tells a bar from the next. */
const BAR_KEY = ['symbol', 'timestamp'];

function shapeOfTokens(symbols: readonly string[], args: BarsArgs): CursorShape {
  return { key: [KEY.oneOf(symbols), KEY.instant], maxDays: maxDaysOf(args, LIMITS.barsDays) };
}

/** Bars, and how they are made. */
export type BarList = List & MadeOf & { readonly window: TimeWindow };
export type BarPage = Page<Bar> & MadeOf;

/** Lists of bars: of stored ones, or of those of an interval. */
@Injectable()
export class BarsQueries {
  constructor(
    private readonly db: Database,
    private readonly kinds: KindsOfBars,
    private readonly archive: BarArchive,
    private readonly chunks: Chunks,
    private readonly derivations: Derivations,
    private readonly intervals: IntervalBars,
  ) {}

  /** Bars of one symbol, or of several one after the other in alphabetical order. */
  async list(symbols: readonly DirectoryRow[], asked: BarsArgs): Promise<BarList> {
    const names = namesOf(symbols);
    const { chosen, key: after } = await this.#chosen(symbols, symbols, asked, 'page_token');
    if (chosen.derivation) {
      return this.intervals.list(
        names,
        asked,
        chosen.derivation,
        intervalBinding(namesAsked(asked) ?? names, asked),
        after,
      );
    }
    const binding = bindingOf(namesAsked(asked) ?? names, asked);
    const resolve = (): TimeWindow => this.#window(symbols, asked);
    const { window, key, matched } = positionOf(
      binding,
      shapeOfTokens(names, asked),
      asked.after,
      resolve,
      'page_token',
    );
    const args = await this.#matched(symbols, chosen.args, asked, matched);
    const left = key ? names.slice(names.indexOf(key[0]!)) : names;
    const ranges = await this.chunks.ranges(window, args.sort);
    const held = heldIn(asked, args);
    const list = { key: BAR_KEY, binding, window, matched: held, ...(await this.#stored(args, window)) };
    const [only, ...others] = ranges;
    if (left.length > 1 && !key && others.length === 0)
      return { ...list, statements: [barsOfStatement(left, only!, args)] };
    const barsIn = (each: readonly BarRange[]): OwnerRows[] => each.map((range) => symbolBars(range, args));
    const rest = key ? barsIn(await this.chunks.ranges(narrow({ window, key }, args), args.sort)) : null;
    return { ...list, ...ownersInTurn(left, barsIn(ranges), rest) };
  }

  /** For each of several symbols, in their order, one page of bars; one statement for all while no page needs more. */
  async pages(symbols: readonly DirectoryRow[], asked: BarsArgs, selection: Selection): Promise<BarPage[]> {
    // For all in one statement; then each is decided on by itself.
    if (asked.timeframe !== undefined || asked.maxPoints !== undefined) await this.kinds.of(symbols);
    const found = new Map<string, BarPage>();
    const derived: DerivedPage[] = [];
    const stored: { row: DirectoryRow; args: BarsArgs }[] = [];
    for (const row of symbols) {
      const { chosen, key } = await this.#chosen([row], symbols, asked, 'after');
      if (!chosen.derivation) stored.push({ row, args: chosen.args });
      else {
        const { derivation } = chosen;
        const binding = intervalBinding([row.symbol], asked);
        derived.push({ derivation, position: { owner: row.symbol, binding, window: derivation.window, key } });
      }
    }
    for (const page of await this.intervals.pages(derived, asked, selection)) found.set(page.owner, page);
    if (stored.length > 0) {
      const rows = stored.map(({ row }) => row);
      const pages = await this.#storedPages(rows, stored[0]!.args, asked, selection);
      rows.forEach(({ symbol }, i) => found.set(symbol, pages[i]!));
    }
    return symbols.map(({ symbol }) => found.get(symbol)!);
  }

  async #storedPages(
    symbols: readonly DirectoryRow[],
    chosen: BarsArgs,
    asked: BarsArgs,
    selection: Selection,
  ): Promise<BarPage[]> {
    const starts = symbols.map((row) => {
      const owner = row.symbol;
      const binding = bindingOf([owner], asked);
      const resolve = (): TimeWindow => this.#window([row], asked, symbols);
      return { owner, binding, ...positionOf(binding, shapeOfTokens([owner], asked), asked.after, resolve, 'after') };
    });
    const args = await this.#matched(symbols, chosen, asked, starts[0]?.matched);
    const matched = heldIn(asked, args);
    return ownerPages<Bar, MadeOf>(
      this.db,
      starts.map((start) => ({ ...start, matched })),
      {
        limit: args.first as number,
        key: BAR_KEY,
        selection,
        plan: async (start) => {
          const ranges = await this.chunks.ranges(narrow(start, args), args.sort);
          return {
            statements: ranges.map((range) => symbolBars(range, args)),
            more: await this.#stored(args, start.window),
          };
        },
      },
    );
  }

  /**
   * Which bars some symbols are asked for, and where the page starts if it goes on after another one of an interval.
   * @param together  symbols whose pages are read in one statement, so that all have the same window
   */
  async #chosen(
    symbols: readonly DirectoryRow[],
    together: readonly DirectoryRow[],
    args: BarsArgs,
    param: string,
  ): Promise<{ chosen: Chosen; key: Key | null }> {
    const windowOf: WindowOf = (interval) => this.#window(symbols, args, together, interval);
    const names = namesOf(symbols);
    const shape = {
      key: [KEY.oneOf(names), KEY.instant, KEY.text(10)],
      maxDays: maxDaysOf(args, LIMITS.barsDays + WIDENED_DAYS),
    };
    const binding = intervalBinding(namesAsked(args) ?? names, args);
    const cursor = args.after === undefined ? null : readCursor(binding, args.after, shape);
    const after = cursor ? { window: cursor.window!, timeframe: cursor.key[2]! } : undefined;
    const chosen = await this.derivations.choose(symbols, args, windowOf, after);
    if (chosen.derivation && args.updatedAfter !== undefined) {
      const param = nameOf(args, 'updatedAfter');
      throw invalid(param, `${param} goes with stored bars: those of an interval keep no time of their own.`);
    }
    // A token of stored bars, or of nothing: the list of stored bars reads it again.
    if (chosen.derivation && args.after !== undefined && !cursor) decodeCursor(binding, args.after, shape, param);
    return { chosen, key: cursor?.key ?? null };
  }

  async #stored({ timeframe }: BarsArgs, window: TimeWindow): Promise<MadeOf> {
    const note = await this.archive.noteOn(window);
    return { timeframe: timeframe ?? null, derivedFrom: null, tz: 'UTC', freshness: null, note };
  }

  /**
   * The arguments with timeframe and source as the bars have them.
   * @param held  what a page token holds of them; undefined on the first page
   */
  async #matched(
    symbols: readonly DirectoryRow[],
    chosen: BarsArgs,
    asked: BarsArgs,
    held?: Matched,
  ): Promise<BarsArgs> {
    if (asked.after === undefined) return this.kinds.match(chosen, symbols, this.#window(symbols, asked));
    const before = (name: 'timeframe' | 'source'): string | undefined =>
      asked[name] === undefined ? undefined : matchedBefore([asked[name]], held?.[name])[0];
    return { ...asked, timeframe: before('timeframe'), source: before('source') };
  }

  /**
   * The window of stored bars, or of those of an interval. By default it goes back 30 days, for bars of a day 365, for
   * longer ones to the first bar.
   * @param together  symbols whose pages are read in one statement, so that all have the same window
   * @param interval  null where it is to be chosen for the window; undefined for stored bars
   */
  #window(
    symbols: readonly DirectoryRow[],
    args: BarsArgs,
    together = symbols,
    interval?: Interval | null,
  ): TimeWindow {
    const firstDays = together.map((row) => row.firstDay);
    const isLong = interval === null || (interval !== undefined && interval.unit !== null);
    const isWhole = isLong && interval?.unit !== 'day';
    return resolveWindow(args, {
      firstDay: isWhole ? earliest(firstDays) : countedBack(args, firstDays),
      end: endAfter(Math.max(...symbols.map(newestOf))),
      days: isLong ? LIMITS.defaultDays.daily : LIMITS.defaultDays.bars,
      maxDays: LIMITS.barsDays,
    });
  }
}

/** What page tokens hold of the timeframe and the source that were found. */
function heldIn(asked: BarsArgs, found: BarsArgs): Matched {
  const of = (name: 'timeframe' | 'source'): string[] => heldOf([asked[name] ?? ''], found[name] ? [found[name]] : []);
  return { timeframe: of('timeframe'), source: of('source') };
}

function earliest(days: readonly string[]): number {
  return Math.min(...days.map((day) => parseDay(day)!));
}

export function namesOf(rows: readonly DirectoryRow[]): string[] {
  return rows.map(({ symbol }) => symbol);
}

/** What of the filter and the range decides the text of a statement. */
export function shapeOf(
  { from, to, archive }: BarRange,
  { timeframe, source, updatedAfter }: Pick<BarsArgs, 'timeframe' | 'source' | 'updatedAfter'>,
): unknown[] {
  return [from, to, archive, timeframe !== undefined, source !== undefined, updatedAfter !== undefined];
}

export function filterOf(args: Pick<BarsArgs, 'timeframe' | 'source' | 'updatedAfter'>): BarFilter {
  return {
    timeframe: args.timeframe === undefined ? undefined : placeholder('timeframe'),
    source: args.source === undefined ? undefined : placeholder('source'),
    updatedAfter: args.updatedAfter === undefined ? undefined : placeholder('updatedAfter'),
  };
}

/** What the placeholders of a filter stand for. */
function valuesOf({ timeframe, source, updatedAfter }: BarsArgs): Record<string, unknown> {
  return { timeframe, source, updatedAfter: updatedAfter && instantText(updatedAfter) };
}

/** The bars of a symbol. */
function symbolBars(range: BarRange, args: BarsArgs): OwnerRows {
  const { sort } = args;
  return {
    shape: ['bars', sort, ...shapeOf(range, args)],
    rows: (symbol, limit) => bars(symbol, range, filterOf(args), sort, limit),
    values: valuesOf(args),
  };
}

/** The bars of several symbols in one statement. */
function barsOfStatement(symbols: readonly string[], range: BarRange, args: BarsArgs): Statement {
  const { sort } = args;
  return {
    shape: ['barsOf', sort, ...shapeOf(range, args)],
    rows: (_owner, limit) => barsOf(placeholderList('symbols'), range, filterOf(args), sort, limit),
    values: { symbols, ...valuesOf(args) },
  };
}

function bindingOf(symbols: readonly string[], args: BarsArgs): Binding {
  const { start, end, timeframe, source, sort, updatedAfter } = args;
  return ['bars', symbols, start, end, timeframe, source, sort, ...(updatedAfter ? [updatedAfter] : [])];
}

function intervalBinding(symbols: readonly string[], args: BarsArgs): Binding {
  const { start, end, timeframe, tz, maxPoints, source, sort } = args;
  return ['interval bars', symbols, start, end, timeframe, tz, maxPoints, source, sort];
}

/** The rest of a window after the row where the page before ended: no two bars of a symbol share an instant. */
function narrow({ window, key }: Position, { sort }: BarsArgs): TimeWindow {
  if (!key) return window;
  const at = parseInstant(key[1]!)!;
  return sort === 'asc' ? { from: at + 1n, to: window.to } : { from: window.from, to: at };
}

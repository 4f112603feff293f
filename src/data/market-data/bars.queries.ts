import { Injectable } from '@nestjs/common';
import { LIMITS } from '../../base/limits.js';
import { countedBack, endAfter, type Position, positionOf, resolveWindow } from '../../lists/window.js';
import { columnsOf } from '../../contract/wire.js';
import { Database } from '../../postgres/database.js';
import { type Binding, type CursorShape, KEY } from '../../lists/page-token.js';
import { ownerPages, type Page } from '../../lists/page.js';
import type { Selection } from '../../lists/selection.js';
import { type BatchStatement, type OwnerRows, rowOfEach } from '../../lists/batches.js';
import type { List, Statement } from '../../lists/list.js';
import type { BarRange } from '../../sql/bars.js';
import { renderRows } from '../../sql/render.js';
import { placeholder, placeholderList } from '../../sql/template.js';
import { dayOf, daysWindow, now, parseInstant, startOfDay, type TimeWindow } from '../../base/time.js';
import { BarArchive } from './archive.js';
import { KindsOfBars } from './bar-kinds.js';
import { Bar, type BarsArgs, type LatestArgs } from './bars.model.js';
import { type BarFilter, bars, barsOf, latest } from './bars.sql.js';
import { Chunks } from './chunks.js';
import { type DirectoryRow, newestOf } from './directory.js';
import { SymbolDirectory } from './symbol-directory.js';

/** Days back from the newest day of the market in which the newest bars are looked for first. */
const RECENT_DAYS = 7;

/** Symbols whose newest bars different requests read in one statement. */
const LATEST_BATCH_SYMBOLS = 100;

/** What tells a bar from the next. */
export const BAR_KEY = ['symbol', 'timestamp'];

function shapeOfTokens(symbols: readonly string[]): CursorShape {
  return { key: [KEY.oneOf(symbols), KEY.instant], maxDays: LIMITS.barsDays };
}

/** Bars, and what is missing among them; null where nothing is. */
export type BarList = List & { readonly window: TimeWindow; readonly note: string | null };
export type BarPage = Page<Bar> & { readonly note: string | null };

/** Bars as they were written: the newest one, and lists of them. */
@Injectable()
export class BarsQueries {
  constructor(
    private readonly db: Database,
    private readonly directory: SymbolDirectory,
    private readonly kinds: KindsOfBars,
    private readonly archive: BarArchive,
    private readonly chunks: Chunks,
  ) {}

  /**
   * The newest bar of each symbol that is not after today, whatever its age; unknown symbols are absent. Looks in the
   * newest days first, then in the years of the last days that the directory knows, or of the last bars of a timeframe.
   * @throws ApiError invalid_parameter for a timeframe that no bar has
   */
  async latest(symbols: readonly string[], asked: LatestArgs): Promise<Map<string, Bar>> {
    const known = [...(await this.directory.findAll(symbols)).values()];
    const args = await this.kinds.match(asked, known, null);
    const found = new Map<string, Bar>();
    const look = async (wanted: readonly string[], within: TimeWindow): Promise<void> => {
      for (const range of await this.chunks.ranges(within, 'desc')) {
        const missing = wanted.filter((symbol) => !found.has(symbol));
        if (missing.length === 0) return;
        const statement: BatchStatement<Bar> = {
          shape: ['latest', ...shapeOf(range, args)],
          each: (symbol) => renderRows<Bar>(latest(symbol, range, filterOf(args)), columnsOf(Bar)),
          values: { timeframe: args.timeframe },
          maxBatchSize: LATEST_BATCH_SYMBOLS,
        };
        for (const [symbol, bar] of await rowOfEach(this.db, statement, missing)) found.set(symbol, bar);
      }
    };
    const newest = await this.directory.newestDay();
    await look(namesOf(known), daysWindow(newest - RECENT_DAYS, Math.max(newest, dayOf(now()))));
    const left = known.filter(({ symbol, newestDay }) => !found.has(symbol) && newestDay !== null);
    if (args.timeframe === undefined) {
      for (const group of byYear(left))
        await look(namesOf(group), daysWindow(newestOf(group[0]!), newestOf(group.at(-1)!)));
    } else {
      for (const { window, names } of await this.#windowsWith(args.timeframe, left)) await look(names, window);
    }
    return found;
  }

  /**
   * The newest year of each symbol in which it is known to have bars of a timeframe; symbols without any are absent.
   */
  async #windowsWith(
    timeframe: string,
    rows: readonly DirectoryRow[],
  ): Promise<{ window: TimeWindow; names: string[] }[]> {
    const kinds = await this.kinds.of(rows);
    const windows = new Map<bigint, { readonly window: TimeWindow; readonly names: string[] }>();
    const past = startOfDay(dayOf(now()) + 1);
    for (const [symbol, { stretches }] of kinds) {
      const newest = stretches.find(({ window, timeframes }) => window.from < past && timeframes.includes(timeframe));
      if (!newest) continue;
      const { from, to } = newest.window;
      const window = { from, to: to < past ? to : past };
      const group = windows.get(from) ?? { window, names: [] as string[] };
      windows.set(from, group);
      group.names.push(symbol);
    }
    return [...windows.values()];
  }

  /** Bars of one symbol, or of several one after the other in alphabetical order. */
  async list(symbols: readonly DirectoryRow[], asked: BarsArgs): Promise<BarList> {
    const args = await this.#matched(symbols, asked);
    const names = namesOf(symbols);
    const binding = bindingOf(names, args);
    const { window, key } = positionOf(
      binding,
      shapeOfTokens(names),
      args.after,
      () => this.#window(symbols, args),
      'page_token',
    );
    const left = key ? names.slice(names.indexOf(key[0]!)) : names;
    const ranges = await this.chunks.ranges(window, args.sort);
    const list = { key: BAR_KEY, binding, window, note: await this.archive.noteOn(window) };
    const [only, ...others] = ranges;
    if (left.length > 1 && !key && others.length === 0)
      return { ...list, statements: [barsOfStatement(left, only!, args)] };
    const barsIn = (each: readonly BarRange[]): OwnerRows[] => each.map((range) => symbolBars(range, args));
    const parts = barsIn(ranges);
    const rest = key ? barsIn(await this.chunks.ranges(narrow({ window, key }, args), args.sort)) : parts;
    const statements = left.flatMap((owner, i) => (i === 0 ? rest : parts).map((part) => ({ ...part, owner })));
    return left.length > 1 && !key ? { ...list, statements, inTurn: { owners: left, parts } } : { ...list, statements };
  }

  /** For each of several symbols, in their order, one page of bars; one statement for all while no page needs more. */
  async pages(symbols: readonly DirectoryRow[], asked: BarsArgs, selection: Selection): Promise<BarPage[]> {
    const args = await this.#matched(symbols, asked);
    const positions = symbols.map((row) => {
      const owner = row.symbol;
      const binding = bindingOf([owner], args);
      const resolve = (): TimeWindow => this.#window([row], args, symbols);
      return { owner, binding, ...positionOf(binding, shapeOfTokens([owner]), args.after, resolve, 'after') };
    });
    return ownerPages<Bar, { note: string | null }>(this.db, positions, {
      limit: args.first as number,
      key: BAR_KEY,
      selection,
      plan: async (start) => {
        const ranges = await this.chunks.ranges(narrow(start, args), args.sort);
        const note = await this.archive.noteOn(start.window);
        return { statements: ranges.map((range) => symbolBars(range, args)), more: { note } };
      },
    });
  }

  /** The arguments with timeframe and source as the bars have them. */
  #matched(symbols: readonly DirectoryRow[], args: BarsArgs): Promise<BarsArgs> {
    return this.kinds.match(args, symbols, this.#window(symbols, args));
  }

  /** @param together  symbols whose pages are read in one statement, so that all have the same window */
  #window(symbols: readonly DirectoryRow[], args: BarsArgs, together = symbols): TimeWindow {
    return resolveWindow(args, {
      firstDay: countedBack(
        args,
        together.map((row) => row.firstDay),
      ),
      end: endAfter(Math.max(...symbols.map(newestOf))),
      days: LIMITS.defaultDays.bars,
      maxDays: LIMITS.barsDays,
    });
  }
}

function namesOf(rows: readonly DirectoryRow[]): string[] {
  return rows.map(({ symbol }) => symbol);
}

/** Symbols in groups whose last days lie within one year, so that a thousand that have ended cost no statement each. */
function byYear(rows: readonly DirectoryRow[]): DirectoryRow[][] {
  const groups: DirectoryRow[][] = [];
  for (const row of rows.toSorted((a, b) => newestOf(a) - newestOf(b))) {
    const group = groups.at(-1);
    if (group && newestOf(row) - newestOf(group[0]!) < 365) group.push(row);
    else groups.push([row]);
  }
  return groups;
}

/** What of the filter and the range decides the text of a statement. */
function shapeOf(
  { from, to, archive }: BarRange,
  { timeframe, source }: BarsArgs | (LatestArgs & { source?: undefined }),
): unknown[] {
  return [from, to, archive, timeframe !== undefined, source !== undefined];
}

function filterOf(args: LatestArgs & { source?: string }): BarFilter {
  return {
    timeframe: args.timeframe === undefined ? undefined : placeholder('timeframe'),
    source: args.source === undefined ? undefined : placeholder('source'),
  };
}

/** The bars of a symbol. */
function symbolBars(range: BarRange, args: BarsArgs): OwnerRows {
  const { sort, timeframe, source } = args;
  return {
    shape: ['bars', sort, ...shapeOf(range, args)],
    rows: (symbol, limit) => bars(symbol, range, filterOf(args), sort, limit),
    values: { timeframe, source },
  };
}

/** The bars of several symbols in one statement. */
function barsOfStatement(symbols: readonly string[], range: BarRange, args: BarsArgs): Statement {
  const { sort, timeframe, source } = args;
  return {
    shape: ['barsOf', sort, ...shapeOf(range, args)],
    rows: (_owner, limit) => barsOf(placeholderList('symbols'), range, filterOf(args), sort, limit),
    values: { symbols, timeframe, source },
  };
}

function bindingOf(symbols: readonly string[], args: BarsArgs): Binding {
  return ['bars', symbols, args.start, args.end, args.timeframe, args.source, args.sort];
}

/** The rest of a window after the row where the page before ended: no two bars of a symbol share an instant. */
function narrow({ window, key }: Position, { sort }: BarsArgs): TimeWindow {
  if (!key) return window;
  const at = parseInstant(key[1]!)!;
  return sort === 'asc' ? { from: at + 1n, to: window.to } : { from: window.from, to: at };
}

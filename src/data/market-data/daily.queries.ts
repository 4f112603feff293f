import { Injectable } from '@nestjs/common';
import { LIMITS } from '../../base/limits.js';
import type { SortDirection } from '../../contract/sort.js';
import { countedBack, endAfter, maxDaysOf, type Position, positionOf, resolveWindow } from '../../lists/window.js';
import { Database } from '../../postgres/database.js';
import { type Binding, type CursorShape, KEY, type Key, namesAsked } from '../../lists/page-token.js';
import { ownerPages, type Page } from '../../lists/page.js';
import type { Selection } from '../../lists/selection.js';
import type { OwnerRows } from '../../lists/batches.js';
import { type List, ownersInTurn, type Statement } from '../../lists/list.js';
import { placeholder, placeholderList } from '../../sql/template.js';
import {
  clip,
  spanning,
  daysWindow,
  EVER,
  parseDay,
  startOfDay,
  instantText,
  type TimeWindow,
} from '../../base/time.js';
import type { BarRange } from '../../sql/bars.js';
import { DailyAggregate } from './aggregate.js';
import { shapeOf } from './aggregate-sources.js';
import { BarArchive } from './archive.js';
import { Chunks } from './chunks.js';
import type { DailyArgs, DailyBar, DailyOrMarketDayArgs, Freshness, MarketDayArgs } from './daily.model.js';
import { dailyAfterPrices, type Price } from './daily-prices.sql.js';
import { type Changed, daily, dailyOf, type DailySource, marketDay, wideDaily } from './daily.sql.js';
import { type DirectoryRow, newestOf } from './directory.js';

/** Prices in an array that take as long to send as a row. */
const PRICES_OF_ROW = 10;

/** What tells a daily bar from the next. */
export const DAILY_KEY = ['symbol', 'day'];

const MARKET_DAY_TOKENS: CursorShape = { key: [KEY.text(LIMITS.symbolLength)], maxDays: 1 };

/** Daily bars with the freshness of the state that decided where they come from. */
export type DailyList = List & { readonly window: TimeWindow; readonly freshness: Freshness };
export type DailyPage = Page<DailyBar> & { readonly freshness: Freshness };

/** Which daily bars stand side by side. */
type WideDailyArgs = DailyArgs & Pick<DailyOrMarketDayArgs, 'symbols' | 'field'>;

/** Daily bars: of a symbol over a window, and of the whole market on one day. */
@Injectable()
export class DailyQueries {
  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
    private readonly archive: BarArchive,
    private readonly chunks: Chunks,
  ) {}

  /** Daily bars of one symbol, or of several one after the other in alphabetical order. */
  async list(symbols: readonly DirectoryRow[], args: DailyArgs, param = 'page_token'): Promise<DailyList> {
    const names = symbols.map(({ symbol }) => symbol);
    const { binding, window, key } = positionIn(symbols, args, param);
    const left = key ? names.slice(names.indexOf(key[0]!)) : names;
    const { sources, freshness } = await this.#plan(window, args);
    const list = { key: DAILY_KEY, binding, window, freshness };
    const [only, ...others] = sources;
    if (left.length > 1 && !key && others.length === 0) {
      return { ...list, statements: [dailyOfStatement(left, only!)] };
    }
    const partsOf = (each: readonly Part[]): OwnerRows[] => each.map((part) => dailyRowsOf(part));
    const rest = key ? (await this.#plan(narrow(window, key, args.sort), args)).sources : null;
    return { ...list, ...ownersInTurn(left, partsOf(sources), rest && partsOf(rest)) };
  }

  /** Daily bars of one symbol, and a statement that reads a page of them after the prices of the bars before. */
  async listAfterPrices(
    symbol: DirectoryRow,
    args: DailyArgs,
    { bars, prices, count, days }: Wanted,
  ): Promise<DailyList & { readonly afterPrices: AfterPrices | null }> {
    const { sort } = args;
    const owner = symbol.symbol;
    const { binding, window, key } = positionIn([symbol], args, 'page_token');
    const left = narrow(window, key, sort);
    const { sources, freshness } = await this.aggregate.plan(left, sort);
    const parts = sources.map((source) => ({ ...dailyRowsOf({ source, sort, changed: null }), owner }));
    const list = { key: DAILY_KEY, binding, window, freshness, statements: parts, afterPrices: null };
    const [source, ...others] = sources;
    // Who wants all bars wants those of the other sources, too.
    if (!source || days === 0 || (others.length > 0 && args.first === 'all')) return list;
    const { from, to } = spanOf(source);
    const before = clip({ from: from - startOfDay(days), to: sort === 'asc' ? from : to }, EVER);
    const [older] = before ? (await this.aggregate.plan(before, 'desc')).sources : [];
    if (!older) return list;
    const statement: Statement = {
      shape: ['dailyAfterPrices', sort, prices.join(), ...shapeOf(source), ...shapeOf(older)],
      rows: (ofSymbol) =>
        dailyAfterPrices(ofSymbol, source, sort, placeholder('bars'), {
          source: older,
          prices,
          count: placeholder('count'),
        }),
      values: { bars, count },
      weight: Math.ceil((count * prices.length) / PRICES_OF_ROW),
      owner,
    };
    return { ...list, afterPrices: { statement, from: spanOf(older).from, prices, isWhole: others.length === 0 } };
  }

  /** One column of the daily bars of several symbols: a row for each day on which one of them has a bar. */
  async wide(symbols: readonly DirectoryRow[], args: WideDailyArgs, param: string): Promise<DailyList> {
    const names = symbols.map(({ symbol }) => symbol);
    const { field, sort } = args;
    const binding: Binding = ['daily_wide', namesAsked(args), field, args.start, args.end, sort];
    const tokens: CursorShape = { key: [KEY.day], maxDays: maxDaysOf(args, LIMITS.daysDays) };
    const resolve = (): TimeWindow => windowOf(symbols, args, symbols);
    const { window, key } = positionOf(binding, tokens, args.after, resolve, param);
    const left = key ? narrow(window, ['', ...key], sort) : window;
    const { sources, freshness } = await this.aggregate.plan(left, sort);
    const statements = sources.map((source): Statement => ({
      shape: ['wideDaily', names.length, field, sort, ...shapeOf(source)],
      rows: (_owner, limit) => wideDaily(placeholderList('symbols'), names.length, field, source, sort, limit),
      values: { symbols: names },
    }));
    return { statements, key: ['day'], binding, window, freshness };
  }

  /**
   * For each of several symbols, in their order, one page of daily bars; one statement for all while no page needs
   * more.
   */
  async pages(symbols: readonly DirectoryRow[], args: DailyArgs, selection: Selection): Promise<DailyPage[]> {
    const positions = symbols.map((row) => ({ owner: row.symbol, ...positionIn([row], args, 'after', symbols) }));
    return ownerPages<DailyBar, { freshness: Freshness }>(this.db, positions, {
      limit: args.first as number,
      key: DAILY_KEY,
      selection,
      plan: async ({ window, key }) => {
        const { sources, freshness } = await this.#plan(narrow(window, key, args.sort), args);
        return { statements: sources.map(dailyRowsOf), more: { freshness } };
      },
    });
  }

  /** Where the daily rows of a window come from; cut by the chunks of the bars where these are looked at, too. */
  async #plan(window: TimeWindow, args: DailyArgs): Promise<{ sources: Part[]; freshness: Freshness }> {
    const { sort, updatedAfter } = args;
    if (updatedAfter === undefined) {
      const { sources, freshness } = await this.aggregate.plan(window, sort);
      return { sources: sources.map((source) => ({ source, sort, changed: null })), freshness };
    }
    const after = instantText(updatedAfter);
    const rangeOf = await this.archive.rangeOf();
    const { sources, freshness } = await this.aggregate.plan(window, sort, await this.chunks.parts(window, sort));
    return {
      sources: sources.map((source) => ({ source, sort, changed: { range: rangeOf(spanOf(source)), after } })),
      freshness,
    };
  }

  /** The daily bars of every symbol, or of some, on one day, in alphabetical order. */
  async marketDay(args: MarketDayArgs, param: string): Promise<DailyList> {
    const { date } = args;
    const day = parseDay(date)!;
    const binding: Binding = ['market_day', date, args.symbols];
    // The last day that a text can name has no end that one can name.
    const window = clip(daysWindow(day, day), EVER) ?? { from: EVER.to, to: EVER.to };
    const { key } = positionOf(binding, MARKET_DAY_TOKENS, args.after, () => window, param);
    const { sources, freshness } = await this.aggregate.plan(window);
    const statements = sources.map((source): Statement => ({
      shape: ['marketDay', args.symbols !== undefined, ...shapeOf(source)],
      rows: (_owner, limit) =>
        marketDay(source, args.symbols && placeholderList('symbols'), placeholder('after'), limit),
      values: { symbols: args.symbols, after: key?.[0] ?? '' },
    }));
    return { statements, key: ['symbol'], binding, window, freshness };
  }
}

/** A statement whose first row has prices, see {@link dailyAfterPrices}, and whose others are a page. */
export interface AfterPrices {
  readonly statement: Statement;
  readonly prices: readonly Price[];
  /** The instant from which bars have their prices in the first row. */
  readonly from: bigint;
  /** Whether it reads the whole window; otherwise a page that is not full goes on after it. */
  readonly isWhole: boolean;
}

/** So many bars, and some prices of at most so many before them, in so many days. */
interface Wanted {
  readonly bars: number;
  readonly prices: readonly Price[];
  readonly count: number;
  readonly days: number;
}

/** Days that one statement reads, and which of them are wanted. */
interface Part {
  readonly source: DailySource;
  readonly sort: SortDirection;
  readonly changed: { readonly range: BarRange; readonly after: string } | null;
}

/** The daily bars of several symbols in one statement. */
function dailyOfStatement(symbols: readonly string[], part: Part): Statement {
  const { source, sort } = part;
  return {
    shape: ['dailyOf', ...shapeOfPart(part)],
    rows: (_owner, limit) => dailyOf(placeholderList('symbols'), source, sort, limit, changedOf(part)),
    values: { symbols, after: part.changed?.after },
  };
}

/** The daily bars of a symbol. */
function dailyRowsOf(part: Part): OwnerRows {
  const { source, sort } = part;
  return {
    shape: ['daily', ...shapeOfPart(part)],
    rows: (symbol, limit) => daily(symbol, source, sort, limit, changedOf(part)),
    values: { after: part.changed?.after },
  };
}

function shapeOfPart({ source, sort, changed }: Part): unknown[] {
  const { from, to, archive } = changed?.range ?? {};
  return [sort, ...shapeOf(source), from, to, archive];
}

function changedOf({ changed }: Part): Changed | null {
  return changed && { range: changed.range, after: placeholder('after') };
}

/** From the first to the last day of a source. */
function spanOf({ aggregate, bars }: DailySource): TimeWindow {
  return spanning([...(aggregate ? [aggregate.window] : []), ...bars]);
}

/**
 * Where a page of some symbols starts.
 * @param together  symbols whose pages are read in one statement, so that all have the same window
 */
function positionIn(
  symbols: readonly DirectoryRow[],
  args: DailyArgs,
  param: string,
  together = symbols,
): Position & { readonly binding: Binding } {
  const names = symbols.map(({ symbol }) => symbol);
  const binding = bindingOf(namesAsked(args) ?? names, args);
  const tokens: CursorShape = { key: [KEY.oneOf(names), KEY.day], maxDays: maxDaysOf(args, LIMITS.daysDays) };
  const resolve = (): TimeWindow => windowOf(symbols, args, together);
  return { binding, ...positionOf(binding, tokens, args.after, resolve, param) };
}

/** @param together  see {@link positionIn} */
function windowOf(symbols: readonly DirectoryRow[], args: DailyArgs, together: readonly DirectoryRow[]): TimeWindow {
  return resolveWindow(args, {
    firstDay: countedBack(
      args,
      together.map((row) => row.firstDay),
    ),
    end: endAfter(Math.max(...symbols.map(newestOf))),
    days: LIMITS.defaultDays.daily,
    maxDays: LIMITS.daysDays,
  });
}

function bindingOf(symbols: readonly string[], args: DailyArgs): Binding {
  const { start, end, sort, updatedAfter } = args;
  const asked = symbols.length === 1 ? symbols[0] : symbols;
  return ['daily', asked, start, end, sort, ...(updatedAfter ? [updatedAfter] : [])];
}

/** The rest of a window after the day where the page before ended. */
function narrow(window: TimeWindow, key: Key | null, sort: SortDirection): TimeWindow {
  if (!key) return window;
  const day = parseDay(key[1]!)!;
  return sort === 'asc' ? { from: startOfDay(day + 1), to: window.to } : { from: window.from, to: startOfDay(day) };
}

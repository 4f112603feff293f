import { Injectable } from '@nestjs/common';
import { LIMITS } from '../../base/limits.js';
import type { SortDirection } from '../../contract/sort.js';
import { countedBack, endAfter, positionOf, resolveWindow } from '../../lists/window.js';
import { Database } from '../../postgres/database.js';
import { type Binding, type CursorShape, KEY, type Key } from '../../lists/page-token.js';
import { ownerPages, type Page } from '../../lists/page.js';
import type { Selection } from '../../lists/selection.js';
import type { OwnerRows } from '../../lists/batches.js';
import type { List, Statement } from '../../lists/list.js';
import { placeholder, placeholderList } from '../../sql/template.js';
import { daysWindow, parseDay, startOfDay, type TimeWindow } from '../../base/time.js';
import { DailyAggregate } from './aggregate.js';
import { shapeOf } from './aggregate-sources.js';
import type { DailyArgs, DailyBar, Freshness, MarketDayArgs } from './daily.model.js';
import { daily, type DailySource, marketDay } from './daily.sql.js';
import { type DirectoryRow, newestOf } from './directory.js';

/** What tells a daily bar from the next. */
export const DAILY_KEY = ['symbol', 'day'];

const MARKET_DAY_TOKENS: CursorShape = { key: [KEY.text(LIMITS.symbolLength)], maxDays: 1 };

function shapeOfTokens({ symbol }: DirectoryRow): CursorShape {
  return { key: [KEY.oneOf([symbol]), KEY.day], maxDays: LIMITS.daysDays };
}

/** Daily bars with the freshness of the state that decided where they come from. */
export type DailyList = List & { readonly window: TimeWindow; readonly freshness: Freshness };
export type DailyPage = Page<DailyBar> & { readonly freshness: Freshness };

/** Daily bars: of a symbol over a window, and of the whole market on one day. */
@Injectable()
export class DailyQueries {
  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
  ) {}

  /** Daily bars of one symbol. */
  async list(symbol: DirectoryRow, args: DailyArgs): Promise<DailyList> {
    const binding = bindingOf(symbol, args);
    const resolve = (): TimeWindow => windowOf(symbol, args, [symbol]);
    const { window, key } = positionOf(binding, shapeOfTokens(symbol), args.after, resolve, 'page_token');
    const { sources, freshness } = await this.aggregate.plan(narrow(window, key, args.sort), args.sort);
    const statements = sources.map((source) => ({ ...dailyOf(source, args), owner: symbol.symbol }));
    return { statements, key: DAILY_KEY, binding, window, freshness };
  }

  /**
   * For each of several symbols, in their order, one page of daily bars; one statement for all while no page needs
   * more.
   */
  async pages(symbols: readonly DirectoryRow[], args: DailyArgs, selection: Selection): Promise<DailyPage[]> {
    const positions = symbols.map((row) => {
      const binding = bindingOf(row, args);
      const resolve = (): TimeWindow => windowOf(row, args, symbols);
      const start = positionOf(binding, shapeOfTokens(row), args.after, resolve, 'after');
      return { owner: row.symbol, binding, ...start };
    });
    return ownerPages<DailyBar, { freshness: Freshness }>(this.db, positions, {
      limit: args.first as number,
      key: DAILY_KEY,
      selection,
      plan: async ({ window, key }) => {
        const { sources, freshness } = await this.aggregate.plan(narrow(window, key, args.sort), args.sort);
        return { statements: sources.map((source) => dailyOf(source, args)), more: { freshness } };
      },
    });
  }

  /** The daily bars of every symbol, or of some, on one day, in alphabetical order. */
  async marketDay(args: MarketDayArgs, param: string): Promise<DailyList> {
    const { date } = args;
    const day = parseDay(date)!;
    const binding: Binding = ['market_day', date, args.symbols];
    const window = daysWindow(day, day);
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

/** The daily bars of a symbol. */
function dailyOf(source: DailySource, { sort }: DailyArgs): OwnerRows {
  return {
    shape: ['daily', sort, ...shapeOf(source)],
    rows: (symbol, limit) => daily(symbol, source, sort, limit),
    values: {},
  };
}

/** @param together  symbols whose pages are read in one statement, so that all have the same window */
function windowOf(symbol: DirectoryRow, args: DailyArgs, together: readonly DirectoryRow[]): TimeWindow {
  return resolveWindow(args, {
    firstDay: countedBack(
      args,
      together.map((row) => row.firstDay),
    ),
    end: endAfter(newestOf(symbol)),
    days: LIMITS.defaultDays.daily,
    maxDays: LIMITS.daysDays,
  });
}

function bindingOf({ symbol }: DirectoryRow, args: DailyArgs): Binding {
  return ['daily', symbol, args.start, args.end, args.sort];
}

/** The rest of a window after the day where the page before ended. */
function narrow(window: TimeWindow, key: Key | null, sort: SortDirection): TimeWindow {
  if (!key) return window;
  const day = parseDay(key[1]!)!;
  return sort === 'asc' ? { from: startOfDay(day + 1), to: window.to } : { from: window.from, to: startOfDay(day) };
}

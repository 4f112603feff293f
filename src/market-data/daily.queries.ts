import { Injectable } from '@nestjs/common';
import { LIMITS } from '../common/limits.js';
import { countedBack, endAfter, positionOf, resolveWindow } from '../common/window.js';
import { Database } from '../database/database.js';
import { type Binding, type CursorShape, KEY, type Key } from '../database/keyset.js';
import { ArrayPage, arraysStatement, ColumnArrays, type Wanted } from '../database/arrays.js';
import type { OwnerRows } from '../database/batches.js';
import type { List, Template } from '../database/list.js';
import { hole, listHole } from '../database/template.js';
import { daysWindow, parseDay, startOfDay, type TimeWindow } from '../database/time.js';
import { DailyAggregate } from './aggregate.js';
import { type DailyArgs, DailyBar, type MarketDayArgs } from './daily.model.js';
import { daily, type DailySource, marketDay } from './daily.sql.js';
import type { DirectoryRow } from './directory.sql.js';

/** What tells a daily bar from the next. */
export const DAILY_KEY = ['symbol', 'day'];

const MARKET_DAY_TOKENS: CursorShape = { key: [KEY.text(LIMITS.symbolLength)], maxDays: 1 };

function shapeOfTokens({ symbol }: DirectoryRow): CursorShape {
  return { key: [KEY.oneOf([symbol]), KEY.day], maxDays: LIMITS.daysDays };
}

/** Daily bars: of a symbol over a window, and of the whole market on one day. */
@Injectable()
export class DailyQueries {
  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
  ) {}

  /** Daily bars of one symbol. */
  async list(symbol: DirectoryRow, args: DailyArgs): Promise<List & { window: TimeWindow }> {
    const binding = bindingOf(symbol, args);
    const resolve = (): TimeWindow => windowOf(symbol, args, [symbol]);
    const { window, key } = positionOf(binding, shapeOfTokens(symbol), args.after, resolve, 'page_token');
    const source = await this.aggregate.source(narrow(window, key, args));
    const statement = { ...dailyOf(source, args), owner: symbol.symbol };
    return { statements: [statement], key: DAILY_KEY, binding, window };
  }

  /** For each of several symbols, in their order, one page of daily bars; one statement for all with the same window. */
  async pages(symbols: readonly DirectoryRow[], args: DailyArgs, wanted: Wanted): Promise<ArrayPage<DailyBar>[]> {
    const limit = args.first as number;
    const pages = new Map<string, ArrayPage<DailyBar>>();
    const positions = symbols.map((row) => {
      const binding = bindingOf(row, args);
      return {
        row,
        binding,
        ...positionOf(binding, shapeOfTokens(row), args.after, () => windowOf(row, args, symbols), 'after'),
      };
    });
    const sameWindow = Map.groupBy(positions, ({ window, key }) => `${window.from} ${window.to} ${key?.join()}`);
    for (const group of sameWindow.values()) {
      const { window, key } = group[0]!;
      const source = await this.aggregate.source(narrow(window, key, args));
      const names = group.map(({ row }) => row.symbol);
      const found = await this.db.each(arraysStatement(dailyOf(source, args), limit, wanted), names);
      for (const { row, binding } of group) {
        const arrays = ColumnArrays.of(found.get(row.symbol)!, wanted);
        pages.set(row.symbol, new ArrayPage(arrays, limit, binding, window, DAILY_KEY));
      }
    }
    return symbols.map(({ symbol }) => pages.get(symbol)!);
  }

  /** The daily bars of every symbol, or of some, on one day, in alphabetical order. */
  async marketDay(args: MarketDayArgs, param: string): Promise<List & { window: TimeWindow }> {
    const { date } = args;
    const day = parseDay(date)!;
    const binding: Binding = ['market_day', date, args.symbols];
    const { key } = positionOf(binding, MARKET_DAY_TOKENS, args.after, () => daysWindow(day, day), param);
    const source = await this.aggregate.source(daysWindow(day, day));
    const statement: Template = {
      shape: ['marketDay', args.symbols !== undefined, ...shapeOf(source)],
      rows: (limit) => marketDay(source, args.symbols && listHole('symbols'), hole('after'), limit),
      values: { symbols: args.symbols, after: key?.[0] ?? '' },
    };
    return { statements: [statement], key: ['symbol'], binding, window: daysWindow(day, day) };
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

/** What of the source decides the text of a statement. */
export function shapeOf({ aggregate, lacking }: DailySource): unknown[] {
  return [aggregate?.from, aggregate?.to, ...lacking.flatMap(({ from, to }) => [from, to])];
}

/** @param together  symbols whose pages are read in one statement, so that all have the same window */
function windowOf(symbol: DirectoryRow, args: DailyArgs, together: readonly DirectoryRow[]): TimeWindow {
  return resolveWindow(args, {
    firstDay: countedBack(
      args,
      together.map((row) => row.firstDay),
    ),
    end: endAfter(parseDay(symbol.lastDay)!),
    days: LIMITS.defaultDays.daily,
    maxDays: LIMITS.daysDays,
  });
}

function bindingOf({ symbol }: DirectoryRow, args: DailyArgs): Binding {
  return ['daily', symbol, args.start, args.end, args.sort];
}

/** The rest of a window after the day where the page before ended. */
function narrow(window: TimeWindow, key: Key | null, { sort }: DailyArgs): TimeWindow {
  if (!key) return window;
  const day = parseDay(key[1]!)!;
  return sort === 'asc' ? { from: startOfDay(day + 1), to: window.to } : { from: window.from, to: startOfDay(day) };
}

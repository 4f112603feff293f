import { Injectable } from '@nestjs/common';
import { LIMITS } from '../common/limits.js';
import { endAfter, positionOf, resolveWindow } from '../common/window.js';
import { columnsOf } from '../common/wire.js';
import { Database } from '../database/database.js';
import type { Binding, Key } from '../database/keyset.js';
import { type List, type Page, pageOf, rowsStatement, type Statement } from '../database/list.js';
import { hole, listHole } from '../database/template.js';
import { daysWindow, parseDay, startOfDay, type TimeWindow } from '../database/time.js';
import { DailyAggregate } from './aggregate.js';
import { type DailyArgs, DailyBar, type MarketDayArgs } from './daily.model.js';
import { daily, dailyOf, type DailySource, marketDay } from './daily.sql.js';
import type { DirectoryRow } from './directory.sql.js';

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
    const { window, key } = positionOf(binding, args.after, () => windowOf(symbol, args), 'page_token');
    const source = await this.aggregate.source(narrow(window, key, args));
    const statement: Statement = {
      shape: ['daily', args.sort, ...shapeOf(source)],
      rows: (limit) => daily(hole('symbol'), source, args.sort, limit),
      values: { symbol: symbol.symbol },
    };
    return { statements: [statement], key: ['symbol', 'day'], binding, window };
  }

  /** For each of several symbols, in their order, one page of daily bars; one statement for all with the same window. */
  async pages(symbols: readonly DirectoryRow[], args: DailyArgs): Promise<Page<DailyBar>[]> {
    const limit = args.first as number;
    const pages = new Map<string, Page<DailyBar>>();
    const positions = symbols.map((row) => {
      const binding = bindingOf(row, args);
      return { row, binding, ...positionOf(binding, args.after, () => windowOf(row, args), 'after') };
    });
    for (const group of Map.groupBy(
      positions,
      ({ window, key }) => `${window.from} ${window.to} ${key?.join()}`,
    ).values()) {
      const { window, key } = group[0]!;
      const source = await this.aggregate.source(narrow(window, key, args));
      const names = group.map(({ row }) => row.symbol);
      const statement: Statement = {
        shape: ['dailyOf', args.sort, ...shapeOf(source)],
        rows: (most) => dailyOf(listHole('symbols'), source, args.sort, most!),
        values: { symbols: names },
      };
      const found = await this.db.rows(rowsStatement<DailyBar>(statement, limit, columnsOf(DailyBar)));
      const rows = Map.groupBy(found, (row) => row.symbol);
      for (const { row, binding } of group) {
        const found = rows.get(row.symbol) ?? [];
        pages.set(
          row.symbol,
          pageOf(found, limit, { binding, window }, (bar) => [bar.symbol, bar.day]),
        );
      }
    }
    return symbols.map(({ symbol }) => pages.get(symbol)!);
  }

  /** The daily bars of every symbol, or of some, on one day, in alphabetical order. */
  async marketDay(date: string, args: MarketDayArgs, param: string): Promise<List & { window: TimeWindow }> {
    const day = parseDay(date)!;
    const binding: Binding = ['market_day', date, args.symbols];
    const { key } = positionOf(binding, args.after, () => daysWindow(day, day), param);
    const source = await this.aggregate.source(daysWindow(day, day));
    return {
      statements: [
        {
          shape: ['marketDay', args.symbols !== undefined, ...shapeOf(source)],
          rows: (limit) => marketDay(source, args.symbols && listHole('symbols'), hole('after'), limit),
          values: { symbols: args.symbols, after: key?.[0] ?? '' },
        },
      ],
      key: ['symbol'],
      binding,
      window: daysWindow(day, day),
    };
  }
}

/** What of the source decides the text of a statement. */
export function shapeOf({ aggregate, lacking }: DailySource): unknown[] {
  return [aggregate?.from, aggregate?.to, ...lacking.flatMap(({ from, to }) => [from, to])];
}

function windowOf(symbol: DirectoryRow, args: DailyArgs): TimeWindow {
  return resolveWindow(args, {
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

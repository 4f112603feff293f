import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { storable } from '../common/args.js';
import { ApiError } from '../common/errors.js';
import { LIMITS } from '../common/limits.js';
import { suggestions } from '../common/nearest.js';
import { build } from '../database/build.js';
import { codeOf, Database } from '../database/database.js';
import { Refreshing } from '../database/refreshing.js';
import { dayOf, daysWindow, now, parseDay, startOfDay, type TimeWindow } from '../database/time.js';
import { DailyAggregate } from './aggregate.js';
import { directory, type DirectoryRow, probe } from './directory.sql.js';

/** What the directory knows at one time. */
interface Directory {
  readonly rows: readonly DirectoryRow[];
  readonly bySymbol: ReadonlyMap<string, DirectoryRow>;
  /** Oldest and newest day of any symbol, as days after 1970-01-01; today where there is no bar at all. */
  readonly oldestDay: number;
  readonly newestDay: number;
}

/** Days back from the newest day in which a symbol that is new since the last refresh is looked for. */
const PROBE_DAYS = 14;
/** Days of the history that are read at a time, to begin with, and how long that should take, in milliseconds. */
const SLICE_DAYS = 365;
const SLICE_MS = 1000;
/** How long an unknown symbol stays unknown, in milliseconds, and how many are remembered. */
const UNKNOWN_FOR = 10_000;
const UNKNOWN_MAX = 10_000;

/**
 * All symbols with the days of their history, kept in memory: an unknown symbol costs no query on the hypertable, and
 * windows are anchored on the newest data. A symbol that is new since the last refresh is found by one bounded probe.
 */
@Injectable()
export class SymbolDirectory implements OnApplicationBootstrap {
  readonly #directory: Refreshing<Directory>;
  readonly #unknown = new Map<string, number>();
  readonly #found = new Map<string, DirectoryRow>();

  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
  ) {
    this.#directory = new Refreshing(() => this.#read(), 10_000, 300_000);
  }

  /** Starts to read it, so that the first request need not. */
  onApplicationBootstrap(): void {
    this.#directory.renew().catch(() => undefined);
  }

  /** Every symbol, in alphabetical order. */
  async all(): Promise<readonly DirectoryRow[]> {
    return (await this.#directory.get()).rows;
  }

  /** Newest day of the market, as days after 1970-01-01. */
  async newestDay(): Promise<number> {
    return (await this.#directory.get()).newestDay;
  }

  /** The days of the market's bars: from the oldest that is known to the newest, or today. */
  async history(): Promise<TimeWindow> {
    const { oldestDay, newestDay } = await this.#directory.get();
    return daysWindow(oldestDay, Math.max(newestDay, dayOf(now())));
  }

  /** What is known of a symbol; null when there is no such symbol. */
  async find(symbol: string): Promise<DirectoryRow | null> {
    return (await this.findAll([symbol])).get(symbol) ?? null;
  }

  /** What is known of several symbols; unknown ones are absent. */
  async findAll(symbols: readonly string[]): Promise<ReadonlyMap<string, DirectoryRow>> {
    const { bySymbol } = await this.#directory.get();
    const found = new Map<string, DirectoryRow>();
    const missing: string[] = [];
    for (const symbol of new Set(symbols)) {
      const row = bySymbol.get(symbol) ?? this.#found.get(symbol);
      if (row) found.set(symbol, row);
      else if (symbol !== '' && symbol.length <= LIMITS.symbolLength && !this.#knownUnknown(symbol))
        missing.push(symbol);
    }
    if (missing.length > 0) for (const row of await this.#probe(missing)) found.set(row.symbol, row);
    return found;
  }

  /**
   * What is known of a symbol.
   * @throws ApiError symbol_not_found with the three nearest names
   */
  async require(symbol: string): Promise<DirectoryRow> {
    return (await this.find(storable('symbol', symbol, LIMITS.symbolLength))) ?? (await this.#refuse(symbol));
  }

  /**
   * What is known of the symbols of a list, in alphabetical order, and those of them that do not exist.
   * @throws ApiError symbol_not_found where none of them exists, with the names nearest to the first
   */
  async resolve(symbols: readonly string[]): Promise<{ rows: DirectoryRow[]; unknown: string[] }> {
    const found = await this.findAll(symbols);
    if (found.size === 0) await this.#refuse(symbols[0]!, 'symbols');
    return {
      rows: [...found.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
      unknown: [...new Set(symbols)].filter((symbol) => !found.has(symbol)),
    };
  }

  /** The names most like one that does not exist, the nearest first. */
  async suggest(symbol: string): Promise<readonly string[]> {
    return suggestions(symbol, [...(await this.#directory.get()).bySymbol.keys()]).allowed ?? [];
  }

  async #refuse(symbol: string, param = 'symbol'): Promise<never> {
    const names = [...(await this.#directory.get()).bySymbol.keys()];
    throw new ApiError('symbol_not_found', `There is no symbol ${JSON.stringify(symbol)}.`, {
      param,
      ...suggestions(symbol, names),
    });
  }

  #knownUnknown(symbol: string): boolean {
    const until = this.#unknown.get(symbol);
    return until !== undefined && until > performance.now();
  }

  async #probe(symbols: string[]): Promise<DirectoryRow[]> {
    const { newestDay } = await this.#directory.get();
    const today = dayOf(now());
    const window = daysWindow(Math.min(newestDay, today) - PROBE_DAYS, today + 1);
    const rows = await this.db.rows(probe(symbols, window).compile(build));
    for (const row of rows) this.#found.set(row.symbol, row);
    const known = new Set(rows.map((row) => row.symbol));
    if (this.#unknown.size + symbols.length > UNKNOWN_MAX) this.#unknown.clear();
    for (const symbol of symbols) if (!known.has(symbol)) this.#unknown.set(symbol, performance.now() + UNKNOWN_FOR);
    return rows;
  }

  async #read(): Promise<Directory> {
    const bySymbol = new Map<string, DirectoryRow>();
    for await (const rows of this.#slices()) for (const row of rows) bySymbol.set(row.symbol, merge(row, bySymbol));
    this.#found.clear();
    const rows = [...bySymbol.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
    const newestDay = rows.reduce((newest, row) => Math.max(newest, parseDay(row.lastDay)!), -Infinity);
    const oldestDay = rows.reduce((oldest, row) => Math.min(oldest, parseDay(row.firstDay)!), Infinity);
    const [oldest, newest] = rows.length > 0 ? [oldestDay, newestDay] : [dayOf(now()), dayOf(now())];
    return { rows, bySymbol, oldestDay: oldest, newestDay: newest };
  }

  /** The symbols of the whole history, stretch by stretch, the newest first; each as wide as is read in good time. */
  async *#slices(): AsyncGenerator<DirectoryRow[]> {
    const history = await this.aggregate.history();
    if (!history) return;
    let { to } = history;
    let days = SLICE_DAYS;
    while (to > history.from) {
      const start = startOfDay(dayOf(to) - days);
      const window = { from: start > history.from ? start : history.from, to };
      const began = performance.now();
      let rows: DirectoryRow[];
      try {
        rows = await this.db.rows(directory(await this.aggregate.source(window)).compile(build));
      } catch (error) {
        // Its time limit has ended it.
        if (codeOf(error) !== '57014' || days === 1) throw error;
        days = Math.ceil(days / 4);
        continue;
      }
      const ms = performance.now() - began;
      if (ms < SLICE_MS / 4) days *= 2;
      else if (ms > SLICE_MS) days = Math.ceil(days / 2);
      to = window.from;
      yield rows;
    }
  }
}

/** What is known of a symbol with what another stretch, without a day in common, says of it. */
function merge(row: DirectoryRow, known: ReadonlyMap<string, DirectoryRow>): DirectoryRow {
  const other = known.get(row.symbol);
  if (!other) return row;
  return {
    symbol: row.symbol,
    firstDay: row.firstDay < other.firstDay ? row.firstDay : other.firstDay,
    lastDay: row.lastDay > other.lastDay ? row.lastDay : other.lastDay,
    days: row.days + other.days,
  };
}

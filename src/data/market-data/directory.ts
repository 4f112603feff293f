import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Names } from '../../base/nearest.js';
import type { NamedQuery } from '../../base/named-query.js';
import { build } from '../../sql/build.js';
import { fromTemplate, placeholderList } from '../../sql/template.js';
import { codeOf, Database } from '../../postgres/database.js';
import { someAtOnce } from '../../base/some-at-once.js';
import { outsideRequest } from '../../base/request.js';
import { compareTexts } from '../../base/text-order.js';
import { clip, dayOf, daysWindow, now, parseDay, parseInstant, startOfDay, type TimeWindow } from '../../base/time.js';
import { DailyAggregate } from './aggregate.js';
import { shapeOf, sourceOf } from './aggregate-sources.js';
import { BarArchive } from './archive.js';
import { BarChanges } from './changes.js';
import { Chunks } from './chunks.js';
import type { DailySource } from './daily.sql.js';
import {
  newestBar,
  occupiedChunks,
  occupiedYears,
  stretch as stretchRows,
  type StretchRow,
  symbolDays,
  type SymbolDays,
} from './directory.sql.js';
import { MarketDays } from './market-days.js';
import {
  areSame,
  gather,
  isSame,
  join,
  NAMEABLE,
  type Seen,
  type Stretch,
  stretchAt,
  stretchesOf,
  wholeDaysOf,
  yearWindow,
} from './stretches.js';

/** What is known of a symbol. Days that the wire cannot name are left out. */
export interface DirectoryRow extends SymbolDays {
  /** Last day that has a bar and is not after today; null where all of them lie ahead. */
  readonly newestDay: string | null;
}

/** The day that a symbol's default windows count back from: what lies ahead of today does not move them. */
export function newestOf({ newestDay, lastDay }: DirectoryRow): number {
  return parseDay(newestDay ?? lastDay)!;
}

/** Days with a bar that a symbol may have in a window, as far as the directory tells. */
export function daysAtMost({ firstDay, lastDay, days }: DirectoryRow, { from, to }: TimeWindow): number {
  const inside = Math.min(dayOf(to - 1n), parseDay(lastDay)!) - Math.max(dayOf(from), parseDay(firstDay)!) + 1;
  return Math.min(Math.max(inside, 0), days);
}

/** The days that hold the history of several symbols; null for none. */
export function historyOfAll(rows: readonly DirectoryRow[]): TimeWindow | null {
  if (rows.length === 0) return null;
  const { first_day: first, last_day: last } = daysOfAll(rows);
  return daysWindow(parseDay(first)!, parseDay(last)!);
}

/** The first and the last day of some symbols, of which there is one, as `meta` says them. */
export function daysOfAll(rows: readonly DirectoryRow[]): { first_day: string; last_day: string } {
  const [{ firstDay, lastDay }] = rows as [DirectoryRow];
  return {
    first_day: rows.reduce((day, row) => (row.firstDay < day ? row.firstDay : day), firstDay),
    last_day: rows.reduce((day, row) => (row.lastDay > day ? row.lastDay : day), lastDay),
  };
}

/** All symbols as they were read. */
export interface Directory {
  readonly rows: readonly DirectoryRow[];
  readonly bySymbol: ReadonlyMap<string, DirectoryRow>;
  readonly names: Names;
  readonly market: MarketDays;
  /** What it was made of, the newest first. */
  readonly stretches: readonly Stretch[];
  /** When it was read; what is older than a week may have been read some time before. */
  readonly asOf: bigint;
}

/** What stretches say together. */
interface Known {
  readonly stretches: readonly Stretch[];
  readonly symbols: Map<string, DirectoryRow>;
  readonly traded: Map<number, number>;
}

/** Days back from today in which stretches are put together anew each time: what is written last changes most. */
const LIVE_DAYS = 7;
/**
 * A stretch is read again when the aggregate lacks other days of it than before, or when something was written to it.
 * Where it is only known that something was written, an older one is read when it is a minute old (in milliseconds) and
 * this many times as old as reading it takes.
 */
const [REREAD_AFTER_MS, REREAD_COST_FACTOR] = [60_000, 1000];
/** Days that one statement reads at most and at least; stretches at a time, each of which keeps a core busy. */
const [MOST_DAYS, FEWEST_DAYS, AT_ONCE] = [184, 1, 3];

/** Reads the directory, stretch by stretch: of a long history only what is new, changed or read long ago. */
@Injectable()
export class DirectoryReader {
  readonly #stretches = new Map<bigint, Stretch>();
  /** Stretches in which a look found a symbol that the directory did not have. */
  readonly #changed = new Set<bigint>();
  /** Names and days, each of which is kept once for all stretches. */
  readonly #texts = new Map<string, string>();
  /** Most days that are read at a time. */
  #days = MOST_DAYS;
  /** What the stretches say that are not read each time. */
  #settled: Known = { stretches: [], symbols: new Map(), traded: new Map() };
  #last: { readonly today: number; readonly stretches: readonly Stretch[]; readonly directory: Directory } | null =
    null;

  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
    private readonly archive: BarArchive,
    private readonly chunks: Chunks,
    private readonly changes: BarChanges,
  ) {}

  /** The directory, with what has changed since it was read before. */
  async read(): Promise<Directory> {
    const today = dayOf(now());
    const occupied = await this.#occupied();
    const windows = stretchesOf(occupied, today);
    const starts = new Set(windows.map(({ from }) => from));
    for (const from of this.#stretches.keys()) if (!starts.has(from)) this.#stretches.delete(from);
    const state = await this.aggregate.state();
    const changes = await this.changes.read(state.bars !== null);
    const due = windows.flatMap((window) => {
      const source = sourceOf(state, window);
      const seen = { sources: shapeOf(source).join(), changes: changes.of(source) };
      return this.#isDue(window, seen, changes.exact, today) ? [{ window, seen }] : [];
    });
    await someAtOnce(AT_ONCE, due, ({ window, seen }) => this.#readStretch(window, seen, occupied));
    return this.#directory(
      windows.map(({ from }) => this.#stretches.get(from)!),
      today,
    );
  }

  /** The newest day that has a bar and is not after today, as days after 1970-01-01; null where there is none. */
  async newestDay(): Promise<number | null> {
    const today = dayOf(now());
    for (const window of stretchesOf(await this.#occupied(), today)) {
      if (window.from > startOfDay(today)) continue;
      for (const range of await this.chunks.ranges(window, 'desc')) {
        const { last } = await this.db.row(newestBar(range).compile(build));
        if (last !== null) return dayOf(parseInstant(last)!);
      }
    }
    return null;
  }

  /**
   * Those of some symbols that exist, as they are now: a bounded look at each part of the history, the aggregate first.
   */
  look(symbols: readonly string[]): Promise<ReadonlyMap<string, DirectoryRow>> {
    return outsideRequest(async () => {
      await this.aggregate.renew();
      const today = dayOf(now());
      const past = { from: NAMEABLE.from, to: startOfDay(today + 1) };
      const found = new Map<string, DirectoryRow>();
      // Without chunks there is nothing to go round.
      const ranges = (await this.aggregate.state()).bars ? await this.#occupied() : [NAMEABLE];
      for (const range of ranges) {
        for (const part of [clip(range, past), clip(range, { from: past.to, to: NAMEABLE.to })]) {
          const { sources } = part ? await this.aggregate.plan(part) : { sources: [] };
          for (const source of sources) {
            for (const row of await this.db.rows(daysOf(symbols, source))) {
              found.set(row.symbol, withNewest(found.get(row.symbol), row, part!.from < past.to));
            }
          }
        }
      }
      for (const { firstDay, lastDay } of found.values()) {
        for (const day of [firstDay, lastDay]) this.#changed.add(stretchAt(parseDay(day)!, today).from);
      }
      return found;
    });
  }

  /** One directory of all stretches; made anew only where one of them has changed. */
  async #directory(stretches: readonly Stretch[], today: number): Promise<Directory> {
    const asOf = now();
    if (this.#last?.today === today && areSame(this.#last.stretches, stretches))
      return { ...this.#last.directory, asOf };
    const tomorrow = startOfDay(today + 1);
    const old = stretches.filter(({ window }) => !isLive(window, today));
    if (!areSame(old, this.#settled.stretches)) {
      const settled: Known = { stretches: old, symbols: new Map(), traded: new Map() };
      for (const stretch of old) {
        add(settled, stretch, tomorrow);
        // Ten thousand symbols at a time; requests are served in between.
        await setImmediate();
      }
      this.#settled = settled;
    }
    const known: Known = { stretches, symbols: new Map(this.#settled.symbols), traded: new Map(this.#settled.traded) };
    for (const stretch of stretches) if (isLive(stretch.window, today)) add(known, stretch, tomorrow);
    const rows = [...known.symbols.values()].sort((a, b) => compareTexts(a.symbol, b.symbol));
    const market = new MarketDays(known.traded, rows);
    const names = new Names(rows.map(({ symbol }) => symbol));
    const directory = { rows, bySymbol: known.symbols, names, market, stretches, asOf };
    this.#last = { today, stretches, directory };
    return directory;
  }

  #isDue(window: TimeWindow, seen: Seen, exact: boolean, today: number): boolean {
    const known = this.#stretches.get(window.from);
    if (!known || known.window.to !== window.to || known.seen.sources !== seen.sources) return true;
    if (this.#changed.has(window.from)) return true;
    if (known.seen.changes === seen.changes) return false;
    if (exact || isLive(window, today)) return true;
    return performance.now() - known.readAt > Math.max(REREAD_AFTER_MS, REREAD_COST_FACTOR * known.cost);
  }

  async #readStretch(window: TimeWindow, seen: Seen, occupied: readonly TimeWindow[]): Promise<void> {
    this.#changed.delete(window.from);
    const readAt = performance.now();
    const parts: StretchRow[][] = [];
    for (const range of occupied) {
      const part = clip(range, window);
      if (part) parts.push(...(await this.#rows(part)));
    }
    const rows = gather(parts, this.#texts);
    const read = { window, readAt, cost: performance.now() - readAt, seen };
    const known = this.#stretches.get(window.from);
    if (known?.window.to === window.to && isSame(known, rows)) Object.assign(known, read);
    else this.#stretches.set(window.from, { ...read, ...rows });
  }

  /** The rows of a part of a stretch, in parts that end within their time limit. */
  async #rows(window: TimeWindow): Promise<StretchRow[][]> {
    const parts: StretchRow[][] = [];
    for (let { from } = window; from < window.to;) {
      const part = clip(window, { from, to: startOfDay(dayOf(from) + this.#days) })!;
      try {
        for (const source of (await this.aggregate.plan(part)).sources) {
          parts.push(await this.db.rows(stretchRows(source).compile(build)));
        }
      } catch (error) {
        const fewer = Math.ceil((dayOf(part.to) - dayOf(part.from)) / 4);
        // Only where its time limit has ended it.
        if (codeOf(error) !== '57014' || this.#days <= FEWEST_DAYS) throw error;
        this.#days = fewer;
        continue;
      }
      from = part.to;
    }
    return parts;
  }

  /** The stretches that may hold bars, in order. */
  async #occupied(): Promise<TimeWindow[]> {
    const { bars } = await this.aggregate.state();
    if (!bars) {
      const rangeOf = await this.archive.rangeOf();
      const years = await this.db.rows(occupiedYears(rangeOf(NAMEABLE)).compile(build));
      return years.map(({ first }) => yearWindow(first.slice(0, 4)));
    }
    const archive = await this.archive.found();
    const rows = await this.db.rows(fromTemplate(['occupiedChunks', archive], () => occupiedChunks(archive), {}));
    return wholeDaysOf(rows.flatMap(({ from, to }) => clip({ from: BigInt(from), to: BigInt(to) }, NAMEABLE) ?? []));
  }
}

function daysOf(symbols: readonly string[], source: DailySource): NamedQuery<SymbolDays> {
  const shape = ['symbolDays', ...shapeOf(source)] as const;
  return fromTemplate(shape, () => symbolDays(placeholderList('symbols'), source), { symbols });
}

function isLive(window: TimeWindow, today: number): boolean {
  return window.to > startOfDay(today - LIVE_DAYS);
}

/** Adds a stretch to what is known of the symbols and of the days. */
function add(known: Known, { window, symbols, traded }: Stretch, tomorrow: bigint): void {
  const past = window.from < tomorrow;
  for (const row of symbols.values()) {
    known.symbols.set(row.symbol, withNewest(known.symbols.get(row.symbol), row, past));
  }
  if (past) for (const [day, count] of traded) known.traded.set(parseDay(day)!, count);
}

function withNewest(known: DirectoryRow | undefined, row: SymbolDays, past: boolean): DirectoryRow {
  const newest = past ? row.lastDay : null;
  const before = known?.newestDay ?? null;
  return { ...join(known, row), newestDay: before === null || (newest !== null && newest > before) ? newest : before };
}

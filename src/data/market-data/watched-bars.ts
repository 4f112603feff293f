import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Cancellation } from '../../base/cancellation.js';
import type { RawRows } from '../../base/raw-rows.js';
import { dayOf, daysWindow, formatInstant, now } from '../../base/time.js';
import { columnsOf } from '../../contract/wire.js';
import { PageRows, splitPages } from '../../lists/page-rows.js';
import { jsonObject } from '../../lists/write.js';
import { Database } from '../../postgres/database.js';
import { Numbers } from '../../sql/format.js';
import { fromTemplate } from '../../sql/template.js';
import { Bar } from './bars.model.js';
import { Chunks } from './chunks.js';
import { LatestBars, RECENT_DAYS } from './latest.queries.js';
import { newBars } from './live.sql.js';
import { endedBetween, type Update, UpdateLog } from './live-updates.js';
import { SymbolDirectory } from './symbol-directory.js';

const COLUMNS = columnsOf(Bar);
/** A write that changes none of these is no change. */
const COMPARED = COLUMNS.filter(({ onRequest }) => !onRequest);
/** New bars that one look reads: of all symbols about so many, of one between these. */
const [BARS_OF_A_LOOK, FEWEST_OF_ONE, MOST_OF_ONE] = [2_000, 1, 50];
/** Changed symbols that are looked at in one turn of the event loop. */
const SYMBOLS_AT_ONCE = 200;
/** How often symbols whose newest bar is older than the days that each look reads are looked at, in milliseconds. */
const OLD_EVERY_MS = 60_000;
/** How long a symbol is followed after its last listener left, in milliseconds. */
export const KEPT_FOR_MS = 60_000;

/** A symbol that is followed. */
interface Watched {
  /** Its newest bar, alone in its bytes; null where it has none. */
  row: PageRows | null;
  /** That bar as text, without when it was written, and when it begins. */
  text: string;
  timestamp: string | null;
  /** From which update on it is followed. */
  readonly since: number;
  listeners: number;
  /** When the last listener left, by performance.now(). */
  leftAt: number;
}

/**
 * The newest bars of the symbols that anybody listens to, and what has changed from one look at the database to the
 * next. A look is one statement, however many listen.
 */
@Injectable()
export class WatchedBars {
  log = new UpdateLog();
  #watched = new Map<string, Watched>();
  /** What the last look saw; empty where the next one must read every symbol. */
  #state = '';
  #complete = false;
  #oldAt = performance.now();

  constructor(
    private readonly db: Database,
    private readonly directory: SymbolDirectory,
    private readonly chunks: Chunks,
    private readonly latest: LatestBars,
  ) {}

  /** Begins to follow symbols that exist, each once more: what is not followed yet is read first. */
  async follow(symbols: readonly string[]): Promise<void> {
    // Those that are kept must not be forgotten meanwhile.
    for (const symbol of symbols) Object.assign(this.#watched.get(symbol) ?? {}, { leftAt: performance.now() });
    const missing = symbols.filter((symbol) => !this.#watched.has(symbol));
    const found = missing.length > 0 ? await this.#newestOf(missing) : new Map<string, PageRows>();
    for (const symbol of symbols) {
      let watched = this.#watched.get(symbol);
      if (!watched) {
        watched = { row: null, text: '', timestamp: null, since: this.log.seq, listeners: 0, leftAt: 0 };
        const row = found.get(symbol);
        if (row) keep(watched, row);
        this.#watched.set(symbol, watched);
        this.#complete = false;
      }
      watched.listeners += 1;
    }
  }

  /** Ends what {@link follow} began. */
  unfollow(symbols: readonly string[]): void {
    for (const symbol of symbols) {
      const watched = this.#watched.get(symbol);
      if (watched && --watched.listeners === 0) watched.leftAt = performance.now();
    }
  }

  /** The newest bar of a symbol that is followed; null where it has none. */
  rowOf(symbol: string): PageRows | null {
    return this.#watched.get(symbol)?.row ?? null;
  }

  /** Whether a symbol has been followed since an update. */
  followedSince(symbol: string, seq: number): boolean {
    const watched = this.#watched.get(symbol);
    return watched !== undefined && watched.since <= seq;
  }

  /** Forgets everything; ids that were given are known no more. */
  forget(): void {
    this.#watched = new Map();
    this.#state = '';
    this.log = new UpdateLog();
  }

  /**
   * Looks at the database once.
   * @returns what has changed since the last look, in order
   */
  async look(): Promise<Update[]> {
    try {
      return await this.#look();
    } catch (error) {
      // The next one reads every symbol again.
      this.#complete = false;
      throw error;
    }
  }

  async #look(): Promise<Update[]> {
    this.#prune();
    const symbols = [...this.#watched.keys()];
    if (symbols.length === 0) return [];
    const lookedAt = Date.now();
    const newest = await this.directory.newestDay();
    const window = daysWindow(newest - RECENT_DAYS, Math.max(newest, dayOf(now())));
    const [range] = await this.chunks.ranges(window, 'desc');
    const limit = 1 + Math.min(Math.max(Math.floor(BARS_OF_A_LOOK / symbols.length), FEWEST_OF_ONE), MOST_OF_ONE);
    const from = formatInstant(range!.from);
    const since = symbols.map((symbol) => this.#watched.get(symbol)!.timestamp ?? '-infinity');
    const before = this.#complete ? this.#state : '';
    this.#complete = true;
    const query = fromTemplate(['live', range!.from, range!.to, range!.archive], () => newBars(range!, COLUMNS), {
      ...{ owners: symbols, since, limit, before },
    });
    const { state, rows } = splitPages(await this.db.runRawOnPrimary(query, new Cancellation()), symbols.length);
    const updates: Update[] = [];
    if (state !== before) {
      const ended = this.#state === '' ? 0 : endedBetween(this.#state, state);
      const gone: string[] = [];
      const overwritten = new Map<string, number>();
      for (const [i, symbol] of symbols.entries()) {
        const watched = this.#watched.get(symbol)!;
        const isRecent = watched.timestamp !== null && watched.timestamp >= from;
        if (rows[i]!.count === 0 && isRecent) gone.push(symbol);
        const changes = this.#compare(symbol, watched, rows[i]!, limit);
        updates.push(...changes);
        const bars = changes.filter(({ kind }) => kind === 'bar').length;
        if (bars > 0 && (ended === null || ended > bars)) overwritten.set(symbol, bars);
        if (i % SYMBOLS_AT_ONCE === SYMBOLS_AT_ONCE - 1) await setImmediate();
      }
      this.#state = state;
      if (overwritten.size > 0) {
        const atMost = ended === null ? null : ended - Math.min(...overwritten.values());
        updates.push(this.log.skip({ symbols: [...overwritten.keys()], reason: 'overwritten', atMost }));
      }
      updates.push(...(await this.#reread(gone)));
    }
    updates.push(...(await this.#reread(this.#due(from))));
    this.log.lookedAt = lookedAt;
    return updates;
  }

  /** What the bars of a symbol that were read, the newest first, tell of it. */
  #compare(symbol: string, watched: Watched, found: RawRows, limit: number): Update[] {
    const { row } = watched;
    if (found.count === 0 || (found.count === 1 && row && bytesOf(row).equals(found.bytes))) return [];
    const bars = rowsOf(found);
    const oldest = timestampOf(bars[0]!);
    const isKnown = oldest === watched.timestamp;
    const changed = isKnown && textOf(bars[0]!) === watched.text ? bars.slice(1) : bars;
    const [last] = bars.slice(-1) as [PageRows];
    const updates: Update[] = [];
    if (changed.length > 0) {
      if (!isKnown && found.count === limit)
        updates.push(
          this.log.skip({ symbols: [symbol], reason: 'too_many', after: watched.timestamp, before: oldest }),
        );
      updates.push(...changed.map((each) => this.log.bar(symbol, each)));
    }
    keep(watched, last);
    return updates;
  }

  /** Asks for the newest bars of some symbols, however old these are; where that fails, again at the next look. */
  async #reread(symbols: readonly string[]): Promise<Update[]> {
    if (symbols.length === 0) return [];
    const found = await this.#newestOf(symbols).catch(() => null);
    if (!found) {
      this.#complete = false;
      this.#oldAt = -Infinity;
      return [];
    }
    return symbols.flatMap((symbol) => {
      const watched = this.#watched.get(symbol);
      const row = found.get(symbol);
      if (!watched || (row && textOf(row) === watched.text)) return [];
      if (row) return [this.log.bar(symbol, keep(watched, row))];
      if (!watched.row) return [];
      Object.assign(watched, { row: null, text: '', timestamp: null });
      return [this.log.skip({ symbols: [symbol], reason: 'removed' })];
    });
  }

  #newestOf(symbols: readonly string[]): Promise<ReadonlyMap<string, PageRows>> {
    return this.latest.of(symbols, { numbers: Numbers.NUMBER });
  }

  /** Symbols whose newest bars no look reads, now and then. */
  #due(from: string): string[] {
    if (performance.now() - this.#oldAt < OLD_EVERY_MS) return [];
    this.#oldAt = performance.now();
    return [...this.#watched].flatMap(([symbol, { timestamp }]) =>
      timestamp === null || timestamp < from ? [symbol] : [],
    );
  }

  #prune(): void {
    const left = performance.now() - KEPT_FOR_MS;
    for (const [symbol, { listeners, leftAt }] of this.#watched) {
      if (listeners === 0 && leftAt < left) this.#watched.delete(symbol);
    }
  }
}

/** Makes a row that of a symbol, in bytes of its own: those it was read in are many. */
function keep(watched: Watched, row: PageRows): PageRows {
  const own = new PageRows(COLUMNS, [{ bytes: Buffer.from(bytesOf(row)), count: 1 }], 2);
  return Object.assign(watched, { row: own, text: textOf(own), timestamp: timestampOf(own) }).row;
}

function bytesOf(row: PageRows): Buffer {
  return row.places.sources[0]!.bytes;
}

function textOf(row: PageRows): string {
  return jsonObject(row, COMPARED, Numbers.STRING).toString();
}

function timestampOf(row: PageRows): string {
  return row.textsAt(0, ['timestamp'])[0]!;
}

/** Each of some rows in bytes of its own, the last one first. */
function rowsOf({ bytes }: RawRows): PageRows[] {
  const rows: PageRows[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    rows.unshift(new PageRows(COLUMNS, [{ bytes: Buffer.from(bytes.subarray(at, end)), count: 1 }], 2));
    at = end;
  }
  return rows;
}

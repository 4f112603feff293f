import { setTimeout } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { charactersIn, storable } from '../../base/identifiers.js';
import { ApiError, toApiError } from '../../base/errors.js';
import { LIMITS } from '../../base/limits.js';
import { compareTexts } from '../../base/text-order.js';
import { type Names, suggestions } from '../../base/nearest.js';
import { Refreshing, upToDate } from '../../base/refreshing.js';
import { isAlive } from '../../lists/window.js';
import { dayOf, daysWindow, now, parseDay, type TimeWindow } from '../../base/time.js';
import { type Directory, DirectoryReader, type DirectoryRow, newestOf } from './directory.js';
import type { MarketDays } from './market-days.js';
import { quarterOf, stretchAt } from './stretches.js';

/**
 * Ages of the directory in milliseconds: at which it is renewed while it is used, and from which requests wait for it.
 */
const [RENEW_AFTER_MS, MAX_AGE_MS] = [10_000, 600_000];
/**
 * The age in milliseconds from which a symbol that had ended is looked for again, since its default windows end with
 * its newest day. The directory is older than this only where nobody asked for a while, or it is slow to read.
 */
const ENDED_AGE_MS = 2 * RENEW_AFTER_MS;
/** How long an error about a name waits for the names that are near to it, at the first reading, in milliseconds. */
const NAMES_WAIT_MS = 1_000;
/**
 * How long a symbol that was looked for stays unknown, and as it was found, in milliseconds, and how many are
 * remembered.
 */
const [UNKNOWN_FOR_MS, FOUND_FOR_MS] = [1_000, RENEW_AFTER_MS];
const MAX_LOOKUPS = 10_000;
/** Symbols that one look asks for. */
const MAX_LOOKUP_SYMBOLS = 500;

/** The outcome of a look for a symbol. */
interface LookedUp {
  readonly row: DirectoryRow | null;
  readonly until: number;
}

/** A look that gathers symbols until the one before it has ended. */
interface Look {
  readonly symbols: Set<string>;
  readonly done: Promise<void>;
}

/**
 * All symbols with the days of their history, kept in memory: a known symbol costs no statement, and windows are
 * anchored on the newest data. A symbol that is not in it, because it is new, was back-filled, or because the directory
 * is still being read, is looked for in the whole history at once. There is one look at a time, for all symbols that
 * are asked for meanwhile, so that names at random cost little.
 */
@Injectable()
export class SymbolDirectory implements OnApplicationBootstrap {
  readonly #directory: Refreshing<Directory>;
  readonly #lookedUp = new Map<string, LookedUp>();
  #look: Look | null = null;
  #looking: Promise<void> = Promise.resolve();

  constructor(private readonly reader: DirectoryReader) {
    this.#directory = new Refreshing(() => this.reader.read(), RENEW_AFTER_MS, MAX_AGE_MS);
  }

  /** Starts to read it, so that the first request need not. */
  onApplicationBootstrap(): void {
    this.#directory.renew().catch(() => undefined);
  }

  /**
   * Waits until it was read for the first time, which is begun where it is not under way.
   * @throws what the database says
   */
  async prepare(): Promise<void> {
    if (!this.#directory.last) await this.#directory.renew();
  }

  /**
   * Every symbol, in alphabetical order.
   * @throws ApiError not_ready while they are read for the first time
   */
  async all(): Promise<readonly DirectoryRow[]> {
    return (await this.#read()).rows;
  }

  /**
   * On which days the market had bars.
   * @throws ApiError not_ready while they are read for the first time
   */
  async market(): Promise<MarketDays> {
    return (await this.#read()).market;
  }

  async #read(): Promise<Directory> {
    return upToDate(
      this.#directory,
      () =>
        new ApiError('not_ready', 'The symbols are still being read after the start. Try again shortly.', {
          hint: 'What is asked about a symbol by its name, and not of the observed calendar, is answered already.',
        }),
    );
  }

  /** Newest day of the market that is not after today, as days after 1970-01-01; today where there is no bar at all. */
  async newestDay(): Promise<number> {
    const known = this.#directory.present;
    if (!known) return (await this.reader.newestDay()) ?? dayOf(now());
    const { market } = known;
    return Number.isFinite(market.newestDay) ? market.newestDay : dayOf(now());
  }

  /**
   * Where the last bars of each year of some symbols are, the newest first: for each quarter of a year the week before
   * the first of these days to the last, with the symbols whose last day of that year lies there. Days to come are one.
   */
  async lastOfYears(rows: readonly DirectoryRow[]): Promise<{ window: TimeWindow; symbols: string[] }[]> {
    const stretches = this.#directory.present?.stretches ?? [];
    const today = dayOf(now());
    const found = new Map<bigint, { first: number; last: number; symbols: string[] }>();
    for (const row of rows) {
      const years = new Set<string>();
      const last = stretches.flatMap(({ symbols }) => symbols.get(row.symbol)?.lastDay ?? []);
      for (const text of last.length > 0 ? last : endsOf(row)) {
        const day = parseDay(text)!;
        const year = day > today ? 'ahead' : text.slice(0, 4);
        // The stretches come newest first; this year has several.
        if (years.has(year)) continue;
        years.add(year);
        const { from } = day > today ? stretchAt(day, today) : quarterOf(text);
        const group = found.get(from) ?? { first: day, last: day, symbols: [] };
        group.symbols.push(row.symbol);
        found.set(from, { ...group, first: Math.min(group.first, day), last: Math.max(group.last, day) });
      }
    }
    return [...found.values()]
      .map(({ first, last, symbols }) => ({ window: lastDays(first, last, today), symbols }))
      .sort((a, b) => (a.window.from > b.window.from ? -1 : 1));
  }

  /** What is known of a symbol; null when there is no such symbol. */
  async find(symbol: string): Promise<DirectoryRow | null> {
    return (await this.findAll([symbol])).get(symbol) ?? null;
  }

  /** What is known of several symbols; unknown ones are absent. */
  async findAll(symbols: readonly string[]): Promise<ReadonlyMap<string, DirectoryRow>> {
    // While it is read for the first time, or after nobody asked for long, a look for the symbols costs less.
    const known = this.#directory.present?.bySymbol;
    const old = this.#directory.isOlderThan(ENDED_AGE_MS);
    const found = new Map<string, DirectoryRow>();
    const missing: string[] = [];
    for (const symbol of new Set(symbols)) {
      const kept = known?.get(symbol);
      const row = kept && !(old && !isAlive(newestOf(kept))) ? kept : this.#lookedUpRow(symbol);
      if (row) found.set(symbol, row);
      else if (row === undefined && symbol !== '' && charactersIn(symbol) <= LIMITS.symbolLength) missing.push(symbol);
    }
    if (missing.length > 0) {
      await this.#lookFor(missing);
      for (const symbol of missing) {
        const row = this.#lookedUp.get(symbol)?.row;
        if (row) found.set(symbol, row);
      }
    }
    return found;
  }

  /**
   * What is known of a symbol.
   * @param param  the parameter that names it
   * @throws ApiError symbol_not_found with the three nearest names
   */
  async require(symbol: string, param = 'symbol'): Promise<DirectoryRow> {
    return (await this.find(storable(param, symbol, LIMITS.symbolLength))) ?? (await this.#refuse(symbol, param));
  }

  /**
   * What is known of the symbols of a list, in alphabetical order, and those of them that do not exist.
   * @throws ApiError symbol_not_found where none of them exists, with the names nearest to the first
   */
  async resolve(symbols: readonly string[]): Promise<{ rows: DirectoryRow[]; unknown: string[] }> {
    const found = await this.findAll(symbols);
    if (found.size === 0) await this.#refuse(symbols[0]!, 'symbols');
    return {
      rows: [...found.values()].sort((a, b) => compareTexts(a.symbol, b.symbol)),
      unknown: [...new Set(symbols)].filter((symbol) => !found.has(symbol)),
    };
  }

  /** The names most like one that does not exist, the nearest first. */
  async suggest(symbol: string): Promise<readonly string[]> {
    return suggestions(symbol, await this.#names()).allowed ?? [];
  }

  /** The names that are known, however old; while they are read for the first time, none after a while. */
  async #names(): Promise<Names | readonly string[]> {
    const read = (): Promise<Directory | null> => this.#directory.get().catch(() => null);
    const directory =
      this.#directory.last ?? (await Promise.race([read(), setTimeout(NAMES_WAIT_MS, null, { ref: false })]));
    return directory?.names ?? [];
  }

  async #refuse(symbol: string, param = 'symbol'): Promise<never> {
    const names = await this.#names();
    throw new ApiError('symbol_not_found', `There is no symbol ${JSON.stringify(symbol)}.`, {
      param,
      ...suggestions(symbol, names),
    });
  }

  /** The outcome of a look, as long as it holds. */
  #lookedUpRow(symbol: string): DirectoryRow | null | undefined {
    const known = this.#lookedUp.get(symbol);
    return known !== undefined && known.until > performance.now() ? known.row : undefined;
  }

  /** Looks for symbols, together with all that are asked for before the look begins. */
  async #lookFor(symbols: readonly string[]): Promise<void> {
    if (this.#look && this.#look.symbols.size + symbols.length > MAX_LOOKUP_SYMBOLS) await this.#look.done;
    const look = (this.#look ??= this.#openLook());
    for (const symbol of symbols) look.symbols.add(symbol);
    await look.done;
  }

  #openLook(): Look {
    const symbols = new Set<string>();
    const gathered = (): void => void (this.#look = null);
    const done = this.#looking.finally(gathered).then(async () => {
      const rows = await this.reader.look([...symbols]);
      if (this.#lookedUp.size + symbols.size > MAX_LOOKUPS) this.#lookedUp.clear();
      const at = performance.now();
      for (const symbol of symbols) {
        const row = rows.get(symbol) ?? null;
        this.#lookedUp.set(symbol, { row, until: at + (row ? FOUND_FOR_MS : UNKNOWN_FOR_MS) });
      }
    });
    const looking = done.catch((error: unknown) => {
      // Who waited for a database that does not answer has waited long enough: the next look fails with this one.
      if (this.#look && toApiError(error).status === 503) throw error;
    });
    // Nobody may wait for it.
    looking.catch(() => undefined);
    this.#looking = looking;
    return { symbols, done };
  }
}

/** The days from a week before the first to the last; no week reaches from days to come into those before. */
function lastDays(first: number, last: number, today: number): TimeWindow {
  return daysWindow(first > today ? Math.max(first - 7, today + 1) : first - 7, last);
}

/** Days near which a symbol that is not in the directory yet has bars: its last, its newest and its first. */
function endsOf({ firstDay, lastDay, newestDay }: DirectoryRow): string[] {
  return [lastDay, newestDay ?? lastDay, firstDay];
}

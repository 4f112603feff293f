import { Injectable } from '@nestjs/common';
import { matchKnown } from '../../lists/known-values.js';
import { type BatchPages, pageOfEach } from '../../lists/batches.js';
import { readObjects } from '../../lists/objects.js';
import { Database } from '../../postgres/database.js';
import { Refreshing } from '../../base/refreshing.js';
import { fromTemplate, placeholder, placeholderList } from '../../sql/template.js';
import { clip, dayOf, formatDay, now, startOfDay, type TimeWindow } from '../../base/time.js';
import { COLUMNS, hasKind, kinds, type KindsRow, marketKinds } from './bar-kinds.sql.js';
import { Chunks } from './chunks.js';
import { type DirectoryRow, historyOfAll, newestOf } from './directory.js';
import { SymbolDirectory } from './symbol-directory.js';
import { stretchAt, yearWindow } from './stretches.js';

/** What the bars of a symbol are, as its last bars of each year show. */
export interface BarKinds {
  readonly timeframes: readonly string[];
  readonly sources: readonly string[];
  /** Digits after the decimal point that its prices need; null where it has none that is a number. */
  readonly priceDecimals: number | null;
  /** The stretches of its history, the newest first, with the timeframes found at the end of each. */
  readonly stretches: readonly { readonly window: TimeWindow; readonly timeframes: readonly string[] }[];
  /** When they were read. */
  readonly asOf: bigint;
}

/** What of the bars is asked for. */
export interface KindFilter {
  readonly timeframe?: string;
  readonly source?: string;
}

/** How long they are kept, in milliseconds, and of how many symbols. */
const LIFETIME_MS = 600_000;
const MAX_SYMBOLS = 20_000;
/** Symbols that share a statement. */
const BATCH_SYMBOLS = 200;
/** Bars at the end of each of the newest years whose timeframes and sources are known from the start. */
const MARKET_SAMPLE_BARS = 5_000;
const MARKET_YEARS = 3;

/**
 * The timeframes and sources of each symbol's bars, for which there is no index: the last bars of each year of its
 * history tell, and the first ones of the last day. A kind that has come and gone within a year is found by lists of
 * bars that ask for it, not named before.
 */
@Injectable()
export class KindsOfBars {
  readonly #kept = new Map<string, { readonly until: number; readonly kinds: BarKinds }>();
  readonly #seen = { timeframe: new Set<string>(), source: new Set<string>() };
  readonly #market: Refreshing<void>;

  constructor(
    private readonly db: Database,
    private readonly directory: SymbolDirectory,
    private readonly chunks: Chunks,
  ) {
    this.#market = new Refreshing(() => this.#readMarket(), 600_000, Infinity);
  }

  /** The kinds of each of some symbols; a statement for each quarter in which some have their last bars of a year. */
  async of(rows: readonly DirectoryRow[]): Promise<ReadonlyMap<string, BarKinds>> {
    const missing = rows.filter(({ symbol }) => !this.#known(symbol));
    for (let i = 0; i < missing.length; i += BATCH_SYMBOLS) await this.#read(missing.slice(i, i + BATCH_SYMBOLS));
    return new Map(rows.map(({ symbol }) => [symbol, this.#kept.get(symbol)!.kinds]));
  }

  /**
   * A filter with its values as the data have them.
   * @param rows    the symbols that are asked for
   * @param window  the window in which they are asked for; null for the newest bars
   * @throws ApiError invalid_parameter for a timeframe or a source that no bar has, with those that are known
   */
  async match<Filter extends KindFilter>(
    filter: Filter,
    rows: readonly DirectoryRow[],
    window: TimeWindow | null,
  ): Promise<Filter> {
    const timeframe = await this.#match('timeframe', filter.timeframe, rows, window);
    const source = await this.#match('source', filter.source, rows, window);
    return timeframe === filter.timeframe && source === filter.source ? filter : { ...filter, timeframe, source };
  }

  async #match(
    column: 'timeframe' | 'source',
    value: string | undefined,
    rows: readonly DirectoryRow[],
    window: TimeWindow | null,
  ): Promise<string | undefined> {
    const seen = this.#seen[column];
    if (value === undefined || seen.has(value) || rows.length === 0) return value;
    await this.#market.get();
    await this.of(rows);
    if (seen.has(value)) return value;
    const alike = [...seen].filter((known) => column === 'source' || !isOtherUnit(known, value));
    try {
      const [found] = matchKnown(column, [value], { values: alike, complete: seen.size > 0 });
      return found;
    } catch (error) {
      if (!(await this.has(column, value, rows, window))) throw error;
      seen.add(value);
      return value;
    }
  }

  /**
   * Whether a kind exists though the last bars of each year do not show it: among all bars of one symbol, of several
   * where it is asked for.
   */
  async has(
    column: 'timeframe' | 'source',
    value: string,
    rows: readonly DirectoryRow[],
    window: TimeWindow | null,
  ): Promise<boolean> {
    const newest = rows.reduce((day, row) => Math.max(day, newestOf(row)), -Infinity);
    // Of one symbol all bars are looked at, so that the answer is the same whatever window is asked for.
    const within =
      rows.length === 1
        ? historyOfAll(rows)
        : window
          ? clip(window, historyOfAll(rows)!)
          : stretchAt(newest, Math.max(newest, dayOf(now())));
    for (const range of within ? await this.chunks.ranges(within, 'desc') : []) {
      const query = fromTemplate(
        ['hasKind', column, range.from, range.to, range.archive],
        () => hasKind(placeholderList('symbols'), range, column, placeholder('value')),
        { symbols: rows.map(({ symbol }) => symbol), value },
      );
      if ((await this.db.row(query)).found) return true;
    }
    return false;
  }

  #known(symbol: string): BarKinds | undefined {
    const kept = this.#kept.get(symbol);
    return kept !== undefined && kept.until > performance.now() ? kept.kinds : undefined;
  }

  async #read(rows: readonly DirectoryRow[]): Promise<void> {
    const asOf = now();
    const found = new Map<string, { window: TimeWindow; row: KindsRow }[]>(rows.map(({ symbol }) => [symbol, []]));
    for (const { window, symbols } of await this.directory.lastOfYears(rows)) {
      let left = symbols;
      for (const range of await this.chunks.ranges(window, 'desc')) {
        const statement: BatchPages = {
          shape: ['kinds', range.from, range.to, range.archive],
          rows: (symbol) => kinds(symbol, range),
          columns: COLUMNS.kinds,
          values: {},
          maxBatchSize: BATCH_SYMBOLS,
        };
        for (const [symbol, { rows }] of await pageOfEach(this.db, statement, left)) {
          const [row] = rows.reader<KindsRow>()(1);
          if (row?.timeframes) found.get(symbol)?.push({ window, row });
        }
        left = left.filter((symbol) => found.get(symbol)!.every((one) => one.window !== window));
        if (left.length === 0) break;
      }
    }
    if (this.#kept.size + rows.length > MAX_SYMBOLS) this.#kept.clear();
    for (const [symbol, parts] of found) this.#keep(symbol, parts, asOf);
  }

  #keep(symbol: string, parts: readonly { window: TimeWindow; row: KindsRow }[], asOf: bigint): void {
    const stretches = parts.map(({ window, row }) => ({ window, timeframes: row.timeframes ?? [] }));
    const timeframes = [...new Set(stretches.flatMap((stretch) => stretch.timeframes))].sort();
    const sources = [...new Set(parts.flatMap(({ row }) => row.sources ?? []))].sort();
    const decimals = parts.flatMap(({ row }) => row.decimals ?? []);
    const priceDecimals = decimals.length > 0 ? Math.max(...decimals) : null;
    this.#kept.set(symbol, {
      until: performance.now() + LIFETIME_MS,
      kinds: { timeframes, sources, priceDecimals, stretches, asOf },
    });
    this.#see({ timeframes, sources });
  }

  #see({ timeframes, sources }: { timeframes: readonly string[]; sources: readonly string[] }): void {
    for (const value of timeframes) this.#seen.timeframe.add(value);
    for (const value of sources) this.#seen.source.add(value);
  }

  async #readMarket(): Promise<void> {
    const newest = await this.directory.newestDay();
    const past = { from: startOfDay(newest - 366 * (MARKET_YEARS - 1)), to: startOfDay(newest + 1) };
    const year = Number(formatDay(newest).slice(0, 4));
    for (let i = 0; i < Math.min(MARKET_YEARS, year); i++) {
      const window = clip(yearWindow(String(year - i).padStart(4, '0')), past);
      const [last] = window ? await this.chunks.ranges(window, 'desc') : [];
      if (!last) break;
      const bars = marketKinds(last, MARKET_SAMPLE_BARS);
      const [row] = await readObjects<Omit<KindsRow, 'decimals'>>(this.db, bars, COLUMNS.marketKinds);
      this.#see({ timeframes: row?.timeframes ?? [], sources: row?.sources ?? [] });
    }
  }
}

/** 1M is a month and 1m a minute: there alone case means something. */
export function isOtherUnit(known: string, given: string): boolean {
  const unit = /^\d+([mM])$/;
  return known !== given && unit.test(known) && unit.test(given);
}

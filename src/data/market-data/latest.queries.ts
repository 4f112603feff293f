import { Injectable } from '@nestjs/common';
import { dayOf, daysWindow, now, parseDay, startOfDay, type TimeWindow } from '../../base/time.js';
import { columnsOf } from '../../contract/wire.js';
import { type BatchPages, pageOfEach } from '../../lists/batches.js';
import type { PageRows } from '../../lists/page-rows.js';
import { Database } from '../../postgres/database.js';
import { KindsOfBars } from './bar-kinds.js';
import { Bar, type LatestArgs } from './bars.model.js';
import { filterOf, namesOf, shapeOf } from './bars.queries.js';
import { latest } from './bars.sql.js';
import { Chunks } from './chunks.js';
import { type DirectoryRow, newestOf } from './directory.js';
import { SymbolDirectory } from './symbol-directory.js';

/** Days back from the newest day of the market in which the newest bars are looked for first. */
export const RECENT_DAYS = 7;

/** Symbols whose newest bars different requests read in one statement. */
const LATEST_BATCH_SYMBOLS = 100;

/** The bar that a row is; null where there is no row. */
export function barOf(row: PageRows | undefined): Bar | null {
  return row?.reader<Bar>()(1)[0] ?? null;
}

/** The newest bars, as they were written. */
@Injectable()
export class LatestBars {
  constructor(
    private readonly db: Database,
    private readonly directory: SymbolDirectory,
    private readonly kinds: KindsOfBars,
    private readonly chunks: Chunks,
  ) {}

  /**
   * The newest bar of each symbol that is not after today, whatever its age, as a row (see {@link barOf}); unknown
   * symbols are absent. Looks in the
   * newest days first, then in the years of the last days that the directory knows, or of the last bars of a timeframe.
   * @throws ApiError invalid_parameter for a timeframe that no bar has
   */
  async of(symbols: readonly string[], asked: LatestArgs): Promise<ReadonlyMap<string, PageRows>> {
    const known = [...(await this.directory.findAll(symbols)).values()];
    const args = await this.kinds.match(asked, known, null);
    const found = new Map<string, PageRows>();
    const look = async (wanted: readonly string[], within: TimeWindow): Promise<void> => {
      for (const range of await this.chunks.ranges(within, 'desc')) {
        const missing = wanted.filter((symbol) => !found.has(symbol));
        if (missing.length === 0) return;
        const statement: BatchPages = {
          shape: ['latest', ...shapeOf(range, args)],
          rows: (symbol) => latest(symbol, range, filterOf(args)),
          columns: columnsOf(Bar),
          values: { timeframe: args.timeframe },
          maxBatchSize: LATEST_BATCH_SYMBOLS,
        };
        for (const [symbol, { rows }] of await pageOfEach(this.db, statement, missing)) {
          if (rows.count > 0) found.set(symbol, rows);
        }
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
   * Where the newest bars of a timeframe may be: from the newest year at the end of which some were found, or from the
   * first bar on where none were, up to the newest bar. A timeframe may have ended within any year after that.
   */
  async #windowsWith(
    timeframe: string,
    rows: readonly DirectoryRow[],
  ): Promise<{ window: TimeWindow; names: string[] }[]> {
    const kinds = await this.kinds.of(rows);
    const past = startOfDay(dayOf(now()) + 1);
    const groups = byYear(rows).flatMap((group) => {
      const to = daysWindow(newestOf(group.at(-1)!), newestOf(group.at(-1)!)).to;
      const fromOf = ({ symbol, firstDay }: DirectoryRow): bigint =>
        kinds
          .get(symbol)!
          .stretches.find(({ window, timeframes }) => window.from < past && timeframes.includes(timeframe))?.window
          .from ?? startOfDay(parseDay(firstDay)!);
      return [...Map.groupBy(group, fromOf)].map(([from, alike]) => ({ window: { from, to }, names: namesOf(alike) }));
    });
    return groups.filter(({ window }) => window.from < window.to);
  }
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

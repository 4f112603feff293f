import { Injectable } from '@nestjs/common';
import { clip, dayOf, daysWindow, EVER, parseDay, startOfDay, type TimeWindow } from '../../base/time.js';
import { Database } from '../../postgres/database.js';
import { textsOfArray } from '../../sql/build.js';
import { fromTemplate, placeholder, placeholderList } from '../../sql/template.js';
import type { LastDays } from '../derived/board-values.js';
import { DailyAggregate } from './aggregate.js';
import { shapeOf } from './aggregate-sources.js';
import { lastDays, type LastDaysRow, VOLUMES } from './board.sql.js';
import { BarChanges } from './changes.js';
import type { DailySource } from './daily.sql.js';
import { type DirectoryRow, newestOf } from './directory.js';

/**
 * Daily bars that are read of each symbol: a year of a market that never closes, and as many as it takes until the
 * start of a smoothed value counts for less than a part in 10¹¹.
 */
export const MOST_DAYS = 378;
/** Days in which most symbols have had so many bars, and days in which all have that are not sparse. */
const [SPAN_DAYS, WATCHED_DAYS] = [560, 840];

/** The last daily bars of a symbol, the newest first. */
export interface DailyHistory extends LastDays {
  /** Whether the last day is not over. */
  readonly isPartial: boolean;
}

/** Reads the last daily bars of many symbols, from as many parts of their history as it takes. */
@Injectable()
export class DailyHistories {
  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
    private readonly changes: BarChanges,
  ) {}

  /** For each of some windows a text that is another one where daily bars of it may have changed. */
  async seen(windows: readonly TimeWindow[]): Promise<string[]> {
    const state = await this.aggregate.state();
    const changes = await this.changes.read(state.bars !== null);
    const plans = await Promise.all(windows.map((window) => this.aggregate.plan(window, 'desc')));
    return plans.map(({ sources }) =>
      sources.map((source) => [...shapeOf(source), changes.of(source)].join()).join(';'),
    );
  }

  /** The last daily bars of some symbols, by symbol; one that has none any more is absent. */
  async last(symbols: readonly DirectoryRow[]): Promise<ReadonlyMap<string, DailyHistory>> {
    const found = new Map<string, DailyHistory>();
    let wanted = symbols;
    let window: TimeWindow | null = windowOf(symbols);
    for (let span = SPAN_DAYS; window && wanted.length > 0; span *= 2) {
      const lacks = ({ symbol, days }: DirectoryRow): boolean =>
        (found.get(symbol)?.days.length ?? 0) < Math.min(MOST_DAYS, days);
      await this.#add(found, wanted, window, MOST_DAYS, lacks);
      wanted = wanted.filter(lacks);
      const first = Math.min(...wanted.map(({ firstDay }) => parseDay(firstDay)!));
      const end: number = dayOf(window.from);
      window = end > first ? clip({ from: startOfDay(Math.max(first, end - span)), to: window.from }, EVER) : null;
    }
    return found;
  }

  /** The daily bars of some symbols in a window, by symbol; one that has none is absent. */
  async within(symbols: readonly DirectoryRow[], window: TimeWindow): Promise<ReadonlyMap<string, DailyHistory>> {
    const found = new Map<string, DailyHistory>();
    await this.#add(found, symbols, window, dayOf(window.to) - dayOf(window.from), () => true);
    return found;
  }

  /** Adds the bars of a window to those of later days, for the symbols that lack some. */
  async #add(
    found: Map<string, DailyHistory>,
    symbols: readonly DirectoryRow[],
    window: TimeWindow,
    most: number,
    lacks: (row: DirectoryRow) => boolean,
  ): Promise<void> {
    const { sources } = await this.aggregate.plan(window, 'desc');
    for (const source of sources) {
      const names = symbols.filter(lacks).map(({ symbol }) => symbol);
      if (names.length === 0) break;
      for (const row of await this.db.rows(lastDaysOf(source, names, most))) {
        found.set(row.symbol, join(found.get(row.symbol), row, most));
      }
    }
  }
}

/** The days in which most of some symbols have had so many bars. */
export function windowOf(symbols: readonly DirectoryRow[]): TimeWindow {
  const newest = symbols.map(newestOf);
  const [first, last] = [Math.min(...newest) - SPAN_DAYS, Math.max(...newest)];
  return clip(daysWindow(first, last), EVER)!;
}

/** Whether a symbol has so few bars that its last ones reach years back. */
export function isSparse(row: DirectoryRow): boolean {
  const length = newestOf(row) - parseDay(row.firstDay)! + 1;
  return length > WATCHED_DAYS && row.days * WATCHED_DAYS < length * MOST_DAYS;
}

/** The days in which the last bars of some symbols lie, which are all sparse or none of them. */
export function watchedOf(symbols: readonly DirectoryRow[]): TimeWindow {
  const { from, to } = windowOf(symbols);
  const first = isSparse(symbols[0]!)
    ? Math.min(...symbols.map(({ firstDay }) => parseDay(firstDay)!))
    : dayOf(from) + SPAN_DAYS - WATCHED_DAYS;
  return clip({ from: startOfDay(first), to }, EVER)!;
}

function lastDaysOf(
  source: DailySource,
  symbols: readonly string[],
  limit: number,
): ReturnType<typeof fromTemplate<LastDaysRow>> {
  const make = (): ReturnType<typeof lastDays> => lastDays(placeholderList('symbols'), source, placeholder('limit'));
  return fromTemplate(['lastDays', ...shapeOf(source)], make, { symbols, limit });
}

/** Newer bars of a symbol, and older ones as they were read. */
function join(newer: DailyHistory | undefined, row: LastDaysRow, most: number): DailyHistory {
  const older = {
    days: textsOfArray(row.days).map(Number),
    high: textsOfArray(row.high),
    low: textsOfArray(row.low),
    close: textsOfArray(row.close),
    volume: textsOfArray(row.volume),
  };
  if (!newer) return { ...older, open: row.open, isPartial: row.isPartial };
  const both = <Value>(a: readonly Value[], b: readonly Value[]): Value[] => [...a, ...b].slice(0, most);
  return {
    ...newer,
    days: both(newer.days, older.days),
    high: both(newer.high, older.high),
    low: both(newer.low, older.low),
    close: both(newer.close, older.close),
    volume: both(newer.volume, older.volume).slice(0, VOLUMES),
  };
}

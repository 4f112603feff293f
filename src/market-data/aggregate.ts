import { Injectable } from '@nestjs/common';
import { build } from '../database/build.js';
import { Database } from '../database/database.js';
import { Refreshing } from '../database/refreshing.js';
import {
  dayOf,
  daysWindow,
  FIRST_DAY,
  formatInstant,
  now,
  parseDay,
  parseInstant,
  type TimeWindow,
} from '../database/time.js';
import type { Freshness } from './daily.model.js';
import type { DailySource } from './daily.sql.js';
import { type AggregateRow, aggregateState, extent, hasCatalog } from './directory.sql.js';

/** What is stored of the daily aggregate, and what it lacks. */
export interface AggregateState {
  readonly kind: AggregateRow['kind'];
  /** Whole days that hold every bar and every stored day; null where there is none, and where no catalog tells. */
  readonly history: TimeWindow | null;
  readonly freshness: Freshness;
  /** Stretches of whole days, in order, that have to be computed from the bars. */
  readonly lacking: readonly TimeWindow[];
}

/** Stretches that lie closer than this many days are read as one, and so are all where there are too many. */
const MAX_STRETCHES = 6;

/** From the year 1 to the year 9999. */
const EVER = daysWindow(FIRST_DAY, parseDay('9999-12-31')!);

/** Microseconds after which an hourly refresh counts as late: three of its rounds. */
const STALE_AFTER = 3n * 3_600_000_000n;

/**
 * Knows which days of `market_data.ohlcv_daily` are right. It is right in every state of the aggregate: nothing stored
 * yet, only the policy's last days, all of it, or stored without the newest bars.
 */
@Injectable()
export class DailyAggregate {
  readonly #state: Refreshing<AggregateState>;

  constructor(private readonly db: Database) {
    this.#state = new Refreshing(() => this.#read(), 2_000, 30_000);
  }

  /** The state, at most half a minute old. */
  state(): Promise<AggregateState> {
    return this.#state.get();
  }

  /** How fresh and complete the aggregate is. */
  async freshness(): Promise<Freshness> {
    return (await this.state()).freshness;
  }

  /** Whether, as last read, the stored aggregate lacks history or its refresh policy has not succeeded for long. */
  isStale(): boolean {
    const state = this.#state.last;
    if (state?.kind !== 'continuous') return false;
    const { historyComplete, lastRefreshAt } = state.freshness;
    return !historyComplete || (lastRefreshAt !== null && now() - parseInstant(lastRefreshAt)! > STALE_AFTER);
  }

  /** Where the daily rows of a window come from. */
  async source(window: TimeWindow): Promise<DailySource> {
    const { kind, lacking } = await this.state();
    if (kind !== 'continuous') return { aggregate: null, lacking: [window] };
    const inside = lacking.flatMap(({ from, to }) => {
      const part = { from: from > window.from ? from : window.from, to: to < window.to ? to : window.to };
      return part.from < part.to ? [part] : [];
    });
    const [only] = inside;
    const whole = only !== undefined && only.from === window.from && only.to === window.to;
    return { aggregate: whole ? null : window, lacking: inside };
  }

  /** Whole days that hold every bar and every stored day; null where there is none. */
  async history(): Promise<TimeWindow | null> {
    const { kind, history } = await this.state();
    if (kind === 'continuous') return history;
    const { first, last } = await this.db.row(extent(EVER).compile(build));
    return first === null || last === null ? null : wholeDays(parseInstant(first)!, parseInstant(last)! + 1n);
  }

  async #read(): Promise<AggregateState> {
    const { timescaledb, relation } = await this.db.row(hasCatalog().compile(build));
    const [row] = timescaledb ? await this.db.rows(aggregateState().compile(build)) : [];
    if (!row) {
      const freshness = { materializedThrough: null, realTime: true, lastRefreshAt: null, historyComplete: true };
      return { kind: relation ? 'view' : null, history: null, freshness, lacking: [] };
    }
    const lacking = lackingOf(row);
    const end = row.watermark === null ? null : BigInt(row.watermark);
    return {
      kind: 'continuous',
      history: historyOf(row),
      freshness: {
        materializedThrough: end === null || end < EVER.from ? null : formatInstant(end),
        realTime: !row.materializedOnly,
        lastRefreshAt: row.lastRefreshAt,
        historyComplete: !lacking.some(({ from }) => end === null || from < end || end < EVER.from),
      },
      lacking,
    };
  }
}

/** The days from the first chunk of the bars or of the aggregate to the last. */
function historyOf({ barsFrom, barsTo, storedFrom, storedTo }: AggregateRow): TimeWindow | null {
  const edges = [barsFrom, barsTo, storedFrom, storedTo].flatMap((edge) => (edge === null ? [] : [BigInt(edge)]));
  if (edges.length === 0) return null;
  edges.sort((a, b) => (a < b ? -1 : 1));
  const [from, to] = [edges[0]!, edges.at(-1)!];
  return wholeDays(from < EVER.from ? EVER.from : from, to > EVER.to ? EVER.to : to);
}

function wholeDays(from: bigint, to: bigint): TimeWindow {
  return daysWindow(dayOf(from), dayOf(to - 1n));
}

/**
 * The days that the aggregate lacks: those in its invalidation logs, as far as there are bars, and without those after
 * its watermark when the database adds these itself.
 */
export function lackingOf(
  row: Pick<AggregateRow, 'materializedOnly' | 'watermark' | 'barsFrom' | 'barsTo' | 'invalid'>,
): TimeWindow[] {
  if (row.barsFrom === null || row.barsTo === null) return [];
  const watermark = row.watermark === null ? null : BigInt(row.watermark);
  // Chunks that retention has dropped live on in the aggregate only.
  const first = BigInt(row.barsFrom);
  let last = BigInt(row.barsTo);
  if (!row.materializedOnly && watermark !== null && watermark < last) last = watermark;
  const logged = (JSON.parse(row.invalid ?? '[]') as [string, string][]).map(([from, to]) => ({
    from: BigInt(from),
    to: BigInt(to) + 1n,
  }));
  if (row.materializedOnly && watermark !== null) logged.push({ from: watermark, to: last });
  const days = logged
    .map(({ from, to }) => ({ from: from > first ? from : first, to: to < last ? to : last }))
    .filter(({ from, to }) => from < to)
    .map(({ from, to }) => wholeDays(from, to));
  return merge(days);
}

function merge(windows: TimeWindow[]): TimeWindow[] {
  const merged: TimeWindow[] = [];
  for (const window of windows.sort((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = merged.at(-1);
    if (last && window.from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: window.to > last.to ? window.to : last.to };
    else merged.push(window);
  }
  if (merged.length <= MAX_STRETCHES) return merged;
  return [{ from: merged[0]!.from, to: merged.at(-1)!.to }];
}

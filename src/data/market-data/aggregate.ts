import { Injectable } from '@nestjs/common';
import { build } from '../../sql/build.js';
import { Database } from '../../postgres/database.js';
import { Refreshing } from '../../base/refreshing.js';
import type { SortDirection } from '../../contract/sort.js';
import { now, parseInstant, type TimeWindow } from '../../base/time.js';
import { aggregateState, type AggregateRow, hasCatalog, isGranular } from './aggregate.sql.js';
import {
  type AggregateState,
  commonState,
  computedState,
  EVER,
  freshnessOf,
  isUnknownCatalog,
  stateOf,
  unknownState,
  withArchive,
} from './aggregate-state.js';
import { BarArchive } from './archive.js';
import { sourcesOf } from './aggregate-sources.js';
import { Chunks } from './chunks.js';
import type { Freshness } from './daily.model.js';
import type { DailySource } from './daily.sql.js';
import type { Edges } from './window-parts.js';
import { UnstoredDays } from './unstored-days.js';

/** Microseconds after which an hourly refresh counts as late: three of its rounds. */
const STALE_AFTER_US = 3n * 3_600_000_000n;

/**
 * Age in milliseconds at which the state is read again while it is used, and from which requests wait for a new one.
 */
const RENEW_AFTER_MS = 1000;
const MAX_AGE_MS = 2000;

/** Where the daily rows of a window come from, and how fresh these are, out of one state. */
export interface DailyPlan {
  /** In the order in which they are read, each bounded in the chunks that it opens. */
  readonly sources: readonly DailySource[];
  readonly freshness: Freshness;
}

/** The state as it was read, and from which servers. */
interface Reading {
  readonly state: AggregateState;
  readonly servers: readonly string[];
}

/**
 * Knows which days of `market_data.ohlcv_daily` are right, in every state of the aggregate: nothing stored yet, only
 * the policy's last days, all of it, stored without the newest bars, or half way through a refresh.
 *
 * The state is read before the rows, and what is read from the aggregate was right when the state was read: it lies
 * before the watermark that the state knows, and in no stretch that was invalid then. A refresh that ends in between
 * adds to what is right and takes nothing away. Where standbys share the reads, only what is right on each of them
 * counts.
 */
@Injectable()
export class DailyAggregate {
  readonly #reading: Refreshing<Reading>;

  constructor(
    private readonly db: Database,
    private readonly archive: BarArchive,
    private readonly chunks: Chunks,
    private readonly unstored: UnstoredDays,
  ) {
    this.#reading = new Refreshing(() => this.#readWithArchive(), RENEW_AFTER_MS, MAX_AGE_MS);
  }

  /** The state, at most two seconds old and shared by all who ask. */
  async state(): Promise<AggregateState> {
    const { state, servers } = await this.#reading.get();
    // A standby that is used since then may lag behind those that were asked.
    if (this.db.standbys.every((name) => servers.includes(name))) return state;
    return (await this.#reading.renew()).state;
  }

  /** Reads the state anew, for what must not be older than now. */
  async renew(): Promise<void> {
    await this.#reading.renew();
  }

  /** How fresh and complete the aggregate is, for all of the history or for a window. */
  async freshness(window?: TimeWindow): Promise<Freshness> {
    return this.#freshness(await this.state(), window);
  }

  /** Whether, as last read, the stored aggregate lacks history or its refresh policy has not succeeded for long. */
  isStale(): boolean {
    const state = this.#reading.last?.state;
    if (state?.kind !== 'continuous') return false;
    const { historyComplete, lastRefreshAt } = freshnessOf(state);
    return !historyComplete || (lastRefreshAt !== null && now() - parseInstant(lastRefreshAt)! > STALE_AFTER_US);
  }

  /**
   * Where the daily rows of a window come from.
   * @param pieces  the window, cut in the order in which its rows are read
   * @param edges   where these may be cut further, if not at every day
   */
  async plan(
    window: TimeWindow,
    sort: SortDirection = 'asc',
    pieces: readonly TimeWindow[] = [window],
    edges?: Edges,
  ): Promise<DailyPlan> {
    const chunks = await this.chunks.get();
    const state = await this.state();
    const sources = pieces.flatMap((piece) => sourcesOf(state, chunks, piece, sort, edges));
    return { sources, freshness: await this.#freshness(state, window) };
  }

  async #freshness(state: AggregateState, window: TimeWindow = EVER): Promise<Freshness> {
    const freshness = freshnessOf(state, window);
    return { ...freshness, note: freshness.note ?? (await this.archive.noteOn(window)) };
  }

  async #readWithArchive(): Promise<Reading> {
    const archive = await this.archive.found();
    const { state, servers } = await this.#read();
    if (!archive) return { state, servers };
    const { stored } = state;
    const unstored = stored && stored.watermark !== null ? await this.unstored.of(stored.aggregate) : [];
    return { state: withArchive(state, unstored), servers };
  }

  async #read(): Promise<Reading> {
    const asOf = now();
    const { timescaledb, catalog, granular, relation } = await this.db.row(hasCatalog().compile(build));
    const servers = this.db.standbys;
    if (!timescaledb) return { state: computedState(relation ? 'view' : null, asOf), servers };
    if (!catalog) return { state: unknownState(asOf), servers };
    try {
      if (granular && (await this.db.row(isGranular().compile(build))).granular) {
        return { state: unknownState(asOf), servers };
      }
      const answers = await this.db.everywhere<AggregateRow>(aggregateState().compile(build));
      const states = answers.map(({ rows: [row] }) =>
        row ? stateOf(row, asOf) : computedState(relation ? 'view' : null, asOf),
      );
      return { state: commonState(states), servers: answers.map(({ server }) => server) };
    } catch (error) {
      if (!isUnknownCatalog(error)) throw error;
      return { state: unknownState(asOf), servers };
    }
  }
}

import { Injectable } from '@nestjs/common';
import prom from 'prom-client';
import type { ApiKeys } from '../../http/access/api-keys.js';
import { CatalogQueries } from '../../data/catalog/catalog.queries.js';
import { codeOf, Database } from '../../postgres/database.js';
import { Exports } from '../../postgres/exports.js';
import type { Pool } from '../../postgres/pool.js';
import { parseInstant } from '../../base/time.js';
import { DatabaseProbe } from '../health/database-probe.js';
import type { Requests } from '../../http/requests.js';
import { CareMetrics } from './care-metrics.js';
import { MonitoringQueries } from './monitoring.queries.js';
import { LiveBars } from '../../data/market-data/live.js';
import { DailyAggregate } from '../../data/market-data/aggregate.js';

/** Seconds; from a cached answer to the longest export. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
/** What a scrape may wait for what it has to ask, in milliseconds. */
const SCRAPE_WAIT_MS = 1500;

/** The process itself: one set, however many applications a test starts in it. */
const processMetrics = new prom.Registry();
let collecting = false;

/** What Prometheus reads: requests, statements, pools, freshness of the data, and the process. */
@Injectable()
export class Metrics {
  readonly #registry = new prom.Registry();
  readonly #requests = new prom.Histogram({
    name: 'tetra_http_request_duration_seconds',
    help: 'Requests by route template, method and status; 499 is a client that left.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [this.#registry],
  });
  readonly #inFlight = this.#gauge('tetra_http_requests_in_flight', 'Requests being served.');
  readonly #statements = new prom.Histogram({
    name: 'tetra_statement_duration_seconds',
    help: 'Statements of pages, the wait for a connection not included, by server and outcome: ok or the SQLSTATE.',
    labelNames: ['server', 'outcome'],
    buckets: BUCKETS,
    registers: [this.#registry],
  });
  readonly #listeners = this.#gauge('tetra_live_listeners', 'Connections that are told of new bars.');
  readonly #listenersLimit = this.#gauge('tetra_live_max_listeners', 'The most of them.');
  readonly #connections = this.#gauge('tetra_pool_connections', 'Open connections by pool and state.', [
    'pool',
    'state',
  ]);
  readonly #waiting = this.#gauge('tetra_pool_waiting_requests', 'Requests that wait for a connection.', ['pool']);
  readonly #limit = this.#gauge('tetra_pool_max_connections', 'The most connections of a pool.', ['pool']);
  readonly #up = this.#gauge('tetra_database_up', 'Whether SELECT 1 on its own connection answers: 1 or 0.');
  readonly #newest = this.#gauge(
    'tetra_data_newest_timestamp_seconds',
    'Newest row of each data set, as Unix time; known from the catalog, which is up to five minutes old.',
    ['data_set'],
  );
  readonly #state = this.#gauge(
    'tetra_data_state',
    '1 for how fresh each data set is: fresh, late, stale, empty, ahead.',
    ['data_set', 'state'],
  );
  readonly #expected = this.#gauge(
    'tetra_data_expected_by_timestamp_seconds',
    'When the next rows of each data set are due, as Unix time.',
    ['data_set'],
  );
  readonly #lag = this.#gauge('tetra_data_lag_seconds', "From the end of the last row's period to now.", ['data_set']);
  readonly #materialized = this.#gauge(
    'tetra_daily_materialized_through_timestamp_seconds',
    'Where the stored daily aggregate ends, as Unix time.',
  );
  readonly #complete = this.#gauge(
    'tetra_daily_history_complete',
    'Whether the stored daily aggregate has all bars before its end: 1 or 0.',
  );
  readonly #refreshed = this.#gauge(
    'tetra_daily_last_refresh_timestamp_seconds',
    "When the daily aggregate's refresh policy last succeeded, as Unix time.",
  );

  readonly #replicaUsed = this.#gauge('tetra_replica_used', 'Whether a standby shares the reads: 1 or 0.', ['replica']);
  readonly #replicaLag = this.#gauge('tetra_replica_lag_seconds', 'How far a standby is behind its primary.', [
    'replica',
  ]);

  readonly #keysGood = this.#gauge(
    'tetra_api_keys_good',
    'Whether API_KEYS_FILE is as it should be: 1, also where there is none, or 0; a minute after that nobody is let in.',
  );

  readonly #care = new CareMetrics(this.#registry);

  readonly #replicaState = this.#gauge(
    'tetra_replica_state',
    '1 for how a standby is: used, unknown, down, behind, ahead, another_timeline, not_a_standby, another_system.',
    ['replica', 'state'],
  );
  readonly #superseded = this.#gauge(
    'tetra_primary_superseded',
    'Whether another server was promoted, so that DATABASE_URL leads to ended history: 1 or 0.',
  );

  #running = (): number => 0;
  #keys: Pick<ApiKeys, 'good'> | null = null;

  constructor(
    private readonly db: Database,
    private readonly exports: Exports,
    private readonly probe: DatabaseProbe,
    private readonly catalog: CatalogQueries,
    private readonly aggregate: DailyAggregate,
    private readonly monitoring: MonitoringQueries,
    private readonly live: LiveBars,
  ) {
    if (!collecting) prom.collectDefaultMetrics({ register: processMetrics });
    collecting = true;
    db.onStatement = (ms, error, server) =>
      this.#statements.observe({ server, outcome: error === null ? 'ok' : codeOf(error) }, ms / 1000);
  }

  /** Content type of {@link text}. */
  readonly contentType = prom.Registry.PROMETHEUS_CONTENT_TYPE;

  /** Counts every request of a server, and tells how its keys are. */
  observe(requests: Requests, keys: Pick<ApiKeys, 'good'> | null): void {
    this.#keys = keys;
    this.#running = () => requests.running;
    requests.onFinished = ({ method, route = 'unmatched', status, ms }) =>
      this.#requests.observe({ method, route, status }, ms / 1000);
  }

  /** Everything, in Prometheus's text format. What the database does not tell in time is left out. */
  async text(): Promise<string> {
    this.#inFlight.set(this.#running());
    this.#listeners.set(this.live.listeners.count);
    this.#listenersLimit.set(this.live.listeners.most);
    this.#keysGood.set((this.#keys?.good ?? true) ? 1 : 0);
    this.#pool('pages', this.db.pool);
    this.#pool('exports', this.exports.pool);
    this.#replicas();
    await Promise.race([
      Promise.all([this.#database(), this.#freshness(), this.#daily(), this.#upkeep()]),
      new Promise((resolve) => setTimeout(resolve, SCRAPE_WAIT_MS).unref()),
    ]);
    return prom.Registry.merge([this.#registry, processMetrics]).metrics();
  }

  #pool(pool: string, { load, max }: Pick<Pool, 'load' | 'max'>): void {
    this.#connections.set({ pool, state: 'busy' }, load.total - load.idle);
    this.#connections.set({ pool, state: 'idle' }, load.idle);
    this.#waiting.set({ pool }, load.waiting);
    this.#limit.set({ pool }, max);
  }

  #replicas(): void {
    this.#replicaLag.reset();
    this.#replicaState.reset();
    if (this.db.replicas) this.#superseded.set(this.db.replicas.primarySuperseded ? 1 : 0);
    for (const { name, state, lagMs, pool } of this.db.replicas?.standbys ?? []) {
      this.#pool(`standby ${name}`, pool);
      this.#replicaState.set({ replica: name, state }, 1);
      this.#replicaUsed.set({ replica: name }, state === 'used' ? 1 : 0);
      if (lagMs !== null) this.#replicaLag.set({ replica: name }, lagMs / 1000);
    }
  }

  async #database(): Promise<void> {
    this.#up.set((await this.probe.check()).status === 'healthy' ? 1 : 0);
  }

  async #freshness(): Promise<void> {
    const catalog = await this.catalog.catalog().catch(() => null);
    // What cannot be told any more is absent, and of the states only one holds.
    for (const gauge of [this.#state, this.#expected, this.#lag]) gauge.reset();
    const seconds = (instant: string): number => Number(parseInstant(instant)!) / 1e6;
    for (const { name, last, state, expectedBy, lagSeconds } of catalog?.dataSets ?? []) {
      if (last !== null) this.#newest.set({ data_set: name }, seconds(last));
      if (state !== null) this.#state.set({ data_set: name, state }, 1);
      if (expectedBy !== null) this.#expected.set({ data_set: name }, seconds(expectedBy));
      if (lagSeconds !== null) this.#lag.set({ data_set: name }, lagSeconds);
    }
  }

  async #upkeep(): Promise<void> {
    this.#care.show(await this.monitoring.care().catch(() => null));
  }

  async #daily(): Promise<void> {
    const freshness = await this.aggregate.freshness().catch(() => null);
    if (!freshness) return;
    this.#complete.set(freshness.historyComplete ? 1 : 0);
    const set = (gauge: prom.Gauge, instant: string | null): void => {
      // Absent where it is not known: 0 would be the year 1970.
      if (instant === null) gauge.remove();
      else gauge.set(Number(parseInstant(instant)!) / 1e6);
    };
    set(this.#materialized, freshness.materializedThrough);
    set(this.#refreshed, freshness.lastRefreshAt);
  }

  #gauge(name: string, help: string, labelNames: string[] = []): prom.Gauge {
    return new prom.Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}

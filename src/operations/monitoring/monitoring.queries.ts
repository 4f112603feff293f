import { Injectable } from '@nestjs/common';
import type { Compilable, RawBuilder } from 'kysely';
import { build } from '../../sql/build.js';
import { Database } from '../../postgres/database.js';
import { Refreshing } from '../../base/refreshing.js';
import { formatInstant, now, parseInstant, startOfDay } from '../../base/time.js';
import { archiveOf } from '../../data/market-data/archive.js';
import { archiveColumns } from '../../data/market-data/archive.sql.js';
import { DailyAggregate } from '../../data/market-data/aggregate.js';
import { freshnessOf } from '../../data/market-data/aggregate-state.js';
import { SymbolDirectory } from '../../data/market-data/symbol-directory.js';
import type { AggregateLag, ConnectionUse, DatabaseStatus, Job, SlowStatement, Unseen } from './monitoring.model.js';
import * as monitoring from './monitoring.sql.js';
import type { ColumnFault, OddRows, ReplicationSlot, Retention, Upkeep } from './upkeep.model.js';
import * as upkeep from './upkeep.sql.js';

/** Age in milliseconds up to which the status is given as it is, and from which its readers wait for a new one. */
const FRESH_MS = 15_000;
const USABLE_MS = 120_000;

/** What has to be looked after: the part of the status that metrics tell, too. */
export interface Care {
  readonly upkeep: Upkeep;
  readonly replicationSlots: ReplicationSlot[];
  readonly columnFaults: ColumnFault[];
  readonly oddRows: OddRows[];
  readonly retention: Retention | null;
  /** Whether archived bars can be read; null where there is no archive. */
  readonly archiveReadable: boolean | null;
  /** Whether the role may read all of the archive. */
  readonly archiveAllowed: boolean;
  readonly jobs: Job[];
  readonly connections: ConnectionUse;
  /** Whether the daily aggregate's rows are UTC days; null where there is none, or no catalog tells. */
  readonly utcDays: boolean | null;
}

/** From so long after now, in microseconds, a row is from the future. */
const FUTURE_US = 2n * 86_400_000_000n;

/**
 * How the database is. Whoever asks gets what was read a moment ago: one reader at a time, one statement after the
 * other, so that watching never costs the data routes more than one connection.
 */
@Injectable()
export class MonitoringQueries {
  readonly #status: Refreshing<DatabaseStatus>;
  readonly #care: Refreshing<Care>;

  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
    private readonly directory: SymbolDirectory,
  ) {
    this.#status = new Refreshing(() => this.#read(), FRESH_MS, USABLE_MS);
    this.#care = new Refreshing(() => this.#readCare(), FRESH_MS, USABLE_MS);
  }

  /** What has to be looked after, at most two minutes old. */
  care(): Promise<Care> {
    return this.#care.get();
  }

  /** The status, at most two minutes old. */
  status(): Promise<DatabaseStatus> {
    return this.#status.get();
  }

  async #read(): Promise<DatabaseStatus> {
    const server = await this.db.row(compiled(monitoring.server()));
    const timescaledb = server.timescaledbVersion !== null;
    const rows = async <Row>(when: boolean, statement: () => RawBuilder<Row>): Promise<Row[]> =>
      when ? this.db.rows(compiled(statement())) : [];
    const unseen: Unseen[] = [];
    const care = await this.care();
    const { utcDays, archiveAllowed, ...shown } = care;
    const { serverVersion, timescaledbVersion, databaseBytes } = server;
    return {
      readAt: formatInstant(now()),
      ...{ serverVersion, timescaledbVersion, databaseBytes },
      tables: await this.db.rows(compiled(monitoring.tables(timescaledb))),
      hypertables: await rows(timescaledb, monitoring.hypertables),
      chunks: await rows(timescaledb, monitoring.newestChunks),
      aggregates: await this.#aggregates(utcDays),
      ...shown,
      slowestStatements: await this.#statements(server, unseen),
      lockHolders: await this.db.rows(compiled(upkeep.lockHolders({ statements: false }))),
      unseen: [...unseen, ...unseenBy(server, care.jobs, archiveAllowed)],
    };
  }

  async #readCare(): Promise<Care> {
    const server = await this.db.row(compiled(monitoring.server()));
    const sight = { stats: server.readsStats, log: server.readsLog };
    const archive = archiveOf(await this.db.rows(compiled(archiveColumns())));
    const found = await this.db.rows(compiled(upkeep.columns()));
    const columnFaults = upkeep.columnFaults(found);
    // A time column that is not there would make the statement fail: it is named already.
    const odd = columnFaults.length === 0 ? await this.db.rows(compiled(upkeep.oddRows(now() + FUTURE_US))) : [];
    const [bucket] =
      server.timescaledbVersion === null ? [] : await this.db.rows(compiled(upkeep.buckets())).catch(() => []);
    return {
      connections: await this.db.row(compiled(monitoring.connections(server.readsStats))),
      utcDays: bucket === undefined ? null : upkeep.isUtcDay(bucket),
      upkeep: await this.db.row(compiled(upkeep.upkeep(sight))),
      replicationSlots: await this.db.rows(compiled(upkeep.slots())),
      columnFaults: [...columnFaults, ...archive.faults],
      oddRows: odd.filter(({ future, infinite }) => future || infinite),
      retention: archive.moved ? await this.db.row(compiled(upkeep.retention())) : null,
      archiveReadable: archive.there ? archive.readable : null,
      archiveAllowed: archive.allowed,
      jobs: server.timescaledbVersion === null ? [] : await this.db.rows(compiled(monitoring.jobs())),
    };
  }

  async #aggregates(utcDays: boolean | null): Promise<AggregateLag[]> {
    const state = await this.aggregate.state();
    if (state.kind !== 'continuous') return [];
    const { materializedThrough, historyComplete, lastRefreshAt } = freshnessOf(state);
    const end = startOfDay((await this.directory.newestDay()) + 1);
    const reached = materializedThrough === null ? null : parseInstant(materializedThrough)!;
    const behind = reached === null ? null : Number((end < now() ? end : now()) - reached) / 1e6;
    const lagSeconds = behind === null ? null : Math.max(0, Math.round(behind));
    return [
      { name: 'market_data.ohlcv_daily', materializedThrough, lagSeconds, historyComplete, lastRefreshAt, utcDays },
    ];
  }

  async #statements(server: monitoring.Server, unseen: Unseen[]): Promise<SlowStatement[] | null> {
    const field = 'slowest_statements';
    if (!server.statStatements) {
      unseen.push({ field, remedy: 'CREATE EXTENSION pg_stat_statements' });
      return null;
    }
    try {
      return await this.db.rows(compiled(monitoring.slowestStatements()));
    } catch (error) {
      const remedies: Record<string, string> = {
        // Without quotes: a list in one pair of them is one name to ALTER SYSTEM, and the server would not start again.
        '55000':
          `ALTER SYSTEM SET shared_preload_libraries = ${server.timescaledbVersion === null ? '' : 'timescaledb, '}` +
          'pg_stat_statements; then restart the server (what else SHOW shared_preload_libraries has goes into the list, too)',
        '42501': `GRANT pg_read_all_stats TO ${server.role}`,
      };
      const remedy = remedies[(error as { code?: string }).code ?? ''];
      if (remedy === undefined) throw error;
      unseen.push({ field, remedy });
      return null;
    }
  }
}

function unseenBy(
  { readsStats, readsLog, role }: monitoring.Server,
  jobs: readonly Job[],
  archiveAllowed: boolean,
): Unseen[] {
  const hidden = (seen: boolean, grant: string, ...fields: string[]): Unseen[] =>
    seen ? [] : fields.map((field) => ({ field, remedy: `GRANT ${grant} TO ${role}` }));
  return [
    ...hidden(
      readsStats,
      'pg_read_all_stats',
      ...['connections.active', 'connections.waiting_for_lock', 'connections.idle_in_transaction'],
      ...['slowest_statements.query', 'upkeep.oldest_transaction_seconds'],
    ),
    ...hidden(readsLog, 'pg_monitor', 'upkeep.log_bytes'),
    ...hidden(archiveAllowed, upkeep.ARCHIVE_GRANT, 'retention'),
    ...(jobs.some(({ lastStatus, lastError }) => lastStatus === 'Failed' && lastError === null)
      ? [{ field: 'jobs.last_error', remedy: 'SELECT * FROM timescaledb_information.job_errors, as their owner' }]
      : []),
  ];
}

function compiled<Row>(statement: RawBuilder<Row>): Compilable<Row> {
  return { compile: () => statement.compile(build) };
}

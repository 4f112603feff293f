import { Injectable } from '@nestjs/common';
import type { Compilable, RawBuilder } from 'kysely';
import { build } from '../database/build.js';
import { Database } from '../database/database.js';
import { Refreshing } from '../database/refreshing.js';
import { formatInstant, now, parseInstant, startOfDay } from '../database/time.js';
import { DailyAggregate } from '../market-data/aggregate.js';
import { SymbolDirectory } from '../market-data/symbol-directory.js';
import type { AggregateLag, DatabaseStatus, SlowStatement, Unseen } from './monitoring.model.js';
import * as monitoring from './monitoring.sql.js';

/** Age in milliseconds up to which the status is given as it is, and from which its readers wait for a new one. */
const FRESH = 15_000;
const USABLE = 120_000;

/**
 * How the database is. Whoever asks gets what was read a moment ago: one reader at a time, one statement after the
 * other, so that watching never costs the data routes more than one connection.
 */
@Injectable()
export class MonitoringQueries {
  readonly #status: Refreshing<DatabaseStatus>;

  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
    private readonly directory: SymbolDirectory,
  ) {
    this.#status = new Refreshing(() => this.#read(), FRESH, USABLE);
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
    const { serverVersion, timescaledbVersion, databaseBytes } = server;
    return {
      readAt: formatInstant(now()),
      ...{ serverVersion, timescaledbVersion, databaseBytes },
      connections: await this.db.row(compiled(monitoring.connections(server.readsStats))),
      tables: await this.db.rows(compiled(monitoring.tables(timescaledb))),
      hypertables: await rows(timescaledb, monitoring.hypertables),
      chunks: await rows(timescaledb, monitoring.newestChunks),
      jobs: await rows(timescaledb, monitoring.jobs),
      aggregates: await this.#aggregates(),
      slowestStatements: await this.#statements(server, unseen),
      unseen: [...unseen, ...unseenBy(server)],
    };
  }

  async #aggregates(): Promise<AggregateLag[]> {
    const { kind, freshness } = await this.aggregate.state();
    if (kind !== 'continuous') return [];
    const { materializedThrough, historyComplete, lastRefreshAt } = freshness;
    const end = startOfDay((await this.directory.newestDay()) + 1);
    const reached = materializedThrough === null ? null : parseInstant(materializedThrough)!;
    const behind = reached === null ? null : Number((end < now() ? end : now()) - reached) / 1e6;
    const lagSeconds = behind === null ? null : Math.max(0, Math.round(behind));
    return [{ name: 'market_data.ohlcv_daily', materializedThrough, lagSeconds, historyComplete, lastRefreshAt }];
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
        '55000':
          "ALTER SYSTEM SET shared_preload_libraries = 'timescaledb,pg_stat_statements', then restart the server",
        '42501': `GRANT pg_read_all_stats TO ${server.role}`,
      };
      const remedy = remedies[(error as { code?: string }).code ?? ''];
      if (remedy === undefined) throw error;
      unseen.push({ field, remedy });
      return null;
    }
  }
}

function unseenBy({ readsStats, role }: monitoring.Server): Unseen[] {
  const remedy = `GRANT pg_read_all_stats TO ${role}`;
  const fields = [
    ...['connections.active', 'connections.waiting_for_lock', 'connections.idle_in_transaction'],
    'slowest_statements.query',
  ];
  return readsStats ? [] : fields.map((field) => ({ field, remedy }));
}

function compiled<Row>(statement: RawBuilder<Row>): Compilable<Row> {
  return { compile: () => statement.compile(build) };
}

import { type Compilable, type CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import type { ReadonlyKysely } from 'kysely/readonly';
import pg from 'pg';
import { currentRequest } from './request-scope.js';
import { SafeClient, sessionOptions, types } from './session.js';

/** How a pool behaves; the names follow SQLAlchemy's, which the pipeline uses. Times in milliseconds. */
export interface PoolSettings {
  readonly url: string;
  readonly applicationName: string;
  /** Most connections. */
  readonly max: number;
  /** How long a request waits for a connection, the time to open one included. */
  readonly acquireTimeout: number;
  /** Age at which a connection is replaced. */
  readonly recycle: number;
  readonly lockTimeout: number;
  readonly statementTimeout: number;
  /** How long we wait for a reply before the connection counts as lost; longer than a statement may run. */
  readonly replyTimeout: number;
  readonly onError: (error: Error) => void;
}

/** Opens a pool that survives every way in which a connection can end. */
export function openPool(settings: PoolSettings): pg.Pool {
  const pool = new pg.Pool({
    connectionString: settings.url,
    application_name: settings.applicationName,
    options: sessionOptions({ lock: settings.lockTimeout, statement: settings.statementTimeout }),
    max: settings.max,
    min: 0,
    connectionTimeoutMillis: settings.acquireTimeout,
    idleTimeoutMillis: 30_000,
    maxLifetimeSeconds: Math.ceil(settings.recycle / 1000),
    query_timeout: settings.replyTimeout,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
    Client: SafeClient,
  });
  pool.on('error', settings.onError);
  // pg-pool takes its own listener off a client that is in use, and an 'error' without one ends the process.
  pool.on('connect', (client) => client.on('error', settings.onError));
  return pool;
}

/**
 * Runs compiled statements. Each belongs to the request being served: it is cancelled in the database when that
 * request's client leaves, and its time is added to that request's account.
 */
export class Database {
  readonly #kysely: ReadonlyKysely<unknown>;

  constructor(readonly pool: pg.Pool) {
    this.#kysely = new Kysely<unknown>({
      dialect: new PostgresDialect({ pool }),
    }) as unknown as ReadonlyKysely<unknown>;
  }

  /** The rows of a statement. */
  async rows<Row>(query: CompiledQuery<Row> | Compilable<Row>): Promise<Row[]> {
    const scope = currentRequest();
    const started = performance.now();
    try {
      const compiled = 'compile' in query ? query.compile() : query;
      const { rows } = await this.#kysely.executeQuery(compiled as never, {
        signal: scope?.signal,
        inflightQueryAbortStrategy: 'cancel query',
      });
      return rows as Row[];
    } finally {
      if (scope) {
        scope.databaseMs += performance.now() - started;
        scope.statements += 1;
      }
    }
  }

  /** The only row of a statement that yields exactly one. */
  async row<Row>(query: CompiledQuery<Row> | Compilable<Row>): Promise<Row> {
    const [row] = await this.rows(query);
    if (row === undefined) throw new Error('the statement yielded no row');
    return row;
  }

  /** Waits for running statements and closes every connection. */
  async close(): Promise<void> {
    await this.#kysely.destroy();
  }
}

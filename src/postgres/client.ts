import { Readable } from 'node:stream';
import pg from 'pg';
import { isPooled } from './address.js';
import type { NamedQuery } from '../base/named-query.js';
import { outsideRequest } from '../base/request.js';
import type { RawRows } from '../base/raw-rows.js';
import { Prepared, PreparedRun, RawRun } from './prepared.js';
import { partsOf, RowReader } from './pg-internals.js';

/** Every value as the text that PostgreSQL wrote, but for what JavaScript holds exactly. */
const PARSED = new Set<number>([
  pg.types.builtins.BOOL,
  pg.types.builtins.INT2,
  pg.types.builtins.INT4,
  pg.types.builtins.FLOAT8,
]);

const asSent = (text: string): string => text;

export const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format): ((text: string) => unknown) =>
    PARSED.has(oid) ? (pg.types.getTypeParser(oid, format) as (text: string) => unknown) : asSent,
};

/** Time limits of one session, in milliseconds. */
export interface SessionLimits {
  /** How long a statement waits for a lock. */
  lock: number;
  /** How long a statement runs. */
  statement: number;
}

/**
 * Settings of each session, sent as start-up options. UTC so that days are UTC days; read-only as the second safeguard
 * behind the grants; no SkipScan since it can return wrong rows in TimescaleDB 2.28 (timescaledb#10421, #10447);
 * no JIT, whose compile time is longer than any of our statements. Plans do not wait for parameters: bounds in time are
 * literals, so a plan without parameters opens the chunks of its window only, and it is made once; left to choose, the
 * server plans a list of symbols anew each time, for ten times the cost of its execution.
 * A pooler refuses them, see {@link isPooled}.
 */
export function sessionOptions(limits: SessionLimits, url: string): string | undefined {
  if (isPooled(url)) return undefined;
  const settings: Record<string, string | number> = {
    TimeZone: 'UTC',
    DateStyle: 'ISO',
    default_transaction_read_only: 'on',
    'timescaledb.enable_skipscan': 'off',
    jit: 'off',
    plan_cache_mode: 'force_generic_plan',
    lock_timeout: limits.lock,
    statement_timeout: limits.statement,
    idle_in_transaction_session_timeout: limits.statement * 2,
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** What a connection is opened with, beside pg's own settings. */
export interface SafeClientConfig extends pg.ClientConfig {
  readonly pgbouncer?: string;
  /** How long {@link SafeClient.run} waits for a reply, in milliseconds; for ever when absent or 0. */
  readonly replyTimeout?: number;
}

/**
 * A connection that ends itself when a reply is lost. pg only stops waiting on its read time-out; the connection
 * would go back to the pool with its reply still owed and fail every query after (node-postgres#3399).
 */
export class SafeClient extends pg.Client {
  readonly #prepared = new Prepared();
  readonly #prepares: boolean;
  /** Made with the first statement whose rows stay bytes: not before the connection is there. */
  #reader: RowReader | null = null;
  /**
   * One timer for the connection. pg sets one for each query, which keeps the query's rows until V8 collects the old
   * generation: under load that was most of the heap.
   */
  readonly #timer: NodeJS.Timeout | null;
  /** Fails the statement that runs. */
  #running: ((error: Error) => void) | null = null;

  constructor(config: SafeClientConfig = {}) {
    super(config);
    this.#prepares = config.pgbouncer !== 'true';
    this.#timer = config.replyTimeout
      ? outsideRequest(() => setTimeout(() => this.#expire(), config.replyTimeout))
      : null;
    this.#timer?.unref();
  }

  /**
   * The rows of a compiled statement; one out of a template is prepared from its second use on.
   * @param portal  what the server's log calls this run; ASCII
   */
  run<Row>({ name, sql, parameters }: NamedQuery<Row>, portal = ''): Promise<Row[]> {
    return this.#submitted((done) => {
      if (name !== undefined && this.#prepares) {
        return new PreparedRun<Row>(name, sql, parameters, this.#prepared, types, done, portal);
      }
      const query = { text: sql, values: parameters as unknown[], portal };
      super.query(query, (error: Error | null, result?: pg.QueryResult) => done(error, result?.rows as Row[]));
      return null;
    });
  }

  /**
   * The rows of a compiled statement as bytes.
   * @param portal  what the server's log calls this run; ASCII
   */
  runRaw(query: NamedQuery, portal = ''): Promise<RawRows> {
    return this.#runRaw(query, portal, null);
  }

  /**
   * The same, part by part as they come. While nobody takes them the connection is not read, and so the server waits.
   * Whoever stops before the end has to close the connection.
   */
  streamRaw(query: NamedQuery, portal = ''): AsyncIterable<RawRows> {
    const { stream } = partsOf(this).connection;
    const rows = new Readable({ objectMode: true, highWaterMark: 1, read: () => stream.resume() });
    const receive = (some: RawRows): void => {
      if (!rows.push(some)) stream.pause();
    };
    this.#runRaw(query, portal, receive).then(
      () => rows.push(null),
      (error: unknown) => rows.destroy(error as Error),
    );
    return rows;
  }

  #runRaw(
    { name, sql, parameters }: NamedQuery,
    portal: string,
    receive: ((rows: RawRows) => void) | null,
  ): Promise<RawRows> {
    this.#reader ??= new RowReader(partsOf(this).connection);
    const reader = this.#reader;
    return this.#submitted((done) => {
      return new RawRun((this.#prepares && name) || '', sql, parameters, this.#prepared, reader, done, portal, receive);
    });
  }

  /** Sends what is made, if it is for us to send, and gives what it calls back with. */
  #submitted<T>(make: (done: (error: Error | null, rows?: T) => void) => object | null): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#running = reject;
      this.#timer?.refresh();
      const query = make((error, rows) => {
        this.#running = null;
        if (error) reject(error);
        else resolve(rows!);
      });
      if (query) super.query(query as pg.Submittable);
    });
  }

  #expire(): void {
    this.#running?.(this.#endIfLost(new Error('Query read timeout')));
  }

  // pg's overloads cannot be restated one by one; the signature is the one that pools call.
  override query(config: unknown, values?: unknown, callback?: unknown): never {
    const result = (super.query.bind(this) as (...all: unknown[]) => unknown)(config, values, callback);
    if (result instanceof Promise) result.catch((error: unknown) => this.#endIfLost(error as Error));
    // eslint-disable-next-line no-restricted-syntax -- what fits every overload; it is the result of the one called
    return result as never;
  }

  #endIfLost(error: Error): Error {
    if (error.message === 'Query read timeout') void this.end().catch(() => undefined);
    return error;
  }
}

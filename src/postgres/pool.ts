import pg from 'pg';
import { ApiError } from '../base/errors.js';
import { connectionTo, isPooled, isWrongPassword } from './address.js';
import { verifySettings } from './settings.js';
import { currentRequest } from '../base/request.js';
import { SafeClient, sessionOptions, types } from './client.js';
import type { PoolSettings } from './pool-settings.js';
import { ClientQueue } from './client-queue.js';
import { destroy, pidOf } from './pg-internals.js';

/** Requests that may wait for each connection; whoever comes later is told so at once. */
const QUEUE_PER_CONNECTION = 4;
/**
 * Who has no statement yet is told at once, too, when the wait would be longer than so much of what statements take
 * lately, and longer than so many milliseconds: under load that lasts, who is served is served in time.
 */
const MAX_WAIT_SHARE = 0.5;
const FREE_WAIT_MS = 50;
/** How much the newest use of a connection counts in what they take lately. */
const NEWEST_WEIGHT = 0.1;
/** A connection that was idle for so long is asked before it is used, and has so long to answer, in milliseconds. */
const PING_AFTER_MS = 10_000;
const PING_TIMEOUT_MS = 400;
const OVERFLOW_IDLE_MS = 10_000;
/** How long connections get to end politely when the pool closes. */
const CLOSE_TIMEOUT_MS = 2000;

/** Which of some backends work on a statement, the asker's own among them. */
const ACTIVE = `select pid, pid = $2 and pid = pg_backend_pid() as own from pg_stat_activity
  where pid = any($1::int[] || $2::int) and state = 'active'`;

/** A connection on loan from a pool. */
export type Connection = pg.PoolClient & SafeClient;

interface Use {
  /** When it was last known to answer. */
  checkedAt: number;
  /** When its present user got it; null while it is idle. */
  since: number | null;
  /** The client whose share it is of. */
  caller: string;
}

/** A pool of connections that survives every way in which one can end, and never makes anybody wait for long. */
export class Pool {
  readonly #pool: pg.Pool;
  readonly #uses = new Map<pg.ClientBase, Use>();
  /** Whatever was checked before this may have been lost. */
  #suspectBefore = 0;
  #closing = false;
  /** How long connections are used for lately, in milliseconds. */
  #use = 0;
  readonly #clientQueue: ClientQueue;

  constructor(private readonly settings: PoolSettings) {
    this.#clientQueue = new ClientQueue(settings, (connections) => this.#places(connections));
    this.#pool = new pg.Pool({
      ...connectionTo(settings.url, settings.passwords),
      application_name: settings.applicationName,
      options: sessionOptions({ lock: settings.lockTimeout, statement: settings.statementTimeout }, settings.url),
      max: settings.size + settings.overflow,
      min: settings.size,
      connectionTimeoutMillis: settings.acquireTimeout,
      idleTimeoutMillis: OVERFLOW_IDLE_MS,
      maxLifetimeSeconds: Math.ceil(settings.recycle / 1000),
      replyTimeout: settings.replyTimeout,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      types,
      Client: SafeClient,
      ...(isPooled(settings.url) ? { verify: verifySettings } : {}),
    } as pg.PoolConfig);
    const onError = (error: Error): void => {
      if (!this.#closing) settings.onError(error);
    };
    this.#pool.on('error', onError);
    this.#pool.on('connect', (client) => {
      // pg-pool takes its own listener off a client that is in use, and an 'error' without one ends the process.
      client.on('error', onError);
      this.#uses.set(client, { checkedAt: performance.now(), since: null, caller: '' });
    });
    this.#pool.on('remove', (client) => this.#uses.delete(client));
  }

  /** Connections there are, idle ones, and requests that wait for one. */
  get load(): { total: number; idle: number; waiting: number } {
    const { totalCount: total, idleCount: idle, waitingCount } = this.#pool;
    return { total, idle, waiting: waitingCount + this.#clientQueue.waiting };
  }

  /** How often clients, and not the service itself, have asked for a connection. */
  get uses(): number {
    return this.#clientQueue.asked;
  }

  /** The most connections there may be. */
  get max(): number {
    return this.settings.size + this.settings.overflow;
  }

  /**
   * A connection that answers, for one user at a time. No client gets more of them than its share.
   * @throws ApiError overloaded when too many wait already, or all are busy for too long; whatever connecting throws
   */
  async take(): Promise<Connection> {
    const caller = currentRequest()?.caller ?? '';
    if (this.#pool.waitingCount >= this.#places(this.max)) throw busy();
    const deadline = performance.now() + this.settings.acquireTimeout;
    const turn = caller === '' ? null : this.#clientQueue.take(caller);
    if (turn) await turn;
    try {
      const client = await this.#connect(deadline, turn !== null);
      const use = this.#uses.get(client)!;
      use.since = performance.now();
      use.caller = caller;
      return client as Connection;
    } catch (error) {
      if (caller !== '') this.#clientQueue.give(caller);
      throw error;
    }
  }

  /** A connection that answers. pg-pool keeps the time by itself, unless some of it has passed already. */
  async #connect(deadline: number, late: boolean): Promise<pg.PoolClient> {
    let client = await (late ? this.#connectBefore(deadline, busy()) : this.#open());
    while (!this.#isFresh(client) && !(await this.#answers(client))) {
      client.release(true);
      this.#dropIdle();
      client = await this.#connectBefore(deadline, UNANSWERED);
    }
    return client;
  }

  /** Gives a connection back; one that is broken is closed, and the others are asked before they are used again. */
  give(client: pg.PoolClient, broken: boolean): void {
    const use = this.#uses.get(client);
    if (use) {
      if (use.caller !== '') this.#clientQueue.give(use.caller);
      use.caller = '';
      this.#use += (performance.now() - use.since! - this.#use) * NEWEST_WEIGHT;
      use.since = null;
      if (!broken) use.checkedAt = performance.now();
    }
    if (broken) this.distrust();
    client.release(broken);
  }

  /** Every connection is asked before its next use. */
  distrust(): void {
    this.#suspectBefore = performance.now();
  }

  /**
   * Breaks the connections whose users have waited for longer than `ms` while their backends do nothing for them: the
   * statement or its reply was lost on the way, which TCP may notice in a quarter of an hour.
   */
  async breakLost(ms: number): Promise<void> {
    const before = performance.now() - ms;
    const waiting = [...this.#uses].filter(([, { since }]) => since !== null && since < before);
    if (waiting.length === 0) return;
    const asker = await this.take();
    let busy: ReadonlySet<number>;
    try {
      const pids = waiting.map(([client]) => pidOf(client));
      const { rows } = await asker.query<{ pid: number; own: boolean }>({
        text: ACTIVE,
        values: [pids, pidOf(asker)],
        query_timeout: PING_TIMEOUT_MS * 2,
      } as pg.QueryConfig);
      this.give(asker, false);
      // Behind a pooler, process numbers are not the server's.
      if (!rows.some(({ own }) => own)) return;
      busy = new Set(rows.map(({ pid }) => pid));
    } catch {
      this.give(asker, true);
      return;
    }
    for (const [client, use] of waiting) {
      if (use.since !== null && use.since < before && !busy.has(pidOf(client))) destroy(client);
    }
  }

  /** Breaks every connection whose user waits for a reply: its server is known to be gone. */
  breakWaiting(): void {
    for (const [client, { since }] of this.#uses) if (since !== null) destroy(client);
    this.distrust();
  }

  /** Waits for connections in use, then closes all; breaks those that do not end in time. */
  async close(): Promise<void> {
    this.#closing = true;
    let timer: NodeJS.Timeout | undefined;
    // A connection that is broken while it ends never says so; the pool would wait for it for ever.
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        for (const client of this.#uses.keys()) destroy(client);
        timer = setTimeout(resolve, 500);
      }, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([this.#pool.end(), late]);
    clearTimeout(timer);
  }

  /** How many may wait for so many connections. */
  #places(connections: number): number {
    const all = connections * QUEUE_PER_CONNECTION;
    const begun = currentRequest()?.begun ?? true;
    return begun
      ? all
      : Math.min(all, Math.max(QUEUE_PER_CONNECTION, connections * Math.max(MAX_WAIT_SHARE, FREE_WAIT_MS / this.#use)));
  }

  /** Whether a connection was seen to work so lately that it need not be asked. */
  #isFresh(client: pg.PoolClient): boolean {
    const { checkedAt } = this.#uses.get(client)!;
    return (
      !this.settings.prePing || (checkedAt >= this.#suspectBefore && performance.now() - checkedAt < PING_AFTER_MS)
    );
  }

  async #answers(client: pg.PoolClient): Promise<boolean> {
    try {
      await client.query({ text: 'SELECT 1', query_timeout: PING_TIMEOUT_MS } as pg.QueryConfig);
      return true;
    } catch {
      return false;
    }
  }

  /** One was lost without a word, so the others most likely were too. */
  #dropIdle(): void {
    this.distrust();
    for (let i = this.#pool.idleCount; i > 0; i--) {
      this.#pool.connect().then(
        (client) => client.release(true),
        () => undefined,
      );
    }
  }

  /**
   * A connection, whose login is tried once more where its password was wrong and can be another one by now: the
   * server may have got its new one since it was asked which of two it takes.
   */
  #open(): Promise<pg.PoolClient> {
    const connecting = this.#pool.connect();
    if (this.settings.passwords === undefined) return connecting;
    return connecting.catch((error: unknown) => {
      if (!isWrongPassword(error)) throw error;
      return this.#pool.connect();
    });
  }

  async #connectBefore(deadline: number, otherwise: ApiError): Promise<pg.PoolClient> {
    let late = false;
    let timer: NodeJS.Timeout | undefined;
    const connecting = this.#open();
    connecting.then(
      (client) => late && client.release(),
      () => undefined,
    );
    const timeout = new Promise<never>((_, reject) => {
      const expire = (): void => {
        late = true;
        reject(otherwise);
      };
      timer = setTimeout(expire, Math.max(deadline - performance.now(), PING_TIMEOUT_MS / 2));
    });
    return Promise.race([connecting, timeout]).finally(() => clearTimeout(timer));
  }
}

/** Every connection that was tried was lost without a word. */
const UNANSWERED = new ApiError('database_unavailable', 'The database does not answer. Try again shortly.');

/** The error for a request that finds every connection busy. */
export function busy(): ApiError {
  return new ApiError('overloaded', 'All database connections are busy. Try again shortly.');
}

/** Errors after which a connection would fail again, beside those that end it: its prepared plans are out of date. */
const STALE = /^(0A000|26000|25P0)/;

/** Whether a connection is of no more use after its statement failed. */
export function breaks(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  const { severity, code = '' } = error;
  // Made by the driver, of bytes that are no message.
  if (code === '') return true;
  return severity === 'FATAL' || severity === 'PANIC' || STALE.test(code) || /^(08|57P|XX)/.test(code);
}

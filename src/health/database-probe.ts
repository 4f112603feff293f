import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { connectionTo, type Password } from '../database/connection.js';
import { sessionOptions } from '../database/session.js';
import { formatInstant, now } from '../database/time.js';
import { type DatabaseHealth, HealthError } from './health.model.js';

/** The whole probe answers within this, in milliseconds, whatever the database does. */
const DEADLINE = 1000;
/** An answer may be given again for so long, in milliseconds. */
const REUSE = 500;
/** A bad one for less, so that recovery is seen soon. */
const REUSE_BAD = 200;

/**
 * Asks the database SELECT 1 on a connection outside the pool, which would be red exactly under load. Probes that
 * come together share one statement; a probe that fails drops its connection, so none is ever left queued.
 */
@Injectable()
export class DatabaseProbe {
  #client: pg.Client | null = null;
  #running: Promise<DatabaseHealth> | null = null;
  #last: { at: number; health: DatabaseHealth } | null = null;

  constructor(
    private readonly url: string,
    private readonly password?: Password,
  ) {}

  /** The database's health, at most half a second old, within one second. */
  check(): Promise<DatabaseHealth> {
    const reuse = this.#last?.health.status === 'healthy' ? REUSE : REUSE_BAD;
    if (this.#last && performance.now() - this.#last.at < reuse) return Promise.resolve(this.#last.health);
    this.#running ??= this.#probe().finally(() => (this.#running = null));
    return this.#running;
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    await this.#drop();
  }

  async #probe(): Promise<DatabaseHealth> {
    const started = performance.now();
    const timestamp = formatInstant(now());
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('timeout')), DEADLINE - 50);
    });
    const health = await Promise.race([this.#ask(), deadline])
      .then((): DatabaseHealth => {
        const latencyMs = Math.round((performance.now() - started) * 100) / 100;
        return { status: 'healthy', timestamp, latencyMs, error: null };
      })
      .catch((error: unknown): DatabaseHealth => {
        void this.#drop();
        return { status: 'unhealthy', timestamp, latencyMs: null, error: reason(error) };
      })
      .finally(() => clearTimeout(timer));
    this.#last = { at: performance.now(), health };
    return health;
  }

  async #ask(): Promise<void> {
    const reused = this.#client !== null;
    try {
      await this.#select();
    } catch (error) {
      // A kept connection may have died since; that says nothing yet about the database.
      if (!reused) throw error;
      await this.#drop();
      await this.#select();
    }
  }

  async #select(): Promise<void> {
    if (!this.#client) {
      const client = new pg.Client({
        ...connectionTo(this.url, this.password),
        application_name: 'tetra-health',
        options: sessionOptions({ lock: 500, statement: 800 }, this.url),
        connectionTimeoutMillis: DEADLINE,
        keepAlive: true,
      });
      this.#client = client;
      client.on('error', () => this.#client === client && void this.#drop());
      await client.connect();
    }
    await this.#client.query('SELECT 1');
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    // A polite end waits for a server that may never answer again.
    (client as unknown as { connection?: { stream?: { destroy(): void } } } | null)?.connection?.stream?.destroy();
    await client?.end().catch(() => undefined);
  }
}

function reason(error: unknown): HealthError {
  const { code, message } = error as { code?: string; message?: string };
  if (message === 'timeout' || code === '57014' || code === 'ETIMEDOUT' || /timeout/.test(message ?? ''))
    return HealthError.TIMEOUT;
  if (/^28|^3D000/.test(code ?? '')) return HealthError.AUTH;
  if (
    /^ECONN|^EHOST|^ENET|^ENOTFOUND|^EAI|^EPIPE|^57P|^08|^53/.test(code ?? '') ||
    /terminated|ended/.test(message ?? '')
  )
    return HealthError.REFUSED;
  return HealthError.UNKNOWN;
}

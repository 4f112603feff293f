import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { connectionTo, isWrongPassword, type Passwords } from '../../postgres/address.js';
import { sessionOptions } from '../../postgres/client.js';
import { formatInstant, now } from '../../base/time.js';
import { type DatabaseHealth, HealthError } from './health.model.js';

/** The whole probe answers within this, in milliseconds, whatever the database does. */
const DEADLINE_MS = 1000;
/** An answer may be given again for so long, in milliseconds. */
const REUSE_MS = 500;
/** A bad one for less, so that recovery is seen soon. */
const REUSE_FAILURE_MS = 200;

/** Relations there are, by schema and name, that this role may read. */
const READABLE = `
  select name
  from (
    select n.oid as schema, c.oid as relation, n.nspname || '.' || c.relname as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  ) as relations
  where name = any($1)
    and has_schema_privilege(schema, 'usage')
    and has_any_column_privilege(relation, 'select')`;

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
    private readonly passwords?: Passwords,
  ) {}

  /** The database's health, at most half a second old, within one second. */
  check(): Promise<DatabaseHealth> {
    const reuse = this.#last?.health.status === 'healthy' ? REUSE_MS : REUSE_FAILURE_MS;
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
      timer = setTimeout(() => reject(new Error('timeout')), DEADLINE_MS - 50);
    });
    const health = await Promise.race([this.#ask(), deadline])
      .then((): DatabaseHealth => {
        const latencyMs = Math.round((performance.now() - started) * 100) / 100;
        return { status: 'healthy', timestamp, latencyMs, error: null };
      })
      .catch((error: unknown): DatabaseHealth => {
        void this.#drop();
        return { status: 'unhealthy', timestamp, latencyMs: null, error: reason(error), advice: adviceOn(error) };
      })
      .finally(() => clearTimeout(timer));
    this.#last = { at: performance.now(), health };
    return health;
  }

  /**
   * Which of some relations can be read here, on the connection of the last probe.
   * @throws whatever the database says
   */
  async readable(relations: readonly string[]): Promise<string[]> {
    const found = await this.#client?.query<{ name: string }>(READABLE, [relations]);
    return found?.rows.map(({ name }) => name) ?? [];
  }

  async #ask(): Promise<void> {
    const reused = this.#client !== null;
    try {
      await this.#select();
    } catch (error) {
      // A kept connection may have died since, and a password may be a new one since; neither is the database's fault.
      if (!reused && !(this.passwords && isWrongPassword(error))) throw error;
      await this.#drop();
      await this.#select();
    }
  }

  async #select(): Promise<void> {
    if (!this.#client) {
      const client = new pg.Client({
        ...connectionTo(this.url, this.passwords),
        application_name: 'tetra-health',
        options: sessionOptions({ lock: 500, statement: 800 }, this.url),
        connectionTimeoutMillis: DEADLINE_MS,
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
    client?.connection.stream.destroy();
    await client?.end().catch(() => undefined);
  }
}

/** What is told by words alone, or by TLS's own codes. */
const ADVICE: readonly [pattern: RegExp, advice: string][] = [
  [
    /password must be a (non-empty )?string/,
    'it asks for a password and has been given none: put it into DATABASE_URL, PGPASSWORD or DATABASE_PASSWORD_FILE',
  ],
  [/does not support SSL/, 'it offers no TLS: set that up there, or take sslmode out of DATABASE_URL'],
  [/no encryption|SSL off/, 'it wants TLS: add sslmode=require to DATABASE_URL'],
  [
    /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|ERR_TLS)|certificate/,
    'its TLS certificate is not trusted: name its authority in DATABASE_URL, sslrootcert=FILE',
  ],
  [/^(ENOTFOUND|EAI_)/, 'there is no host of that name: check DATABASE_URL'],
  [/^3D000/, 'there is no database of that name: check DATABASE_URL, or create it and run `npm run db:setup`'],
  [/^53300/, 'all of its connections are taken: raise max_connections, or lower DATABASE_POOL_SIZE'],
];

function adviceOn(error: unknown): string | null {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return ADVICE.find(([pattern]) => pattern.test(code) || pattern.test(message))?.[1] ?? null;
}

function reason(error: unknown): HealthError {
  const { code, message } = error as { code?: string; message?: string };
  if (message === 'timeout' || code === '57014' || code === 'ETIMEDOUT' || /timeout/.test(message ?? ''))
    return HealthError.TIMEOUT;
  if (/^28|^3D000/.test(code ?? '') || /SASL|no password/.test(message ?? '')) return HealthError.AUTH;
  if (
    /^ECONN|^EHOST|^ENET|^ENOTFOUND|^EAI|^EPIPE|^57P|^08|^53/.test(code ?? '') ||
    /terminated|ended/.test(message ?? '')
  )
    return HealthError.REFUSED;
  return HealthError.UNKNOWN;
}

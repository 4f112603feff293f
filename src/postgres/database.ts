import type { Compilable } from 'kysely';
import { labelOf, type NamedQuery } from '../base/named-query.js';
import type { RawRows } from '../base/raw-rows.js';
import { Cancels } from './cancel.js';
import { ApiError } from '../base/errors.js';
import { noteStatement } from '../base/failed-statement.js';
import { SharedRuns } from './sharing.js';
import { Cancellation } from '../base/cancellation.js';
import { pidOf } from './pg-internals.js';
import { breaks, type Connection, type Pool } from './pool.js';
import type { Replicas } from './replicas.js';
import { currentRequest } from '../base/request.js';
import type { Tracing } from '../base/tracing.js';

/** How statements have fared lately: to tell a pool that is broken from a database that is down. */
export interface StatementHealth {
  /** Statements that lost their connection since the last that did not. */
  readonly consecutiveLosses: number;
  /** When the last one was answered, by performance.now(). */
  readonly answeredAt: number;
}

/**
 * Runs compiled statements. Each belongs to the request being served: it is cancelled in the database when that
 * request's client leaves or its time is up, and its time is added to that request's account. None is tried twice, but
 * for one that a standby failed: the primary then answers it.
 */
export class Database {
  #consecutiveLosses = 0;
  #answeredAt = performance.now();
  readonly #sharedRuns: SharedRuns<unknown[]>;
  readonly #sharedRawRuns: SharedRuns<RawRows>;
  /** Told of every statement that ended: how long it ran, in milliseconds, its error, and which server had it. */
  onStatement: (ms: number, error: unknown, server: string) => void = () => undefined;

  /**
   * @param onFailure  told of every statement that failed, by {@link failureOf}
   * @param replicas   standbys that share the reads, where there are any
   */
  constructor(
    readonly pool: Pool,
    private readonly cancels: Cancels,
    private readonly onFailure: (failure: string) => void = () => undefined,
    readonly replicas: Replicas | null = null,
    private readonly tracing: Tracing | null = null,
  ) {
    this.#sharedRuns = new SharedRuns((query, cancellation) => this.run(query, cancellation));
    this.#sharedRawRuns = new SharedRuns((query, cancellation) => this.runRaw(query, cancellation));
  }

  /** The rows of a statement; requests that ask the same at the same time share one run, and must not change them. */
  async rows<Row>(query: NamedQuery<Row> | Compilable<Row>): Promise<Row[]> {
    const compiled = 'compile' in query ? query.compile() : query;
    const scope = currentRequest();
    if (!scope) return this.run<Row>(compiled, new Cancellation());
    return scope.account(() => this.#sharedRuns.join(compiled, scope)) as Promise<Row[]>;
  }

  /** The rows of a statement as PostgreSQL sent them; requests that ask the same at the same time share one run. */
  async raw(query: NamedQuery): Promise<RawRows> {
    const scope = currentRequest();
    if (!scope) return this.runRaw(query, new Cancellation());
    return scope.account(() => this.#sharedRawRuns.join(query, scope));
  }

  /** The only row of a statement that yields exactly one. */
  async row<Row>(query: NamedQuery<Row> | Compilable<Row>): Promise<Row> {
    const [row] = await this.rows(query);
    if (row === undefined) throw new Error('the statement yielded no row');
    return row;
  }

  /** Names of the standbys that may answer a statement now in place of the primary. */
  get standbys(): string[] {
    return (this.replicas?.used ?? []).map(({ name }) => name);
  }

  /** The rows of a statement from every server that may answer now, for what has to hold on each of them. */
  async everywhere<Row>(query: NamedQuery<Row>): Promise<{ server: string; rows: Row[] }[]> {
    const standbys = this.replicas?.used ?? [];
    const scope = currentRequest();
    const ask = async (pool: Pool, server: string): Promise<{ server: string; rows: Row[] }> => {
      const cancellation = new Cancellation();
      try {
        return {
          server,
          rows: await this.#runOn(pool, server, query, cancellation, (client) => client.run(query, scope?.id)),
        };
      } finally {
        if (cancellation.ran) scope?.ran(cancellation.ran);
      }
    };
    if (scope) scope.statements += 1;
    const asked = [ask(this.pool, 'primary'), ...standbys.map(({ pool, name }) => ask(pool, name))];
    const answers = await Promise.allSettled(asked);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const [primary, ...others] = answers;
    for (const [i, answer] of others.entries()) {
      if (answer.status === 'fulfilled') continue;
      // What has not been asked must not answer either, until it was seen well again.
      standbys[i]!.takeOut(breaks(answer.reason) && !(answer.reason instanceof ApiError) ? 'down' : 'unknown');
    }
    if (primary!.status === 'rejected' && (found.length === 0 || !isRetryableElsewhere(primary!.reason)))
      throw primary!.reason;
    return found;
  }

  /** How statements have fared lately. */
  get statementHealth(): StatementHealth {
    return { consecutiveLosses: this.#consecutiveLosses, answeredAt: this.#answeredAt };
  }

  /** Waits for running statements and closes every connection. */
  async close(): Promise<void> {
    await Promise.all([this.pool.close(), this.replicas?.close()]);
  }

  /** The rows of a statement from a standby that may answer, otherwise from the primary, unless it is aborted. */
  run<Row>(query: NamedQuery<Row>, cancellation: Cancellation): Promise<Row[]> {
    return this.#run(query, cancellation, (client) => client.run(query, currentRequest()?.id));
  }

  /** The same as bytes. */
  runRaw(query: NamedQuery, cancellation: Cancellation): Promise<RawRows> {
    return this.#run(query, cancellation, (client) => client.runRaw(query, currentRequest()?.id));
  }

  /** The same from the primary, for who compares what one statement saw with what the next one does. */
  runRawOnPrimary(query: NamedQuery, cancellation: Cancellation): Promise<RawRows> {
    const send = (client: Connection): Promise<RawRows> => client.runRaw(query, currentRequest()?.id);
    return this.#runOn(this.pool, 'primary', query, cancellation, send);
  }

  async #run<T>(query: NamedQuery, cancellation: Cancellation, send: (client: Connection) => Promise<T>): Promise<T> {
    const standby = this.replicas?.choose();
    if (standby) {
      try {
        return await this.#runOn(standby.pool, standby.name, query, cancellation, send);
      } catch (error) {
        if (cancellation.reason || !isRetryableElsewhere(error)) throw error;
        if (breaks(error) && !(error instanceof ApiError)) standby.takeOut('down');
      }
    }
    return this.#runOn(this.pool, 'primary', query, cancellation, send);
  }

  async #runOn<T>(
    pool: Pool,
    server: string,
    query: NamedQuery,
    cancellation: Cancellation,
    send: (client: Connection) => Promise<T>,
  ): Promise<T> {
    const client = await this.#take(pool);
    if (cancellation.reason) {
      pool.give(client, false);
      throw cancellation.reason;
    }
    let running = true;
    let cancelled: Promise<void> | undefined;
    const span = this.tracing && this.tracing.statement(query.sql, server);
    const started = performance.now();
    cancellation.ran = { label: labelOf(query), backend: pidOf(client) };
    cancellation.onAbort = () => void (cancelled = this.cancels.cancel(client, () => running));
    let failure: unknown = null;
    try {
      return await send(client);
    } catch (error) {
      failure = error;
      noteStatement(error, query);
      throw error;
    } finally {
      running = false;
      cancellation.onAbort = null;
      span?.end(failure === null ? null : codeOf(failure));
      this.onStatement(performance.now() - started, failure, server);
      const broken = failure !== null && breaks(failure);
      this.#note(failure, broken, pool, query);
      // A cancel under way must not hit whoever has the connection next.
      if (cancelled) void cancelled.then(() => pool.give(client, broken));
      else pool.give(client, broken);
    }
  }

  async #take(pool: Pool): Promise<Connection> {
    try {
      return await pool.take();
    } catch (error) {
      this.onFailure(codeOf(error));
      throw error;
    }
  }

  #note(error: unknown, broken: boolean, pool: Pool, query: NamedQuery): void {
    if (pool !== this.pool) {
      // A standby's troubles say nothing of the primary's pool.
    } else if (broken) this.#consecutiveLosses += 1;
    else {
      this.#consecutiveLosses = 0;
      this.#answeredAt = performance.now();
    }
    // A statement that its client left is no failure.
    if (error !== null && codeOf(error) !== '57014') this.onFailure(failureOf(error, query));
  }
}

/** Whether another server may well answer: a lost connection, a full pool, a conflict with replay on a standby. */
function isRetryableElsewhere(error: unknown): boolean {
  return error instanceof ApiError ? error.status === 503 : breaks(error) || /^40/.test(codeOf(error));
}

/** What an error is known by, without its message, which may hold anything. */
export function codeOf(error: unknown): string {
  const { code, name, message } = error as { code?: unknown; name?: string; message?: string };
  if (typeof code === 'string') return code;
  return message === 'Query read timeout' ? 'reply_lost' : (name ?? 'unknown');
}

/** Messages of errors in which a statement and its relations do not fit together; they name objects, and no value. */
const OBJECT = /\b(column|relation|table|view|schema|function|type) "?([\w.]+)"?/;

/** How the log tells of a statement that failed: by its code, the object that is missing or refused, and its name. */
export function failureOf(error: unknown, query: NamedQuery): string {
  const code = codeOf(error);
  const object = code.startsWith('42') ? OBJECT.exec((error as Error).message) : null;
  return `${code}${object ? `, ${object[1]!} ${object[2]!},` : ''} in ${labelOf(query)}`;
}

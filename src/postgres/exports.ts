import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { ApiError, toApiError } from '../base/errors.js';
import { noteStatement } from '../base/failed-statement.js';
import { labelOf, type NamedQuery } from '../base/named-query.js';
import type { RawRows } from '../base/raw-rows.js';
import { currentRequest, type RequestScope } from '../base/request.js';
import type { Tracing } from '../base/tracing.js';
import type { Cancels } from './cancel.js';
import { codeOf } from './database.js';
import { Pace, type Traffic } from './pace.js';
import { destroy, partsOf, pidOf } from './pg-internals.js';
import type { Connection, Pool } from './pool.js';

/** A database that sends nothing for so long, in milliseconds, though it could, counts as lost. */
const STALL_TIMEOUT_MS = 10_000;
/** How much of its time an export may pause for pages, all told. */
const PAUSED = 1 / 2;
/** For what goes on in an export that nobody reads any more. */
const LEFT = new ApiError('client_closed_request', 'The client has left.');
const TOO_LONG = new ApiError('query_timeout', 'The export ran into its time limit. Ask for a smaller window.');

/** What an export reads from. */
export interface RowSource {
  /** The rows of a statement as they come; one statement at a time, each to its end. */
  read(query: NamedQuery): AsyncIterable<RawRows>;
  /** Whether pages are read beside it now: a statement that takes long then keeps them waiting. */
  readonly crowded: boolean;
}

/** What an export sends: its first line, if it has one, and the lines of its rows. */
export interface Export {
  readonly header: string;
  lines(source: RowSource): AsyncIterable<Buffer>;
}

/**
 * Whole lists, streamed: rows are read from the database as fast as the client reads the lines that are made of them.
 * They have a small pool of their own, so that exports never starve pages.
 */
export class Exports {
  /**
   * @param timeout  how long an export takes, all told, in milliseconds
   * @param pages    whether pages are read, for which exports make room
   */
  constructor(
    readonly pool: Pool,
    private readonly cancels: Cancels,
    private readonly timeout: number,
    private readonly pages: Traffic,
    private readonly tracing: Tracing | null = null,
  ) {}

  /**
   * The lines of an export, its header first. The first statement has begun when this returns, so whatever is wrong is
   * an error with a status; what goes wrong later breaks the stream, which is then never taken for a whole file.
   */
  async stream(wanted: Export): Promise<Readable> {
    const scope = currentRequest();
    const began = performance.now();
    const client = await this.pool.take().finally(() => {
      if (scope) scope.databaseMs += performance.now() - began;
    });
    if (scope) scope.exporting = true;
    const output = new PassThrough({ highWaterMark: 1 << 18 });
    if (wanted.header !== '') output.write(wanted.header);
    return new Promise<Readable>((resolve, reject) => {
      const begun = (): void => {
        resolve(output);
      };
      this.#send(client, wanted, output, scope, begun).catch((thrown: unknown) => {
        const error = thrown as Error;
        if (scope && !scope.ended) scope.broken = error;
        reject(scope?.ended ?? error);
        // Nobody may listen yet, or any more.
        output.on('error', () => undefined).destroy(error);
      });
    });
  }

  /** Waits for running exports and closes every connection. */
  async close(): Promise<void> {
    await this.pool.close();
  }

  async #send(
    client: Connection,
    wanted: Export,
    output: PassThrough,
    scope: RequestScope | undefined,
    begun: () => void,
  ): Promise<void> {
    let broken = true;
    let running = true;
    let cancelled: Promise<void> | undefined;
    const leave = (): void => void (cancelled ??= this.cancels.cancel(client, () => running));
    const silent = watch(client, output);
    output.once('close', leave);
    const end = new AbortController();
    const listening = scope?.onEnd((reason) => end.abort(reason));
    end.signal.addEventListener('abort', leave, { once: true });
    const stop = scope ? (reason: Error) => scope.end(reason) : (reason: Error) => end.abort(reason);
    // A client's reading sets the pace, and PostgreSQL cannot cancel what waits for its reader.
    const limit = setTimeout(() => stop(TOO_LONG), this.timeout);
    try {
      if (scope?.ended) throw scope.ended;
      const left = (): boolean => output.destroyed || end.signal.aborted;
      await pipeline(wanted.lines(this.#source(client, scope, begun, left)), output, { signal: end.signal });
      broken = false;
    } catch (error) {
      if (silent.lost || error instanceof pg.DatabaseError) scope?.end(toApiError(error));
      if (silent.lost) throw new ApiError('database_unavailable', 'The database does not answer. Try again shortly.');
      throw error;
    } finally {
      running = false;
      clearTimeout(limit);
      silent.stop();
      output.off('close', leave);
      listening?.();
      // What is left of a statement cannot be told from the next reply; and a cancel must not hit the next user.
      if (cancelled) void cancelled.then(() => this.pool.give(client, broken));
      else this.pool.give(client, broken);
    }
  }

  /** @param left  whether nobody reads any more: what was cancelled may have been the pause between two statements */
  #source(client: Connection, scope: RequestScope | undefined, begun: () => void, left: () => boolean): RowSource {
    const { pages } = this;
    const pace = new Pace(pages, this.timeout * PAUSED);
    return {
      read: (query) => {
        if (left()) throw scope?.ended ?? LEFT;
        return this.#read(client, query, scope, pace, begun);
      },
      get crowded() {
        return pages.busy;
      },
    };
  }

  async *#read(
    client: Connection,
    query: NamedQuery,
    scope: RequestScope | undefined,
    pace: Pace,
    begun: () => void,
  ): AsyncIterable<RawRows> {
    if (scope) scope.statements += 1;
    scope?.ran({ label: labelOf(query), backend: pidOf(client) });
    for await (const rows of waitedFor(this.#rows(client, query, scope), scope)) {
      begun();
      yield rows;
      await pace.keep();
    }
    begun();
  }

  /** The rows of a statement; its span ends with them. */
  async *#rows(client: Connection, query: NamedQuery, scope: RequestScope | undefined): AsyncIterable<RawRows> {
    const span = this.tracing?.statement(query.sql, 'primary', scope?.trace);
    let outcome: string | null = 'client_closed_request';
    try {
      yield* client.streamRaw(query, scope?.id);
      outcome = null;
    } catch (error) {
      outcome = codeOf(error);
      noteStatement(error, query);
      throw error;
    } finally {
      span?.end(outcome);
    }
  }
}

/** The same rows; the time until each came is on the request's account, and not what its client then takes for it. */
async function* waitedFor(rows: AsyncIterable<RawRows>, scope: RequestScope | undefined): AsyncIterable<RawRows> {
  let asked = performance.now();
  const wait = (): void => {
    if (scope) scope.databaseMs += performance.now() - asked;
  };
  for await (const some of rows) {
    wait();
    yield some;
    asked = performance.now();
  }
  wait();
}

/** Breaks a connection whose server falls silent while there is room for what it might send. */
function watch(client: pg.ClientBase, output: PassThrough): { readonly lost: boolean; stop(): void } {
  const state = { lost: false, stop: (): void => clearInterval(timer) };
  let seen = -1;
  let since = performance.now();
  const { stream } = partsOf(client).connection;
  const timer = setInterval(() => {
    if (stream.bytesRead !== seen || output.writableNeedDrain) {
      seen = stream.bytesRead;
      since = performance.now();
    } else if (performance.now() - since > STALL_TIMEOUT_MS) {
      state.lost = true;
      destroy(client);
    }
  }, 1000);
  return state;
}

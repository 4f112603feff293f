import type { CompiledQuery } from 'kysely';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { ApiError, toApiError } from '../base/errors.js';
import type { Cancels } from './cancel.js';
import { destroy, pidOf, type Pool } from './pool.js';
import { codeOf } from './database.js';
import { labelOf, type NamedQuery } from '../base/named-query.js';
import { partsOf } from './wire.js';
import { currentRequest, type RequestScope } from '../base/request.js';
import type { TraceSpan, Tracing } from '../base/tracing.js';

/** A database that sends nothing for so long, in milliseconds, though it could, counts as lost. */
const STALL_TIMEOUT_MS = 10_000;
const TOO_LONG = new ApiError('query_timeout', 'The export ran into its time limit. Ask for a smaller window.');

/**
 * Writes a compiled statement's parameters into its text, since COPY takes none. Every parameter is one that pg would
 * have sent as text anyway, quoted by pg's own rules.
 */
export function inlineParameters({ sql: text, parameters }: CompiledQuery): string {
  return text.replace(/\$(\d+)/g, (_, n: string) => {
    const value = parameters[Number(n) - 1];
    if (Array.isArray(value)) return `array[${value.map((item) => pg.escapeLiteral(String(item))).join(',')}]::text[]`;
    return typeof value === 'number' ? String(value) : pg.escapeLiteral(String(value));
  });
}

/** What an export sends: its first line, where it has one, and the rows of its statements as COPY writes them. */
export interface Export {
  readonly header: string | null;
  /** How COPY writes them. */
  readonly options: string;
  /**
   * A relation that is locked while each COPY runs, as any reader of it would; whoever moves rows between relations
   * locks it against readers first. COPY takes its snapshot before it waits for what its statement opens, unlike other
   * statements: without this it would find the rows at neither place.
   */
  readonly held: string | null;
  /** @param copy  the lines of a statement; one at a time, each to its end */
  lines(copy: (query: NamedQuery) => AsyncIterable<Buffer>): AsyncIterable<Buffer>;
}

/** A COPY as it is sent, and without the parameters that are written into it. */
interface Copy {
  readonly text: string;
  readonly prepared: string;
  readonly label: string;
}

/** @param id  the request's, as a comment in the first line, by which the server's log has it */
function copyOf(query: NamedQuery, { options }: Export, id: string | undefined): Copy {
  const copy = (rows: string, mark = ''): string => `copy ${mark}(${rows}) to stdout with (${options})`;
  return {
    text: copy(inlineParameters(query), id === undefined ? '' : `/* ${id} */ `),
    prepared: copy(query.sql),
    label: `copy ${labelOf(query)}`,
  };
}

/**
 * Whole lists, streamed: PostgreSQL writes the lines by COPY, Node passes them on as fast as the client reads. They
 * have a small pool of their own, so that exports never starve pages.
 */
export class Exports {
  /** @param timeout  how long an export takes, all told, in milliseconds */
  constructor(
    readonly pool: Pool,
    private readonly cancels: Cancels,
    private readonly timeout: number,
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
    // One pipeline after the other leaves its listeners behind.
    const output = new PassThrough({ highWaterMark: 1 << 18 }).setMaxListeners(0);
    if (wanted.header !== null) output.write(wanted.header);
    return new Promise<Readable>((resolve, reject) => {
      const begun = (): void => {
        resolve(output);
      };
      this.#copy(client, wanted, output, scope, begun).catch((thrown: unknown) => {
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

  #rows(client: pg.PoolClient, { text, prepared }: Copy, within?: TraceSpan | null): AsyncIterable<Buffer> {
    const rows = client.query(copyTo(text)) as AsyncIterable<Buffer>;
    const span = this.tracing && this.tracing.statement('COPY', prepared, 'primary', within);
    return span ? tracedRows(rows, span) : rows;
  }

  async #copy(
    client: pg.PoolClient,
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
      const rows = (copy: Copy): AsyncIterable<Buffer> => this.#rows(client, copy, scope?.trace);
      const read = async function* (query: NamedQuery): AsyncIterable<Buffer> {
        const copy = copyOf(query, wanted, scope?.id);
        if (scope) scope.statements += 1;
        scope?.ran({ label: copy.label, backend: pidOf(client) });
        if (wanted.held !== null) await client.query(`begin; lock table ${wanted.held} in access share mode`);
        for await (const lines of waitedFor(rows(copy), scope)) {
          begun();
          yield lines;
        }
        if (wanted.held !== null) await client.query('commit');
        begun();
      };
      if (scope?.ended) throw scope.ended;
      await pipeline(wanted.lines(read), output, { signal: end.signal });
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
      // What is left of a COPY cannot be told from the next reply; and a cancel must not hit the next user.
      if (cancelled) void cancelled.then(() => this.pool.give(client, broken));
      else this.pool.give(client, broken);
    }
  }
}

/** The same rows; the time until each came is on the request's account, and not what its client then takes for it. */
async function* waitedFor(rows: AsyncIterable<Buffer>, scope: RequestScope | undefined): AsyncIterable<Buffer> {
  let asked = performance.now();
  const wait = (): void => {
    if (scope) scope.databaseMs += performance.now() - asked;
  };
  for await (const lines of rows) {
    wait();
    yield lines;
    asked = performance.now();
  }
  wait();
}

/** The same rows; the span ends with them. */
async function* tracedRows(rows: AsyncIterable<Buffer>, span: TraceSpan): AsyncIterable<Buffer> {
  let outcome: string | null = 'client_closed_request';
  try {
    yield* rows;
    outcome = null;
  } catch (error) {
    outcome = codeOf(error);
    throw error;
  } finally {
    span.end(outcome);
  }
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

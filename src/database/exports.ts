import { type CompiledQuery, sql } from 'kysely';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { ApiError } from '../common/errors.js';
import { build } from './build.js';
import { fill } from './template.js';
import type { List } from './list.js';
import { csvHeader, lineOf, type Rendering } from './render.js';
import { currentRequest } from './request-scope.js';

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

/** COPY of one statement's rows as finished lines: characters that no line can hold stand for quote and delimiter. */
export function copyStatement(rows: CompiledQuery): string {
  return `copy (${inlineParameters(rows)}) to stdout with (format csv, quote e'\\x01', delimiter e'\\x02')`;
}

function copyOf(list: List, rendering: Rendering): string[] {
  return list.statements.map((statement) => {
    const rows = typeof statement === 'function' ? statement(null) : statement.rows(null);
    const values = typeof statement === 'function' ? {} : statement.values;
    const lines = sql`select ${lineOf(rendering)} from ${rows} as q`;
    return copyStatement(fill(lines.compile(build), values));
  });
}

/**
 * Whole lists, streamed: PostgreSQL writes the lines by COPY, Node passes them on as fast as the client reads. They
 * have a small pool of their own, so that exports never starve pages.
 */
export class Exports {
  constructor(private readonly pool: pg.Pool) {}

  /**
   * The lines of a list, its header first. The first statement has begun when this returns, so whatever is wrong is
   * an error with a status; what goes wrong later breaks the stream, which is then never taken for a whole file.
   */
  async stream(list: List, rendering: Rendering): Promise<Readable> {
    if (this.pool.waitingCount >= this.pool.options.max * 4) {
      throw new ApiError('overloaded', 'Too many exports are running. Try again shortly.');
    }
    const signal = currentRequest()?.signal;
    const client = await this.pool.connect();
    const output = new PassThrough({ highWaterMark: 1 << 18 });
    let failed: unknown = null;
    const cancel = (): void => void this.#cancel(client);
    signal?.addEventListener('abort', cancel, { once: true });
    output.once('close', () => signal?.removeEventListener('abort', cancel));
    const [first, ...rest] = copyOf(list, rendering);
    const run = async (): Promise<void> => {
      try {
        if (rendering.format === 'csv') output.write(`${csvHeader(rendering.columns)}\n`);
        for (const statement of [first!, ...rest]) {
          const copy = client.query(copyTo(statement));
          copy.once('data', () => output.emit('begun'));
          await pipeline(copy, output, { end: false, signal });
          output.emit('begun');
        }
        output.end();
      } catch (error) {
        failed = error;
        if (output.listenerCount('begun') > 0) output.emit('begun', error);
        else output.destroy(error as Error);
      } finally {
        client.release(failed !== null);
      }
    };
    const begun = once(output, 'begun');
    void run();
    const [error] = (await begun) as [unknown];
    if (error) throw error;
    return output;
  }

  /** Waits for running exports and closes every connection. */
  async close(): Promise<void> {
    await this.pool.end();
  }

  async #cancel(client: pg.PoolClient): Promise<void> {
    const { processID } = client as unknown as { processID: number };
    const control = new pg.Client(this.pool.options);
    control.on('error', () => undefined);
    try {
      await control.connect();
      await control.query('select pg_cancel_backend($1)', [processID]);
    } catch {
      // Its own statement timeout ends it.
    } finally {
      await control.end().catch(() => undefined);
    }
  }
}

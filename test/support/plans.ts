import { jest } from '@jest/globals';
import type { CompiledQuery } from 'kysely';
import pg from 'pg';
import { currentRequest } from '../../src/base/request.js';
import { SafeClient } from '../../src/postgres/client.js';

/** Statements that were sent for requests, in their order; what is sent and answered stays as it is. */
export class Sent {
  readonly statements: CompiledQuery[] = [];
  readonly #spies;

  /** @param all  those too that the API sends for itself, of no request */
  constructor(all = false) {
    const { run, runRaw, streamRaw } = SafeClient.prototype;
    const note = (query: CompiledQuery): void => {
      if (all || currentRequest()) this.statements.push(query);
    };
    this.#spies = [
      jest.spyOn(SafeClient.prototype, 'run').mockImplementation(function (this: SafeClient, query, portal) {
        note(query);
        return run.call(this, query, portal);
      }),
      jest.spyOn(SafeClient.prototype, 'runRaw').mockImplementation(function (this: SafeClient, query, portal) {
        note(query);
        return runRaw.call(this, query, portal);
      }),
      jest.spyOn(SafeClient.prototype, 'streamRaw').mockImplementation(function (this: SafeClient, query, portal) {
        note(query);
        return streamRaw.call(this, query, portal);
      }),
    ];
  }

  /** Forgets what was sent. */
  clear(): void {
    this.statements.length = 0;
  }

  /** Listens no more. */
  restore(): void {
    for (const spy of this.#spies) spy.mockRestore();
  }
}

/** What planning and starting a statement takes: chunks whose rows its plan reads, and locks on relations. */
export async function opens(client: pg.Client, query: CompiledQuery): Promise<{ chunks: number; locks: number }> {
  await client.query('BEGIN');
  try {
    const plan = (await planOf<string>(client, query, 'EXPLAIN')).join('\n');
    const { rows } = await client.query<{ locks: number }>(
      `SELECT count(*)::int AS locks FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'`,
    );
    return { chunks: new Set(plan.match(/\b_hyper_\d+_\d+_chunk\b/g)).size, locks: rows[0]!.locks };
  } finally {
    await client.query('ROLLBACK');
    await client.query('DEALLOCATE ALL');
  }
}

/** The plan of a statement as the API's sessions make it, without a look at its parameters. */
export async function planOf<Row>(
  client: pg.Client,
  { sql, parameters }: CompiledQuery,
  explain: string,
): Promise<Row[]> {
  await client.query('SET plan_cache_mode = force_generic_plan');
  await client.query('SET jit = off');
  await client.query(`PREPARE it AS ${sql}`);
  const values = parameters.map(literal).join(', ');
  const { rows } = await client.query<{ 'QUERY PLAN': Row }>(`${explain} EXECUTE it${values && `(${values})`}`);
  await client.query('DEALLOCATE it');
  return rows.map((row) => row['QUERY PLAN']);
}

function literal(value: unknown): string {
  if (value === null) return 'null';
  // Of no type, so that it takes that of its parameter.
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map((v) => JSON.stringify(String(v))).join()}}`);
  return typeof value === 'number' ? String(value) : pg.escapeLiteral(String(value));
}

interface Node {
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  'Relation Name'?: string;
  Plans?: Node[];
}

/** What running a statement takes: rows that its plan's nodes look at, and of these the rows of tables. */
export async function rowsOf(client: pg.Client, query: CompiledQuery): Promise<{ all: number; tables: number }> {
  const [[{ Plan: plan }]] = (await planOf<[{ Plan: Node }]>(client, query, 'EXPLAIN (ANALYZE, FORMAT JSON)')) as [
    [{ Plan: Node }],
  ];
  const total = { all: 0, tables: 0 };
  const add = (node: Node): void => {
    const each =
      node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Join Filter'] ?? 0);
    const rows = each * node['Actual Loops'];
    total.all += rows;
    // A hypertable's rows are those of its chunks.
    if (node['Relation Name'] && !node.Plans?.some((part) => part['Relation Name'])) total.tables += rows;
    node.Plans?.forEach(add);
  };
  add(plan);
  return total;
}

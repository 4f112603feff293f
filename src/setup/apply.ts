import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';

export interface SetupOptions {
  /** New password of tetra_reader; its present one stays when absent. */
  readerPassword?: string;
  /** New password of tetra_app; its present one stays when absent. */
  appPassword?: string;
  /** `auto` (the default) uses TimescaleDB where the server has it loaded; `never` does not install it. */
  timescaledb?: 'auto' | 'never';
  /** Receives one line per step. No line holds a secret. */
  log?: (line: string) => void;
}

/** The `db` folder of this package: the same distance from `src/setup` and from `dist/setup`. */
export const databaseFolder = fileURLToPath(new URL('../../db/', import.meta.url));

/** A digest of everything that {@link applySetup} may apply: it changes when the set-up does. */
export function setupDigest(): string {
  const files = readdirSync(databaseFolder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.sql'),
  );
  const hash = createHash('sha256');
  for (const name of files.sort()) hash.update(`${name}\0`).update(readFileSync(databaseFolder + name));
  return hash.digest('hex').slice(0, 12);
}

const BASE = ['010-schemas.sql', '020-tables.sql'];
const ROLES = ['080-roles.sql', '090-public.sql'];
const HYPERTABLE = ['030-hypertable.sql', '040-daily.sql', '050-daily-policy.sql'];

interface Server {
  /** TimescaleDB is installed in this database, or can be without a restart. */
  usable: boolean;
  /** It is on the server's disk, but would need a restart. */
  dormant: boolean;
  /** market_data.ohlcv is there as an ordinary table that holds rows. */
  plainBars: boolean;
  /** market_data.ohlcv_daily is a continuous aggregate already. */
  aggregate: boolean;
}

/**
 * Applies the set-up under `db/` to the database of `client`, who must be a superuser: schemas, tables, daily bars,
 * roles. Safe to repeat, and on a database that already has any part of it: nothing there is dropped or changed. It
 * does not add up daily bars: see `refreshDaily`.
 * Answers whether the bars are a TimescaleDB hypertable afterwards. Rejects with PostgreSQL's error when a step fails.
 */
export async function applySetup(client: pg.Client, options: SetupOptions = {}): Promise<{ timescaledb: boolean }> {
  const log = options.log ?? (() => undefined);
  const server = await look(client);
  const timescaledb = server.aggregate || (options.timescaledb !== 'never' && server.usable && !server.plainBars);

  if (timescaledb) await run(client, 'timescaledb/000-extension.sql');
  log(timescaledb ? 'TimescaleDB: found, used for market_data.ohlcv' : `TimescaleDB: ${reason(server, options)}`);
  for (const file of BASE) await run(client, file);
  log('Schemas and tables: done');
  for (const file of timescaledb ? HYPERTABLE.map((name) => `timescaledb/${name}`) : ['plain/040-daily.sql']) {
    await run(client, file);
  }
  log(`Daily bars: market_data.ohlcv_daily is a ${timescaledb ? 'continuous aggregate' : 'plain view'}`);

  await withPasswords(client, options, async () => {
    for (const file of ROLES) await run(client, file);
  });
  if (timescaledb) await run(client, 'timescaledb/100-reader.sql');
  const without = await withoutPassword(client);
  const passwordOf = (role: string, given?: string): string =>
    given ? 'set' : without.has(role) ? `none yet: --${role.slice(6)}-password-file gives it one` : 'not touched';
  log(`Role tetra_reader: reads; password ${passwordOf('tetra_reader', options.readerPassword)}`);
  log(`Role tetra_app: reads, inserts, updates; password ${passwordOf('tetra_app', options.appPassword)}`);
  return { timescaledb };
}

/**
 * Opt-in: the tables that `tetra retain` works with, in place of TimescaleDB's retention policy, which drops whether
 * or not bars were archived. Deletes nothing. Rejects where market_data.ohlcv is not a hypertable.
 */
export async function applyRetention(client: pg.Client): Promise<void> {
  if (!(await look(client)).aggregate)
    throw new Error('Retention needs TimescaleDB: market_data.ohlcv is a plain table');
  await run(client, 'optional/retention.sql');
}

async function run(client: pg.Client, file: string): Promise<void> {
  try {
    await client.query(await readFile(databaseFolder + file, 'utf8'));
  } catch (error) {
    throw new Error(`db/${file}: ${(error as Error).message}`, { cause: error });
  }
}

async function look(client: pg.Client): Promise<Server> {
  const found = await client.query<{ installed: boolean; usable: boolean; available: boolean; table: boolean }>(`
    SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') AS installed,
      EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb' AND (installed_version IS NOT NULL
        OR current_setting('shared_preload_libraries') LIKE '%timescaledb%')) AS usable,
      EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') AS available,
      to_regclass('market_data.ohlcv') IS NOT NULL AS table`);
  const { installed, usable, available, table } = found.rows[0]!;
  const isTrue = async (sql: string): Promise<boolean> =>
    (await client.query<{ answer: boolean }>(`SELECT EXISTS (${sql}) AS answer`)).rows[0]!.answer;
  const named = (name: string, at: string): string => `${at}_schema = 'market_data' AND ${at}_name = '${name}'`;
  const view = 'SELECT FROM timescaledb_information.';
  const hypertable = installed && (await isTrue(`${view}hypertables WHERE ${named('ohlcv', 'hypertable')}`));
  const aggregate = installed && (await isTrue(`${view}continuous_aggregates WHERE ${named('ohlcv_daily', 'view')}`));
  const plainBars = table && !hypertable && (await isTrue('SELECT FROM market_data.ohlcv'));
  return { usable, dormant: available && !usable, plainBars, aggregate };
}

function reason(server: Server, options: SetupOptions): string {
  if (options.timescaledb === 'never') return 'not wanted, plain tables';
  if (server.plainBars) return 'not used, market_data.ohlcv already holds rows as a plain table and is left as it is';
  if (server.dormant) {
    return "installed but not preloaded, plain tables: shared_preload_libraries = 'timescaledb', a restart, and again";
  }
  return 'not found, plain tables';
}

/** Roles of ours without a password, as after a restore; none where only the server's superuser may know. */
async function withoutPassword(client: pg.Client): Promise<Set<string>> {
  const may = await client.query<{ may: boolean }>(`SELECT has_table_privilege('pg_authid', 'SELECT') AS may`);
  if (!may.rows[0]!.may) return new Set();
  const { rows } = await client.query<{ name: string }>(
    `SELECT rolname AS name FROM pg_authid WHERE rolname IN ('tetra_reader', 'tetra_app') AND rolpassword IS NULL`,
  );
  return new Set(rows.map(({ name }) => name));
}

/** The SQL reads passwords from session settings, so that the statements themselves never hold one. */
async function withPasswords(client: pg.Client, options: SetupOptions, work: () => Promise<void>): Promise<void> {
  const set = (reader: string, app: string): Promise<unknown> =>
    client.query(`SELECT set_config('tetra.reader_password', $1, false), set_config('tetra.app_password', $2, false)`, [
      reader,
      app,
    ]);
  await set(options.readerPassword ?? '', options.appPassword ?? '');
  try {
    await work();
  } finally {
    await set('', '');
  }
}

import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Build } from './build.ts';
import { BARS, FIRST_DAY, isTimescale, loadBars, loadOthers } from './dataset.ts';
import type { Options } from './options.ts';

/** A database to measure on. */
export interface BenchDatabase {
  /** As whoever may write and see everything. */
  readonly adminUrl: string;
  /** As the API logs in. */
  readonly readerUrl: string;
  readonly engine: Engine;
}

/** What kind of database it is. */
export interface Engine {
  readonly postgres: string;
  /** Null where it is not installed. */
  readonly timescaledb: string | null;
  readonly embedded: boolean;
  readonly bars: number;
  readonly chunks: number;
  readonly compressedChunks: number;
}

/** Runs work on a connection of its own. */
export async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * The database of the run with the data set in it: BENCH_DATABASE_URL's, or an embedded one that leaves nothing behind.
 * Rejects where there are other bars, which are never touched.
 */
export async function openDatabase(
  options: Options,
  build: Build,
  log: (line: string) => void,
): Promise<{ database: BenchDatabase; close: () => Promise<void> }> {
  if (options.databaseUrl) {
    const urls = { adminUrl: options.databaseUrl, readerUrl: options.readerUrl ?? asReader(options.databaseUrl) };
    return { database: await prepare(urls, false, build, log), close: async () => undefined };
  }
  const home = mkdtempSync(join(tmpdir(), 'tetra-bench-'));
  process.on('exit', () => rmSync(home, { recursive: true, force: true }));
  chmodSync(home, 0o711);
  const { startEmbeddedPostgres } = await build.embedded();
  const server = await startEmbeddedPostgres({ dataDir: join(home, 'cluster'), ephemeral: true });
  const close = async (): Promise<void> => {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await connected(server.url(), (client) => client.query('create database tetra'));
    const urls = {
      adminUrl: server.url('tetra'),
      readerUrl: asReader(server.url('tetra'), randomBytes(16).toString('hex')),
    };
    return { database: await prepare(urls, true, build, log), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The same database as tetra_reader. */
export function asReader(adminUrl: string, password = ''): string {
  const url = new URL(adminUrl);
  url.username = 'tetra_reader';
  url.password = password;
  return url.href;
}

/** What kind of database this is. */
export async function lookAt(client: pg.Client, embedded: boolean): Promise<Engine> {
  const { rows } = await client.query<{ postgres: string; timescaledb: string | null; bars: number }>(
    `select current_setting('server_version') as postgres, (select count(*)::int from market_data.ohlcv) as bars,
      (select extversion from pg_extension where extname = 'timescaledb') as timescaledb`,
  );
  const chunks = (await isTimescale(client))
    ? await client.query<{ chunks: number; compressed: number }>(
        `select count(*)::int as chunks, (count(*) filter (where is_compressed))::int as compressed
        from timescaledb_information.chunks where hypertable_schema = 'market_data' and hypertable_name = 'ohlcv'`,
      )
    : null;
  const [found] = chunks?.rows ?? [];
  return { ...rows[0]!, embedded, chunks: found?.chunks ?? 0, compressedChunks: found?.compressed ?? 0 };
}

async function prepare(
  urls: { adminUrl: string; readerUrl: string },
  embedded: boolean,
  build: Build,
  log: (line: string) => void,
): Promise<BenchDatabase> {
  return connected(urls.adminUrl, async (client) => {
    if (await isEmpty(client)) {
      log('Loading the data set, once');
      const { applySetup } = await build.setup();
      await applySetup(client, { readerPassword: decodeURIComponent(new URL(urls.readerUrl).password) || undefined });
      await loadBars(client, { firstDay: FIRST_DAY, perDay: 1 }, log);
    }
    const engine = await lookAt(client, embedded);
    if (engine.bars !== BARS) {
      throw new Error(`market_data.ohlcv has ${engine.bars} bars that are not the data set: name an empty database`);
    }
    const { rows } = await client.query<{ may: boolean }>(
      `select has_table_privilege('news.news_articles', 'insert') and not current_setting('default_transaction_read_only')::bool as may`,
    );
    if (rows[0]!.may) await loadOthers(client);
    return { ...urls, engine };
  });
}

async function isEmpty(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('market_data.ohlcv') is not null as there`,
  );
  return !rows[0]!.there || !(await client.query('select from market_data.ohlcv limit 1')).rowCount;
}

import pg from 'pg';
import { applySetup } from '../../src/setup/apply.js';
import { loadSample } from '../../src/setup/sample/sample.js';

/** Where a test database is. */
export interface TestUrls {
  readonly name: string;
  /** As the superuser. */
  readonly admin: string;
  /** As tetra_reader, what the API logs in with. */
  readonly reader: string;
  readonly timescaledb: boolean;
}

export interface TestDatabase {
  readonly urls: TestUrls;
  drop(): Promise<void>;
}

export interface DatabaseOptions {
  /** Load the sample data. */
  sample?: boolean;
  /** Give every session of the database another time zone than UTC. */
  hostileZone?: boolean;
  /** Do without TimescaleDB even where it is there. */
  plain?: boolean;
}

/** The database with the sample data that all suites share; none of them writes to it. */
export function sharedDatabase(): TestUrls {
  return JSON.parse(process.env.TEST_SHARED_DATABASE!) as TestUrls;
}

/** Runs work as the superuser. */
export async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** TimescaleDB's own jobs would work at moments that a test does not choose, and lock what a test drops. */
export async function stopJobs(client: pg.Client): Promise<void> {
  await client.query('select alter_job(job_id, scheduled => false) from timescaledb_information.jobs');
}

/** A database of a suite's own, set up as db/ says. */
export async function createDatabase(options: DatabaseOptions = {}): Promise<TestDatabase> {
  const server = process.env.TEST_ADMIN_URL!;
  const name = `tetra_test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  const admin = withDatabase(server, name);
  const reader = new URL(admin);
  reader.username = 'tetra_reader';
  reader.password = process.env.TEST_READER_PASSWORD!;
  // The roles belong to the whole server, so set-ups must not overlap.
  const timescaledb = await asAdmin(server, async (lock) => {
    await lock.query('select pg_advisory_lock(7331)');
    await lock.query(`create database ${name}`);
    if (options.hostileZone) await lock.query(`alter database ${name} set timezone = 'Asia/Tokyo'`);
    return asAdmin(admin, async (client) => {
      const done = await applySetup(client, {
        readerPassword: process.env.TEST_READER_PASSWORD,
        timescaledb: options.plain ? 'never' : 'auto',
      });
      if (done.timescaledb) await stopJobs(client);
      if (options.sample) await loadSample(client);
      return done.timescaledb;
    });
  });
  return {
    urls: { name, admin, reader: reader.href, timescaledb },
    drop: () =>
      asAdmin(server, async (client) => {
        await client.query(`drop database ${name} with (force)`);
      }),
  };
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

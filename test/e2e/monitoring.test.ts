import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeOnTimescale, startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';

interface Status {
  database_bytes: number;
  connections: Record<string, number | null>;
  tables: { name: string; total_bytes: number; rows: number | null }[];
  hypertables: { name: string; chunks: number; compressed_chunks: number; before_compression_bytes: number | null }[];
  chunks: { name: string; range_start: string; total_bytes: number; is_compressed: boolean }[];
  jobs: { name: string; next_start_at: string | null; relation: string | null }[];
  aggregates: { name: string; lag_seconds: number | null; history_complete: boolean }[];
  slowest_statements: { query: string | null; calls: number; mean_ms: number }[] | null;
  upkeep: Record<string, unknown> & { transaction_id_age: number; locks: number; lock_slots: number };
  lock_holders: { role: string; application: string; sessions: number; locks: number }[];
  replication_slots: unknown[];
  column_faults: unknown[];
  odd_rows: unknown[];
  retention: unknown;
  unseen: { field: string; remedy: string }[];
}

const GRANT = 'GRANT pg_read_all_stats TO tetra_reader';

describe('/v1/monitoring/database', () => {
  let server: TestApp;
  const status = async (from = server): Promise<Status> =>
    ((await from.get('/v1/monitoring/database').expect(200)).body as { data: Status }).data;

  beforeAll(async () => {
    server = await startApp(sharedDatabase().reader);
  });
  afterAll(() => server.close());

  /** Works in a database of its own; `fresh` gives its status as an API that has just been started reads it. */
  async function inDatabase(
    work: (database: TestDatabase, fresh: () => Promise<Status>) => Promise<void>,
  ): Promise<void> {
    const database = await createDatabase();
    const apps: TestApp[] = [];
    try {
      await work(database, async () => {
        apps.push(await startApp(database.urls.reader));
        return status(apps.at(-1));
      });
    } finally {
      for (const app of apps) await app.close();
      await database.drop();
    }
  }

  it('tells sizes and connections as PostgreSQL does', async () => {
    const { database_bytes, tables, connections } = await status();
    const [real] = await asAdmin(sharedDatabase().admin, async (client) => {
      const { rows } = await client.query<{ bytes: string; max: number; articles: string }>(
        `select pg_database_size(current_database())::text as bytes, current_setting('max_connections')::int as max,
           pg_total_relation_size('news.news_articles')::text as articles`,
      );
      return rows;
    });
    expect(database_bytes).toBeGreaterThan(Number(real!.bytes) * 0.9);
    expect(database_bytes).toBeLessThan(Number(real!.bytes) * 1.1);
    expect(tables.find(({ name }) => name === 'news.news_articles')?.total_bytes).toBe(Number(real!.articles));
    expect(tables.map(({ name }) => name)).toContain('market_data.ohlcv');
    const bars = tables.find(({ name }) => name === 'market_data.ohlcv')!;
    expect(bars.total_bytes).toBeGreaterThan(1_000_000);
    expect(connections).toMatchObject({ max: real!.max });
    expect(connections.own).toBeGreaterThan(0);
    expect(connections.used).toBeGreaterThanOrEqual(connections.own!);
  });

  it('gives null and the grant for what the role may not see', async () => {
    const { connections, unseen, slowest_statements } = await status();
    expect(connections).toMatchObject({ active: null, waiting_for_lock: null, idle_in_transaction: null });
    expect(unseen).toContainEqual({ field: 'connections.active', remedy: GRANT });
    expect(unseen).toContainEqual({ field: 'slowest_statements.query', remedy: GRANT });
    // Its own statements it may see.
    expect(slowest_statements!.length).toBeGreaterThan(0);
    expect(slowest_statements!.length).toBeLessThanOrEqual(10);
  });

  it('shows it once that grant was given', async () => {
    const database = await createDatabase();
    let other: TestApp | undefined;
    try {
      // The role is the whole server's: another one, so that no other suite is disturbed.
      const role = `tetra_watch_${process.pid}`;
      await asAdmin(database.urls.admin, async (client) => {
        await client.query(`create role ${role} login password 'watch' in role tetra_reader, pg_monitor`);
      });
      const url = new URL(database.urls.reader);
      url.username = role;
      url.password = 'watch';
      other = await startApp(url.href);
      const { connections, unseen } = await status(other);
      expect(connections.active).toBeGreaterThan(0);
      expect(connections).toMatchObject({
        waiting_for_lock: expect.any(Number),
        idle_in_transaction: expect.any(Number),
      });
      // Where a job of TimescaleDB failed, no grant shows why.
      expect(unseen.filter(({ field }) => field !== 'jobs.last_error')).toEqual([]);
      await other.close();
      other = undefined;
      await asAdmin(database.urls.admin, async (client) => {
        await client.query(`drop role ${role}`);
      });
    } finally {
      await other?.close();
      await database.drop();
    }
  });

  it('tells archive, log, slots and columns, and what a role without the grant may not see of them', async () => {
    const { upkeep, replication_slots, column_faults, odd_rows, retention, unseen } = await status();
    expect(upkeep).toMatchObject({
      archives: false,
      archive_fails: false,
      last_archived_at: null,
      log_bytes: null,
      oldest_transaction_seconds: null,
    });
    expect(upkeep.transaction_id_age).toBeGreaterThan(0);
    expect({ replication_slots, column_faults, odd_rows, retention }).toEqual({
      replication_slots: expect.any(Array),
      column_faults: [],
      odd_rows: [],
      retention: null,
    });
    expect(unseen).toContainEqual({ field: 'upkeep.log_bytes', remedy: 'GRANT pg_monitor TO tetra_reader' });
  });

  it('tells how many locks there are, and who holds most', async () => {
    await inDatabase(async (database, fresh) => {
      const { upkeep } = await fresh();
      expect(upkeep.lock_slots).toBeGreaterThan(1000);
      expect(upkeep.locks).toBeLessThan(upkeep.lock_slots);
      await asAdmin(database.urls.admin, async (client) => {
        await client.query(`set application_name = 'a dashboard'`);
        await client.query('begin');
        // Not those of readers, which newer servers keep beside the lock table while a session has few of them.
        await client.query(`do $$ begin
          for i in 1..50 loop
            execute format('create table locked_%s ()', i);
          end loop; end $$`);
        const { lock_holders } = await fresh();
        expect(lock_holders).toContainEqual({
          role: expect.any(String),
          application: 'a dashboard',
          sessions: 1,
          locks: expect.any(Number),
        });
        expect(lock_holders.find(({ application }) => application === 'a dashboard')!.locks).toBeGreaterThan(30);
        await client.query('rollback');
      });
    });
  });

  it('names columns that are not as they are read, and rows that cannot be right', async () => {
    await inDatabase(async (database, fresh) => {
      await asAdmin(database.urls.admin, async (client) => {
        await client.query(`insert into news.news_articles (title, url, published_at) values
          ('later', 'x:1', now() + interval '1 year'), ('never', 'x:2', 'infinity')`);
        await client.query(`insert into events.event_data (event_type, event_datetime, event_name, source) values
          ('ipo', now() + interval '1 year', 'an event to come is right', 'test')`);
      });
      expect((await fresh()).odd_rows).toEqual([{ relation: 'news.news_articles', future: true, infinite: true }]);
      await asAdmin(database.urls.admin, async (client) => {
        await client.query('alter table news.news_articles rename column author to writer');
        await client.query('alter table events.event_data alter column actual type double precision');
      });
      expect((await fresh()).column_faults).toEqual([
        { relation: 'news.news_articles', column: 'author', type: null },
        { relation: 'events.event_data', column: 'actual', type: 'double precision' },
      ]);
    });
  });

  it('says the same over GraphQL', async () => {
    const rest = await status();
    const { body } = (await server
      .graphql(
        `{ databaseStatus { databaseBytes tables { name totalBytes } jobs { name nextStartAt } unseen { field remedy }
             connections { used max active } slowestStatements { calls } aggregates { name lagSeconds } } }`,
      )
      .expect(200)) as { body: { data: { databaseStatus: Record<string, unknown> } } };
    expect(body.data.databaseStatus).toMatchObject({
      databaseBytes: rest.database_bytes,
      tables: rest.tables.map(({ name, total_bytes }) => ({ name, totalBytes: total_bytes })),
      unseen: rest.unseen,
    });
  });

  it('is read once however many ask', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.get('/v1/monitoring/database')));
    const times = answers.map(({ body }) => (body as { data: { read_at: string } }).data.read_at);
    expect(new Set(times).size).toBe(1);
  });

  it('takes no parameter', () => server.get('/v1/monitoring/database?verbose=1').expect(400));
});

describeOnTimescale('/v1/monitoring/database with TimescaleDB', () => {
  let database: TestDatabase;
  let server: TestApp;

  beforeAll(async () => {
    database = await createDatabase();
    await asAdmin(database.urls.admin, async (client) => {
      await client.query(
        `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
         select s, t, 1, 1, 1, 1, 1, '1d', 'test' from generate_series(now() - interval '200 days', now(), interval '1 hour') t,
           unnest(array['A', 'B']) s`,
      );
      await client.query(
        `select compress_chunk(c) from show_chunks('market_data.ohlcv', older_than => interval '60 days') c`,
      );
      await client.query(`call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`);
    });
    server = await startApp(database.urls.reader);
  });
  afterAll(async () => {
    await server?.close();
    await database?.drop();
  });

  it('tells chunks, compression, jobs and lag', async () => {
    const { body } = await server.get('/v1/monitoring/database').expect(200);
    const { hypertables, chunks, jobs, aggregates, tables } = (body as { data: Status }).data;
    const [real] = await asAdmin(database.urls.admin, async (client) => {
      const { rows } = await client.query<{ chunks: number; compressed: number; before: string; size: string }>(
        `select total_chunks::int as chunks, number_compressed_chunks::int as compressed,
           before_compression_total_bytes::text as before, hypertable_size('market_data.ohlcv')::text as size
         from hypertable_compression_stats('market_data.ohlcv')`,
      );
      return rows;
    });
    expect(hypertables).toMatchObject([
      {
        name: 'market_data.ohlcv',
        chunks: real!.chunks,
        compressed_chunks: real!.compressed,
        before_compression_bytes: Number(real!.before),
      },
    ]);
    expect(real!.compressed).toBeGreaterThan(10);
    expect(tables.find(({ name }) => name === 'market_data.ohlcv')!.total_bytes).toBe(Number(real!.size));
    expect(chunks).toHaveLength(20);
    expect([...chunks].sort((a, b) => (a.range_start < b.range_start ? 1 : -1))).toEqual(chunks);
    const sizes = await asAdmin(database.urls.admin, async (client) => {
      const { rows } = await client.query<{ name: string; bytes: string }>(
        `select chunk_name as name, total_bytes::text as bytes from chunks_detailed_size('market_data.ohlcv')`,
      );
      return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
    });
    for (const chunk of chunks) {
      expect(chunk.total_bytes).toBe(sizes.get(chunk.name));
    }
    expect(jobs.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['policy_compression', 'policy_refresh_continuous_aggregate']),
    );
    expect(jobs.find(({ name }) => name === 'policy_compression')!.relation).toBe('market_data.ohlcv');
    expect(aggregates).toMatchObject([{ name: 'market_data.ohlcv_daily', history_complete: true }]);
    expect(aggregates[0]!.lag_seconds).toBeGreaterThanOrEqual(0);
  });
});

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import pg from 'pg';
import { applySetup } from '../../src/setup/apply.js';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin } from '../support/database.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { describeWith, PGBIN, until } from './support/tools.js';

const PASSWORD = 'reader';
const path = '/v1/market-data/bars/TICK?start=2025-10-30&end=2025-10-30';

const bar = (symbol: string, close: number): string =>
  `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
   values ('${symbol}', '2025-10-30T14:30:00Z', 1, 99, 1, ${close}, 7, '1d', 'test')
   on conflict (symbol, timestamp) do update set close = excluded.close`;

describeWith(PGBIN, 'entity tags', () => {
  let home: Home;
  let primary: Cluster;
  let standby: Cluster;
  let api: TestApp | undefined;

  beforeAll(async () => {
    home = makeHome();
    primary = await Cluster.create(home, 'primary', {
      wal_level: 'replica',
      max_wal_senders: '4',
      // Its transactions would take numbers, too.
      autovacuum: 'off',
    });
    await primary.start();
    await primary.sql('create database tetra');
    await asAdmin(primary.url('tetra'), async (client) => {
      await applySetup(client, { readerPassword: PASSWORD, timescaledb: 'never' });
      for (const symbol of ['TICK', 'TOCK', 'TACK']) await client.query(bar(symbol, 19));
    });
    standby = await primary.standby(home, 'standby');
  }, 120_000);
  afterAll(async () => {
    await api?.close();
    await standby?.stop();
    await primary?.stop();
    home?.remove();
  });

  const on = async (cluster: Cluster): Promise<TestApp> => {
    await api?.close();
    return (api = await startApp(cluster.url('tetra', 'tetra_reader', PASSWORD)));
  };
  const snapshot = async (cluster: Cluster): Promise<string> =>
    (await cluster.sql<{ now: string }>('select pg_current_snapshot()::text as now', 'tetra'))[0]!.now;
  const replayed = (): Promise<void> => standby.replayed(primary);
  const closeOf = (body: unknown): number => (body as { data: { close: number }[] }).data[0]!.close;
  /** The tag of an answer, asked for until a run of the server remembers it. */
  const tagOf = async (app: TestApp, close: number): Promise<string> => {
    const first = await app.get(path).expect(200);
    expect(closeOf(first.body)).toBe(close);
    const etag = first.headers.etag!;
    for (let i = 0; i < 3; i++) await app.get(path, { 'if-none-match': etag }).expect(304);
    return etag;
  };

  it('do not hold on a standby where a row changed and the snapshot did not', async () => {
    const writers = await Promise.all(
      [0, 1].map(async () => {
        const client = new pg.Client({ connectionString: primary.url('tetra') });
        await client.connect();
        return client;
      }),
    );
    const [oldest, later] = writers as [pg.Client, pg.Client];
    await oldest.query(`begin; ${bar('TACK', 20)}`);
    await later.query(`begin; ${bar('TICK', 11)}`);
    await primary.sql(bar('TOCK', 20), 'tetra');
    await replayed();
    const app = await on(standby);
    const etag = await tagOf(app, 19);
    const before = await snapshot(standby);
    await later.query('commit');
    await replayed();
    expect(await snapshot(standby)).toBe(before);
    const again = await app.get(path, { 'if-none-match': etag }).expect(200);
    expect(closeOf(again.body)).toBe(11);
    await oldest.query('rollback');
    for (const client of writers) await client.end();
  });

  it('do not hold after a failover whose first write repeats the snapshot', async () => {
    await replayed();
    await standby.stop();
    // The standby never hears of this one.
    await primary.sql(bar('TICK', 19), 'tetra');
    const app = await on(primary);
    const etag = await tagOf(app, 19);
    const before = await snapshot(primary);
    await primary.stop();
    const promoted = await Cluster.at(join(home.path, 'standby'), primary.port);
    await promoted.start();
    try {
      await promoted.sql('select pg_promote()');
      await promoted.sql(bar('TICK', 11), 'tetra');
      // So that it is not the number of writes that tells.
      for (let i = 0; i < 5 && (await snapshot(promoted)) < before; i++)
        await promoted.sql('select pg_current_xact_id()');
      expect(await snapshot(promoted)).toBe(before);
      await until('the API has found it', async () => (await app.get('/v1/market-data/symbols')).status === 200);
      const again = await app.get(path, { 'if-none-match': etag });
      expect([again.status, closeOf(again.body)]).toEqual([200, 11]);
    } finally {
      await promoted.stop();
    }
  });
});

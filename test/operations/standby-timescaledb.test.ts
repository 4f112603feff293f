import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applySetup } from '../../src/setup/apply.js';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, stopJobs } from '../support/database.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { insertBars } from './support/scratch.js';
import { hasTimescaledb } from './support/timescaledb.js';
import { until } from './support/tools.js';

const PASSWORD = 'reader';
const DAYS = 200;
const found = await hasTimescaledb('Daily bars of a standby', process.env.TEST_DATABASE_URL);

/** What the days of a symbol are, from the bars that a server has. */
const COMPUTED = `select to_char(day, 'YYYY-MM-DD') as day, close::float8, volume::float8 from (
    select timestamp::date as day, (array_agg(close order by timestamp desc))[1] as close, sum(volume) as volume
    from market_data.ohlcv where symbol = 'AAA' group by 1) as days
  order by days.day desc limit ${DAYS}`;

interface Day {
  readonly day: string;
  readonly close: number;
  readonly volume: number;
}

// The standby's replay is held back, so that the primary's aggregate is always ahead of what the API reads from.
(found ? describe : describe.skip)('daily bars while a standby is behind a refresh', () => {
  let home: Home;
  let primary: Cluster;
  let standby: Cluster;
  let api: TestApp;

  const onPrimary = (text: string): Promise<unknown> => primary.sql(text, 'tetra');
  const replay = async (go: 'pause' | 'resume'): Promise<void> => {
    await standby.sql(`select pg_wal_replay_${go}()`);
    if (go === 'pause') {
      await until('replay is paused', async () => {
        const [row] = await standby.sql<{ state: string }>('select pg_get_wal_replay_pause_state() as state');
        return row!.state === 'paused';
      });
    }
  };
  const replayed = (): Promise<void> => standby.replayed(primary);
  const refresh = (): Promise<unknown> =>
    onPrimary(`call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`);
  /** What the API says; it reads from the standby. */
  const said = async (): Promise<Day[]> => {
    const { body } = await api
      .get(`/v1/market-data/daily/AAA?sort=desc&limit=${DAYS}&fields=day,close,volume`)
      .expect(200);
    return (body as { data: Day[] }).data;
  };
  /** Waits until the API says what the standby's bars say, and looks that it goes on to. */
  const expectTruth = async (): Promise<Day[]> => {
    const truth = await standby.sql<Day>(COMPUTED, 'tetra');
    const right = JSON.stringify(truth);
    await until('the API says what the bars of the standby say', async () => JSON.stringify(await said()) === right);
    for (let i = 0; i < 10; i++) expect(await said()).toEqual(truth);
    return truth;
  };

  beforeAll(async () => {
    home = makeHome();
    const settings = { wal_level: 'replica', max_wal_senders: '4', shared_preload_libraries: 'timescaledb' };
    primary = await Cluster.create(home, 'primary', { ...settings, 'timescaledb.telemetry_level': 'off' });
    await primary.start();
    await primary.sql('create database tetra');
    await asAdmin(primary.url('tetra'), async (client) => {
      await applySetup(client, { readerPassword: PASSWORD });
      await stopJobs(client);
      await insertBars(client, 12);
    });
    await refresh();
    standby = await primary.standby(home, 'standby');
    api = await startApp(primary.url('tetra', 'tetra_reader', PASSWORD), {
      DATABASE_REPLICA_URLS: standby.url('tetra', 'tetra_reader', PASSWORD),
      DATABASE_REPLICA_MAX_LAG_MS: '3600000',
    });
    await until('the standby is used', async () => {
      const { text } = await api.get('/metrics').expect(200);
      return new RegExp(`tetra_replica_used{replica="127.0.0.1:${standby.port}"} 1`).test(text);
    });
  }, 180_000);
  afterAll(async () => {
    await api?.close();
    await standby?.stop();
    await primary?.stop();
    home?.remove();
  });

  const correct = (volume: number): Promise<unknown> =>
    onPrimary(`update market_data.ohlcv set volume = ${volume} where symbol = 'AAA' and timestamp > now() - interval '60 days'
      and timestamp < now() - interval '20 days'`);

  it('are those of the standby where the primary has corrected and refreshed', async () => {
    await replayed();
    const before = await expectTruth();
    await replay('pause');
    await correct(1);
    await refresh();
    expect(await expectTruth()).toEqual(before);
    await replay('resume');
    await replayed();
    expect(await expectTruth()).not.toEqual(before);
  });

  it('are computed where the standby has a correction and not yet the refresh that took it over', async () => {
    await correct(2);
    await replayed();
    await replay('pause');
    await refresh();
    const behind = await expectTruth();
    expect(behind.some(({ volume }) => volume === 12)).toBe(true);
    await replay('resume');
    await replayed();
    expect(await expectTruth()).toEqual(behind);
  });

  it('go on where the watermark of the primary is ahead', async () => {
    await replay('pause');
    await onPrimary(`
      insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      select 'AAA', date_trunc('day', now()) - interval '1 day' + n * interval '1 hour', 5, 5, 5, 5, 5, '1h', 'late' from generate_series(1, 3) n`);
    await refresh();
    const before = await expectTruth();
    await replay('resume');
    await replayed();
    expect(await expectTruth()).not.toEqual(before);
  });

  it('are whole where bars were dropped whose days the aggregate keeps', async () => {
    const kept = await said();
    await replay('pause');
    await onPrimary(`select drop_chunks('market_data.ohlcv', older_than => now() - interval '100 days')`);
    expect(await said()).toEqual(kept);
    await replay('resume');
    await replayed();
    for (let i = 0; i < 10; i++) expect(await said()).toEqual(kept);
  });
});

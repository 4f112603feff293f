import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { describeOnTimescale, startApp, type TestApp } from '../support/app.js';
import { daysOfApi, daysOfBars, insertBars, refresh, REFRESH, storedDays } from '../support/daily.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let sql: pg.Client;
let api: TestApp | undefined;

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
  await client.connect();
  return client;
}

/** Starts the API anew: it knows nothing of what was before. */
async function start(): Promise<void> {
  await api?.close();
  api = undefined;
  api = await startApp(database.urls.reader);
}

const days = (symbol: string, query: string): ReturnType<typeof daysOfApi> => daysOfApi(api!, symbol, query);

jest.setTimeout(120_000);
beforeEach(async () => {
  database = await createDatabase();
  sql = await connect();
});
afterEach(async () => {
  await api?.close();
  api = undefined;
  await sql.end();
  await database.drop();
});

describeOnTimescale('history that only the aggregate has', () => {
  const YEARS = 'start=2019-01-01&end=2020-12-31';

  /** Eighteen months of days, the first six of them with their bars dropped. */
  async function dropYear(chunks: string, every: string): Promise<string[]> {
    await sql.query(`SELECT set_chunk_time_interval('market_data.ohlcv', interval '${chunks}')`);
    await sql.query(insertBars('2019-07-01Z', '2020-12-31Z', every));
    await sql.query(REFRESH);
    const stored = await storedDays(sql, 'A');
    await sql.query(`SELECT drop_chunks('market_data.ohlcv', timestamptz '2020-01-08Z')`);
    await start();
    return stored;
  }

  it('is there as before, with a stray bar of 1970 and after a refresh too', async () => {
    const stored = await dropYear('7 days', '1 day');
    expect((await days('A', YEARS)).days).toEqual(stored);
    await sql.query(insertBars('1970-01-01Z', '1970-01-01Z'));
    await start();
    expect((await days('A', YEARS)).days).toEqual(stored);
    const { body } = await api!.get('/v1/market-data/gaps/A?start=2019-07-01&end=2019-12-31&calendar=all').expect(200);
    expect(body).toMatchObject({ data: [], meta: { coverage: 1 } });
    await sql.query(refresh('2020-02-01', '2020-03-01'));
    expect((await days('A', YEARS)).days).toEqual(stored);
    expect((await days('A', 'start=1970-01-01&end=1970-01-02')).days).toHaveLength(1);
  });

  it('is complete once what is left was added up again', async () => {
    await dropYear('7 days', '1 day');
    await sql.query(refresh('2020-01-09', '2020-12-31'));
    await start();
    const { freshness } = await days('A', YEARS);
    expect(freshness).toMatchObject({ history_complete: true, note: null });
  });

  it('ends at a time of day where chunks are 36 hours long: that day is the stored one', async () => {
    const stored = await dropYear('36 hours', '3 hours');
    const first = await sql.query<{ at: Date }>('SELECT min(timestamp) AS at FROM market_data.ohlcv');
    expect(first.rows[0]!.at.getUTCHours()).toBe(12);
    expect((await days('A', YEARS)).days).toEqual(stored);
    await sql.query(refresh('2020-06-01', '2020-07-01'));
    await start();
    expect((await days('A', YEARS)).days).toEqual(stored);
  });

  it('a day that has bars again is computed from them, its neighbours stay', async () => {
    const stored = await dropYear('1 day', '6 hours');
    await sql.query(insertBars('2019-08-05Z', '2019-08-05T18:00Z', '6 hours'));
    const found = await days('A', 'start=2019-08-04&end=2019-08-06');
    const [computed] = (await daysOfBars(sql, 'A')).filter((line) => line.startsWith('2019-08-05'));
    const at = stored.findIndex((line) => line.startsWith('2019-08-05'));
    expect(found.days).toEqual([stored[at - 1], computed, stored[at + 1]]);
  });

  it('stays where chunks of it come back with late bars: the other days of these chunks are the stored ones', async () => {
    const stored = await dropYear('7 days', '1 day');
    // In one transaction, whose changes are logged from the first bar to the last; one chunk is that before the bars.
    const late = ['2019-07-22', '2020-01-01'];
    await sql.query(`begin; ${late.map((day) => insertBars(`${day}Z`, `${day}Z`)).join(';')}; commit`);
    const { days: found, freshness } = await days('A', YEARS);
    expect(found.map((line) => line.slice(0, 10))).toEqual(stored.map((line) => line.slice(0, 10)));
    const others = (lines: readonly string[]): string[] => lines.filter((line) => !late.includes(line.slice(0, 10)));
    expect(others(found)).toEqual(others(stored));
    expect(freshness).toMatchObject({ history_complete: false });
    const { body } = await api!.get('/v1/market-data/gaps/A?start=2019-07-01&end=2020-02-01&calendar=all').expect(200);
    expect(body).toMatchObject({ data: [], meta: { coverage: 1 } });
  });

  it('does not hide that the bars of a day were deleted after it', async () => {
    const stored = await dropYear('7 days', '1 day');
    await sql.query(insertBars('2019-08-05Z', '2019-08-05Z'));
    await sql.query(`delete from market_data.ohlcv where timestamp >= '2020-03-03Z' and timestamp < '2020-03-04Z'`);
    const { days: found } = await days('A', YEARS);
    const left = stored.flatMap((line) => (line.startsWith('2020-03-03') ? [] : line.slice(0, 10)));
    expect(found.map((line) => line.slice(0, 10))).toEqual(left);
  });
});

describeOnTimescale('while the aggregate changes', () => {
  const WINDOW = 'start=2018-01-01&end=2020-12-31';
  beforeEach(async () => {
    await sql.query(insertBars('2018-01-01Z', '2020-12-31Z'));
  });

  it('a refresh that commits its newest days first takes no row away', async () => {
    const truth = await daysOfBars(sql, 'A');
    await start();
    await days('A', WINDOW);
    for (const [from, to] of [
      ['2020-09-01', '2021-01-01'],
      ['2020-01-01', '2020-09-01'],
      ['2019-01-01', '2020-01-01'],
      ['2018-01-01', '2019-01-01'],
    ] as const) {
      await sql.query(refresh(from, to));
      const found = await days('A', WINDOW);
      expect(found.days).toEqual(truth);
      // A state from before says that nothing is stored, one from after that the older days are not.
      expect(found.freshness.history_complete && from !== '2018-01-01').toBe(false);
    }
  });

  it('a refresh that is held in its first range is seen as what it is', async () => {
    const truth = await daysOfBars(sql, 'A');
    const [holder, refresher] = [await connect(), await connect()];
    const stored = await sql.query<{ name: string }>(
      `SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) AS name
       FROM timescaledb_information.continuous_aggregates`,
    );
    await holder.query('BEGIN');
    await holder.query(`LOCK TABLE ${stored.rows[0]!.name} IN EXCLUSIVE MODE`);
    const running = refresher.query(REFRESH);
    const waits = `SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND relation = $1::regclass`;
    for (let n = 0, tries = 0; n === 0 && tries < 10_000; tries++) {
      n = (await sql.query<{ n: number }>(waits, [stored.rows[0]!.name])).rows[0]!.n;
    }
    await start();
    const during = await days('A', WINDOW);
    await holder.query('ROLLBACK');
    await running;
    const after = await days('A', WINDOW);
    await Promise.all([holder.end(), refresher.end()]);
    expect(during.days).toEqual(truth);
    expect(during.freshness).toMatchObject({ materialized_through: null, history_complete: false });
    expect(after.days).toEqual(truth);
  });

  it('a correction of an old day is in every answer that was read after it, and in it alone', async () => {
    await sql.query(REFRESH);
    await start();
    const before = await days('A', WINDOW);
    expect(before.freshness.history_complete).toBe(true);
    await sql.query(`UPDATE market_data.ohlcv SET close = 19.25 WHERE symbol = 'A' AND timestamp = '2018-05-05Z'`);
    const committed = new Date().toISOString();
    const truth = await daysOfBars(sql, 'A');
    let answer = before;
    for (let tries = 0; tries < 100_000 && answer.freshness.as_of <= committed; tries++) {
      answer = await days('A', 'start=2018-05-01&end=2018-05-10');
    }
    expect(answer.freshness).toMatchObject({ history_complete: false });
    expect(answer.days).toEqual(truth.filter((line) => line >= '2018-05-01' && line < '2018-05-11'));
    expect((await days('A', WINDOW)).days).toEqual(truth);
    expect((await days('A', 'start=2019-01-01&end=2019-12-31')).freshness.history_complete).toBe(true);
  });
});

import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { applyRetention, applySetup } from '../../src/setup/apply.js';
import { type Connect, refreshDaily } from '../../src/setup/daily-refresh.js';
import { retain } from '../../src/setup/retention.js';
import { describeOnTimescale, startApp, type TestApp } from '../support/app.js';
import { answersOf, randomRequests } from '../support/archive.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const WHOLE = `CALL refresh_continuous_aggregate('market_data.ohlcv_daily', NULL, NULL)`;
/** Hours of weekdays, of symbols that begin and end at different times; no two bars are the same. */
const BARS = `
  INSERT INTO market_data.ohlcv
    (symbol, timestamp, open, high, low, close, volume, vwap, trades_count, timeframe, source)
  SELECT s, t, 100 + n, 110 + n, 90 + n / 3, 105 + n, 1000 + n, nullif(101 + n, 120), nullif(n, 7)::int,
    CASE n % 5 WHEN 0 THEN '30m' ELSE '1h' END, CASE n % 3 WHEN 0 THEN 'feed' ELSE 'test' END
  FROM generate_series(date_trunc('day', now(), 'UTC') - interval '15 months', now() - interval '2 days', interval '1 hour') AS t,
    (VALUES ('AAA', 0, 450), ('BBB', 0, 450), ('OLD', 0, 300), ('NEW', 330, 450)) AS symbols (s, first, last),
    LATERAL (SELECT (extract(epoch FROM t)::bigint / 3600 + ascii(s)) % 37 AS n) AS n
  WHERE extract(hour FROM t AT TIME ZONE 'UTC') BETWEEN 14 AND 19 AND extract(isodow FROM t) < 6
    AND t >= now() - interval '15 months' + first * interval '1 day' AND t < now() - interval '15 months' + last * interval '1 day'`;
/** What a pipeline writes late: a correction of an archived bar, and one that was missing. */
const LATE = `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
  SELECT 'AAA', at + minutes * interval '1 minute', 500, 500, 500, 500, 7, '1h', 'late'
  FROM (SELECT timestamp AS at FROM market_data.ohlcv_archive WHERE symbol = 'AAA' ORDER BY timestamp OFFSET 45 LIMIT 1) AS bar,
    unnest(ARRAY[0, 7]) AS minutes`;
/** Every bar, those of the hypertable before those of the archive. */
const NAIVE = `
  SELECT symbol, to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS timestamp,
    trim_scale(open)::text AS open, volume::text AS volume, source
  FROM (SELECT DISTINCT ON (symbol, timestamp) * FROM (
      SELECT 1 AS side, symbol, timestamp, open, volume, source FROM market_data.ohlcv
      UNION ALL SELECT 2, symbol, timestamp, open, volume, source FROM market_data.ohlcv_archive) AS either
    ORDER BY symbol, timestamp, side) AS bar`;

const withoutFreshness = (answer: string): string =>
  answer.replaceAll(/"freshness":\{[^}]*\}/g, '').replaceAll(/ W\/"[^"]*"/g, '');

interface Body {
  readonly data: readonly Record<string, string>[];
  readonly next_page_token: string | null;
}

jest.setTimeout(300_000);

describeOnTimescale('bars that were archived', () => {
  let database: TestDatabase;
  let sql: pg.Client;
  let api: TestApp;
  let connect: Connect;

  beforeAll(async () => {
    database = await createDatabase();
    connect = async () => {
      const client = new pg.Client({
        connectionString: database.urls.admin,
        options: '-c timezone=UTC -c datestyle=ISO',
      });
      await client.connect();
      return client;
    };
    sql = await connect();
    await sql.query(BARS);
    await sql.query(WHOLE);
    api = await startApp(database.urls.reader);
  });
  afterAll(async () => {
    await api.close();
    await sql.end();
    await database.drop();
  });

  /** Starts the API anew: it knows nothing of what was before. */
  async function restart(): Promise<void> {
    await api.close();
    api = await startApp(database.urls.reader);
    await api.get('/v1/market-data/symbols').expect(200);
  }

  const bar = `select count(*)::int as n from market_data`;
  const count = async (relation: string): Promise<number> =>
    (await sql.query<{ n: number }>(`${bar}.${relation}`)).rows[0]!.n;

  it('are in every answer as before, while they are moved and after it', async () => {
    const requests = randomRequests(1, 80);
    const before = await answersOf(api, requests);
    await applyRetention(sql);
    await sql.query(`UPDATE market_data.ohlcv_retention SET keep = interval '60 days'`);
    await restart();
    expect(await answersOf(api, requests)).toEqual(before);

    let moving = true;
    const moved = retain(connect).finally(() => (moving = false));
    let rounds = 0;
    while (moving) {
      const some = requests.filter((_, i) => i % 5 === rounds % 5);
      expect(await answersOf(api, some)).toEqual(before.filter((_, i) => i % 5 === rounds % 5));
      rounds += 1;
    }
    expect(await moved).toMatchObject({ left: 0 });
    expect(await count('ohlcv_archive')).toBeGreaterThan(4000);
    expect(await answersOf(api, requests)).toEqual(before);
    await restart();
    expect(await answersOf(api, requests)).toEqual(before);
  });

  it('give way to what was corrected since, also where a filter leaves that out', async () => {
    await sql.query(LATE);
    for (const [query, where] of [
      ['', 'true'],
      ['&source=late', `source = 'late'`],
      ['&source=test', `source = 'test'`],
      ['&source=feed', `source = 'feed'`],
    ] as const) {
      const found: Record<string, unknown>[] = [];
      for (let token: string | null = ''; token !== null;) {
        const path = `/v1/market-data/bars/AAA?start=2000-01-01&limit=700&numbers=string${query}${token}`;
        const { body } = (await api.get(path).expect(200)) as { body: Body };
        for (const { symbol, timestamp, open, volume, source } of body.data)
          found.push({ symbol, timestamp, open, volume, source });
        token = body.next_page_token && `&page_token=${body.next_page_token}`;
      }
      const { rows } = await sql.query(`${NAIVE} WHERE symbol = 'AAA' AND ${where} ORDER BY timestamp`);
      expect(found).toEqual(rows);
    }
  });

  it('are added up with those that came late', async () => {
    await restart();
    const { rows } = await sql.query<{ day: string; volume: string; high: string }>(`
      SELECT left(timestamp, 10) AS day, sum(volume::int)::text AS volume, max(open::numeric)::text AS high
      FROM (${NAIVE}) AS bar
      WHERE symbol = 'AAA' AND left(timestamp, 10) = (SELECT left(timestamp, 10) FROM (${NAIVE}) AS late WHERE source = 'late' LIMIT 1)
      GROUP BY 1`);
    const [{ day, volume, high }] = rows as [{ day: string; volume: string; high: string }];
    const { body } = (await api
      .get(`/v1/market-data/daily/AAA?start=${day}&end=${day}&numbers=string`)
      .expect(200)) as { body: Body };
    expect(body.data).toMatchObject([{ day, volume, high }]);
    expect(Number(volume)).toBeGreaterThan(3000);
  });

  it('are all in an export that begins while a slice of them moves', async () => {
    await sql.query(`UPDATE market_data.ohlcv_retention SET keep = interval '30 days'`);
    const path = '/v1/market-data/bars/BBB?start=2000-01-01&limit=all&format=csv';
    const before = (await api.get(path).expect(200)).text;
    const dropped = Promise.withResolvers<null>();
    const goOn = Promise.withResolvers<null>();
    const paused: Connect = async () => {
      const client = await connect();
      const ask = client.query.bind(client) as (text: string, values?: unknown[]) => Promise<unknown>;
      const query = async (text: string, values?: unknown[]): Promise<unknown> => {
        const answer = await ask(text, values);
        if (text.includes('drop_chunks')) {
          dropped.resolve(null);
          await goOn.promise;
        }
        return answer;
      };
      return Object.assign(client, { query });
    };
    const run = retain(paused);
    await dropped.promise;
    const during = api.get(path).then(({ text }) => text);
    const waits = `SELECT FROM pg_stat_activity WHERE usename = 'tetra_reader' AND wait_event_type = 'Lock' AND datname = current_database()`;
    while ((await sql.query(waits)).rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    goOn.resolve(null);
    expect(await during).toBe(before);
    await run;
    expect((await api.get(path).expect(200)).text).toBe(before);
  });

  it('are what days are computed from where there is no aggregate', async () => {
    const requests = randomRequests(2, 60);
    const before = await answersOf(api, requests);
    await sql.query('DROP MATERIALIZED VIEW market_data.ohlcv_daily');
    await restart();
    expect((await answersOf(api, requests)).map(withoutFreshness)).toEqual(before.map(withoutFreshness));
  });

  /** Daily rows of a symbol as simple SQL has them, out of all bars there are. */
  const dailyOf = (symbol: string): string => `
    SELECT left(timestamp, 10) || ',' || (array_agg(open ORDER BY timestamp))[1] || ',' || sum(volume::bigint) AS line
    FROM (${NAIVE}) AS bar
    WHERE symbol = '${symbol}'
    GROUP BY left(timestamp, 10) ORDER BY left(timestamp, 10)`;

  it('are what days are computed from that an aggregate which was made anew does not have', async () => {
    const requests = randomRequests(3, 40);
    const before = await answersOf(api, requests);
    const check = async (): Promise<void> => {
      for (const symbol of ['AAA', 'BBB', 'OLD', 'NEW']) {
        const path = `/v1/market-data/daily/${symbol}?start=2000-01-01&limit=all&format=csv&fields=day,open,volume`;
        const answer = (await api.get(path).expect(200)).text;
        const { rows } = await sql.query<{ line: string }>(dailyOf(symbol));
        expect(answer.trim().split(/\r?\n/).slice(1)).toEqual(rows.map(({ line }) => line));
      }
    };
    await applySetup(sql);
    await refreshDaily(connect);
    const days = async (relation: string, day: string): Promise<number> =>
      (
        await sql.query<{ n: number }>(
          `select count(distinct date_trunc('day', ${day}))::int as n from market_data.${relation}`,
        )
      ).rows[0]!.n;
    expect(await days('ohlcv_daily', 'day')).toBeLessThan(await days('ohlcv_archive', 'timestamp'));
    await restart();
    await check();
    expect((await answersOf(api, requests)).map(withoutFreshness)).toEqual(before.map(withoutFreshness));

    // A late bar makes the job store its slice: an island among days that are computed.
    await sql.query(LATE.replace('0, 7]', '0, 9]'));
    await retain(connect);
    await restart();
    await check();
  });

  it('are what days are computed from that a refresh over all of the history has taken away', async () => {
    await sql.query('DROP MATERIALIZED VIEW market_data.ohlcv_daily');
    const requests = randomRequests(4, 30);
    await restart();
    const before = await answersOf(api, requests);
    await applySetup(sql);
    await sql.query(WHOLE);
    await restart();
    expect((await answersOf(api, requests)).map(withoutFreshness)).toEqual(before.map(withoutFreshness));
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { REFRESH } from '../support/daily.js';
import { idOf } from '../support/fixtures.js';

const WINDOW = 'start=2025-01-01&end=2025-06-30';
/** When everything was written first, and an instant between that and the corrections. */
const [WRITTEN, SINCE] = ['2025-07-01T00:00:00Z', '2025-07-02T00:00:00Z'];

const SETUP = `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source, created_at, updated_at)
  SELECT s, t, 10, 20, 5, 10 + n % 7, 100 + n, 11, '1h', 'test', '${WRITTEN}', '${WRITTEN}'
  FROM unnest(array['A', 'B']) AS s, generate_series(timestamptz '2025-01-01Z', timestamptz '2025-06-30 23:00Z', interval '1 hour') WITH ORDINALITY AS g (t, n);
  INSERT INTO economic_data.economic_data (symbol, date, value, source, created_at, updated_at)
  SELECT s, d, n, 'FRED', '${WRITTEN}', '${WRITTEN}'
  FROM unnest(array['GDP', 'UNRATE']) AS s, generate_series(timestamptz '2025-01-01Z', timestamptz '2025-06-01Z', interval '1 month') WITH ORDINALITY AS g (d, n);
  INSERT INTO news.news_articles (id, title, url, source, published_at, created_at)
  SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Rates ' || n, 'https://example.com/' || n, 'Wire', timestamptz '2025-06-01Z' + n * interval '1 day', '${WRITTEN}'
  FROM generate_series(1, 20) AS n;
  INSERT INTO events.event_data (id, event_type, event_datetime, event_name, source, symbol, created_at)
  SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'earnings', timestamptz '2025-06-01Z' + n * interval '1 day', 'Event ' || n, 'test', 'A', '${WRITTEN}'
  FROM generate_series(1, 20) AS n`;

/** Corrected bars, one long ago, one that was late, and one of which no time was kept; a revision; what came late. */
const CORRECTIONS = `
  UPDATE market_data.ohlcv SET close = 19, updated_at = '2025-07-03 08:00Z' WHERE symbol = 'A' AND timestamp IN ('2025-01-15 10:00Z', '2025-06-20 23:00Z');
  DELETE FROM market_data.ohlcv WHERE symbol = 'A' AND timestamp = '2025-03-03 10:00Z';
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source, created_at, updated_at)
  VALUES ('A', '2025-03-03 10:30Z', 10, 20, 5, 11, 7, '1h', 'test', '2025-07-03 08:00Z', '2025-07-03 08:00Z');
  UPDATE market_data.ohlcv SET close = 18, created_at = NULL, updated_at = NULL WHERE symbol = 'B' AND timestamp = '2025-04-01 10:00Z';
  UPDATE economic_data.economic_data SET value = 99.5, updated_at = '2025-07-03 08:00Z' WHERE symbol = 'GDP' AND date = '2025-03-01Z';
  INSERT INTO news.news_articles (id, title, url, source, published_at, created_at)
  VALUES ('${idOf(99)}', 'Late rates', 'https://example.com/late', 'Wire', '2025-06-03 12:00Z', '2025-07-03 08:00Z');
  INSERT INTO events.event_data (id, event_type, event_datetime, event_name, source, symbol, created_at)
  VALUES ('${idOf(99)}', 'earnings', '2025-06-03 12:00Z', 'Late event', 'test', 'A', '2025-07-03 08:00Z')`;

type Row = Record<string, unknown>;

describe('what was written after an instant', () => {
  let database: TestDatabase;
  let api: TestApp;
  let before: Map<string, Row[]>;

  const rows = async (path: string): Promise<Row[]> => (await api.get(path).expect(200)).body.data as Row[];
  const LISTS: [name: string, path: string, key: string[]][] = [
    ['bars', `/v1/market-data/bars/A?${WINDOW}&limit=10000`, ['timestamp']],
    ['bars of several', `/v1/market-data/bars?symbols=A,B&${WINDOW}&limit=10000`, ['symbol', 'timestamp']],
    ['daily bars', `/v1/market-data/daily/A?${WINDOW}`, ['day']],
    ['daily bars of several', `/v1/market-data/daily?symbols=A,B&${WINDOW}`, ['symbol', 'day']],
    ['observations', '/v1/economic-data/series/GDP/observations?start=2025-01-01&end=2025-06-30', ['date']],
    ['news', '/v1/news?start=2025-06-01&end=2025-06-30', ['id']],
    ['events', '/v1/events?start=2025-06-01&end=2025-06-30', ['id']],
  ];

  beforeAll(async () => {
    database = await createDatabase();
    const sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
    await sql.connect();
    await sql.query(SETUP);
    if (database.urls.timescaledb) await sql.query(REFRESH);
    api = await startApp(database.urls.reader);
    before = new Map();
    for (const [name, path] of LISTS) before.set(name, await rows(path));
    await sql.query(CORRECTIONS);
    await sql.end();
    // The state of the aggregate is read again before rows of it are.
    await api.close();
    api = await startApp(database.urls.reader);
  }, 120_000);
  afterAll(async () => {
    await api.close();
    await database.drop();
  });

  it.each(LISTS)('of %s brings a copy up to date, but for what left no trace', async (name, path, key) => {
    const changed = await rows(`${path}&updated_after=${SINCE}`);
    const keyOf = (row: Row): string => key.map((column) => String(row[column])).join();
    const copy = new Map(before.get(name)!.map((row) => [keyOf(row), row]));
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.length).toBeLessThanOrEqual(3);
    for (const row of changed) copy.set(keyOf(row), row);
    // What was deleted, and what was changed without a time, stays as it was.
    copy.delete('2025-03-03T10:00:00Z');
    copy.delete('A,2025-03-03T10:00:00Z');
    const now = (await rows(path)).filter((row) => !/^B,2025-04-01/.test(keyOf(row)));
    const held = [...copy.values()].filter((row) => !/^B,2025-04-01/.test(keyOf(row)));
    const sorted = (list: Row[]): Row[] => list.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    expect(sorted(held)).toEqual(sorted(now));
  });

  it('is the days of which a bar was written, with all of their bars', async () => {
    const changed = await rows(`/v1/market-data/daily/A?${WINDOW}&updated_after=${SINCE}&sort=desc`);
    expect(changed.map(({ day, close }) => [day, close])).toEqual([
      ['2025-06-20', 19],
      ['2025-03-03', expect.any(Number)],
      ['2025-01-15', expect.any(Number)],
    ]);
    expect(await rows(`/v1/market-data/daily/A?${WINDOW}&updated_after=2025-07-04`)).toEqual([]);
  });

  it('goes on over pages and is the same over GraphQL', async () => {
    const whole = await rows(`/v1/market-data/bars/A?${WINDOW}&updated_after=${SINCE}`);
    const first = await api.get(`/v1/market-data/bars/A?${WINDOW}&updated_after=${SINCE}&limit=2`).expect(200);
    const token = first.body.next_page_token as string;
    const next = await rows(`/v1/market-data/bars/A?${WINDOW}&updated_after=${SINCE}&limit=2&page_token=${token}`);
    expect([...(first.body.data as Row[]), ...next]).toEqual(whole);
    await api.get(`/v1/market-data/bars/A?${WINDOW}&limit=2&page_token=${token}`).expect(400);
    const window = 'start: "2025-01-01", end: "2025-06-30"';
    const { body } = await api
      .graphql(
        `{ symbol(symbol: "A") {
            bars(${window}, updatedAfter: "${SINCE}") { nodes { timestamp createdAt updatedAt } }
            daily(${window}, updatedAfter: "${SINCE}") { columns { day } }
            events(start: "2025-06-01", end: "2025-06-30", updatedAfter: "${SINCE}") { nodes { eventName createdAt } } }
          series(id: "GDP") { observations(updatedAfter: "${SINCE}") { nodes { date updatedAt } } }
          news(start: "2025-06-01", end: "2025-06-30", updatedAfter: "${SINCE}") { nodes { title createdAt } } }`,
      )
      .expect(200);
    expect(body).toMatchObject({
      data: {
        symbol: {
          bars: {
            nodes: [
              { timestamp: '2025-01-15T10:00:00Z', createdAt: WRITTEN, updatedAt: '2025-07-03T08:00:00Z' },
              { timestamp: '2025-03-03T10:30:00Z' },
              { timestamp: '2025-06-20T23:00:00Z' },
            ],
          },
          daily: { columns: { day: ['2025-01-15', '2025-03-03', '2025-06-20'] } },
          events: { nodes: [{ eventName: 'Late event', createdAt: '2025-07-03T08:00:00Z' }] },
        },
        series: { observations: { nodes: [{ date: '2025-03-01', updatedAt: '2025-07-03T08:00:00Z' }] } },
        news: { nodes: [{ title: 'Late rates', createdAt: '2025-07-03T08:00:00Z' }] },
      },
    });
  });

  it.each([
    ['/v1/market-data/bars/A?limit=1', 'created_at', 'updated_at'],
    ['/v1/economic-data/series/GDP/observations?limit=1', 'created_at', 'updated_at'],
    ['/v1/news?limit=1', 'created_at'],
    ['/v1/events?start=2025-06-01&end=2025-06-30&limit=1', 'created_at'],
  ])('%s has its times only where they are asked for', async (path, ...columns) => {
    expect(Object.keys((await rows(path))[0]!)).not.toEqual(expect.arrayContaining(['created_at']));
    const [row] = await rows(`${path}&fields=${columns.join()}`);
    expect(Object.keys(row!)).toEqual(columns);
    expect(row).toMatchObject({ created_at: WRITTEN });
    const csv = await api.get(`${path}&format=csv&fields=${columns.join()}`).expect(200);
    expect(csv.text.split('\n')[0]).toBe(columns.join());
  });

  it.each([
    ['/v1/market-data/bars/A?timeframe=1w', 'updated_after'],
    ['/v1/market-data/bars/A?max_points=100', 'updated_after'],
    ['/v1/market-data/daily/A?indicators=sma(5)', 'updated_after'],
    ['/v1/market-data/daily?date=2025-06-02', 'updated_after'],
    ['/v1/economic-data/series/GDP/observations?units=pch', 'updated_after'],
    ['/v1/economic-data/series/GDP/observations?frequency=q', 'updated_after'],
  ])('%s has no time that it was written at', async (path, param) => {
    const { body } = await api.get(`${path}&updated_after=${SINCE}`).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', param });
  });

  it('takes a day or an instant with an offset, and refuses anything else', async () => {
    const path = `/v1/market-data/bars/A?${WINDOW}&updated_after=`;
    expect(await rows(`${path}2025-07-02`)).toHaveLength(3);
    expect(await rows(`${path}2025-07-03T10:00:00%2B02:00`)).toEqual([]);
    expect(await rows(`${path}2025-07-03T09:59:59.999999%2B02:00`)).toHaveLength(3);
    expect((await api.get(`${path}yesterday`).expect(400)).body).toMatchObject({ param: 'updated_after' });
  });
});

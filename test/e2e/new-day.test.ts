import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const DAY_MS = 86_400_000;
/** Now as the days of UTC go, so many days earlier. */
const before = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

let database: TestDatabase;
let sql: pg.Client;
let api: TestApp;

const insert = (from: number, to: number): Promise<unknown> =>
  sql.query(
    `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
     select 'LIVE', day, 1, 2, 1, 1.5, 10, '1d', 'test' from generate_series($1::timestamptz, $2::timestamptz, '1 day') as day`,
    [`${before(from)}Z`, `${before(to)}Z`],
  );

beforeAll(async () => {
  database = await createDatabase();
  sql = new pg.Client({ connectionString: database.urls.admin });
  await sql.connect();
  // As before a Monday, or after the holidays.
  await insert(20, 5);
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await sql.end();
  await database.drop();
});

it('the first bar of a new day is in the default window at once, though its symbol is known with the day before', async () => {
  const newest = async (path: string, column: string): Promise<string> => {
    const { body } = await api.get(path).expect(200);
    return (body as { data: Record<string, string>[] }).data[0]![column]!.slice(0, 10);
  };
  const daily = (): Promise<string> => newest('/v1/market-data/daily/LIVE?sort=desc&limit=3', 'day');
  const bars = (): Promise<string> => newest('/v1/market-data/bars/LIVE?sort=desc&limit=3', 'timestamp');
  expect([await daily(), await bars()]).toEqual([before(5), before(5)]);
  await insert(1, 1);
  expect(await bars()).toBe(before(1));
  // What is stored of days is looked at twice a second.
  const late = performance.now() + 30_000;
  while ((await daily()) !== before(1)) expect(performance.now()).toBeLessThan(late);
  const { body } = await api
    .graphql('{ symbol(symbol: "LIVE") { daily(first: 1, sort: DESC) { nodes { day } } } }')
    .expect(200);
  expect(body).toEqual({ data: { symbol: { daily: { nodes: [{ day: before(1) }] } } } });
});

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';
import { pagedRows } from '../support/pages.js';

let database: TestDatabase;
let api: TestApp;

beforeAll(async () => {
  database = await createDatabase();
  // Far fewer bars than days: those that an average is made of begin long before the days that its number suggests.
  await asAdmin(database.urls.admin, (sql) =>
    sql.query(`
      insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      select 'RARE', day, price, price + 1, price - 1, price, 10, '1d', 'test'
      from generate_series('2006-01-02Z'::timestamptz, '2019-12-30Z', '9 days') with ordinality as d (day, n),
        lateral (select round((50 + 20 * sin(n) + n % 7)::numeric, 4) as price) as p`),
  );
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

it('the indicators of a symbol that is rarely traded are made of as many bars as those of others', async () => {
  const path = '/v1/market-data/daily/RARE?indicators=sma(20),rsi(14),macd(12,26,9)';
  const rowsOf = async (query: string): Promise<Record<string, unknown>[]> =>
    (await api.get(`${path}${query}`).expect(200)).body.data as Record<string, unknown>[];
  const all = await rowsOf('&start=2006-01-01&end=2019-12-31&limit=10000');
  expect(all[33]).toMatchObject({ macd_signal_12_26_9: expect.any(Number) });
  for (const [start, end] of [
    ['2006-02-01', '2006-05-01'],
    ['2011-01-01', '2011-12-31'],
    ['2019-06-01', '2019-12-31'],
  ]) {
    const part = all.filter(({ day }) => (day as string) >= start! && (day as string) <= end!);
    expect(part.length).toBeGreaterThan(9);
    const window = `&start=${start}&end=${end}`;
    expect(await rowsOf(window)).toEqual(part);
    expect(await rowsOf(`${window}&sort=desc`)).toEqual(part.toReversed());
    expect(await pagedRows(api, `${path}${window}`, 4)).toEqual(part);
    expect(await pagedRows(api, `${path}${window}&sort=desc`, 4)).toEqual(part.toReversed());
  }
});

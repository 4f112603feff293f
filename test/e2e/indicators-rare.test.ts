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
        lateral (select round((50 + 20 * sin(n) + n % 7)::numeric, 4) as price) as p;
      insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      select 'HOLES', day, price, case when n % 17 > 0 and n % 31 > 0 then price + 1 else 'NaN' end, price - 1,
        case when n % 31 > 0 then price else 'NaN' end, 10, '1d', 'test'
      from generate_series('2015-01-01Z'::timestamptz, '2017-12-31Z', '1 day') with ordinality as d (day, n),
        lateral (select round((50 + 20 * sin(n) + n % 7)::numeric, 4) as price) as p`),
  );
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

type Rows = Record<string, unknown>[];

async function rowsOf(path: string): Promise<Rows> {
  return (await api.get(path).expect(200)).body.data as Rows;
}

/** Asks for some windows, in both orders, whole and in pages: the values are those of the whole history. */
async function expectSameInWindows(path: string, all: Rows, windows: readonly (readonly string[])[]): Promise<void> {
  for (const [start, end] of windows) {
    const part = all.filter(({ day }) => (day as string) >= start! && (day as string) <= end!);
    expect(part.length).toBeGreaterThan(9);
    const window = `&start=${start}&end=${end}`;
    expect(await rowsOf(`${path}${window}`)).toEqual(part);
    expect(await rowsOf(`${path}${window}&sort=desc`)).toEqual(part.toReversed());
    expect(await pagedRows(api, `${path}${window}`, 4)).toEqual(part);
    expect(await pagedRows(api, `${path}${window}&sort=desc`, 4)).toEqual(part.toReversed());
  }
}

it('the indicators of a symbol that is rarely traded are made of as many bars as those of others', async () => {
  const path = '/v1/market-data/daily/RARE?indicators=sma(20),rsi(14),macd(12,26,9)';
  const all = await rowsOf(`${path}&start=2006-01-01&end=2019-12-31&limit=10000`);
  expect(all[33]).toMatchObject({ macd_signal_12_26_9: expect.any(Number) });
  await expectSameInWindows(path, all, [
    ['2006-02-01', '2006-05-01'],
    ['2011-01-01', '2011-12-31'],
    ['2019-06-01', '2019-12-31'],
  ]);
});

it.each(['sma(20)', 'sma(20),volatility(20)', 'sma(20),rsi(14)', 'sma(20),rsi(14),atr(14)'])(
  'a bar without all of its prices is left out, whether it is on the page or before it: %s',
  async (indicators) => {
    const path = `/v1/market-data/daily/HOLES?indicators=${indicators}`;
    const all = await rowsOf(`${path}&start=2015-01-01&end=2017-12-31&limit=10000`);
    const without = all.filter(({ high, close }) => high === null || close === null);
    expect(without.length).toBeGreaterThan(90);
    expect(without.every(({ sma_20 }) => sma_20 === null)).toBe(true);
    expect(all.filter(({ sma_20 }) => sma_20 !== null)).toHaveLength(all.length - without.length - 19);
    await expectSameInWindows(path, all, [
      ['2015-02-01', '2015-02-20'],
      ['2017-06-01', '2017-06-20'],
    ]);
  },
);

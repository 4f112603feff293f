import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, symbolsRead, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';
import { ask, DAY, seconds } from '../support/udf.js';

interface Bars {
  readonly s: string;
  readonly t: number[];
  readonly o: number[];
  readonly h: number[];
  readonly l: number[];
  readonly c: number[];
  readonly v: number[];
}

let api: TestApp;
let own: TestApp;
let database: TestDatabase;

const MANY = 10_001;

beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  database = await createDatabase();
  await asAdmin(database.urls.admin, async (client) => {
    // One bar with more digits than a double has, one that has no price; then more minutes than a page has.
    await client.query(
      `insert into market_data.ohlcv (symbol, timestamp, timeframe, open, high, low, close, volume, source) values
         ('Exact', '2025-01-06Z', '1d', 123456789012.12345678, 123456789012.12345678, 1, 2.50000000,
           9007199254740993, 'test'),
         ('Exact', '2025-01-07Z', '1d', 'NaN', 'NaN', 'NaN', 'NaN', 1, 'test'),
         ('Exact', '2025-01-08Z', '1d', 1, 1, 1, 1, 1, 'test')`,
    );
    await client.query(
      `insert into market_data.ohlcv (symbol, timestamp, timeframe, open, high, low, close, volume, source)
       select 'MANY', timestamptz '2025-01-06Z' + n * interval '1 minute', '1m', 1, 1, 1, 1, n, 'test'
       from generate_series(0, ${MANY - 1}) as n`,
    );
  });
  own = await startApp(database.urls.reader);
  await Promise.all([symbolsRead(api), symbolsRead(own)]);
}, 60_000);
afterAll(async () => {
  await Promise.all([api.close(), own.close()]);
  await database.drop();
});

describe('a history', () => {
  const SP = { symbol: '^GSPC', resolution: '1D' };

  it('has the bars from `from` to before `to`, the oldest first', async () => {
    const bars = await ask<Bars>(api, 'history', { ...SP, from: seconds('2020-04-15'), to: seconds('2020-04-17') });
    expect(bars).toEqual({
      s: 'ok',
      t: [seconds('2020-04-15'), seconds('2020-04-16')],
      o: [2795.639893, 2799.340088],
      h: [2801.879883, 2806.51001],
      l: [2761.540039, 2764.320068],
      c: [2783.360107, 2799.550049],
      v: [5203390000, 5179990000],
    });
  });

  it('counts back from `to`, whatever `from` is, with all that a chart sends', async () => {
    const asked = { ...SP, from: seconds('2020-04-16'), to: seconds('2020-04-18'), countback: 3 };
    const bars = await ask<Bars>(api, 'history', {
      ...asked,
      firstDataRequest: 'true',
      currencyCode: 'USD',
      unitId: 'share',
    });
    expect(bars.t).toEqual(['2020-04-15', '2020-04-16', '2020-04-17'].map(seconds));
    expect(await ask<Bars>(api, 'history', { ...asked, firstDataRequest: 'false' })).toEqual(bars);
  });

  it('has all there is before the last bar where more is counted back', async () => {
    const { t } = await ask<Bars>(api, 'history', { ...SP, to: seconds('2000-01-06'), countback: 300 });
    expect(t).toEqual(['2000-01-03', '2000-01-04', '2000-01-05'].map(seconds));
  });

  it.each([
    ['1W', '1w'],
    ['W', '1w'],
    ['1M', '1mo'],
    ['3M', '1q'],
    ['12M', '1y'],
  ])('of resolution %s has the bars of /v1/market-data/bars?timeframe=%s', async (resolution, timeframe) => {
    const window = { from: seconds('2008-01-01'), to: seconds('2010-01-01') };
    const bars = await ask<Bars>(api, 'history', { ...SP, resolution, ...window });
    const { body } = await api.get(`/v1/market-data/bars/^GSPC?timeframe=${timeframe}&start=2008-01-01&end=2009-12-31`);
    const rows = (body.data as { timestamp: string; close: number; volume: number }[])
      // A week that begins before the window is none of the chart's.
      .filter(({ timestamp }) => seconds(timestamp) >= window.from);
    expect(rows.length).toBeGreaterThan(1);
    expect(bars.t).toEqual(rows.map(({ timestamp }) => seconds(timestamp)));
    expect(bars.c).toEqual(rows.map(({ close }) => close));
    expect(bars.v).toEqual(rows.map(({ volume }) => volume));
  });

  it('has minutes that are made of shorter ones', async () => {
    const { t, v } = await ask<Bars>(own, 'history', {
      symbol: 'MANY',
      resolution: '10',
      to: seconds('2025-01-06T00:20:00Z'),
      countback: 2,
    });
    expect(t).toEqual(['2025-01-06T00:00:00Z', '2025-01-06T00:10:00Z'].map(seconds));
    expect(v).toEqual([45, 145]);
  });

  it('keeps every digit, and leaves out a bar without a price', async () => {
    const { text } = await own
      .get(`/udf/history?symbol=Exact&resolution=1D&from=0&to=${seconds('2030-01-01')}`)
      .expect(200);
    expect(text).toBe(
      `{"s":"ok","t":[${seconds('2025-01-06')},${seconds('2025-01-08')}],"o":[123456789012.12345678,1],` +
        '"h":[123456789012.12345678,1],"l":[1,1],"c":[2.5,1],"v":[9007199254740993,1]}',
    );
  });

  it('without a bar says when the one before was', async () => {
    const gap = { ...SP, from: seconds('2020-05-01'), to: seconds('2020-06-01') };
    expect(await ask<Bars>(api, 'history', gap)).toEqual({ s: 'no_data', nextTime: seconds('2020-04-17') });
    const weekend = { ...SP, from: seconds('2020-04-11'), to: seconds('2020-04-12') };
    expect(await ask<Bars>(api, 'history', weekend)).toEqual({ s: 'no_data', nextTime: seconds('2020-04-09') });
    const monthly = { ...SP, resolution: '1M', from: seconds('2020-05-01'), to: seconds('2020-06-01') };
    expect(await ask<Bars>(api, 'history', monthly)).toEqual({ s: 'no_data', nextTime: seconds('2020-04-01') });
  });

  it('before the first bar has no data and none before', async () => {
    expect(await ask<Bars>(api, 'history', { ...SP, from: -DAY, to: DAY })).toEqual({ s: 'no_data' });
    expect(await ask<Bars>(api, 'history', { ...SP, to: DAY, countback: 300 })).toEqual({ s: 'no_data' });
    expect(await ask<Bars>(api, 'history', { ...SP, from: DAY, to: DAY })).toEqual({ s: 'no_data' });
  });

  it.each([-1e12, 1e12])('takes a stretch that reaches to %d', async (far) => {
    const { t } = await ask<Bars>(api, 'history', {
      ...SP,
      resolution: '12M',
      from: Math.min(far, 0),
      to: Math.max(far, 4e9),
    });
    expect(t).toHaveLength(21);
  });

  it('has no more bars than a page: counted back they are the last, in a stretch it says so', async () => {
    const many = { symbol: 'MANY', resolution: '1', from: 0, to: seconds('2026-01-01') };
    const last = await ask<Bars>(own, 'history', { ...many, countback: 1e9 });
    expect([last.v.length, last.v[0], last.v.at(-1)]).toEqual([10_000, 1, MANY - 1]);
    expect(await ask<Bars>(own, 'history', many)).toMatchObject({
      s: 'error',
      errmsg: expect.stringContaining('10000 bars'),
    });
  });

  it.each([
    ['resolution=7', 'AAPL has no bars of resolution 7: 1D, 1W, 1M, 3M, 12M.'],
    ['resolution=60', 'AAPL has no bars of resolution 60: 1D, 1W, 1M, 3M, 12M.'],
    ['resolution=1S', 'AAPL has no bars of resolution 1S: 1D, 1W, 1M, 3M, 12M.'],
    ['resolution=__proto__', 'AAPL has no bars of resolution __proto__: 1D, 1W, 1M, 3M, 12M.'],
    ['resolution=toString', 'AAPL has no bars of resolution toString: 1D, 1W, 1M, 3M, 12M.'],
    ['countback=-1', 'countback must be at least 1.'],
    ['countback=many', 'countback is not a whole number.'],
    ['to=1&to=2', 'to is given more than once.'],
    ['countbak=3', 'There is no parameter "countbak" here. Did you mean countback?'],
  ])('with %s is an error of the protocol', async (query, errmsg) => {
    const rest = query.startsWith('to=') ? '' : '&to=1600000000';
    const answer = await api.get(`/udf/history?symbol=AAPL&from=0&${query}${rest}`).expect(200);
    expect(answer.body).toEqual({ s: 'error', errmsg });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('asks for what is missing', async () => {
    expect(await ask<Bars>(api, 'history')).toEqual({ s: 'error', errmsg: 'symbol is required.' });
    expect(await ask<Bars>(api, 'history', { symbol: 'AAPL' })).toEqual({ s: 'error', errmsg: 'to is required.' });
    expect(await ask<Bars>(api, 'history', { symbol: 'AAPL', to: 1 })).toEqual({
      s: 'error',
      errmsg: 'from or countback is required.',
    });
  });

  it('is not sent again to who has it', async () => {
    const path = `/udf/history?symbol=^GSPC&resolution=1D&from=0&to=${seconds('2020-04-18')}&countback=5`;
    const { headers } = await api.get(path).expect(200);
    expect(headers['cache-control']).toBe('public, max-age=10');
    await api.get(path, { 'If-None-Match': headers.etag! }).expect(304);
    const live = await api.get(path.replace(/to=\d+/, `to=${Math.ceil(Date.now() / 1000) + DAY}`)).expect(200);
    expect(live.headers['cache-control']).toBe('public, max-age=1');
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, symbolsRead, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';
import { ask, DAY, seconds } from '../support/udf.js';

let api: TestApp;
let own: TestApp;
let database: TestDatabase;

beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  database = await createDatabase();
  await asAdmin(database.urls.admin, async (client) => {
    await client.query(
      `insert into market_data.ohlcv (symbol, timestamp, timeframe, open, high, low, close, volume, source) values
         ('Exact', '2025-01-08Z', '1d', 1, 1, 1, 1, 1, 'test'),
         ('MANY', '2025-01-06Z', '1d', 1, 1, 1, 1, 1, 'test'),
         ('Twins', '2025-01-06Z', '1d', 1, 1, 1, 1, 1, 'test'),
         ('TWINS', '2025-01-06Z', '1d', 1, 1, 1, 1, 1, 'test')`,
    );
    await client.query(
      `insert into events.event_data (event_type, event_datetime, event_name, impact_level, symbol, actual, source)
       values ('earnings', '2025-01-06 21:00Z', 'Many reports', 2, 'MANY', 1.5, 'test'),
              ('decision', '2025-01-07 19:00Z', 'Rates', 4, null, null, 'test'),
              ('release', '2025-01-07 20:00Z', 'Minor', 2, null, null, 'test')`,
    );
  });
  own = await startApp(database.urls.reader);
  await Promise.all([symbolsRead(api), symbolsRead(own)]);
}, 60_000);
afterAll(async () => {
  await Promise.all([api.close(), own.close()]);
  await database.drop();
});

describe('the configuration of the feed', () => {
  it('offers what the routes have', async () => {
    expect(await ask(api, 'config')).toMatchObject({
      supported_resolutions: ['1', '5', '15', '30', '60', '120', '240', '1D', '1W', '1M', '3M', '12M'],
      supports_search: true,
      supports_group_request: false,
      supports_marks: true,
      supports_timescale_marks: true,
      supports_time: true,
    });
  });

  it('tells the time in seconds, as text that nobody keeps', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { text, headers } = await api.get('/udf/time').expect(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(Number(text)).toBeGreaterThanOrEqual(before);
    expect(Number(text)).toBeLessThanOrEqual(Date.now() / 1000);
  });
});

describe('a symbol', () => {
  it('has the digits and the resolutions of its bars', async () => {
    expect(await ask(api, 'symbols', { symbol: 'NVDA' })).toMatchObject({
      name: 'NVDA',
      ticker: 'NVDA',
      timezone: 'Etc/UTC',
      session: '24x7',
      minmov: 1,
      pricescale: 10_000,
      has_intraday: false,
      has_daily: true,
      has_weekly_and_monthly: true,
      supported_resolutions: ['1D', '1W', '1M', '3M', '12M'],
    });
    expect(await ask(api, 'symbols', { symbol: 'SPYM' })).toMatchObject({
      has_intraday: true,
      intraday_multipliers: ['1', '5', '15', '30', '60', '120', '240'],
      data_status: 'delayed_streaming',
    });
  });

  it('is found in capitals that it has not, unless two differ in nothing else', async () => {
    expect(await ask(own, 'symbols', { symbol: 'EXACT' })).toMatchObject({ name: 'Exact', ticker: 'Exact' });
    expect(await ask(own, 'history', { symbol: 'exact', to: seconds('2026-01-01'), countback: 1 })).toMatchObject({
      c: [1],
    });
    expect(await ask(own, 'symbols', { symbol: 'TWINS' })).toMatchObject({ name: 'TWINS' });
    expect(await ask(own, 'symbols', { symbol: 'twins' })).toMatchObject({ s: 'error' });
  });

  it('that is unknown is an error of the protocol, with the nearest', async () => {
    const error = { s: 'error', errmsg: 'unknown_symbol: There is no symbol "AAPX". Did you mean AAPL?' };
    expect(await ask(api, 'symbols', { symbol: 'AAPX' })).toEqual(error);
    expect(await ask(api, 'history', { symbol: 'AAPX', resolution: '1D', from: 0, to: DAY })).toEqual(error);
    expect(await ask(api, 'marks', { symbol: 'AAPX', resolution: '1D', from: 0, to: DAY })).toEqual(error);
  });
});

describe('a search', () => {
  const found = async (query: Record<string, string | number>): Promise<string[]> =>
    (await ask<{ symbol: string }[]>(api, 'search', query)).map(({ symbol }) => symbol);

  it('puts what is asked for first, then what begins with it', async () => {
    expect(await found({ query: 'spy', type: '', exchange: '', limit: 30 })).toEqual(['SPY', 'SPYM']);
    expect(await found({ query: 'm', limit: 3 })).toEqual(['META', 'MSFT', 'AMZN']);
  });

  it('lists symbols where nothing is asked for, as many as wanted', async () => {
    expect(await found({ query: '', type: '', exchange: '', limit: 2 })).toEqual(['AAPL', 'AMZN']);
  });

  it('finds nothing of another type or of an exchange', async () => {
    expect(await found({ query: 'a', type: 'crypto' })).toEqual([]);
    expect(await found({ query: 'a', exchange: 'NYSE' })).toEqual([]);
  });
});

describe('marks', () => {
  const stretch = { symbol: 'MANY', resolution: '1D', from: seconds('2025-01-01'), to: seconds('2025-02-01') };

  it('on bars are the events of the symbol', async () => {
    expect(await ask(own, 'marks', stretch)).toEqual([
      {
        id: expect.any(String),
        time: seconds('2025-01-06T21:00:00Z'),
        color: '#2962ff',
        text: 'Many reports\nactual 1.5',
        label: 'E',
        labelFontColor: '#ffffff',
        minSize: 20,
      },
    ]);
  });

  it('on the time scale are what moves the whole market', async () => {
    expect(await ask(own, 'timescale_marks', stretch)).toEqual([
      {
        id: expect.any(String),
        time: seconds('2025-01-07T19:00:00Z'),
        color: '#f23645',
        label: 'D',
        tooltip: ['Rates'],
      },
    ]);
  });

  it('are of the last ten years of a longer stretch', async () => {
    expect(await ask(own, 'marks', { ...stretch, from: -1e12 })).toHaveLength(1);
    expect(await ask(own, 'marks', { ...stretch, from: 0, to: 1e12 })).toEqual([]);
    expect(await ask(own, 'marks', { ...stretch, to: stretch.from })).toEqual([]);
  });
});

describe('the door', () => {
  it('is closed where DOORS leaves it out', async () => {
    const closed = await startApp(sharedDatabase().reader, { DOORS: 'none' });
    try {
      await closed.get('/udf/config').expect(404);
      await closed.get('/v1/market-data/symbols?limit=1');
    } finally {
      await closed.close();
    }
  });

  it('takes no other method', async () => {
    const { statusCode, headers } = await api.app.inject({ method: 'POST', url: '/udf/history' });
    expect([statusCode, headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});

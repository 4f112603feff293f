import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
});
afterAll(() => api.close());

const HOLIDAYS_2019 = [
  '2019-01-01',
  '2019-01-21',
  '2019-02-18',
  '2019-04-19',
  '2019-05-27',
  '2019-07-04',
  '2019-09-02',
  '2019-11-28',
  '2019-12-25',
];

describe('latest', () => {
  it('gives the newest bar with exact digits, whatever its age', async () => {
    const answer = await api.get('/v1/market-data/latest/^GSPC').expect(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('public, max-age=1');
    expect(answer.text).toContain(
      '"data":{"symbol":"^GSPC","timestamp":"2020-04-17T00:00:00Z","timeframe":"1d","open":2842.429932,"high":2879.219971,"low":2830.879883,"close":2874.560059,"volume":5792140000,"vwap":null,"trades_count":null,"source":"vega-datasets"}',
    );
    expect(answer.body.meta.age_seconds).toBeGreaterThan(0);
  });

  it('answers several symbols in the order of the request and lists the unknown ones', async () => {
    const { body } = await api.get('/v1/market-data/latest?symbols=MSFT,NOPE,AAPL').expect(200);
    expect(body.data.map((bar: { symbol: string }) => bar.symbol)).toEqual(['MSFT', 'AAPL']);
    expect(body.meta.unknown).toEqual(['NOPE']);
  });

  it('looks further back for a timeframe that is not the newest one', async () => {
    const { body } = await api.get('/v1/market-data/latest/AAPL?timeframe=1m').expect(200);
    expect(body.data).toBeNull();
    const daily = await api.get('/v1/market-data/latest/AAPL?timeframe=1d').expect(200);
    expect(daily.body.data.timeframe).toBe('1d');
  });

  it.each(['latest/AAPL?timeframe=banana', 'latest?symbols=AAPL,MSFT&timeframe=banana', 'bars/AAPL?timeframe=banana'])(
    'refuses a timeframe that no bar has, with those that are known: %s',
    async (path) => {
      const { body } = await api.get(`/v1/market-data/${path}`).expect(400);
      expect(body).toMatchObject({ code: 'invalid_parameter', param: 'timeframe' });
      expect(body.allowed).toEqual(expect.arrayContaining(path.startsWith('bars') ? ['1d', '1w'] : ['1d', '1m']));
    },
  );

  it('takes a timeframe in another case, save that 1M is no minute', async () => {
    const { body } = await api.get('/v1/market-data/latest/AAPL?timeframe=1D').expect(200);
    expect(body.data.timeframe).toBe('1d');
    await api.get('/v1/market-data/latest/SPYM?timeframe=1m').expect(200);
    await api.get('/v1/market-data/latest/SPYM?timeframe=1M').expect(400);
    const graphql = await api.graphql(
      '{ symbol(symbol: "AAPL") { d: latest(timeframe: "1D") { timeframe } x: latest(timeframe: "x") { timeframe } } }',
    );
    expect(graphql.body.errors[0].extensions).toMatchObject({ code: 'invalid_parameter', param: 'timeframe' });
  });

  it('gives 404 with near names for a symbol that does not exist', async () => {
    const { body } = await api
      .get('/v1/market-data/latest/AAPPL')
      .expect(404)
      .expect('content-type', /problem\+json/);
    expect(body).toMatchObject({ status: 404, code: 'symbol_not_found', param: 'symbol', title: 'Symbol not found' });
    expect(body.allowed).toContain('AAPL');
  });
});

describe('daily', () => {
  it('answers CSV with a header, a file name, and what the envelope would have said', async () => {
    const answer = await api
      .get('/v1/market-data/daily/^GSPC?start=2019-01-01&end=2019-12-31&format=csv')
      .expect(200)
      .expect('content-type', /^text\/csv/)
      .expect('content-disposition', 'attachment; filename="daily-^GSPC.csv"')
      .expect('x-data-through', '2020-04-17');
    const lines = answer.text.trimEnd().split('\n');
    expect(lines).toHaveLength(253);
    expect(lines[0]).toBe('symbol,day,open,high,low,close,volume,vwap,is_partial');
    expect(lines[1]).toBe('^GSPC,2019-01-02,2476.959961,2519.48999,2467.469971,2510.030029,3733160000,,false');
  });

  it('counts its default window back from the newest day of the symbol', async () => {
    const { body } = await api.get('/v1/market-data/daily/^GSPC').expect(200);
    expect(body.data).toHaveLength(251);
    expect(body.data.at(-1).day).toBe('2020-04-17');
    expect(body.meta.query).toMatchObject({ start: '2019-04-19', end: '2020-04-17' });
  });

  it('says which days exist when the window has none', async () => {
    const { body } = await api.get('/v1/market-data/daily/^GSPC?start=2021-01-01&end=2021-12-31').expect(200);
    expect(body).toMatchObject({
      data: [],
      next_page_token: null,
      meta: { first_day: '2000-01-03', last_day: '2020-04-17' },
    });
  });

  it('gives the whole market on one day', async () => {
    const { body } = await api.get('/v1/market-data/daily?date=2019-07-03').expect(200);
    const symbols = body.data.map((row: { symbol: string }) => row.symbol);
    expect(symbols).toEqual([...symbols].sort());
    expect(symbols).toEqual(expect.arrayContaining(['^GSPC', 'AAPL', 'BTC-USD']));
    const holiday = await api.get('/v1/market-data/daily?date=2019-07-04').expect(200);
    expect(holiday.body.data.map((row: { symbol: string }) => row.symbol)).toEqual(['BTC-USD']);
    const one = await api.get('/v1/market-data/daily?date=2019-07-03&symbols=AAPL').expect(200);
    expect(one.body.data).toHaveLength(1);
  });
});

describe('bars', () => {
  it('gives several symbols one after the other, the limit over all of them', async () => {
    const path =
      '/v1/market-data/bars?symbols=MSFT,AAPL&start=2019-01-02&end=2019-01-04&fields=symbol,timestamp&limit=4';
    const { body } = await api.get(path).expect(200);
    expect(body.data.map((bar: { symbol: string }) => bar.symbol)).toEqual(['AAPL', 'AAPL', 'AAPL', 'MSFT']);
    const next = await api.get(`${path}&page_token=${body.next_page_token}`).expect(200);
    expect(next.body.data.map((bar: { timestamp: string }) => bar.timestamp)).toEqual([
      '2019-01-03T00:00:00Z',
      '2019-01-04T00:00:00Z',
    ]);
    expect(next.body.next_page_token).toBeNull();
  });

  it('takes an exclusive instant as its end and an offset in its start', async () => {
    const path =
      '/v1/market-data/bars/^GSPC?start=2019-01-02T01:00:00%2B01:00&end=2019-01-04T00:00:00Z&fields=timestamp';
    const { body } = await api.get(path).expect(200);
    expect(body.data).toEqual([{ timestamp: '2019-01-02T00:00:00Z' }, { timestamp: '2019-01-03T00:00:00Z' }]);
  });

  it('filters by timeframe and source', async () => {
    const path = '/v1/market-data/bars/SPYM?timeframe=1m&limit=3';
    const { body } = await api.get(path).expect(200);
    expect(body.data.map((bar: { timeframe: string }) => bar.timeframe)).toEqual(['1m', '1m', '1m']);
    const other = await api.get(`${path}&source=elsewhere`).expect(400);
    expect(other.body).toMatchObject({ param: 'source', allowed: expect.arrayContaining(['sample']) });
  });
});

describe('gaps', () => {
  const path = '/v1/market-data/gaps/^GSPC?start=2019-01-01&end=2019-12-31';

  it('names the nine weekday holidays of 2019 by weekdays', async () => {
    const { body } = await api.get(path).expect(200);
    expect(body.data.map((gap: { start: string }) => gap.start)).toEqual(HOLIDAYS_2019);
    expect(body.data[0]).toEqual({ start: '2019-01-01', end: '2019-01-01', missing_days: 1, reason: 'missing' });
    expect(body.meta).toMatchObject({ expected_days: 261, present_days: 252, coverage: 0.965517, excluded: [] });
  });

  it('leaves them out and lists them by the observed calendar', async () => {
    const { body } = await api.get(`${path}&calendar=observed`).expect(200);
    expect(body.data).toEqual([]);
    expect(body.meta.excluded.map((excluded: { day: string }) => excluded.day)).toEqual(HOLIDAYS_2019);
    expect(body.meta).toMatchObject({ calendar: 'observed', expected_days: 252, present_days: 252, coverage: 1 });
  });

  it('has the sessions of the New York Stock Exchange by calendar=xnys, with its half days', async () => {
    const { body } = await api.get(`${path}&calendar=xnys`).expect(200);
    expect(body.data).toEqual([]);
    expect(body.meta).toMatchObject({ calendar: 'xnys', expected_days: 252, present_days: 252, coverage: 1 });
    expect(body.meta.excluded.map((excluded: { day: string }) => excluded.day)).toEqual(HOLIDAYS_2019);
    expect(body.meta.half_days).toEqual(['2019-07-03', '2019-11-29', '2019-12-24']);
    const { body: graphql } = await api.graphql(
      '{ symbol(symbol: "^GSPC") { gaps(start: "2019-01-01", end: "2019-12-31", calendar: XNYS) { calendar coverage halfDays excluded { day } } } }',
    );
    expect(graphql.data.symbol.gaps).toMatchObject({ calendar: 'XNYS', coverage: 1, halfDays: body.meta.half_days });
    const early = await api.get('/v1/market-data/gaps/^GSPC?start=1927-12-01&end=1928-01-31&calendar=xnys').expect(400);
    expect(early.body.param).toBe('start');
  });

  it('falls back to weekdays with fewer than three other symbols, and says so', async () => {
    const { body } = await api
      .get('/v1/market-data/gaps/^GSPC?start=2005-01-01&end=2005-12-31&calendar=observed')
      .expect(200);
    expect(body.meta).toMatchObject({
      calendar: 'weekdays',
      query: { calendar: 'observed' },
      note: expect.any(String),
    });
  });

  it('tells days before the first and after the last bar from missing ones', async () => {
    const before = await api.get('/v1/market-data/gaps/^GSPC?start=1999-12-27&end=2000-01-07').expect(200);
    expect(before.body.data).toEqual([
      { start: '1999-12-27', end: '1999-12-31', missing_days: 5, reason: 'before_first_bar' },
    ]);
    const after = await api.get('/v1/market-data/gaps/^GSPC?start=2020-04-16&end=2020-04-24').expect(200);
    expect(after.body.data).toEqual([
      { start: '2020-04-20', end: '2020-04-24', missing_days: 5, reason: 'after_last_bar' },
    ]);
  });

  it('expects every day by calendar=all, and never today', async () => {
    const { body } = await api.get('/v1/market-data/gaps/BTC-USD?calendar=all').expect(200);
    expect(body.data.every((gap: { end: string }) => gap.end < new Date().toISOString().slice(0, 10))).toBe(true);
    const future = await api
      .get('/v1/market-data/gaps/BTC-USD?calendar=all&start=2030-01-01&end=2030-01-31')
      .expect(200);
    expect(future.body).toMatchObject({ data: [], meta: { calendar: 'all', expected_days: 0, coverage: null } });
    expect(future.body.meta).not.toHaveProperty('note');
    const { body: graphql } = await api.graphql(
      '{ symbol(symbol: "BTC-USD") { gaps(start: "2030-01-01", end: "2030-01-31") { calendar expectedDays coverage } } }',
    );
    expect(graphql).toEqual({
      data: { symbol: { gaps: { calendar: 'WEEKDAYS', expectedDays: 0, coverage: null } } },
    });
  });

  it('gives the coverage of the whole market page by page', async () => {
    const seen: string[] = [];
    let token = '';
    do {
      const { body } = await api.get(`/v1/market-data/gaps?limit=5${token && `&page_token=${token}`}`).expect(200);
      seen.push(...(body.data as { symbol: string }[]).map((row) => row.symbol));
      token = body.next_page_token as string;
    } while (token);
    const { body } = await api.get('/v1/market-data/symbols').expect(200);
    expect(seen).toEqual(body.data.map((row: { symbol: string }) => row.symbol));
  });

  it('gives the coverage of several symbols', async () => {
    const { body } = await api
      .get('/v1/market-data/gaps?symbols=^GSPC,AAPL&start=2019-01-01&end=2019-12-31')
      .expect(200);
    expect(body.data.map((row: { symbol: string }) => row.symbol)).toEqual(['AAPL', '^GSPC']);
    expect(body.data[1]).toMatchObject({
      expected_days: 261,
      present_days: 252,
      coverage: 0.965517,
      first_day: '2000-01-03',
    });
  });
});

describe('symbols', () => {
  it('lists the symbols with the days of their history, page by page', async () => {
    const seen: string[] = [];
    let token = '';
    do {
      const { body } = await api.get(`/v1/market-data/symbols?limit=4${token && `&page_token=${token}`}`).expect(200);
      seen.push(...(body.data as { symbol: string }[]).map((row) => row.symbol));
      token = body.next_page_token as string;
    } while (token);
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen).toContain('^GSPC');
  });

  it('searches without regard to case', async () => {
    const { body } = await api.get('/v1/market-data/symbols?search=gspc').expect(200);
    expect(body.data).toEqual([
      {
        symbol: '^GSPC',
        first_day: '2000-01-03',
        last_day: '2020-04-17',
        newest_day: '2020-04-17',
        days: 5105,
        is_continuous: false,
        has_ended: true,
        price_decimals: 6,
        as_of: expect.stringMatching(/Z$/),
        timeframes: ['1d'],
        sources: ['vega-datasets'],
      },
    ]);
  });

  it('says of one symbol what its bars are, over REST and GraphQL', async () => {
    const { body } = await api.get('/v1/market-data/symbols/BTC-USD').expect(200);
    expect(body.data).toMatchObject({ is_continuous: true, has_ended: false, price_decimals: 2, timeframes: ['1d'] });
    const graphql = await api.graphql(
      '{ symbol(symbol: "BTC-USD") { isContinuous hasEnded priceDecimals timeframes sources newestDay } }',
    );
    const { is_continuous: isContinuous, has_ended: hasEnded, price_decimals: priceDecimals } = body.data;
    const { timeframes, sources, newest_day: newestDay } = body.data;
    expect(graphql.body.data.symbol).toEqual({
      isContinuous,
      hasEnded,
      priceDecimals,
      timeframes,
      sources,
      newestDay,
    });
    await api.get('/v1/market-data/symbols/NOPE').expect(404);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';
import { pagedRows } from '../support/pages.js';

const PATH = '/v1/market-data/compare';

interface Row {
  readonly symbol: string;
  readonly day: string;
  readonly close: number | null;
  readonly value: number | null;
}
type Numbers = Record<string, unknown>;
interface Body {
  readonly data: Row[];
  readonly meta: Record<'summary' | 'correlations', Numbers[]> & Record<string, unknown>;
}

describe('symbols side by side', () => {
  let api: TestApp;
  beforeAll(async () => (api = await startApp(sharedDatabase().reader)));
  afterAll(() => api.close());

  const read = async (query: string): Promise<Body> => (await api.get(`${PATH}?${query}`).expect(200)).body as Body;

  it('start from a common base, symbol by symbol', async () => {
    const window = 'start=2019-01-01&end=2019-03-31';
    const { data, meta } = await read(`symbols=MSFT,AAPL,NOPE&${window}&base=1000`);
    const daily = (await api.get(`/v1/market-data/daily?symbols=MSFT,AAPL&${window}`).expect(200)).body as Body;
    expect(data.map(({ symbol, day, close }) => [symbol, day, close])).toEqual(
      daily.data.map(({ symbol, day, close }) => [symbol, day, close]),
    );
    for (const symbol of ['AAPL', 'MSFT']) {
      const own = data.filter((row) => row.symbol === symbol);
      expect(own.map(({ value }) => value)).toEqual(own.map(({ close }) => (close! / own[0]!.close!) * 1000));
    }
    expect(meta).toMatchObject({
      query: { symbols: ['AAPL', 'MSFT'], start: '2019-01-01', end: '2019-03-31', base: 1000, benchmark: null },
      unknown: ['NOPE'],
      freshness: { history_complete: true },
    });
    expect(meta.summary[0]).toMatchObject({ symbol: 'AAPL', beta: null, correlation: null, common_returns: null });
  });

  // By pandas 1.5.3 of the same closes.
  it('have the drawdowns of the index that are published', async () => {
    const [from, to] = ['start=2000-01-01', 'end=2020-12-31'];
    const { summary } = (await read(`symbols=^GSPC&${from}&${to}&limit=1`)).meta;
    expect(summary[0]!.total_return).toBeCloseTo(0.9753440141593548, 12);
    expect(summary[0]!.cagr).toBeCloseTo(0.034124133779111165, 12);
    expect(summary[0]!.volatility).toBeCloseTo(0.1989143062066408, 12);
    expect(summary[0]).toMatchObject({ days: 5105, first_day: '2000-01-03', last_day: '2020-04-17' });
    const found: unknown[] = [];
    for (const window of [`${from}&${to}`, `${from}&end=2006-12-31`, `start=2016-01-01&${to}`]) {
      const [row] = (await read(`symbols=^GSPC&${window}&limit=1`)).meta.summary;
      const { max_drawdown: depth, drawdown_peak, drawdown_trough, drawdown_recovery } = row!;
      found.push([((depth as number) * 100).toFixed(2), drawdown_peak, drawdown_trough, drawdown_recovery]);
    }
    expect(found).toEqual([
      ['-56.78', '2007-10-09', '2009-03-09', '2013-03-28'],
      ['-49.15', '2000-03-24', '2002-10-09', null],
      ['-33.92', '2020-02-19', '2020-03-23', null],
    ]);
  });

  it('have a matrix of correlations, which does not depend on what else is compared', async () => {
    const window = 'start=2019-01-01&end=2022-12-31&limit=1';
    const { summary, correlations } = (await read(`symbols=AAPL,BTC-USD,SPY&benchmark=SPY&${window}`)).meta;
    const cell = (symbol: string, other: string): Numbers =>
      correlations.find((one) => one.symbol === symbol && one.other === other)!;
    expect(correlations).toHaveLength(9);
    for (const { symbol, other, correlation, returns } of correlations) {
      if (symbol === other) expect(correlation).toBe(1);
      expect(cell(other as string, symbol as string)).toMatchObject({ correlation, returns });
    }
    for (const { symbol, correlation, common_returns: returns } of summary) {
      expect(cell(symbol as string, 'SPY')).toMatchObject({ correlation, returns });
    }
    expect(summary[2]).toMatchObject({ beta: 1, correlation: 1, periods_per_year: 252 });
    expect(summary[1]).toMatchObject({ symbol: 'BTC-USD', periods_per_year: 365 });
    const two = (await read(`symbols=AAPL,SPY&benchmark=SPY&${window}`)).meta;
    expect(two.summary).toEqual([summary[0], summary[2]]);
    // AAPL has five days without a bar in 2021, which are one return here and none there.
    const outer = (await read(`symbols=AAPL,SPY&benchmark=SPY&align=outer&${window}`)).meta.summary[0]!;
    expect(outer.common_returns).toBe((summary[0]!.common_returns as number) - 1);
    // A pivot with weekends has no return on a Monday but that of what trades on weekends.
    const mondays = (await read(`symbols=AAPL,SPY,BTC-USD&benchmark=SPY&align=outer&${window}`)).meta.summary[0]!;
    expect(mondays.common_returns).toBeLessThan(0.85 * (outer.common_returns as number));
  });

  it('compare with a benchmark that is not among them', async () => {
    const { data, meta } = await read('symbols=KO&benchmark=SPY&start=2019-01-01&end=2019-06-30');
    expect(meta.query).toMatchObject({ symbols: ['KO', 'SPY'], benchmark: 'SPY' });
    expect(new Set(data.map(({ symbol }) => symbol))).toEqual(new Set(['KO', 'SPY']));
    expect(meta.summary.map(({ symbol }) => symbol)).toEqual(['KO', 'SPY']);
  });

  it('come in every format and page by page', async () => {
    const query = 'symbols=AAPL,KO,SPY&start=2019-01-01&end=2019-12-31&benchmark=SPY';
    const { data, meta } = await read(query);
    expect(data).toHaveLength(756);
    expect(await pagedRows<Row>(api, `${PATH}?${query}`, 200)).toEqual(data);
    const next = await api.get(`${PATH}?${query}&limit=300`).expect(200);
    const second = await read(`${query}&limit=300&page_token=${next.body.next_page_token as string}`);
    expect(second.meta.summary).toEqual(meta.summary);
    const ndjson = await api.get(`${PATH}?${query}&format=ndjson`).expect(200);
    expect(ndjson.text.trim().split('\n').map((line) => JSON.parse(line) as Row)).toEqual(data); // prettier-ignore
    const csv = await api.get(`${PATH}?${query}&format=csv&fields=symbol,value`).expect(200);
    expect(csv.text.trim().split('\n').slice(1)).toEqual(data.map(({ symbol, value }) => `${symbol},${value}`));
    const columns = await api.get(`${PATH}?${query}&format=columns&fields=value`).expect(200);
    expect(columns.body.data).toEqual({ value: data.map(({ value }) => value) });
    const { headers } = await api.get(`${PATH}?${query}`).expect(200);
    await api.get(`${PATH}?${query}`, { 'if-none-match': headers.etag as string }).expect(304);
    // A page token belongs to what was asked.
    const other = `${PATH}?${query.replace('KO', 'JPM')}&page_token=${next.body.next_page_token as string}`;
    expect((await api.get(other).expect(400)).body).toMatchObject({ code: 'invalid_page_token' });
  });

  it('are columns in GraphQL', async () => {
    const { data } = await read('symbols=AAPL,KO&start=2019-01-01&end=2019-01-31&base=1');
    const { body } = await api.graphql(
      `{ compare(symbols: ["AAPL", "KO"], start: "2019-01-01", end: "2019-01-31", base: 1) {
        columns { symbol value } window { start end } correlations { correlation } } }`,
    );
    expect(body.errors).toBeUndefined();
    expect(body.data.compare.columns.value).toEqual(data.map(({ value }) => value));
    expect(body.data.compare.window).toEqual({ start: '2019-01-01T00:00:00Z', end: '2019-02-01T00:00:00Z' });
    expect(body.data.compare.correlations).toHaveLength(4);
  });

  const many = Array.from({ length: 21 }, (_, i) => `S${i}`).join();
  it.each([
    ['', 400, 'invalid_parameter', 'symbols'],
    ['symbols=AAPL&base=0', 400, 'invalid_parameter', 'base'],
    ['symbols=AAPL&base=-100', 400, 'invalid_parameter', 'base'],
    ['symbols=AAPL&base=ten', 400, 'invalid_parameter', 'base'],
    ['symbols=AAPL&start=2020-01-02&end=2020-01-01', 400, 'invalid_parameter', 'end'],
    ['symbols=AAPL&start=2020-02-30', 400, 'invalid_parameter', 'start'],
    ['symbols=AAPL&align=locf', 400, 'invalid_parameter', 'align'],
    ['symbols=AAPL&sort=desc', 400, 'unknown_parameter', 'sort'],
    [`symbols=${many}`, 400, 'limit_exceeded', 'symbols'],
    ['symbols=AAPL&start=1900-01-01&end=2020-01-01', 400, 'window_too_large', 'start'],
    ['symbols=NOPE,NEITHER', 404, 'symbol_not_found', 'symbols'],
    ['symbols=NOPE&benchmark=SPY', 404, 'symbol_not_found', 'symbols'],
    ['symbols=AAPL&benchmark=SPYY', 404, 'symbol_not_found', 'benchmark'],
  ])('%s is refused', async (query, status, code, param) => {
    const { body } = await api.get(`${PATH}?${query}`).expect(status);
    expect(body).toMatchObject({ code, param });
  });

  it('name what is allowed and near', async () => {
    const align = await api.get(`${PATH}?symbols=AAPL&align=outr`).expect(400);
    expect(align.body).toMatchObject({ allowed: ['inner', 'outer'], hint: 'Did you mean outer?' });
    const benchmark = await api.get(`${PATH}?symbols=AAPL&benchmark=SPYY`).expect(404);
    expect(benchmark.body.allowed).toContain('SPY');
    const graphql = await api.graphql('{ compare(symbols: ["AAPL"], benchmark: "SPYY") { unknown } }');
    expect(graphql.body.errors[0].extensions).toMatchObject({ code: 'symbol_not_found', param: 'benchmark' });
  });
});

/** A database whose bars have no checks, as an older one or another pipeline may have left it. */
const UNCHECKED = `
  ALTER TABLE market_data.ohlcv ALTER COLUMN close DROP NOT NULL;
  DO $$ DECLARE check_name text; BEGIN
    FOR check_name IN SELECT conname FROM pg_constraint WHERE conrelid = 'market_data.ohlcv'::regclass AND contype = 'c'
    LOOP EXECUTE format('ALTER TABLE market_data.ohlcv DROP CONSTRAINT %I', check_name); END LOOP;
  END $$`;

/** More symbols than may be compared with so many days each. */
const LONG = Array.from({ length: 20 }, (_, i) => `LONG${i}`);
const DAYS = 5113;

describe('closes of which no return can be made', () => {
  let database: TestDatabase;
  let api: TestApp;
  const insert = (symbol: string, first: string, closes: readonly (string | null)[]): string =>
    closes
      .map(
        (
          close,
          i,
        ) => `INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source) VALUES
          ('${symbol}', timestamptz '${first}T00:00:00Z' + interval '${i} days', 1, 1, 1, ${close ?? 'null'}, 1, '1d', 'test');`,
      )
      .join('\n');
  beforeAll(async () => {
    database = await createDatabase();
    await asAdmin(database.urls.admin, async (sql) => {
      await sql.query(`SET timezone = 'UTC'; ${UNCHECKED}`);
      await sql.query(insert('ONE', '2024-01-03', ['10']));
      await sql.query(insert('FLAT', '2024-01-01', ['5', '5', '5', '5', '5', '5']));
      await sql.query(insert('DOUBLE', '2024-01-01', ['0.1', '0.2', '0.4', '0.8', '1.6', '3.2']));
      await sql.query(insert('ODD', '2024-01-01', [null, '0', '10', '-5', "'NaN'", '20', '15']));
      await sql.query(insert('MOVES', '2024-01-01', ['10', '11', '10', '12', '9', '12']));
      await sql.query(insert('OTHER', '2024-02-01', ['10', '11', '10']));
      await sql.query(insert('NONE', '2024-01-01', ['0', null]));
      await sql.query(`INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
        SELECT s, t, 10, 10, 10, 10, 1, '1d', 'test' FROM unnest('{${LONG.join()}}'::text[]) AS s,
          generate_series(timestamptz '2006-01-01Z', timestamptz '2019-12-31Z', interval '1 day') AS t`);
    });
    api = await startApp(database.urls.reader);
  }, 120_000);
  afterAll(async () => {
    await api.close();
    await database.drop();
  });

  const read = async (query: string): Promise<Body> => (await api.get(`${PATH}?${query}`).expect(200)).body as Body;

  it('are left out and counted', async () => {
    const { data, meta } = await read('symbols=ODD&start=2024-01-01&end=2024-01-31');
    expect(data.map(({ close, value }) => [close, value])).toEqual([
      [null, null],
      [0, null],
      [10, 100],
      [-5, null],
      [null, null],
      [20, 200],
      [15, 150],
    ]);
    expect(meta.summary[0]).toMatchObject({
      days: 3,
      unusable_days: 4,
      first_day: '2024-01-03',
      last_day: '2024-01-07',
      total_return: 0.5,
      max_drawdown: -0.25,
      drawdown_peak: '2024-01-06',
      drawdown_trough: '2024-01-07',
    });
  });

  it('make nulls with the reason', async () => {
    const { data, meta } = await read(
      'symbols=ONE,FLAT,DOUBLE,MOVES,OTHER,NONE&benchmark=MOVES&start=2024-01-01&end=2024-12-31',
    );
    const of = (symbol: string): Numbers => meta.summary.find((row) => row.symbol === symbol)!;
    const nothing = { cagr: null, volatility: null, beta: null, correlation: null, reason: 'too_few_days' };
    expect(of('ONE')).toMatchObject({ ...nothing, days: 1, total_return: null, max_drawdown: 0, common_returns: 0 });
    expect(of('NONE')).toMatchObject({ ...nothing, days: 0, unusable_days: 2, first_day: null, max_drawdown: null });
    expect(of('FLAT')).toMatchObject({ total_return: 0, cagr: 0, volatility: 0, max_drawdown: 0, beta: 0 });
    expect(of('FLAT')).toMatchObject({ correlation: null, common_returns: 5, reason: 'constant', drawdown_peak: null });
    expect(of('DOUBLE')).toMatchObject({ correlation: null, reason: 'constant' });
    expect(of('OTHER')).toMatchObject({ correlation: null, common_returns: 0, reason: 'too_few_days' });
    expect(of('MOVES')).toMatchObject({ correlation: 1, beta: 1, drawdown_recovery: '2024-01-06' });
    expect(data.filter(({ symbol }) => symbol === 'NONE').map(({ value }) => value)).toEqual([null, null]);
    const flat = await read('symbols=MOVES,FLAT&benchmark=FLAT&start=2024-01-01&end=2024-12-31');
    expect(flat.meta.summary[1]).toMatchObject({ beta: null, correlation: null, reason: 'constant' });
  });

  it('make no rows where there is no bar', async () => {
    const { data, meta } = await read('symbols=MOVES,FLAT&benchmark=FLAT&start=2025-01-01&end=2025-12-31');
    expect(data).toEqual([]);
    expect(meta.summary[0]).toMatchObject({ days: 0, total_return: null, volatility: null, reason: 'too_few_days' });
  });

  it('are refused before they are read where they may be too many', async () => {
    const window = 'start=2006-01-01&end=2019-12-31&limit=1';
    const { body } = await api.get(`${PATH}?symbols=${LONG.join()}&${window}`).expect(400);
    expect(body).toMatchObject({ code: 'limit_exceeded', param: 'symbols' });
    const { meta } = await read(`symbols=${LONG.slice(1).join()}&${window}`);
    expect(meta.summary).toHaveLength(LONG.length - 1);
    for (const row of meta.summary) expect(row).toMatchObject({ days: DAYS, volatility: 0, periods_per_year: 365 });
    const csv = await api
      .get(
        `${PATH}?symbols=${LONG.slice(17).join()}&start=2006-01-01&end=2019-12-31&base=7&format=csv&fields=symbol,value`,
      )
      .expect(200);
    const lines = LONG.slice(17).flatMap((symbol) => Array<string>(DAYS).fill(`${symbol},7`));
    expect(csv.text).toBe(['symbol,value', ...lines, ''].join('\n'));
  }, 60_000);
});

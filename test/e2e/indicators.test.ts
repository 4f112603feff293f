import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';
import { pagedRows } from '../support/pages.js';

type Row = Record<string, unknown>;

const ASKED = 'sma(20),ema(50),rsi(14),macd(12,26,9),bbands(20,2),atr(14),volatility(20),drawdown';
const COLUMNS =
  'sma_20 ema_50 rsi_14 macd_12_26_9 macd_signal_12_26_9 macd_histogram_12_26_9 bbands_upper_20_2 bbands_middle_20_2 bbands_lower_20_2 atr_14 volatility_20 drawdown'.split(
    ' ',
  );
const PATH = '/v1/market-data/daily/%5EGSPC';

describe('indicators beside bars', () => {
  let api: TestApp;
  beforeAll(async () => (api = await startApp(sharedDatabase().reader)));
  afterAll(() => api.close());

  const rowsOf = async (path: string): Promise<Row[]> => (await api.get(path).expect(200)).body.data as Row[];

  it('are columns after those of the bar, described in meta', async () => {
    const { body } = await api.get(`${PATH}?start=2019-06-03&end=2019-06-07&indicators=${ASKED}`).expect(200);
    const [row] = body.data as Row[];
    expect(Object.keys(row!).slice(-COLUMNS.length)).toEqual(COLUMNS);
    for (const name of COLUMNS) expect([name, typeof row![name]]).toEqual([name, 'number']);
    expect(body.meta.indicators.flatMap(({ columns }: { columns: string[] }) => columns)).toEqual(COLUMNS);
    expect(body.meta.indicators[0]).toEqual({
      columns: ['sma_20'],
      formula: 'mean of the last 20 closes',
      warm_up: 19,
    });
    // Bars stay as they are, to the last digit.
    const plain = await api.get(`${PATH}?start=2019-06-03&end=2019-06-07&fields=day,open,close`).expect(200);
    const beside = await api
      .get(`${PATH}?start=2019-06-03&end=2019-06-07&fields=day,open,close&indicators=sma(20)`)
      .expect(200);
    expect(beside.text.slice(0, beside.text.indexOf('"meta"'))).toBe(plain.text.slice(0, plain.text.indexOf('"meta"')));
  });

  it('do not depend on the window, the page, the order or the format', async () => {
    const query = `indicators=${ASKED}&fields=day,${COLUMNS.join()}`;
    const all = await rowsOf(`${PATH}?start=2000-01-01&end=2020-12-31&limit=10000&${query}`);
    expect(all[0]).toMatchObject({ day: '2000-01-03', sma_20: null, drawdown: 0 });
    const from = all.findIndex(({ day }) => day === '2008-10-01');
    const part = all.slice(from, from + 23);
    const window = 'start=2008-10-01&end=2008-10-31';
    expect(await rowsOf(`${PATH}?${window}&${query}`)).toEqual(part);
    expect(await pagedRows<Row>(api, `${PATH}?${window}&${query}`, 5)).toEqual(part);
    expect(await rowsOf(`${PATH}?${window}&sort=desc&${query}`)).toEqual(part.toReversed());
    const ndjson = await api.get(`${PATH}?${window}&format=ndjson&${query}`).expect(200);
    expect(
      ndjson.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Row),
    ).toEqual(part);
    // Those of few bars are read with the page.
    const few = 'indicators=sma(20),rsi(14),bbands(20,2)';
    const names = ['day', 'sma_20', 'rsi_14', 'bbands_upper_20_2'];
    const some = part.map((row) => Object.fromEntries(names.map((name) => [name, row[name]])));
    for (const sort of ['asc', 'desc']) {
      const sorted = sort === 'asc' ? some : some.toReversed();
      const path = `${PATH}?${window}&sort=${sort}&fields=${names.join()}&${few}`;
      expect([sort, await rowsOf(path)]).toEqual([sort, sorted]);
      expect([sort, await pagedRows<Row>(api, path, 5)]).toEqual([sort, sorted]);
    }
    const columns = (await api.get(`${PATH}?${window}&format=columns&${query}`).expect(200)).body.data as Record<
      string,
      unknown[]
    >;
    expect(columns.rsi_14).toEqual(part.map((row) => row.rsi_14));
    const csv = await api.get(`${PATH}?${window}&format=csv&${query}`).expect(200);
    expect(csv.text.split('\n')[1]).toBe(Object.values(part[0]!).join(','));
  });

  it('stand beside bars of a day or longer of any interval', async () => {
    const weeks = await rowsOf('/v1/market-data/bars/%5EGSPC?timeframe=1w&start=2019-01-01&limit=8&indicators=sma(4)');
    const mean = weeks.slice(0, 4).reduce((sum, { close }) => sum + Number(close), 0) / 4;
    expect(weeks[3]!.sma_4).toBeCloseTo(mean, 9);
    expect(Object.keys(weeks[0]!)).not.toContain('source');
    const chosen = await rowsOf('/v1/market-data/bars/%5EGSPC?max_points=100&sort=desc&limit=2&indicators=rsi(14)');
    expect(typeof chosen[0]!.rsi_14).toBe('number');
    const stored = await rowsOf('/v1/market-data/bars/AAPL?timeframe=1d&sort=desc&limit=1&indicators=sma(20)');
    const daily = await rowsOf('/v1/market-data/daily/AAPL?sort=desc&limit=1&indicators=sma(20)');
    expect(stored[0]!.sma_20).toBe(daily[0]!.sma_20);
  });

  it('stand beside bars of minutes and hours, whatever the window and the page', async () => {
    const path = '/v1/market-data/bars/SPYM?timeframe=15m';
    const asked = 'indicators=sma(4),ema(6),rsi(14),atr(5),macd(5,9,4)';
    const all = await rowsOf(`${path}&start=2000-01-01&limit=10000&${asked}`);
    expect(all.length).toBeGreaterThan(100);
    const close = all.map((row) => Number(row.close));
    expect(all[2]!.sma_4).toBeNull();
    expect(all[3]!.sma_4).toBeCloseTo((close[0]! + close[1]! + close[2]! + close[3]!) / 4, 9);
    const [first, last] = [all[60]!.timestamp as string, all[79]!.timestamp as string];
    const window = `start=${first}&end=${new Date(Date.parse(last) + 1000).toISOString()}`;
    const parts = [
      await rowsOf(`${path}&${window}&${asked}`),
      await pagedRows<Row>(api, `${path}&${window}&${asked}`, 7),
      (await rowsOf(`${path}&${window}&sort=desc&${asked}`)).toReversed(),
    ];
    for (const part of parts) {
      expect(part.map(({ timestamp }) => timestamp)).toEqual(all.slice(60, 80).map(({ timestamp }) => timestamp));
      for (const [i, row] of part.entries()) {
        for (const name of ['sma_4', 'ema_6', 'rsi_14', 'atr_5', 'macd_5_9_4', 'macd_signal_5_9_4'])
          expect(Number(row[name]) - Number(all[60 + i]![name])).toBeCloseTo(0, 9);
      }
    }
    const hours = await rowsOf('/v1/market-data/bars/SPYM?timeframe=1h&sort=desc&limit=3&indicators=sma(2)');
    expect(hours[0]!.sma_2).toBeCloseTo((Number(hours[0]!.close) + Number(hours[1]!.close)) / 2, 9);
  });

  it('come in pages of so many values, and whole as a stream', async () => {
    const many = Array.from({ length: 14 }, (_, i) => `macd(${i + 2},${i + 3},9)`).join();
    const path = `${PATH}?start=2000-01-01&end=2020-12-31&indicators=${many}`;
    const { body } = await api.get(`${path}&limit=10000`).expect(200);
    expect(body.data).toHaveLength(Math.floor(64_000 / 51));
    expect(body.next_page_token).not.toBeNull();
    const csv = (await api.get(`${path}&format=csv`).expect(200)).text.trim().split('\n');
    const days = await rowsOf(`${PATH}?start=2000-01-01&end=2020-12-31&limit=10000`);
    expect(csv).toHaveLength(1 + days.length);
    const last = (await rowsOf(`${path}&sort=desc&limit=1`))[0]!;
    expect(csv.at(-1)).toBe(Object.values(last).join());
  });

  it('have the volatility of a year of such bars', async () => {
    const path = '/v1/market-data/bars/%5EGSPC?timeframe=1w&start=2019-01-01&end=2019-12-29&limit=60';
    const weeks = await rowsOf(`${path}&indicators=volatility(20)`);
    const returns = weeks.slice(-21).map(({ close }) => Math.log(Number(close)));
    const changes = returns.slice(1).map((value, i) => value - returns[i]!);
    const mean = changes.reduce((sum, value) => sum + value, 0) / 20;
    const variance = changes.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 19;
    expect(weeks.at(-1)!.volatility_20).toBeCloseTo(Math.sqrt(variance * 52), 9);
  });

  it('are the same over GraphQL, for many symbols', async () => {
    const { body } = await api
      .graphql(
        `{ symbols(first: 3) { nodes { symbol daily(sort: DESC, first: 3) {
          nodes { close } indicators(of: "${ASKED}") { name values } } } }
          marketDay(date: "2019-07-03") { indicators(of: "sma(5)") { name } } }`,
      )
      .expect(200);
    expect(body.errors).toBeUndefined();
    for (const { symbol, daily } of body.data.symbols.nodes) {
      const rows = await rowsOf(`/v1/market-data/daily/${symbol}?sort=desc&limit=3&indicators=${ASKED}`);
      expect(daily.indicators).toEqual(COLUMNS.map((name) => ({ name, values: rows.map((row) => row[name]) })));
    }
    expect(body.data.marketDay.indicators).toBeNull();
  });

  it.each([
    [`${PATH}?indicators=xma(3)`, 'indicators'],
    [`${PATH}?indicators=sma(20),sma(20)`, 'indicators'],
    [`${PATH}?indicators=sma(501)`, 'indicators'],
    [`${PATH}?indicators=sma(20`, 'indicators'],
    [`${PATH}?indicators=${'sma(3),'.repeat(40)}`, 'indicators'],
    [`${PATH}?indicators=sma(20)&fields=sma_21`, 'fields'],
    ['/v1/market-data/bars/SPYM?timeframe=15m&indicators=drawdown', 'indicators'],
    ['/v1/market-data/bars/SPYM?timeframe=1h&indicators=sma(4),volatility(20)', 'indicators'],
    ['/v1/market-data/bars/AAPL?indicators=sma(4)', 'indicators'],
    ['/v1/market-data/bars?symbols=AAPL,KO&timeframe=1d&indicators=sma(4)', 'indicators'],
    ['/v1/market-data/daily?symbols=AAPL,KO&indicators=sma(4)', 'indicators'],
    ['/v1/market-data/daily?date=2019-07-03&indicators=sma(4)', 'indicators'],
  ])('%s is refused by its name', async (path, param) => {
    const { body } = await api.get(path).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', param });
  });

  it('of GraphQL are refused by the name of their argument', async () => {
    const { body } = await api.graphql('{ symbol(symbol: "AAPL") { daily { indicators(of: "xma(3)") { name } } } }');
    expect(body.errors[0].extensions).toMatchObject({ code: 'invalid_parameter', param: 'of' });
  });
});

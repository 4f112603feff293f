import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';

const PATH = '/v1/market-data/statistics';
const INDEX = `${PATH}/%5EGSPC`;

interface Period {
  readonly year: number;
  readonly month: number;
  readonly return: number;
  readonly is_partial: boolean;
}
interface Body {
  readonly data: Record<string, unknown> & {
    readonly years: (Period & { readonly months: Period[] })[];
    readonly drawdowns: Record<string, unknown>[];
  };
  readonly meta: Record<string, unknown>;
}

const percent = (share: number): string => (share * 100).toFixed(2);

describe('statistics of the index', () => {
  let api: TestApp;
  beforeAll(async () => (api = await startApp(sharedDatabase().reader)));
  afterAll(() => api.close());

  const read = async (path: string): Promise<Body> => (await api.get(path).expect(200)).body as Body;

  // By pandas 1.5.3 of the same closes: pct_change, std, skew, kurt, cummax.
  it('are those of pandas', async () => {
    const { data, meta } = await read(INDEX);
    const expected = {
      total_return: 0.9753440141593548,
      cagr: 0.034124133779111165,
      mean_return: 0.0002120210453006966,
      volatility: 0.1989143062066408,
      skewness: -0.12266535946674738,
      kurtosis: 11.029091707817603,
      positive_share: 0.5350705329153606,
      current_drawdown: -0.1510830464705163,
    };
    for (const [name, value] of Object.entries(expected)) expect([name, Math.abs((data[name] as number) - value) < 1e-12]).toEqual([name, true]); // prettier-ignore
    expect(data).toMatchObject({
      days: 5105,
      unusable_days: 0,
      periods_per_year: 252,
      best_day: { day: '2008-10-13' },
      worst_day: { day: '2020-03-16' },
    });
    expect(meta).toMatchObject({
      query: { symbol: '^GSPC', start: '2000-01-03', end: '2020-04-17', drawdowns: 5 },
      freshness: { history_complete: true },
      last_day: '2020-04-17',
    });
  });

  it('have the drawdowns and the calendar years that are published', async () => {
    const { drawdowns, years } = (await read(INDEX)).data;
    expect(drawdowns.slice(0, 3).map(({ depth, peak, trough }) => [percent(depth as number), peak, trough])).toEqual([
      ['-56.78', '2007-10-09', '2009-03-09'],
      ['-49.15', '2000-03-24', '2002-10-09'],
      ['-33.92', '2020-02-19', '2020-03-23'],
    ]);
    expect(drawdowns[0]).toMatchObject({ recovery: '2013-03-28', length: 1997 });
    expect(drawdowns[2]).toMatchObject({ recovery: null, length: 58 });
    const of = Object.fromEntries(years.map((year) => [year.year, percent(year.return)]));
    expect(of).toMatchObject({ 2001: '-13.04', 2008: '-38.49', 2011: '-0.00', 2013: '29.60', 2019: '28.88' });
    expect(years.filter((year) => year.is_partial).map(({ year }) => year)).toEqual([2000, 2020]);
  });

  it('have months that make up their years', async () => {
    const { years } = (await read(INDEX)).data;
    expect(years.flatMap(({ months }) => months)).toHaveLength(244);
    for (const year of years) {
      const whole = year.months.reduce((product, month) => product * (1 + month.return), 1) - 1;
      expect(whole).toBeCloseTo(year.return, 12);
    }
    expect(years.at(-1)!.months.map(({ month, is_partial }) => [month, is_partial])).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [4, true],
    ]);
  });

  it('measure a calendar year from the last close before it, which lies before the window', async () => {
    const { data } = await read(`${INDEX}?start=2008-01-01&end=2008-12-31&drawdowns=1`);
    expect(data.years.map((year) => [year.year, percent(year.return), year.is_partial])).toEqual([
      [2008, '-38.49', false],
    ]);
    expect(data.drawdowns).toHaveLength(1);
    expect(data).toMatchObject({ days: 253, first_day: '2008-01-02', last_day: '2008-12-31' });
    expect(percent(data.total_return as number)).toBe('-37.58');
    const part = await read(`${INDEX}?start=2008-06-16&end=2009-02-10`);
    expect(part.data.years.map((year) => year.is_partial)).toEqual([true, true]);
    expect(part.data.years[0]!.months.map((month) => month.is_partial)).toEqual([true, ...Array<boolean>(6).fill(false)]); // prettier-ignore
  });

  it('are what the comparison says', async () => {
    const window = 'start=2016-01-01&end=2021-12-31';
    const { data } = await read(`${PATH}/BTC-USD?${window}`);
    const compared = await api.get(`/v1/market-data/compare?symbols=BTC-USD&${window}&limit=1`).expect(200);
    const [row] = compared.body.meta.summary as Record<string, unknown>[];
    const { peak, trough, recovery, depth } = data.drawdowns[0]!;
    expect(row).toMatchObject({
      total_return: data.total_return,
      cagr: data.cagr,
      volatility: data.volatility,
      periods_per_year: 365,
      max_drawdown: depth,
      drawdown_peak: peak,
      drawdown_trough: trough,
      drawdown_recovery: recovery,
    });
  });

  it('are the same in GraphQL, for symbols whose histories differ', async () => {
    const { body } = await api.graphql(`{ symbols(first: 5) { nodes { symbol statistics(drawdowns: 2) {
      days firstDay lastDay totalReturn volatility kurtosis drawdowns { depth recovery } years { year return }
      window { start } freshness { historyComplete } } } } }`);
    expect(body.errors).toBeUndefined();
    for (const { symbol, statistics } of body.data.symbols.nodes) {
      const { data, meta } = await read(`${PATH}/${symbol}?drawdowns=2`);
      expect(statistics).toEqual({
        days: data.days,
        firstDay: data.first_day,
        lastDay: data.last_day,
        totalReturn: data.total_return,
        volatility: data.volatility,
        kurtosis: data.kurtosis,
        drawdowns: data.drawdowns.map(({ depth, recovery }) => ({ depth, recovery })),
        years: data.years.map((year) => ({ year: year.year, return: year.return })),
        window: { start: `${(meta.query as { start: string }).start}T00:00:00Z` },
        freshness: { historyComplete: true },
      });
    }
  });

  it.each([
    ['start=2020-01-02&end=2020-01-01', 'invalid_parameter', 'end'],
    ['drawdowns=0', 'invalid_parameter', 'drawdowns'],
    ['drawdowns=21', 'invalid_parameter', 'drawdowns'],
    ['format=csv', 'unknown_parameter', 'format'],
    ['start=1900-01-01&end=2020-01-01', 'window_too_large', 'start'],
  ])('%s is refused', async (query, code, param) => {
    expect((await api.get(`${INDEX}?${query}`).expect(400)).body).toMatchObject({ code, param });
  });

  it('of a symbol that does not exist name the nearest', async () => {
    const { body } = await api.get(`${PATH}/APPL`).expect(404);
    expect(body).toMatchObject({ code: 'symbol_not_found', param: 'symbol' });
    expect(body.allowed).toContain('AAPL');
  });
});

describe('statistics of few or odd closes', () => {
  let database: TestDatabase;
  let api: TestApp;
  const insert = (symbol: string, first: string, closes: readonly number[]): string =>
    `INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
     SELECT '${symbol}', timestamptz '${first}T00:00:00Z' + (n - 1) * interval '24 hours', c, c, c, c, 1, '1d', 'test'
     FROM unnest(array[${closes.join()}]::numeric[]) WITH ORDINALITY AS x (c, n)`;
  beforeAll(async () => {
    database = await createDatabase();
    await asAdmin(database.urls.admin, async (sql) => {
      await sql.query(insert('ONE', '2024-01-03', [10]));
      await sql.query(insert('FLAT', '2024-01-01', [5, 5, 5, 5, 5, 5]));
      await sql.query(insert('DOUBLE', '2024-01-01', [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]));
      await sql.query(insert('MOVES', '2024-01-29', [10, 11, 10, 12, 9, 9, 12, 12, 6]));
      await sql.query(insert('MOVES', '2026-02-27', [8, 9]));
      for (const [year, close] of [['0001', 1], ['2024', 2], ['9998', 4]] as const) await sql.query(insert('OLD', `${year}-06-30`, [close])); // prettier-ignore
    });
    api = await startApp(database.urls.reader);
  }, 120_000);
  afterAll(async () => {
    await api.close();
    await database.drop();
  });

  const of = async (symbol: string, query = ''): Promise<Body['data']> =>
    ((await api.get(`${PATH}/${symbol}?${query}`).expect(200)).body as Body).data;

  it('are null where there are too few', async () => {
    const nothing = { total_return: null, cagr: null, mean_return: null, volatility: null, skewness: null };
    const none = { kurtosis: null, positive_share: null, best_day: null, worst_day: null, drawdowns: [] };
    expect(await of('ONE')).toMatchObject({ ...nothing, ...none, days: 1, current_drawdown: 0 });
    expect(await of('ONE', 'start=2024-02-01&end=2024-02-29')).toMatchObject({
      ...nothing,
      ...none,
      days: 0,
      first_day: null,
      current_drawdown: null,
      years: [],
    });
  });

  it('have no skewness where all returns are the same', async () => {
    const flat = { volatility: 0, skewness: null, kurtosis: null, drawdowns: [], positive_share: 0 };
    expect(await of('FLAT')).toMatchObject({ ...flat, total_return: 0, cagr: 0, mean_return: 0 });
    const double = await of('DOUBLE');
    expect(double).toMatchObject({ skewness: null, kurtosis: null, positive_share: 1, drawdowns: [] });
    expect(double.volatility).toBeCloseTo(0, 12);
  });

  it('have drawdowns from the last day of a high to the first day that reaches it again', async () => {
    const { drawdowns } = await of('MOVES', 'end=2024-12-31');
    expect(drawdowns).toEqual([
      { depth: -0.5, peak: '2024-02-05', trough: '2024-02-06', recovery: null, length: 1 },
      { depth: -0.25, peak: '2024-02-01', trough: '2024-02-02', recovery: '2024-02-04', length: 3 },
      { depth: 10 / 11 - 1, peak: '2024-01-30', trough: '2024-01-31', recovery: '2024-02-01', length: 2 },
    ]);
  });

  it('measure a period from the last close before it, however long ago that was', async () => {
    const { years } = await of('MOVES');
    expect(
      years.map(({ year, return: change, is_partial, months }) => [year, change, is_partial, months.length]),
    ).toEqual([
      // prettier-ignore
      [2024, 6 / 10 - 1, true, 2],
      [2026, 9 / 6 - 1, true, 1],
    ]);
    // Its last weekday is a Friday.
    expect(years[1]!.months[0]).toMatchObject({ month: 2, is_partial: false });
    // It lies too far back to be read for a window that begins later.
    const later = await of('MOVES', 'start=2026-01-01');
    expect(later.years[0]).toMatchObject({ year: 2026, return: 9 / 8 - 1, is_partial: true });
  });

  it('reach from the first year that can be named to the last', async () => {
    const old = await of('OLD');
    expect(old).toMatchObject({ days: 2, first_day: '0001-06-30', last_day: '2024-06-30', total_return: 1 });
    expect(old.cagr).toBeCloseTo(2 ** (1 / 2023) - 1, 7);
    expect(old.years.map(({ year }) => year)).toEqual([1, 2024]);
    const ahead = await of('OLD', 'start=9990-01-01&end=9999-12-30');
    expect(ahead.years).toEqual([
      { year: 9998, return: 0, is_partial: true, months: [{ month: 6, return: 0, is_partial: true }] },
    ]);
  });
});

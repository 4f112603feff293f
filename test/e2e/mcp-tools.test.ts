import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, symbolsRead, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';
import { ask } from '../support/mcp.js';

const MAX_BYTES = 8000;

let api: TestApp;
let database: TestDatabase;
let own: TestApp;

beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  database = await createDatabase();
  await asAdmin(database.urls.admin, async (client) => {
    await client.query(
      `insert into market_data.ohlcv (symbol, timestamp, timeframe, open, high, low, close, volume, source) values
         ('EXACT', '2025-01-06Z', '1d', 1, 123456789012.12345678, 1, 123456789012.12345678, 9007199254740993, 'test')`,
    );
    await client.query(
      `insert into news.news_articles (title, description, url, published_at, source)
       select repeat('Ü', 400) || n, repeat('日', 400), 'https://example.com/' || n, timestamptz '2025-01-06Z' + n * interval '1 hour', 'Wire'
       from generate_series(1, 40) as n`,
    );
  });
  own = await startApp(database.urls.reader);
  await Promise.all([symbolsRead(api), symbolsRead(own)]);
}, 60_000);
afterAll(async () => {
  await Promise.all([api.close(), own.close()]);
  await database.drop();
});

/** The answer of the address that an answer names. */
async function everything(said: Record<string, unknown>, app = api): Promise<Record<string, unknown>> {
  const [address] = said.everything as string[];
  expect(address).toMatch(/^http:\/\/localhost:3000\/v1\//);
  return (await app.get(address!.slice('http://localhost:3000'.length)).expect(200)).body as Record<string, unknown>;
}

const TWO_YEARS = { start: '2018-04-18', end: '2020-04-17' };

describe('the tools', () => {
  it('find symbols, and say where they stand', async () => {
    const { said } = await ask(api, 'find_symbols', { search: 'spy' });
    expect(said.symbols).toMatchObject([
      { symbol: 'SPY', first_day: '2015-01-02', timeframes: ['1d'], close: expect.any(String), is_stale: false },
      { symbol: 'SPYM', timeframes: ['1m'] },
    ]);
    const named = await ask(api, 'find_symbols', { symbols: ['NOPE', '^GSPC'] });
    expect(named.said).toMatchObject({ unknown: ['NOPE'], symbols: [{ symbol: '^GSPC', close: '2874.560059' }] });
  });

  it('tell a history as the route has it, with its gaps and how far it reaches', async () => {
    const { said, bytes } = await ask(api, 'price_history', { symbol: '^GSPC', ...TWO_YEARS });
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
    expect(said).toMatchObject({
      timeframe: '1w',
      data_through: '2020-04-17',
      freshness: { history_complete: true },
      summary: { last: { time: '2020-04-13', close: '2874.560059' }, highest: { high: '3393.52002' } },
    });
    const { data } = (await everything(said)) as {
      data: { timestamp: string; high: number; low: number; close: number; volume: number }[];
    };
    const lines = data.map(({ timestamp, high, low, close, volume }) =>
      [timestamp.slice(0, 10), high, low, close, volume].join(),
    );
    expect(lines.length).toBeGreaterThan(100);
    expect(said.points).toBe(['time,high,low,close,volume', ...lines].join('\n'));
  });

  it('keep every digit', async () => {
    const { said } = await ask(own, 'price_history', { symbol: 'EXACT' });
    expect(said.points).toBe(
      'time,high,low,close,volume\n2025-01-06,123456789012.12345678,1,123456789012.12345678,9007199254740993',
    );
  });

  it('compare five symbols over two years in less than 8 kB', async () => {
    const symbols = ['AAPL', 'MSFT', 'JPM', 'KO', 'SPY'];
    const { said, bytes } = await ask(api, 'compare_symbols', { symbols, ...TWO_YEARS, benchmark: 'SPY' });
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
    const { meta } = (await everything(said)) as { meta: { summary: { symbol: string; total_return: number }[] } };
    const summary = said.summary as { symbol: string; total_return: number; coverage: number }[];
    expect(summary.map(({ symbol }) => symbol)).toEqual(symbols.toSorted());
    for (const [i, row] of summary.entries()) {
      expect(row.total_return).toBeCloseTo(meta.summary[i]!.total_return, 5);
      expect(row.coverage).toBeGreaterThan(0.98);
    }
    expect(Object.keys(said.correlations as object)).toHaveLength(10);
    const [header, ...lines] = (said.points as string).split('\n');
    expect(header).toBe('time,AAPL,JPM,KO,MSFT,SPY');
    expect(lines).toHaveLength(25);
    for (const each of lines) expect(each).toMatch(/^\d{4}-\d\d-\d\d(,\d+(\.\d+)?){5}$/);
    expect(said).not.toHaveProperty('left_out');
  });

  it('say what is missing and what is suspect', async () => {
    const { said } = await ask(api, 'gaps_and_quality', { symbol: 'AAPL', start: '2021-01-01', end: '2021-12-31' });
    expect(said).toMatchObject({
      calendar: 'observed',
      gaps: [{ start: '2021-06-14', end: '2021-06-18', missing_days: 5, reason: 'missing' }],
      gaps_in_all: 1,
      suspect: [],
    });
    expect(
      (await ask(api, 'gaps_and_quality', { symbol: 'BTC-USD', start: '2021-01-01', end: '2021-12-31' })).said.calendar,
    ).toBe('all');
  });

  it('find series and tell one', async () => {
    const found = await ask(api, 'economic_data', { search: 'payems' });
    expect(found.said.series).toMatchObject([
      { series_id: 'PAYEMS', first_date: '2006-01-01' },
      { series_id: 'PAYEMS_CHG' },
    ]);
    const { said } = await ask(api, 'economic_data', { series: 'PAYEMS', units: 'pc1' });
    expect(said).toMatchObject({
      units: 'pc1',
      data_through: '2015-12-01',
      missing_values: 12,
      summary: { lowest: { date: '2009-07-01', value: '-4.96207355' }, change_percent: null },
    });
    expect((said.points as string).split('\n')).toHaveLength(121);
  });

  it('tell news, events and how fresh the data are', async () => {
    const { said } = await ask(api, 'news', { q: 'earnings', limit: 3 });
    expect(said).toMatchObject({ more: true, articles: [{ title: expect.any(String) }, {}, {}] });
    const events = await ask(api, 'events', { country: ['US'], min_impact: 4, limit: 2 });
    expect(events.said.events).toMatchObject([
      { country: 'US', impact_level: 4 },
      { country: 'US', impact_level: 4 },
    ]);
    const freshness = await ask(api, 'data_freshness');
    expect(freshness.said.data_sets).toMatchObject([
      { name: 'market_data.ohlcv', state: expect.any(String) },
      {},
      {},
      {},
      {},
    ]);
  });

  it('cut what does not fit, and say so', async () => {
    const { said, bytes } = await ask(own, 'news', { start: '2025-01-01', end: '2025-12-31', limit: 20 });
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
    const { length } = said.articles as unknown[];
    expect(length).toBeGreaterThan(3);
    expect(said.left_out).toBe(20 - length);
  });

  it.each([
    ['price_history', { symbol: 'AAPX' }, { code: 'symbol_not_found', hint: 'Did you mean AAPL?' }],
    ['price_history', { symbl: 'AAPL' }, { code: 'unknown_parameter', hint: 'Did you mean symbol?' }],
    ['price_history', {}, { code: 'invalid_parameter', param: 'symbol', detail: 'symbol is required.' }],
    ['price_history', { symbol: ['AAPL'] }, { code: 'invalid_parameter', param: 'symbol' }],
    ['price_history', { symbol: 'AAPL', start: 'yesterday' }, { code: 'invalid_parameter', param: 'start' }],
    ['price_history', { symbol: 'AAPL', timeframe: '7m' }, { code: 'invalid_parameter', param: 'timeframe' }],
    ['compare_symbols', { symbols: [] }, { code: 'invalid_parameter', param: 'symbols' }],
    ['compare_symbols', { symbols: Array(11).fill('A') }, { code: 'invalid_parameter', param: 'symbols' }],
    ['economic_data', { series: 'PAYEM' }, { code: 'series_not_found', hint: 'Did you mean PAYEMS?' }],
    ['news', { limit: 1000 }, { code: 'invalid_parameter', param: 'limit' }],
    ['events', { constructor: 1 }, { code: 'unknown_parameter' }],
    ['nothing', {}, { code: 'invalid_parameter', allowed: expect.arrayContaining(['news']) }],
  ])('say what is wrong: %s %j', async (name, args, error) => {
    const { said, isError } = await ask(api, name, args);
    expect(isError).toBe(true);
    expect(said).toMatchObject(error);
  });
});

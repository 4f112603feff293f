import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

/** A character of two units of UTF-16. */
const smiles = (count: number): string => '😀'.repeat(count);
/** Symbols of a day's bars, of which no hours can be made, and one that has hours. */
const DAYS = Array.from({ length: 30 }, (_, i) => `${smiles(10)}100%-${i}`);

let database: TestDatabase;
let api: TestApp;
beforeAll(async () => {
  database = await createDatabase();
  await asAdmin(database.urls.admin, async (client) => {
    await client.query(`insert into economic_data.economic_data (symbol, date, value) values ($1, '2024-01-01Z', 1)`, [
      smiles(50),
    ]);
    await client.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       values ($1, '2024-01-02Z', 1, 1, 1, 1, 1, '1d', 'feed')`,
      [smiles(20)],
    );
    await client.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       select symbol, '2024-01-02Z', 1, 1, 1, 1, 1, case symbol when 'HOURS' then '1h' else '1d' end, 'feed'
       from unnest($1::text[]) as symbol`,
      [['HOURS', ...DAYS]],
    );
  });
  api = await startApp(database.urls.reader);
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

/** Paths that end with a name, and the most characters that it may have. */
const NAMED: [path: string, most: number][] = [
  ['/v1/economic-data/series/', 50],
  ['/v1/economic-data/series?search=', 50],
  ['/v1/market-data/symbols/', 20],
  ['/v1/market-data/symbols?search=', 20],
  ['/v1/market-data/bars/', 20],
  ['/v1/market-data/bars?symbols=', 20],
  ['/v1/market-data/daily/', 20],
  ['/v1/market-data/daily?date=2024-01-02&symbols=', 20],
  ['/v1/market-data/latest?symbols=', 20],
  ['/v1/market-data/gaps/', 20],
  ['/v1/market-data/gaps?symbols=', 20],
  ['/v1/news?symbol=', 20],
];

describe.each(NAMED)('a name in %s', (path, most) => {
  it(`may have ${most} characters, emoji among them`, async () => {
    await api.get(path + encodeURIComponent(smiles(most))).expect(200);
    const { body } = await api.get(path + encodeURIComponent(smiles(most + 1)));
    expect([400, 404]).toContain(body.status);
  });
});

it('GraphQL counts them alike', async () => {
  const query =
    'query ($id: ID!, $symbol: String!) { series(id: $id) { seriesId } symbol(symbol: $symbol) { symbol } symbols(search: $symbol) { nodes { symbol } } allSeries(search: $symbol) { nodes { seriesId } } }';
  const names = { id: smiles(50), symbol: smiles(20) };
  const { body } = await api.graphql(query, names).expect(200);
  expect(body).toEqual({
    data: {
      series: { seriesId: names.id },
      symbol: { symbol: names.symbol },
      symbols: { nodes: [{ symbol: names.symbol }] },
      allSeries: { nodes: [{ seriesId: names.id }] },
    },
  });
  const longer = await api.graphql(query, { id: smiles(51), symbol: smiles(20) });
  expect(longer.body.errors[0].extensions).toMatchObject({ code: 'invalid_parameter', param: 'id' });
});

describe.each(['json', 'columns', 'csv', 'ndjson', 'arrow', 'parquet'])('the header with a note of %s', (format) => {
  const of = (symbols: readonly string[]): string =>
    `/v1/market-data/bars?symbols=${symbols.map(encodeURIComponent).join()}&timeframe=4h&format=${format}`;

  it('names symbols of any letters', async () => {
    const { headers } = await api.get(of(['HOURS', DAYS[0]!])).expect(200);
    expect(decodeURIComponent(headers['x-note']!)).toBe(`No bars of 4h can be made of those of ${DAYS[0]!}.`);
  });

  it('is short, however many symbols the note names', async () => {
    const { headers } = await api.get(of(['HOURS', ...DAYS])).expect(200);
    const note = headers['x-note']!;
    expect(note.length).toBeGreaterThan(900);
    expect(note.length).toBeLessThan(1010);
    expect(decodeURIComponent(note)).toMatch(/^No bars of 4h can be made of those of 😀+100%-0, .*\.\.\.$/u);
  });
});

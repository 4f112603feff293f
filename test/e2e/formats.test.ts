import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
});
afterAll(() => api.close());

const M = '/v1/market-data';
type Row = Record<string, unknown>;

/** Routes whose rows are not written by PostgreSQL, or that send one object. */
const ROUTES = [
  `${M}/symbols`,
  `${M}/symbols/AAPL`,
  `${M}/latest/AAPL`,
  `${M}/latest?symbols=MSFT,NOPE,AAPL`,
  `${M}/gaps/AAPL?start=2021-01-01&end=2021-12-31`,
  `${M}/gaps?symbols=AAPL,MSFT`,
  '/v1/economic-data/series',
  '/v1/economic-data/series/GDPC1',
];

/** A row whose instants have the one form that they have in CSV and NDJSON. */
function fixed(row: Row): Row {
  const instant = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/;
  const long = (value: unknown): unknown =>
    typeof value === 'string'
      ? value.replace(instant, (_, at: string, fraction = '') => `${at}.${String(fraction).padEnd(6, '0')}Z`)
      : value;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, long(value)]));
}

const withQuery = (path: string, query: string): string => `${path}${path.includes('?') ? '&' : '?'}${query}`;

async function rowsOf(path: string): Promise<Row[]> {
  const { body } = await api.get(path).expect(200);
  return [(body as { data: Row | Row[] }).data].flat();
}

describe('every route with rows has the formats', () => {
  it.each(ROUTES)('%s holds the same values in each', async (path) => {
    const rows = await rowsOf(path);
    expect(rows.length).toBeGreaterThan(0);
    const names = Object.keys(rows[0]!);
    const { body } = await api.get(withQuery(path, 'format=columns')).expect(200);
    expect(body.data).toEqual(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])));
    const ndjson = await api.get(withQuery(path, 'format=ndjson')).expect('content-type', /^application\/x-ndjson/);
    const lines = ndjson.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    expect(lines).toEqual(rows.map(fixed));
    const csv = await api.get(withQuery(path, 'format=csv')).expect('content-type', /^text\/csv/);
    const cells = (row: Row): string =>
      Object.values(row)
        .map((value) => (Array.isArray(value) && value.length > 1 ? `"${value.join(',')}"` : (value ?? '')))
        .join(',');
    expect(csv.text).toBe(`${[names.join(','), ...rows.map(fixed).map(cells)].join('\n')}\n`);
    expect(csv.headers['content-disposition']).toMatch(/^attachment; filename="[\w.^-]+\.csv"$/);
  });

  it.each(ROUTES)('%s sends the columns that are named', async (path) => {
    const rows = await rowsOf(path);
    const [first, second] = Object.keys(rows[0]!) as [string, string];
    const few = await rowsOf(withQuery(path, `fields=${second},${first}`));
    expect(few).toEqual(rows.map((row) => ({ [second]: row[second], [first]: row[first] })));
    expect((await api.get(withQuery(path, 'fields=nothing')).expect(400)).body.param).toBe('fields');
  });
});

describe('numbers', () => {
  it.each([`${M}/latest/AAPL`, `${M}/latest?symbols=AAPL`])('are strings on request: %s', async (path) => {
    const [exact] = await rowsOf(path);
    const [strings] = await rowsOf(withQuery(path, 'numbers=string'));
    for (const name of ['open', 'close', 'volume']) expect(strings![name]).toBe(String(exact![name]));
    const preferred = await api.get(path, { prefer: 'numbers=string' }).expect(200);
    expect([preferred.body.data].flat()).toEqual([strings]);
    expect(preferred.headers['preference-applied']).toBe('numbers=string');
  });

  it.each([
    '/v1/news',
    '/v1/news/sources',
    `${M}/symbols`,
    `${M}/gaps/AAPL`,
    '/v1/economic-data/series',
    '/v1/events/types',
  ])('are no parameter where there are none: %s', async (path) => {
    const { body } = await api.get(withQuery(path, 'numbers=string')).expect(400);
    expect(body).toMatchObject({ code: 'unknown_parameter', param: 'numbers' });
  });
});

describe('one symbol', () => {
  it('is the row of the list', async () => {
    const rows = await rowsOf(`${M}/symbols?search=AAPL`);
    const { body } = await api.get(`${M}/symbols/AAPL`).expect(200);
    expect(body).toEqual({ data: rows.find((row) => row.symbol === 'AAPL'), meta: { query: { symbol: 'AAPL' } } });
    expect((await api.get(`${M}/symbols/AAPLX`).expect(404)).body).toMatchObject({
      code: 'symbol_not_found',
      hint: expect.stringContaining('AAPL'),
    });
  });
});

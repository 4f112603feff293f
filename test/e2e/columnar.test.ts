import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Response } from 'supertest';
import { startApp, symbolsRead, type TestApp } from '../support/app.js';
import { asBytes, type ColumnarFile, readColumnar } from '../support/columnar.js';
import { sharedDatabase } from '../support/database.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  await symbolsRead(api);
}, 60_000);
afterAll(() => api.close());

const M = '/v1/market-data';
const FORMATS = [
  ['arrow', 'application/vnd.apache.arrow.stream', 'arrows'],
  ['parquet', 'application/vnd.apache.parquet', 'parquet'],
] as const;

/** Lists of every kind: rows of a statement, objects, kept rows, one row; with texts, lists, columns of their own. */
const LISTS = [
  `${M}/symbols?limit=1000`,
  `${M}/symbols/AAPL`,
  `${M}/latest/AAPL`,
  `${M}/latest?symbols=MSFT,AAPL`,
  `${M}/bars/AAPL?start=2024-01-01&end=2024-12-31&limit=1000`,
  `${M}/bars/AAPL?start=2023-01-01&end=2024-12-31&timeframe=1w&indicators=rsi(14)&limit=1000`,
  `${M}/daily/AAPL?start=2024-01-01&end=2024-12-31&indicators=sma(20),rsi(14)&limit=1000`,
  `${M}/daily?symbols=AAPL,MSFT&start=2024-01-01&end=2024-03-31&limit=1000`,
  `${M}/daily?symbols=AAPL,MSFT&start=2024-01-01&end=2024-03-31&layout=wide&limit=1000`,
  `${M}/daily?symbols=AAPL,MSFT&start=2024-01-01&end=2024-03-31&layout=wide&field=vwap&limit=1000`,
  `${M}/gaps/AAPL?start=2021-01-01&end=2021-12-31`,
  `${M}/snapshots?limit=100`,
  `${M}/movers`,
  `${M}/breadth?start=2024-01-01&end=2024-03-31&limit=1000`,
  `${M}/compare?symbols=AAPL,MSFT&start=2024-01-01&end=2024-03-31&limit=1000`,
  '/v1/economic-data/series?limit=1000',
  '/v1/economic-data/series/GDPC1/observations?units=pch&limit=1000',
  '/v1/economic-data/observations?series=GDPC1,UNRATE&start=2020-01-01&layout=wide&limit=1000',
  '/v1/news?limit=200&include_content=true',
  '/v1/news/sources',
  '/v1/events?start=2020-01-01&limit=1000',
  '/v1/events/types',
  '/v1/events/countries',
  '/v1/events/currencies',
  `${M}/latest?symbols=MSFT,NOPE,AAPL`,
  `${M}/bars?symbols=AAPL,MSFT&start=2024-01-01&end=2024-01-31&limit=1000`,
  `${M}/gaps?symbols=AAPL,MSFT`,
  `${M}/screen?where=close%3E0`,
  `${M}/condition/AAPL?start=2024-01-01&end=2024-01-31&limit=1000`,
  `${M}/condition?symbols=AAPL,MSFT&start=2024-01-01&end=2024-01-31&limit=1000`,
  '/v1/economic-data/series/GDPC1',
  '/v1/events/study?event_type=earnings',
];

/** What is asked by an id that only the database knows, or has no rows in good data: see the case of one article. */
const OF_ONE = [`${M}/quality/{symbol}`, '/v1/news/{id}', '/v1/events/{id}/reaction', '/v1/events/{id}'];

const withQuery = (path: string, query: string): string => `${path}${path.includes('?') ? '&' : '?'}${query}`;

async function answered(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return asBytes(api.get(path, headers)).expect(200);
}

async function fileOf(path: string): Promise<ColumnarFile> {
  return readColumnar(await answered(path));
}

/** What JSON says: its rows with exact numbers, and beside them. */
async function jsonOf(path: string): Promise<{ data: object[]; meta: Record<string, unknown>; token: unknown }> {
  const strings = await api.get(withQuery(path, 'numbers=string'));
  const {
    data,
    meta,
    next_page_token: token,
  } = (strings.status === 200 ? strings : await api.get(path).expect(200)).body as {
    data: object | object[];
    meta: Record<string, unknown>;
    next_page_token?: string;
  };
  return { data: [data].flat(), meta, token };
}

it('is every list that openapi.json says has these formats', () => {
  const { paths } = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
    paths: Record<string, { get?: { responses: Record<string, { content?: object }> } }>;
  };
  const asked = Object.entries(paths).flatMap(([path, { get }]) =>
    'application/vnd.apache.parquet' in (get?.responses['200']?.content ?? {}) ? [path] : [],
  );
  const template = (path: string): RegExp => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
  const found = LISTS.map((list) => list.split('?')[0]!).map(
    (list) => asked.find((path) => path === list) ?? asked.find((path) => template(path).test(list)),
  );
  expect(asked.length).toBeGreaterThan(25);
  expect(asked.filter((path) => !found.includes(path))).toEqual(OF_ONE);
});

describe.each(FORMATS)('every list as %s', (format, type, ending) => {
  it.each(LISTS)('has the values of JSON to the last digit: %s', async (path) => {
    const { data } = await jsonOf(path);
    expect(data.length).toBeGreaterThan(0);
    const reply = await answered(withQuery(path, `format=${format}`));
    expect(reply.headers['content-type']).toBe(type);
    expect(reply.headers['content-disposition']).toMatch(new RegExp(`^attachment; filename="[\\w.^-]+\\.${ending}"$`));
    const { rows, types } = readColumnar(reply);
    expect(rows).toEqual(data);
    expect(Object.keys(types)).toEqual(Object.keys(data[0]!));
  });

  it.each([
    `${M}/daily?symbols=AAPL,MSFT,TSLA&start=2015-01-01`,
    `${M}/daily/AAPL?start=2015-01-01`,
    `${M}/daily?symbols=AAPL,MSFT&start=2015-01-01&layout=wide`,
    '/v1/economic-data/series/DGS10/observations?start=2000-01-01',
    '/v1/news?include_content=true',
    '/v1/events?start=2018-01-01&end=2026-12-31',
    `${M}/snapshots`,
  ])('is whole without a limit, as NDJSON is: %s', async (path) => {
    const { rows } = await fileOf(withQuery(path, `format=${format}`));
    const { text } = await api.get(withQuery(path, 'format=ndjson')).buffer(true).expect(200);
    const lines = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { symbol: string });
    expect(rows).toHaveLength(lines.length);
    expect(rows.map(({ symbol }) => symbol)).toEqual(lines.map(({ symbol }) => symbol));
  });

  it('has exact types', async () => {
    const { types } = await fileOf(`${M}/bars/AAPL?start=2024-01-01&limit=5&format=${format}`);
    expect(types).toMatchObject({
      symbol: 'Utf8',
      timestamp: 'Timestamp(us, UTC)',
      open: 'Decimal(20, 8)',
      vwap: 'Decimal(20, 8)',
      volume: 'Int64',
    });
    const daily = await fileOf(`${M}/daily/AAPL?start=2024-01-01&limit=5&format=${format}`);
    expect(daily.types).toMatchObject({ day: 'Date32<DAY>', vwap: 'Decimal(38, 24)', is_partial: 'Bool' });
  });

  it('has texts for numbers where those are asked for', async () => {
    const { types } = await fileOf(`${M}/bars/AAPL?start=2024-01-01&limit=5&format=${format}&numbers=string`);
    expect(types).toMatchObject({ open: 'Utf8', volume: 'Utf8' });
  });

  it('has the columns that are named, in their order', async () => {
    const path = `${M}/daily/AAPL?start=2024-01-01&limit=5&fields=close,day`;
    const { rows, types } = await fileOf(`${path}&format=${format}`);
    expect(Object.keys(types)).toEqual(['close', 'day']);
    expect(rows).toEqual((await jsonOf(path)).data);
  });

  it('says what JSON says beside its rows, and where the next page is', async () => {
    const path = `${M}/daily/AAPL?start=2024-01-01&end=2024-12-31&limit=7`;
    const { meta, token } = await jsonOf(path);
    const { about } = await fileOf(`${path}&format=${format}`);
    const freshness = { ...(meta.freshness as object), as_of: expect.anything() };
    expect(JSON.parse(about.meta!)).toEqual({ ...meta, freshness });
    expect(about).toMatchObject({ next_page_token: token, prices: expect.stringContaining('not adjusted') });
    const next = await fileOf(M + '/daily/AAPL' + about.next!);
    expect(next.rows[0]).toEqual((await jsonOf(`${path}&page_token=${String(token)}`)).data[0]);
  });

  it('has a schema even when it has no rows', async () => {
    const { rows, types } = await fileOf(`${M}/bars/AAPL?start=1990-01-01&end=1990-01-02&format=${format}`);
    expect([rows, types.close]).toEqual([[], 'Decimal(20, 8)']);
  });

  it('is what Accept may ask for', async () => {
    const accept = `text/csv;q=0.1, ${type}`;
    const reply = await answered(`${M}/daily/AAPL?start=2024-01-01&limit=3`, { accept });
    expect(readColumnar(reply).rows).toHaveLength(3);
  });

  it('has a tag that holds while its rows do, and is then not sent again', async () => {
    const path = `${M}/daily/AAPL?start=2024-01-01&end=2024-02-01&limit=5&format=${format}`;
    const { etag } = (await answered(path)).headers as { etag: string };
    await api.get(path, { 'if-none-match': etag }).expect(304);
    const other = await answered(path.replace('limit=5', 'limit=6'), { 'if-none-match': etag });
    expect(other.headers.etag).not.toBe(etag);
  });
});

it('a list that is a feed does not take columns, and says what there is', async () => {
  const { body } = await api.get('/v1/events?format=nothing').expect(400);
  expect(body.allowed).toEqual(expect.arrayContaining(['arrow', 'parquet', 'ics']));
});

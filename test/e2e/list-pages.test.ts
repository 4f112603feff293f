import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

const YEARS = [2015, 2016, 2017];
const PER_YEAR = 5;
const WINDOW = 'start=2015-01-01&end=2017-12-31';

let database: TestDatabase;
let api: TestApp;
beforeAll(async () => {
  database = await createDatabase({ hostileZone: true });
  await asAdmin(database.urls.admin, (client) =>
    client.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       select symbol, make_timestamptz(year, 6, n, 14, 30, 0, 'UTC'), 1, 9, 1, 1 + n / 100.0, year, '1d', 'test'
       from unnest(array['AAA', 'BBB']) symbol, unnest($1::int[]) year, generate_series(1, $2) n`,
      [YEARS, PER_YEAR],
    ),
  );
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

/** The instants of the bars of a symbol, in their order. */
function instants(sort: string): string[] {
  const all = YEARS.flatMap((year) =>
    Array.from({ length: PER_YEAR }, (_, i) => `${year}-06-${String(i + 1).padStart(2, '0')}T14:30:00`),
  );
  return sort === 'asc' ? all : all.reverse();
}

/** The rows of a page in any format, as `symbol instant` without the zone and the fraction. */
function rowsOf(format: string, text: string): string[] {
  const plain = (symbol: unknown, timestamp: unknown): string => `${String(symbol)} ${String(timestamp).slice(0, 19)}`;
  if (format === 'csv')
    return text
      .split('\n')
      .slice(1, -1)
      .map((line) => plain(...(line.split(',') as [string, string])));
  if (format === 'ndjson') {
    const lines = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, string>);
    return lines.map((row) => plain(row.symbol, row.timestamp));
  }
  const { data } = JSON.parse(text) as { data: Record<string, string>[] | Record<string, string[]> };
  if (Array.isArray(data)) return data.map((row) => plain(row.symbol, row.timestamp));
  return data.symbol!.map((symbol, i) => plain(symbol, data.timestamp![i]));
}

async function paged(path: string, format: string, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  for (let token: string | undefined = ''; token !== undefined;) {
    const page: string = `${path}&format=${format}&limit=${limit}${token && `&page_token=${token}`}`;
    const reply = await api.get(page).expect(200);
    pages.push(rowsOf(format, reply.text));
    token = reply.headers['x-next-page-token'];
  }
  return pages;
}

describe('a page of bars over several years', () => {
  const limits = [PER_YEAR, PER_YEAR + 1, 2 * PER_YEAR, 3 * PER_YEAR];
  const cases = ['json', 'columns', 'csv', 'ndjson'].flatMap((format) =>
    ['asc', 'desc'].flatMap((sort) =>
      ['', '&fields=symbol,timestamp'].map((fields) => [format, sort, fields] as const),
    ),
  );

  it.each(cases)('of a symbol has the rows that were asked for: %s, %s%s', async (format, sort, fields) => {
    const expected = instants(sort).map((at) => `AAA ${at}`);
    for (const limit of limits) {
      const pages = await paged(`/v1/market-data/bars/AAA?${WINDOW}&sort=${sort}${fields}`, format, limit);
      expect(pages.flat()).toEqual(expected);
      expect(pages.map((rows) => rows.length)).toEqual(sizes(expected.length, limit));
    }
  });

  it.each(cases)('of several symbols has the rows that were asked for: %s, %s%s', async (format, sort, fields) => {
    const expected = ['AAA', 'BBB'].flatMap((symbol) => instants(sort).map((at) => `${symbol} ${at}`));
    for (const limit of limits) {
      const pages = await paged(`/v1/market-data/bars?symbols=BBB,AAA&${WINDOW}&sort=${sort}${fields}`, format, limit);
      expect(pages.flat()).toEqual(expected);
      expect(pages.map((rows) => rows.length)).toEqual(sizes(expected.length, limit));
    }
  });

  it('without the columns that order it ends where a year does', async () => {
    for (const format of ['json', 'columns', 'csv', 'ndjson']) {
      const path = `/v1/market-data/bars/AAA?${WINDOW}&fields=close&format=${format}&limit=${PER_YEAR}`;
      const first = await api.get(path).expect(200);
      const next = await api.get(`${path}&page_token=${first.headers['x-next-page-token']}`).expect(200);
      expect(next.headers['x-next-page-token']).toBeDefined();
      expect(next.headers['x-next-page-token']).not.toBe(first.headers['x-next-page-token']);
    }
  });

  it.each(['ASC', 'DESC'])('in GraphQL has the rows that were asked for: %s', async (sort) => {
    const expected = instants(sort.toLowerCase());
    const selected = '{ nodes { timestamp } columns { close } pageInfo { hasNextPage endCursor } }';
    for (const first of limits) {
      const pages: string[][] = [];
      for (let after: string | null | undefined; after !== null;) {
        const { body } = await api.graphql(
          `query ($first: Int, $after: String) { symbol(symbol: "AAA") {
            bars(start: "2015-01-01", end: "2017-12-31", sort: ${sort}, first: $first, after: $after) ${selected} } }`,
          { first, after },
        );
        const { nodes, columns, pageInfo } = body.data.symbol.bars as {
          nodes: { timestamp: string }[];
          columns: { close: number[] };
          pageInfo: { hasNextPage: boolean; endCursor: string };
        };
        expect(columns.close).toHaveLength(nodes.length);
        pages.push(nodes.map(({ timestamp }) => timestamp.slice(0, 19)));
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      }
      expect(pages.flat()).toEqual(expected);
      expect(pages.map((rows) => rows.length)).toEqual(sizes(expected.length, first));
    }
  });

  it('after the last row of the window is empty, on both transports', async () => {
    const end = '2017-06-05T14:30:00.000001Z';
    const bars = `bars(start: "2017-01-01", end: "${end}", first: 5`;
    const select = '{ nodes { timestamp } pageInfo { endCursor hasNextPage } }';
    const { body } = await api.graphql(`{ symbol(symbol: "AAA") { ${bars}) ${select} } }`);
    const { endCursor } = body.data.symbol.bars.pageInfo;
    const after = await api.graphql(`{ symbol(symbol: "AAA") { ${bars}, after: "${endCursor}") ${select} } }`);
    expect(after.body.data.symbol.bars.nodes).toEqual([]);
    const path = `/v1/market-data/bars/AAA?start=2017-01-01&end=${end}&page_token=${endCursor}`;
    for (const format of ['json', 'columns', 'csv', 'ndjson']) await api.get(`${path}&format=${format}`).expect(200);
    expect((await api.get(path).expect(200)).body.data).toEqual([]);
    const daily = `daily(start: "2017-06-01", end: "2017-06-05", first: 5`;
    const days = await api.graphql(`{ symbol(symbol: "AAA") { ${daily}) { pageInfo { endCursor } } } }`);
    const last = days.body.data.symbol.daily.pageInfo.endCursor as string;
    const next = await api.graphql(`{ symbol(symbol: "AAA") { ${daily}, after: "${last}") { nodes { day } } } }`);
    expect(next.body.data.symbol.daily.nodes).toEqual([]);
  });
});

/** How many rows each page of a list has. */
function sizes(rows: number, limit: number): number[] {
  return Array.from({ length: Math.ceil(rows / limit) }, (_, i) => Math.min(limit, rows - i * limit));
}

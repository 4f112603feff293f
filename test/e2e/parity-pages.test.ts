import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, symbolsRead, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';
import { at, FIELDS, graphqlTree, restTree } from '../support/parity.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  await symbolsRead(api);
});
afterAll(() => api.close());

interface Page {
  readonly rows: unknown[];
  readonly next: string | null;
}

interface Connection {
  readonly nodes: unknown[];
  readonly edges: readonly { readonly cursor: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

async function restPage(path: string, limit: number, token?: string): Promise<Page> {
  const join = path.includes('?') ? '&' : '?';
  const body = await restTree(api, `${path}${join}limit=${limit}${token === undefined ? '' : `&page_token=${token}`}`);
  return { rows: at(body, 'data') as unknown[], next: at(body, 'nextPageToken') as string | null };
}

/**
 * @param field  with `$page` where its page arguments belong, and `$page` only in its own parentheses or before others
 */
async function connection(field: string, columns: string, first: number, after?: string): Promise<Connection> {
  const selected = `{ nodes { ${columns} } edges { cursor } pageInfo { hasNextPage endCursor } }`;
  const [head, tail = ''] = field.replace('$page', 'first: $first, after: $after').split('…');
  const data = await graphqlTree(api, `query ($first: Int, $after: String) { ${head} ${selected} ${tail} }`, {
    first,
    after,
  });
  const find = (node: unknown): Connection =>
    at(node, 'pageInfo') ? (node as Connection) : find(Object.values(node as object)[0]);
  return find(data);
}

const SERIES = '/v1/economic-data/series';

describe.each([
  ['/v1/market-data/symbols', 'symbols($page)', FIELDS.symbol],
  ['/v1/market-data/bars/AAPL', 'symbol(symbol: "AAPL") { bars($page) … }', FIELDS.bar],
  [
    '/v1/market-data/bars/SPYM?timeframe=1m&sort=desc',
    'symbol(symbol: "SPYM") { bars(timeframe: "1m", sort: DESC, $page) … }',
    FIELDS.bar,
  ],
  [
    '/v1/market-data/bars/AAPL?timeframe=1w&fields=symbol,timestamp,open,bars&start=2018-01-01',
    'symbol(symbol: "AAPL") { bars(timeframe: "1w", start: "2018-01-01", $page) … }',
    'symbol timestamp open bars',
  ],
  [
    '/v1/market-data/bars/SPYM?max_points=100&tz=America/New_York&fields=timestamp,close&sort=desc',
    'symbol(symbol: "SPYM") { bars(maxPoints: 100, tz: "America/New_York", sort: DESC, $page) … }',
    'timestamp close',
  ],
  ['/v1/market-data/daily/AAPL', 'symbol(symbol: "AAPL") { daily($page) … }', FIELDS.daily],
  [
    '/v1/market-data/daily/^GSPC?start=2019-01-01&end=2019-12-31&sort=desc',
    'symbol(symbol: "^GSPC") { daily(start: "2019-01-01", end: "2019-12-31", sort: DESC, $page) … }',
    FIELDS.daily,
  ],
  [
    '/v1/market-data/gaps?calendar=observed&fields=symbol,expected_days,present_days,coverage,first_day,last_day',
    'coverage(calendar: OBSERVED, $page)',
    'symbol expectedDays presentDays coverage firstDay lastDay',
  ],
  [
    '/v1/market-data/daily?symbols=KO,AAPL,MSFT&start=2019-12-01&end=2020-03-31&sort=desc',
    'daily(symbols: ["KO", "AAPL", "MSFT"], start: "2019-12-01", end: "2020-03-31", sort: DESC, $page)',
    FIELDS.daily,
  ],
  ['/v1/market-data/daily?date=2019-07-03', 'marketDay(date: "2019-07-03", $page)', FIELDS.daily],
  [
    '/v1/market-data/daily?date=2019-07-03&symbols=KO,AAPL,MSFT,JPM,XOM,SPY',
    'marketDay(date: "2019-07-03", symbols: ["KO", "AAPL", "MSFT", "JPM", "XOM", "SPY"], $page)',
    FIELDS.daily,
  ],
  [
    SERIES,
    'allSeries($page)',
    'seriesId title unit firstDate lastDate observations: observationCount undatedObservations',
  ],
  [`${SERIES}/PAYEMS/observations`, 'series(id: "PAYEMS") { observations($page) … }', FIELDS.observation],
  [
    `${SERIES}/DGS10/observations?frequency=w&units=pc1&start=2016-02-03&sort=desc`,
    'series(id: "DGS10") { observations(frequency: W, units: PC1, start: "2016-02-03", sort: DESC, $page) … }',
    FIELDS.observation,
  ],
  ['/v1/news', 'news($page)', FIELDS.article],
  [
    '/v1/news?q=shares -rally&sources=Sample Wire',
    'news(query: "shares -rally", sources: ["Sample Wire"], $page)',
    FIELDS.article,
  ],
  ['/v1/news?q=shares&sort_by=relevance', 'news(query: "shares", sortBy: RELEVANCE, $page)', FIELDS.article],
  ['/v1/events', 'events($page)', FIELDS.event],
  ['/v1/events?country=US,EU&min_impact=2', 'events(countries: ["US", "EU"], minImpact: 2, $page)', FIELDS.event],
])('%s', (path, field, columns) => {
  const withoutFrequency = (rows: unknown[]): unknown[] =>
    path === SERIES ? rows.map((row) => ({ ...(row as object), frequency: undefined })) : rows;

  it('gives the same token as a page token and as an end cursor', async () => {
    const rest = await restPage(path, 3);
    const graphql = await connection(field, columns, 3);
    expect(rest.rows).toHaveLength(3);
    expect(graphql.nodes).toEqual(withoutFrequency(rest.rows));
    expect(graphql.pageInfo).toEqual({ hasNextPage: true, endCursor: rest.next });
  });

  it('goes on in GraphQL after a page of REST, and the other way round', async () => {
    const whole = withoutFrequency((await restPage(path, 5)).rows);
    expect(whole).toHaveLength(5);
    const { next } = await restPage(path, 2);
    const { pageInfo, edges } = await connection(field, columns, 2);
    expect((await connection(field, columns, 3, next!)).nodes).toEqual(whole.slice(2));
    expect(withoutFrequency((await restPage(path, 3, pageInfo.endCursor!)).rows)).toEqual(whole.slice(2));
    expect(withoutFrequency((await restPage(path, 4, edges[0]!.cursor)).rows)).toEqual(whole.slice(1));
  });
});

it('the events of a symbol take the tokens of the list of events of that symbol', async () => {
  const path = '/v1/events?symbol=AAPL&start=2020-01-01&end=2029-12-31';
  const field = 'symbol(symbol: "AAPL") { events(start: "2020-01-01", end: "2029-12-31", $page) … }';
  const whole = (await restPage(path, 1000)).rows;
  expect(whole.length).toBeGreaterThan(2);
  const { next } = await restPage(path, 1);
  const { pageInfo, nodes } = await connection(field, FIELDS.event, 1);
  expect(nodes).toEqual(whole.slice(0, 1));
  expect(pageInfo.endCursor).toBe(next);
  expect((await connection(field, FIELDS.event, 1000, next!)).nodes).toEqual(whole.slice(1));
  expect((await restPage(path, 1000, pageInfo.endCursor!)).rows).toEqual(whole.slice(1));
});

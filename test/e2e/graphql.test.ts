import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
});
afterAll(() => api.close());

describe('operations', () => {
  it('give null, not an error, for what does not exist', async () => {
    const { body } = await api
      .graphql('{ symbol(symbol: "NOPE") { symbol } latest(symbols: ["NOPE", "AAPL"]) { symbol bar { symbol } } }')
      .expect(200);
    expect(body).toEqual({
      data: {
        symbol: null,
        latest: [
          { symbol: 'NOPE', bar: null },
          { symbol: 'AAPL', bar: { symbol: 'AAPL' } },
        ],
      },
      extensions: {
        hints: [
          { path: ['symbol'], param: 'symbol', unknown: 'NOPE', nearest: [] },
          { path: ['latest'], param: 'symbols', unknown: 'NOPE', nearest: [] },
        ],
      },
    });
  });

  it('send exact digits', async () => {
    const { text } = await api.graphql('{ symbol(symbol: "^GSPC") { latest { close volume } } }').expect(200);
    expect(text.trim()).toBe('{"data":{"symbol":{"latest":{"close":2874.560059,"volume":5792140000}}}}');
  });

  it('page by Relay connections', async () => {
    const query = `query ($after: String) { symbol(symbol: "^GSPC") { daily(start: "2019-01-02", end: "2019-01-08", first: 3, after: $after) {
      edges { cursor node { day } } nodes { day } columns { day close } pageInfo { hasNextPage endCursor } } } }`;
    const first = (await api.graphql(query)).body.data.symbol.daily;
    expect(first.nodes.map((node: { day: string }) => node.day)).toEqual(['2019-01-02', '2019-01-03', '2019-01-04']);
    expect(first.columns).toEqual({
      day: ['2019-01-02', '2019-01-03', '2019-01-04'],
      close: [2510.030029, 2447.889893, 2531.939941],
    });
    expect(first.pageInfo).toEqual({ hasNextPage: true, endCursor: first.edges[2].cursor });
    const next = (await api.graphql(query, { after: first.edges[1].cursor })).body.data.symbol.daily;
    expect(next.nodes[0].day).toBe('2019-01-04');
    expect(next.pageInfo.hasNextPage).toBe(false);
  });

  it('take REST page tokens, and REST takes their cursors', async () => {
    const rest = await api.get('/v1/market-data/daily/^GSPC?start=2019-01-02&end=2019-01-08&limit=3').expect(200);
    const query = `query ($after: String) { symbol(symbol: "^GSPC") { daily(start: "2019-01-02", end: "2019-01-08", first: 3, after: $after) { nodes { day } pageInfo { endCursor } } } }`;
    const graphql = await api.graphql(query, { after: rest.body.next_page_token });
    expect(graphql.body.data.symbol.daily.nodes[0].day).toBe('2019-01-07');
    const first = await api.graphql(query);
    expect(first.body.data.symbol.daily.pageInfo.endCursor).toBe(rest.body.next_page_token);
  });

  it('answer a GET, and a browser gets GraphiQL without another host in it', async () => {
    const answer = await api.get('/graphql?query={databaseHealth{status}}').expect(200);
    expect(answer.body).toEqual({ data: { databaseHealth: { status: 'HEALTHY' } } });
    const page = await api.get('/graphql', { accept: 'text/html' }).expect(200);
    expect(page.text).toContain('/graphiql/graphiql.js');
    expect(page.text).not.toMatch(/https?:\/\//);
    for (const asset of ['react.js', 'react-dom.js', 'graphiql.js', 'graphql-sse.js', 'graphiql.css', 'start.js']) {
      await api.get(`/graphiql/${asset}`).expect(200);
    }
  });
});

describe('errors carry our codes', () => {
  it.each([
    ['{ symbol(symbol: "AAPL") { daily(start: "2019-02-30") { nodes { day } } } }', 'invalid_parameter'],
    ['{ symbol(symbol: "AAPL") { daily(first: 10001) { nodes { day } } } }', 'limit_exceeded'],
    ['{ symbol(symbol: "AAPL") { daily(first: 0) { nodes { day } } } }', 'invalid_parameter'],
    ['{ symbol(symbol: "AAPL") { daily(after: "x") { nodes { day } } } }', 'invalid_page_token'],
    [
      '{ symbol(symbol: "AAPL") { daily(start: "1900-01-01", end: "2020-01-01") { nodes { day } } } }',
      'window_too_large',
    ],
    ['{ symbol(symbol: "AAPL\\u0000") { symbol } }', 'invalid_parameter'],
    ['{ nothing }', 'invalid_query'],
    ['{ symbol(', 'invalid_query'],
    ['mutation { drop }', 'invalid_query'],
    ['{ symbols(first: 1000) { nodes { daily(first: 1000) { nodes { day } } } } }', 'query_too_complex'],
    ['{ symbols(first: 100) { nodes { daily(first: 2010) { columns { day } } } } }', 'query_too_complex'],
    [`{ ${Array.from({ length: 101 }, (_, i) => `a${i}: __typename`).join(' ')} }`, 'query_too_complex'],
  ])('%s', async (query, code) => {
    const { body } = await api.graphql(query);
    expect(body.errors[0].extensions.code).toBe(code);
    expect(JSON.stringify(body)).not.toMatch(/stacktrace|node_modules|select /i);
  });

  it('names a bad variable', async () => {
    const query = 'query ($start: Date) { symbol(symbol: "AAPL") { daily(start: $start) { nodes { day } } } }';
    const { body } = await api.graphql(query, { start: 'yesterday' });
    expect(body.errors[0]).toMatchObject({
      message: expect.stringContaining('$start'),
      extensions: { code: 'invalid_parameter' },
    });
  });

  it.each([
    ['literals', '{ symbols(first: 500) { nodes { daily(first: 1000) { nodes { day } } } } }', {}],
    [
      'variables',
      'query ($a: Int, $b: Int) { symbols(first: $a) { nodes { daily(first: $b) { nodes { day } } } } }',
      { a: 500, b: 1000 },
    ],
    ['a default', '{ symbols(first: 500) { nodes { daily { nodes { day } } } } }', {}],
    [
      'a fragment',
      '{ symbols(first: 500) { nodes { ...D } } } fragment D on Symbol { daily(first: 1000) { nodes { day } } }',
      {},
    ],
    [
      'a directive',
      'query ($x: Boolean!) { symbols(first: 500) { nodes { daily(first: 1000) @include(if: $x) { nodes { day } } } } }',
      { x: true },
    ],
  ])('the cost is the same by %s', async (_, query, variables) => {
    const { body } = await api.graphql(query, variables).expect(400);
    expect(body.errors[0].message).toMatch(/may read 501002 rows|may read \d+ rows/);
    expect(body.errors[0].extensions.code).toBe('query_too_complex');
  });
});

describe('the cost of one document', () => {
  const query =
    'query ($units: Units) { allSeries(first: 20) { nodes { observations(first: 9000, units: $units) { columns { value } } } } }';
  it.each([[['PC1', 'LIN', 'PC1']], [['LIN', 'PC1', 'LIN']]])('is that of its own variables: %s', async (order) => {
    // A document of its own for each order.
    const document = `# ${order.join()}\n${query}`;
    const statuses: [string, number][] = [];
    for (const units of order) statuses.push([units, (await api.graphql(document, { units })).status]);
    expect(statuses).toEqual(order.map((units) => [units, units === 'LIN' ? 200 : 400]));
  });
});

describe('a dashboard', () => {
  it('costs one statement per field, not per symbol', async () => {
    const { Database } = await import('../../src/postgres/database.js');
    const db = api.app.get(Database);
    const symbols = ['AAPL', 'MSFT', 'AMZN', 'GOOGL', 'META', 'NVDA', 'JPM', 'KO', 'XOM'];
    const fields =
      'latest { close } daily(start: "2019-01-01", end: "2019-12-31", first: 250) { nodes { day close } } gaps(start: "2019-01-01", end: "2019-12-31") { coverage }';
    const query = `{ ${symbols.map((symbol, i) => `s${i}: symbol(symbol: "${symbol}") { ${fields} }`).join(' ')} }`;
    await api.graphql(query).expect(200);
    let statements = 0;
    const rows = db.rows.bind(db);
    db.rows = (statement: never) => {
      statements += 1;
      return rows(statement);
    };
    const { body } = await api.graphql(query).expect(200);
    db.rows = rows;
    expect(body.errors).toBeUndefined();
    expect(Object.keys(body.data as object)).toHaveLength(symbols.length);
    expect(statements).toBeLessThanOrEqual(4);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
});
afterAll(() => api.close());

const get = (query: string, headers: Record<string, string> = {}): ReturnType<TestApp['get']> =>
  api.get(`/graphql?query=${encodeURIComponent(query)}`, headers);
const YEAR = 'start: "2019-01-01", end: "2019-12-31"';

describe('pages', () => {
  it('say where they begin and end, forwards and after a cursor', async () => {
    const query = `query ($after: String) { symbols(first: 2, after: $after) { edges { cursor }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const first = (await api.graphql(query)).body.data.symbols;
    const cursors = first.edges.map(({ cursor }: { cursor: string }) => cursor);
    expect(first.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: cursors[0],
      endCursor: cursors[1],
    });
    const next = (await api.graphql(query, { after: cursors[1] })).body.data.symbols;
    expect(next.pageInfo).toMatchObject({ hasPreviousPage: true, startCursor: next.edges[0].cursor });
  });

  it.each(['daily', 'bars'])('of %s have the cursors of their edges', async (field) => {
    const { body } = await api.graphql(
      `{ symbol(symbol: "AAPL") { ${field}(${YEAR}, first: 3) { edges { cursor } pageInfo { startCursor endCursor } } } }`,
    );
    const { edges, pageInfo } = body.data.symbol[field];
    expect(pageInfo).toEqual({ startCursor: edges[0].cursor, endCursor: edges[2].cursor });
  });

  it('echo their window, half-open', async () => {
    const window = 'window { start end }';
    const { body } = await api.graphql(
      `{ symbol(symbol: "AAPL") { daily(${YEAR}) { ${window} } bars(${YEAR}) { ${window} } gaps(${YEAR}) { ${window} } }
         news(start: "2024-01-01", end: "2024-01-31") { ${window} } events(start: "2024-01-01", end: "2024-01-31") { ${window} } }`,
    );
    const year = { window: { start: '2019-01-01T00:00:00Z', end: '2020-01-01T00:00:00Z' } };
    const month = { window: { start: '2024-01-01T00:00:00Z', end: '2024-02-01T00:00:00Z' } };
    expect(body.data).toEqual({ symbol: { daily: year, bars: year, gaps: year }, news: month, events: month });
  });

  it.each([
    ['daily', 'day'],
    ['bars', 'timestamp'],
  ])('of %s count back over the whole history, in REST too', async (field, time) => {
    const { body } = await api.graphql(
      `{ symbol(symbol: "AAPL") { firstDay ${field}(first: 700, sort: DESC) { nodes { ${time} } window { start } } } }`,
    );
    const { firstDay, [field]: page } = body.data.symbol;
    expect(page.nodes).toHaveLength(700);
    expect(page.window.start).toBe(`${firstDay}T00:00:00Z`);
    const rest = await api.get(`/v1/market-data/${field}/AAPL?limit=700&sort=desc&fields=${time}`).expect(200);
    expect(rest.body.data).toEqual(page.nodes);
  });

  it('count what a search finds on all of them', async () => {
    const { body } = await api.graphql(
      '{ symbols(first: 1000) { totalCount nodes { id symbol } } some: symbols(search: "AA", first: 1) { totalCount nodes { symbol } } allSeries(first: 1000) { totalCount nodes { id seriesId } } }',
    );
    const { symbols, some, allSeries } = body.data;
    expect(symbols.totalCount).toBe(symbols.nodes.length);
    expect(some.totalCount).toBe(
      symbols.nodes.filter(({ symbol }: { symbol: string }) => symbol.includes('AA')).length,
    );
    expect(allSeries.totalCount).toBe(allSeries.nodes.length);
    expect(symbols.nodes[0].id).toBe(symbols.nodes[0].symbol);
    expect(allSeries.nodes[0].id).toBe(allSeries.nodes[0].seriesId);
  });
});

describe('a field that fails', () => {
  it('erases nothing beside it', async () => {
    const { body } = await api.graphql(
      '{ databaseHealth { status } news(first: 501) { nodes { id } } symbol(symbol: "AAPL") { symbol daily(first: 10001) { nodes { day } } } }',
    );
    expect(body.data).toEqual({
      databaseHealth: { status: 'HEALTHY' },
      news: null,
      symbol: { symbol: 'AAPL', daily: null },
    });
    expect(body.errors.map(({ path }: { path: string[] }) => path.join('.'))).toEqual(['news', 'symbol.daily']);
  });
});

describe('names that do not exist', () => {
  it('are null, and the nearest are in the hints', async () => {
    const { body } = await api.graphql(
      '{ a: symbol(symbol: "aapl") { symbol } latest(symbols: ["AAPL", "MSTF"]) { symbol } series(id: "unrate") { id } }',
    );
    expect(body.data).toMatchObject({ a: null, series: null });
    expect(body.extensions.hints).toEqual([
      { path: ['a'], param: 'symbol', unknown: 'aapl', nearest: expect.arrayContaining(['AAPL']) },
      { path: ['latest'], param: 'symbols', unknown: 'MSTF', nearest: expect.arrayContaining(['MSFT']) },
      { path: ['series'], param: 'id', unknown: 'unrate', nearest: expect.arrayContaining(['UNRATE']) },
    ]);
  });

  it('may be a thousand of a board', async () => {
    const symbols = ['AAPL', ...Array.from({ length: 999 }, (_, i) => `NONE${i}`)];
    const query = 'query ($symbols: [String!]!) { latest(symbols: $symbols) { symbol bar { symbol } } }';
    const { body } = await api.graphql(query, { symbols }).expect(200);
    expect(body.data.latest.map(({ symbol }: { symbol: string }) => symbol)).toEqual(symbols);
    expect(body.data.latest[0].bar).toEqual({ symbol: 'AAPL' });
    expect(body.extensions.hints).toHaveLength(100);
  });
});

describe('Prefer: numbers=string', () => {
  const query = `{ symbol(symbol: "^GSPC") { latest { close volume } daily(${YEAR}, first: 1) { nodes { close volume } edges { node { close volume } } columns { close volume } } }
    series(id: "UNRATE") { observations(first: 1) { nodes { value } columns { value } } } }`;
  const number = (text: unknown): unknown => expect.stringMatching(text as RegExp);

  it('makes a string of every decimal and big integer, whoever wrote it', async () => {
    const { body, headers } = await get(query, { prefer: 'numbers=string' }).expect(200);
    expect(headers['preference-applied']).toBe('numbers=string');
    expect(headers.vary).toMatch(/Prefer/);
    const digits = number(/^-?\d+(\.\d+)?$/);
    const row = { close: digits, volume: number(/^\d+$/) };
    expect(body.data.symbol).toEqual({
      latest: row,
      daily: { nodes: [row], edges: [{ node: row }], columns: { close: [digits], volume: [row.volume] } },
    });
    expect(body.data.series.observations).toEqual({ nodes: [{ value: digits }], columns: { value: [digits] } });
  });

  it('is the same digits as without', async () => {
    const strings = await get(query, { prefer: 'numbers=string' }).expect(200);
    const numbers = await get(query).expect(200);
    expect(numbers.headers['preference-applied']).toBeUndefined();
    expect(strings.text.replaceAll(/"(-?\d+(\.\d+)?)"/g, '$1').trim()).toBe(numbers.text.trim());
  });
});

describe('a query by GET', () => {
  const closed = `{ symbol(symbol: "AAPL") { daily(${YEAR}) { nodes { close } } } }`;

  it('may be kept, and is not sent again while it holds', async () => {
    const first = await get(closed).expect(200);
    expect(first.headers['cache-control']).toBe('public, max-age=10');
    const again = await get(closed, { 'if-none-match': first.headers.etag! }).expect(304);
    expect(again.text).toBe('');
    expect((await get('{ latest(symbols: ["AAPL"]) { symbol } }')).headers['cache-control']).toBe('public, max-age=1');
    expect((await get('{ databaseHealth { status } }')).headers['cache-control']).toBe('no-store');
    expect((await get('{ nothing }').expect(400)).headers['cache-control']).toBe('no-store');
  });

  it('says how long it took, as a POST does, which is not kept', async () => {
    for (const { headers } of [await get(closed), await api.graphql(closed)]) {
      expect(headers['server-timing']).toMatch(/^db;dur=[\d.]+, total;dur=[\d.]+$/);
    }
    const { headers } = await api.graphql(closed);
    expect([headers['cache-control'], headers.etag]).toEqual(['no-store', undefined]);
  });

  it.each([
    ['variable', 'variables'],
    ['operationname', 'operationName'],
    ['nope', undefined],
  ])('with the unknown parameter %s is refused', async (name, guess) => {
    const { body } = await api.get(`/graphql?query={__typename}&${name}=1`).expect(400);
    expect(body.errors[0].extensions).toMatchObject({
      code: 'unknown_parameter',
      param: name,
      allowed: ['query', 'variables', 'operationName', 'extensions'],
      ...(guess ? { hint: `Did you mean ${guess}?` } : {}),
    });
  });

  it('names its operation, or none', async () => {
    const of = (name: string, query = '{ __typename }'): ReturnType<TestApp['get']> =>
      api.get(`/graphql?query=${encodeURIComponent(query)}&operationName=${name}`);
    expect((await of('').expect(200)).body.data).toEqual({ __typename: 'Query' });
    expect((await of('a', 'query a { __typename } query b { x: __typename }').expect(200)).body.data).toEqual({
      __typename: 'Query',
    });
    const { body } = await of('x').expect(400);
    expect(body.errors[0].extensions.code).toBe('invalid_query');
  });
});

describe('the schema', () => {
  it('says where each scalar is specified, and what values there are', async () => {
    const { body } = await api.graphql(
      '{ __schema { types { name specifiedByURL } } reason: __type(name: "GapReason") { enumValues { name } } }',
    );
    const ours = ['BigInt', 'Date', 'DateTime', 'Decimal'];
    const types = body.data.__schema.types.filter(({ name }: { name: string }) => ours.includes(name));
    for (const { specifiedByURL } of types) expect(specifiedByURL).toMatch(/^https:/);
    expect(types).toHaveLength(4);
    expect(body.data.reason.enumValues.map(({ name }: { name: string }) => name)).toContain('BEFORE_FIRST_BAR');
  });
});

describe('a size that is null', () => {
  const fields = 'nodes { daily(first: $f) { edges { node { day open high low close } } } }';

  it.each([
    ['a variable', `query ($f: Int) { symbols(first: $f) { ${fields} } }`, { f: null }],
    ['a variable that is left out', `query ($f: Int) { symbols(first: $f) { ${fields} } }`, {}],
    ['a literal', `{ symbols(first: null) { ${fields.replace('$f', 'null')} } }`, {}],
    ['nothing at all', `{ symbols { ${fields.replace('(first: $f)', '')} } }`, {}],
  ])('costs what the default costs: %s', async (_, query, variables) => {
    const { body } = await api.graphql(query, variables).expect(400);
    expect(body.errors[0]).toMatchObject({
      message: 'The answer may have 500000 values; at most 250000 are allowed.',
      extensions: { code: 'query_too_complex', hint: expect.any(String) },
    });
  });
});

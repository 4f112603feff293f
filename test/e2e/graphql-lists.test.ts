import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let api: TestApp;
beforeAll(async () => {
  database = await createDatabase();
  await asAdmin(database.urls.admin, (client) =>
    client.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source, vwap)
       select 'TICK', '2025-10-01T00:00:00Z'::timestamptz + n * interval '1 day', 1.50, 'NaN', 0.00000001, 123456789012.12345678,
         9007199254740993, '1d', (array['a, b', '"], [', 'null', 'ünï'])[n % 4 + 1], nullif(n, 3)
       from generate_series(0, 11) n`,
    ),
  );
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

const WINDOW = 'start: "2025-10-01", end: "2025-10-12"';
const FIELDS = 'symbol timestamp open high low close volume vwap tradesCount timeframe source';

/** The `bars` field of the answer, and the text of the whole. */
async function bars(query: string, variables?: Record<string, unknown>): Promise<{ page: Page; text: string }> {
  const { body, text } = await api.graphql(query, variables).expect(200);
  expect(body.errors).toBeUndefined();
  return { page: body.data.symbol.bars as Page, text };
}
interface Page {
  nodes: Record<string, unknown>[];
  edges: { node: Record<string, unknown> }[];
  columns: Record<string, unknown[]>;
}

it.each([12, 5, 1])('nodes, edges and columns of %i bars hold the same values', async (first) => {
  // An edge's node is completed field by field.
  const { page } = await bars(
    `{ symbol(symbol: "TICK") { bars(${WINDOW}, first: ${first}) { nodes { ${FIELDS} } edges { node { ${FIELDS} } } columns { ${FIELDS} } } } }`,
  );
  expect(page.nodes).toHaveLength(first);
  expect(page.nodes).toEqual(page.edges.map(({ node }) => node));
  expect(page.columns).toEqual(
    Object.fromEntries(FIELDS.split(' ').map((field) => [field, page.nodes.map((node) => node[field])])),
  );
});

it('every digit arrives', async () => {
  const exact = '"open":1.5,"high":null,"low":0.00000001,"close":123456789012.12345678,"volume":9007199254740993';
  for (const shape of ['nodes { F }', 'edges { node { F } }']) {
    const selection = shape.replace('F', 'open high low close volume');
    const { text } = await bars(`{ symbol(symbol: "TICK") { bars(${WINDOW}, first: 2) { ${selection} } } }`);
    expect(text.split(exact)).toHaveLength(3);
  }
});

it('aliases, fragments, directives and type names are what was asked for', async () => {
  const { page } = await bars(
    `query Q($no: Boolean!) { symbol(symbol: "TICK") { bars(${WINDOW}, first: 2) {
       nodes { at: timestamp ...More @include(if: $no) ... on Bar { __typename vwap } high @skip(if: true) source kind: __typename source }
       columns { when: timestamp }
     } } } fragment More on Bar { close }`,
    { no: false },
  );
  expect(page.nodes).toEqual([
    { at: '2025-10-01T00:00:00Z', __typename: 'Bar', vwap: 0, source: 'a, b', kind: 'Bar' },
    { at: '2025-10-02T00:00:00Z', __typename: 'Bar', vwap: 1, source: '"], [', kind: 'Bar' },
  ]);
  expect(page.columns).toEqual({ when: ['2025-10-01T00:00:00Z', '2025-10-02T00:00:00Z'] });
});

it('an empty window is empty lists', async () => {
  const { page } = await bars(
    `{ symbol(symbol: "TICK") { bars(start: "2020-01-01", end: "2020-01-02") { nodes { close } columns { close source } edges { node { close } } } } }`,
  );
  expect(page).toEqual({ nodes: [], columns: { close: [], source: [] }, edges: [] });
});

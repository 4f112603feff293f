import { GraphQLSchemaHost } from '@nestjs/graphql';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getNamedType, type GraphQLField, type GraphQLObjectType, isLeafType, isRequiredArgument } from 'graphql';
import { startApp, symbolsRead, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

/** What asks for some rows of each connection of the schema. */
const CONNECTIONS: Record<string, string> = {
  'EconomicSeries.observations': 'series(id: "PAYEMS") { observations(first: 2) PAGE }',
  'Query.allSeries': 'allSeries(first: 3) PAGE',
  'Query.board': 'board(first: 2) PAGE',
  'Query.breadth': 'breadth(start: "2019-01-01", end: "2019-01-31", first: 2) PAGE',
  'Query.condition': 'condition(symbols: ["AAPL", "KO"], start: "2021-06-11", end: "2021-06-14", first: 6) PAGE',
  'Query.coverage': 'coverage(first: 2) PAGE',
  'Query.daily': 'daily(symbols: ["AAPL", "KO"], start: "2019-12-30", end: "2019-12-31", first: 2) PAGE',
  'Query.eventCountries': 'eventCountries(first: 2) PAGE',
  'Query.eventCurrencies': 'eventCurrencies(first: 2) PAGE',
  'Query.eventTypes': 'eventTypes(first: 2) PAGE',
  'Query.events': 'events(first: 2) PAGE',
  'Query.marketDay': 'marketDay(date: "2025-10-31", first: 2) PAGE',
  'Query.news': 'news(first: 2) PAGE',
  'Query.observations': 'observations(series: ["PAYEMS", "UNRATE"], start: "2025-06-01", first: 3) PAGE',
  'Query.symbols': 'symbols(first: 2) PAGE',
  'Query.compare': 'compare(symbols: ["AAPL", "KO"], first: 2) PAGE',
  'Symbol.bars': 'symbol(symbol: "AAPL") { bars(first: 2) PAGE }',
  'Symbol.condition': 'symbol(symbol: "AAPL") { condition(first: 2) PAGE }',
  'Symbol.daily': 'symbol(symbol: "AAPL") { daily(first: 2) PAGE }',
  'Symbol.events': 'symbol(symbol: "AAPL") { events(first: 2) PAGE }',
};

type Field = GraphQLField<unknown, unknown>;
interface Page {
  nodes: Record<string, unknown>[];
  edges: { node: Record<string, unknown> }[];
  columns?: Record<string, unknown[]>;
}

let api: TestApp;
let connections: Map<string, GraphQLObjectType>;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  await symbolsRead(api);
  const { schema } = api.app.get(GraphQLSchemaHost, { strict: false });
  const objects = Object.values(schema.getTypeMap()).filter((type) => 'getFields' in type) as GraphQLObjectType[];
  connections = new Map(
    objects.flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
        .map((field) => [`${type.name}.${field.name}`, getNamedType(field.type) as GraphQLObjectType]),
    ),
  );
});
afterAll(() => api.close());

/** The page that a query's PAGE stands for. */
async function page(connection: string, selection: string): Promise<Page> {
  const { body } = await api.graphql(`{ ${CONNECTIONS[connection]!.replace('PAGE', `{ ${selection} }`)} }`).expect(200);
  expect(body.errors).toBeUndefined();
  let found = body.data as object;
  while (!('nodes' in found)) found = Object.values(found as Record<string, object>)[0]!;
  return found as Page;
}

/** Fields below a field, as far down as it takes to have one value. */
function below(field: Field): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return field.name;
  const [first] = Object.values((type as GraphQLObjectType).getFields()).filter(
    ({ args }) => !args.some((arg) => isRequiredArgument(arg)),
  );
  return `${field.name} { __typename ${first && isLeafType(getNamedType(first.type)) ? first.name : ''} }`;
}

it('knows every connection of the schema', () => {
  expect(Object.keys(CONNECTIONS).sort()).toEqual([...connections.keys()].sort());
});

describe.each(Object.keys(CONNECTIONS))('%s', (connection) => {
  it('has the same value of each field in nodes, edges and columns', async () => {
    const fields = connections.get(connection)!.getFields();
    const row = getNamedType(fields.nodes!.type) as GraphQLObjectType;
    const columns = fields.columns && (getNamedType(fields.columns.type) as GraphQLObjectType).getFields();
    for (const field of Object.values(row.getFields())) {
      const selected = below(field);
      const inColumns = columns?.[field.name] ? `columns { ${field.name} }` : '';
      const { nodes } = await page(connection, `nodes { ${selected} }`);
      const { edges } = await page(connection, `edges { node { ${selected} } } nodes { __typename }`);
      expect(nodes.length).toBeGreaterThan(0);
      expect([field.name, nodes]).toEqual([field.name, edges.map(({ node }) => node)]);
      if (inColumns === '') continue;
      const read = await page(connection, `${inColumns} nodes { ${selected} }`);
      expect(read.columns).toEqual({ [field.name]: nodes.map((node) => node[field.name]) });
    }
  });

  it.each(['@skip(if: true)', '@include(if: false)'])('has rows without fields where %s leaves none', async (skip) => {
    const fields = connections.get(connection)!.getFields();
    const { nodes, edges } = await page(
      connection,
      `nodes { __typename ${skip} } edges { node { ... @include(if: false) { __typename } } }`,
    );
    expect(nodes.length).toBeGreaterThan(0);
    expect(edges.map(({ node }) => node)).toEqual(nodes);
    expect(
      (await page(connection, `nodes { ...on ${getNamedType(fields.nodes!.type).name} ${skip} { __typename } }`)).nodes,
    ).toEqual(nodes.map(() => ({})));
    if (!fields.columns) return;
    expect((await page(connection, `nodes { __typename } columns { __typename ${skip} }`)).columns).toEqual({});
  });
});

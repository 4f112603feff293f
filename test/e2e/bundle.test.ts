import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery, printSchema } from 'graphql';
import { existsSync, readFileSync } from 'node:fs';
import { ApiProcess } from '../operations/support/api.js';
import { freePort } from '../operations/support/tools.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const file = (path: string): URL => new URL(`../../${path}`, import.meta.url);

let database: TestDatabase;
let api: ApiProcess;
beforeAll(async () => {
  expect(existsSync(file('dist/bundle/server.cjs'))).toBe(true);
  database = await createDatabase({ sample: true });
  api = new ApiProcess(await freePort(), { DATABASE_URL: database.urls.reader });
  await api.start();
}, 120_000);
afterAll(async () => {
  await api.stop();
  await database.drop();
});

const get = (path: string): Promise<Response> => fetch(api.url + path);

it('the server in one file has the GraphQL schema of its modules', async () => {
  const response = await fetch(`${api.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: getIntrospectionQuery({ specifiedByUrl: true }) }),
  });
  const { data } = (await response.json()) as { data: IntrospectionQuery };
  const committed = readFileSync(file('schema.gql'), 'utf8').split('\n').slice(2).join('\n');
  expect(`${printSchema(buildClientSchema(data))}\n`).toBe(committed);
});

it('and their OpenAPI document', async () => {
  const committed: unknown = JSON.parse(readFileSync(file('openapi.json'), 'utf8'));
  expect(await (await get('/openapi.json')).json()).toEqual(committed);
});

it.each(['/docs', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css', '/graphiql/graphiql.js', '/graphiql/react.js'])(
  'and serves %s, which lies in a package',
  async (path) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect((await response.text()).length).toBeGreaterThan(1000);
  },
);

it('and answers with data', async () => {
  const answer = (await (await get('/v1/market-data/latest/AAPL')).json()) as { data: { symbol: string } };
  expect(answer.data.symbol).toBe('AAPL');
});

it('and speaks to assistants, of whose package it loads nothing before', async () => {
  expect(readFileSync(file('dist/bundle/server.cjs'), 'utf8')).not.toMatch(/SUPPORTED_PROTOCOL_VERSIONS|ZodObject/);
  const answer = await fetch(`${api.url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'data_freshness' } }),
  });
  const { result } = (await answer.json()) as { result: { isError?: boolean; content: { text: string }[] } };
  expect(result.isError).toBeUndefined();
  expect(JSON.parse(result.content[0]!.text)).toMatchObject({
    data_sets: [{ name: 'market_data.ohlcv' }, {}, {}, {}, {}],
  });
});

it('and makes files of columns, of which nothing is loaded before', async () => {
  const server = readFileSync(file('dist/bundle/server.cjs'), 'utf8');
  expect(server).not.toContain('RecordBatchStreamWriter');
  const parquet = Buffer.from(await (await get('/v1/market-data/latest/AAPL?format=parquet')).arrayBuffer());
  expect([parquet.toString('latin1', 0, 4), parquet.toString('latin1', parquet.length - 4)]).toEqual(['PAR1', 'PAR1']);
});

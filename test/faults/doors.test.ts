import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { request } from 'node:http';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { anyText, encoded } from './support/hostile.js';
import { figure } from './support/wait.js';

/** Cases in all; the seed is printed when one fails. */
const CASES = Math.ceil(Number(process.env.TETRA_FAULTS_CASES ?? 5000) / 5);

let cluster: Cluster;
let api: Api;
beforeAll(async () => {
  cluster = await Cluster.start();
  api = await Api.start(cluster.url(), { LOG_LEVEL: 'warn' });
  await afterwards(api, cluster, 20_000);
}, 120_000);
afterAll(async () => {
  await api?.stop();
  await cluster?.remove();
});

/** What each path of the feed of charts may be asked with, as real clients ask. */
const UDF: Record<string, Record<string, string>> = {
  config: {},
  time: {},
  symbols: { symbol: 'AAPL' },
  search: { query: 'A', type: '', exchange: '', limit: '10' },
  history: { symbol: 'AAPL', resolution: '1D', from: '1546300800', to: '1577836800', countback: '10' },
  marks: { symbol: 'AAPL', from: '1546300800', to: '1577836800', resolution: '1D' },
  timescale_marks: { symbol: 'AAPL', from: '1546300800', to: '1577836800', resolution: '1D' },
};

it('any text in any parameter of the feed of charts is an answer as charts know it', async () => {
  const results: Record<string, number> = {};
  const cases = Object.entries(UDF).flatMap(([path, known]) => [
    ...Object.keys(known).map((name) => [path, name] as const),
    [path, 'somethingElse'] as const,
  ]);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...cases), anyText, async ([path, name], text) => {
      const query = Object.entries({ ...UDF[path], [name]: text }).map((pair) => pair.map(encoded).join('='));
      const { status, text: said } = await api.call(`/udf/${path}?${query.join('&')}`);
      results[status] = (results[status] ?? 0) + 1;
      if (status >= 500) throw new Error(`${status}: ${said}`);
      if (status === 200 && path !== 'time') JSON.parse(said);
    }),
    { numRuns: CASES },
  );
  expect(results[200]).toBeGreaterThan(CASES / 10);
  figure('any text in /udf', {
    cases: CASES,
    results: JSON.stringify(results),
    'recovery ms': await afterwards(api, cluster),
  });
}, 300_000);

/** The status of a stream, which is left when it begins; its listener is gone before this answers. */
function begun(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: api.port, path, headers, agent: false }, (incoming) => {
      incoming.once('close', () => resolve(incoming.statusCode!)).on('error', () => undefined);
      if (incoming.statusCode === 200) incoming.destroy();
      else incoming.resume();
    });
    outgoing.once('error', reject).end();
  });
}

it('any text in any parameter of the stream of bars is a stream or says what is wrong', async () => {
  const results: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('symbols', 'fields', 'numbers', 'id', 'other'), anyText, async (name, text) => {
      const query = name === 'id' ? '' : `&${name}=${encoded(text)}`;
      // A header holds no line ends: what a client cannot send is not sent.
      const headers: Record<string, string> = name === 'id' ? { 'last-event-id': encoded(text) } : {};
      const symbols = name === 'symbols' ? '' : '&symbols=AAPL';
      const status = await begun(`/v1/market-data/stream?${(symbols + query).slice(1)}`, headers);
      results[status] = (results[status] ?? 0) + 1;
      if (![200, 400, 404, 414, 431].includes(status)) throw new Error(String(status));
    }),
    { numRuns: Math.ceil(CASES / 2) },
  );
  expect(results[200]).toBeGreaterThan(0);
  expect(results[400]).toBeGreaterThan(0);
  figure('any text in a stream', { results: JSON.stringify(results), 'recovery ms': await afterwards(api, cluster) });
}, 300_000);

/** What tools need, beside the argument under test. */
const GOOD = { symbol: 'AAPL', symbols: ['AAPL'], series: ['PAYEMS'], event_type: ['earnings'] };

interface Tool {
  name: string;
  inputSchema: { properties?: Record<string, unknown>; required?: string[] };
}

/** One message to `/mcp`, as its clients send them. */
function mcp(body: string): ReturnType<Api['call']> {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  return api.call('/mcp', { method: 'POST', headers, body });
}

const rpc = (method: string, params: object): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

it('any text in any argument of a tool is an answer or a fault that the assistant can read', async () => {
  const listed = await mcp(rpc('tools/list', {}));
  const { tools } = (JSON.parse(listed.text) as { result: { tools: Tool[] } }).result;
  expect(tools.length).toBeGreaterThan(5);
  const cases = tools.flatMap(({ name, inputSchema: { properties = {} } }) => {
    const good = Object.fromEntries(Object.entries(GOOD).filter(([argument]) => argument in properties));
    return [...Object.keys(properties), 'other'].map((argument) => ({ name, argument, good }));
  });
  const value = fc.oneof(anyText, fc.array(anyText, { maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }));
  const results = { said: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...cases), value, async ({ name, argument, good }, given) => {
      const { status, text } = await mcp(rpc('tools/call', { name, arguments: { ...good, [argument]: given } }));
      if (status >= 500) throw new Error(`${status}: ${text}`);
      const { result, error } = JSON.parse(text) as { result?: { isError?: boolean }; error?: { code: number } };
      if (error?.code === -32603) throw new Error(text);
      results[result && !result.isError ? 'said' : 'refused'] += 1;
    }),
    { numRuns: CASES },
  );
  expect(results.said).toBeGreaterThan(0);
  expect(results.refused).toBeGreaterThan(0);
  figure('any text in /mcp', { ...results, 'recovery ms': await afterwards(api, cluster) });
}, 300_000);

it('any body that is sent to the assistants is no fault of the server', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(anyText, fc.json()), async (body) => {
      const { status, text } = await mcp(body);
      if (status >= 500) throw new Error(`${status}: ${text}`);
    }),
    { numRuns: Math.ceil(CASES / 5) },
  );
  await afterwards(api, cluster);
}, 120_000);

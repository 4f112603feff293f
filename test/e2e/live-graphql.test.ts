import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs } from 'graphql-ws';
import WebSocket from 'ws';
import { LiveBars } from '../../src/data/market-data/live.js';
import { LiveMarket } from '../support/live.js';

interface Told {
  readonly data?: { latestUpdated: { bar: { symbol: string; volume: number } | null } } | null;
  readonly errors?: readonly { message: string; extensions?: { code?: string } }[];
}

/** What a client was told, so far. */
interface Client {
  readonly told: Told[];
  /** Waits until so many were told. */
  readonly until: (count: number) => Promise<void>;
  /** How it ended: null for a good end. */
  readonly ended: Promise<unknown>;
  readonly close: () => void;
}

const QUERY = 'subscription Live($symbols: [String!]!) { latestUpdated(symbols: $symbols) { bar { symbol volume } } }';
const home = mkdtempSync(join(tmpdir(), 'tetra-live-'));
const keys = join(home, 'keys');

let market: LiveMarket;
beforeAll(async () => {
  writeFileSync(keys, `alice:${createHash('sha256').update('a key').digest('hex')}\n`);
  market = await LiveMarket.start(3, { API_KEYS_FILE: keys, CORS_ORIGINS: 'https://dash.example' });
}, 60_000);
afterAll(async () => {
  await market.stop();
  rmSync(home, { recursive: true });
});

type Ask = { query: string; variables?: Record<string, unknown> };
type Subscribe = (
  ask: Ask,
  sink: { next: (told: unknown) => void; error: (error: unknown) => void; complete: () => void },
) => () => void;

function listen(subscribe: Subscribe, ask: Ask): Client {
  const told: Told[] = [];
  const waiting: (() => void)[] = [];
  const end = Promise.withResolvers<unknown>();
  const close = subscribe(ask, {
    next: (one) => {
      told.push(one as Told);
      for (const wake of waiting.splice(0)) wake();
    },
    error: (error) => end.resolve(error),
    complete: () => end.resolve(null),
  });
  const until = async (count: number): Promise<void> => {
    while (told.length < count) {
      const ended = await Promise.race([
        end.promise,
        new Promise<undefined>((resolve) => waiting.push(() => resolve(undefined))),
      ]);
      if (ended !== undefined && told.length < count) throw new Error(`it ended: ${JSON.stringify(ended)}`);
    }
  };
  return { told, until, ended: end.promise, close };
}

const sse = (headers: Record<string, string> = { 'x-api-key': 'a key' }): Subscribe => {
  const client = createSse({ url: `${market.url}/graphql/stream`, headers, retryAttempts: 0 });
  return (ask, sink) => client.subscribe(ask, sink);
};
const ws = (connectionParams: Record<string, unknown> = { 'x-api-key': 'a key' }): Subscribe => {
  const url = `${market.url.replace('http', 'ws')}/graphql`;
  const client = createWs({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
  return (ask, sink) => client.subscribe(ask, sink);
};

describe.each([
  ['graphql-sse', sse],
  ['graphql-ws', ws],
])('subscription { latestUpdated } by the client of %s', (_name, by) => {
  it('is told of the newest bars, then of each change', async () => {
    const client = listen(by(), { query: QUERY, variables: { symbols: ['L0', 'L1'] } });
    await client.until(2);
    const volume = Math.floor(Math.random() * 1e9);
    await market.write('L1', 5, volume);
    await client.until(3);
    expect(client.told.map(({ data }) => data!.latestUpdated.bar!.symbol)).toEqual(['L0', 'L1', 'L1']);
    expect(client.told[2]).toEqual({ data: { latestUpdated: { bar: { symbol: 'L1', volume } } } });
    client.close();
    const live = market.api.app.get(LiveBars);
    while (live.listeners.count > 0) await new Promise(setImmediate);
  });

  it.each([
    ['subscription { latestUpdated(symbols: ["NOPE"]) { bar { close } } }', 'symbol_not_found'],
    ['subscription { latestUpdated(symbols: []) { bar { close } } }', 'invalid_parameter'],
    ['subscription { latestUpdated(symbols: ["L0"]) { nope } }', 'invalid_query'],
    ['{ symbols { nodes { symbol } } }', 'invalid_query'],
    ['subscription { latestUpdated(symbols: ["L0"]) @skip(if: true) { bar { close } } }', 'invalid_query'],
    [
      'subscription { ...f @include(if: false) } fragment f on Subscription { latestUpdated(symbols: ["L0"]) { bar { close } } }',
      'invalid_query',
    ],
    [`subscription { latestUpdated(symbols: ["L0"]) { ${'bar { close } '.repeat(3000)} } }`, 'query_too_complex'],
    ['subscription {', 'invalid_query'],
  ])('refuses what is not good, case %#', async (query, code) => {
    const client = listen(by(), { query });
    const ended = (await client.ended) as Told['errors'] | null;
    const errors = ended ?? client.told[0]!.errors!;
    expect(errors[0]!.extensions).toMatchObject({ code });
  });

  it('needs a key where there are keys', async () => {
    expect(
      await listen(by({ 'x-api-key': 'another' }), { query: QUERY, variables: { symbols: ['L0'] } }).ended,
    ).not.toBeNull();
  });
});

describe('WebSockets', () => {
  /** How a connection begins: its status where it is refused. */
  const begins = (path: string, headers: Record<string, string> = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${market.url.replace('http', 'ws')}${path}`, 'graphql-transport-ws', { headers });
      socket.on('open', () => {
        socket.close();
        resolve(101);
      });
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode!));
      socket.on('error', reject);
    });

  it.each([
    ['/graphql', {}, 101],
    ['/graphql', { origin: 'https://dash.example' }, 101],
    ['/graphql', { origin: 'https://evil.example' }, 403],
    ['/other', {}, 404],
  ])('%s with %j: %i', async (path, headers, status) => {
    expect(await begins(path, headers as Record<string, string>)).toBe(status);
  });

  it('closes on a message that is too long', async () => {
    const socket = new WebSocket(`${market.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const code = await new Promise((resolve) => {
      socket.on('open', () => socket.send(JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(70_000) } })));
      socket.on('close', resolve);
    });
    expect(code).toBe(1009);
  });

  it.each(['next', 'error', 'connection_ack', 'nope'])('closes on a message of type %s as not valid', async (type) => {
    const socket = new WebSocket(`${market.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const code = await new Promise((resolve) => {
      socket.on('open', () =>
        socket.send(JSON.stringify({ type: 'connection_init', payload: { 'x-api-key': 'a key' } })),
      );
      socket.on('message', () => socket.send(JSON.stringify({ type, id: '1', payload: [] })));
      socket.on('close', resolve);
    });
    expect(code).toBe(4400);
  });

  it('a connection has ten subscriptions at most', async () => {
    const by = ws();
    const ask = { query: QUERY, variables: { symbols: ['L0'] } };
    const clients = Array.from({ length: 10 }, () => listen(by, ask));
    await Promise.all(clients.map((client) => client.until(1)));
    const [error] = (await listen(by, ask).ended) as NonNullable<Told['errors']>;
    expect(error!.extensions).toMatchObject({ code: 'limit_exceeded' });
    for (const client of clients) client.close();
  });

  it('an upgrade to something else is answered as if it were not there', async () => {
    const answer = await market.api.get('/health/live', { connection: 'Upgrade', upgrade: 'h2c' });
    expect(answer.status).toBe(200);
  });
});

describe('/graphql/stream', () => {
  const key = { 'x-api-key': 'a key' };

  it('is answered to whoever takes events, as browsers and curl do without saying so', async () => {
    const query = encodeURIComponent('subscription { latestUpdated(symbols: ["NOPE"]) { bar { close } } }');
    const { headers, text } = await market.api.get(`/graphql/stream?query=${query}`, { ...key, accept: '*/*' });
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(text).toContain('symbol_not_found');
  });

  it.each([
    ['', 'application/json', 406, { code: 'not_acceptable', allowed: ['text/event-stream'] }],
    ['', 'text/event-stream', 400, { errors: [{ extensions: { code: 'invalid_query' } }] }],
    ['?query=x&variables=x', 'text/event-stream', 400, { errors: [{ extensions: { code: 'invalid_query' } }] }],
  ])('%s with Accept: %s is refused with a code', async (asked, accept, status, refusal) => {
    const { body } = await market.api.get(`/graphql/stream${asked}`, { ...key, accept }).expect(status);
    expect(body).toMatchObject(refusal);
  });
});

it('when the server ends, subscriptions end with it', async () => {
  const other = await LiveMarket.start(1);
  const url = `${other.url.replace('http', 'ws')}/graphql`;
  const byWs = createWs({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
  const bySse = createSse({ url: `${other.url}/graphql/stream`, retryAttempts: 0 });
  const ask = { query: QUERY, variables: { symbols: ['L0'] } };
  const clients = [
    listen((one, sink) => byWs.subscribe(one, sink), ask),
    listen((one, sink) => bySse.subscribe(one, sink), ask),
  ];
  await Promise.all(clients.map((client) => client.until(1)));
  await other.stop();
  await Promise.all(clients.map(({ ended }) => ended));
}, 60_000);

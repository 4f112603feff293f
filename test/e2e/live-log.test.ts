import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { Log } from '../../src/base/log.js';
import { loadConfig } from '../../src/config/config.js';
import { LiveMarket } from '../support/live.js';

const lines: Record<string, unknown>[] = [];
const waiting: (() => void)[] = [];
const log = new Log(loadConfig({ LOG_LEVEL: 'info', LOG_FORMAT: 'json' }), {
  write: (line: string) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    for (const wake of waiting.splice(0)) wake();
  },
});

/** The line of the WebSocket that closes next, or is refused. */
async function closed(refused = false): Promise<Record<string, unknown>> {
  for (;;) {
    const at = lines.findIndex((line) => (refused ? line.route === null : line.close_code !== undefined));
    if (at >= 0) return lines.splice(at, 1)[0]!;
    await new Promise<void>((resolve) => void waiting.push(resolve));
  }
}

let market: LiveMarket;
beforeAll(async () => {
  market = await LiveMarket.start(1, {}, log);
}, 60_000);
afterAll(() => market.stop());

describe('the line of a WebSocket in the log', () => {
  it('is written when it closes: which operations, how many bytes, with which code', async () => {
    const client = createClient({ url: `${market.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    const query = 'subscription Prices { latestUpdated(symbols: ["L0"]) { bar { close } } }';
    for await (const { data } of client.iterate({ query })) {
      expect(data).toEqual({ latestUpdated: { bar: { close: 1.5 } } });
      break;
    }
    await client.dispose();
    expect(await closed()).toEqual({
      level: 'info',
      time: expect.any(String),
      msg: 'request',
      id: expect.stringMatching(/^[\w-]{36}$/),
      method: 'GET',
      route: '/graphql',
      address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
      status: 101,
      ms: expect.any(Number),
      bytes: expect.any(Number),
      db_ms: expect.any(Number),
      statements: expect.any(Number),
      operations: ['Prices'],
      close_code: 1000,
    });
  });

  it('says why a message closed it, and nothing else is written', async () => {
    const written = jest.spyOn(console, 'error');
    const socket = new WebSocket(`${market.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.on('open', () => socket.send(JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(70_000) } })));
    const line = await closed();
    expect(line).toMatchObject({ level: 'info', operations: [], reason: 'Max payload size exceeded' });
    expect(written).not.toHaveBeenCalled();
    written.mockRestore();
  });

  it.each([
    ['/other', {}, 404, 'not_found', 'WebSockets are at /graphql only.'],
    ['/graphql', { origin: 'https://evil.example' }, 403, 'forbidden', 'Pages of this origin may not connect.'],
    ['/graphql', { 'sec-websocket-key': 'short' }, 400, 'invalid_parameter', expect.stringContaining('handshake')],
  ])('is there of one that is refused: %s with %j', async (path, headers, status, code, reason) => {
    const sent = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'x-request-id': 'one-that-is-refused',
      ...headers,
    };
    const answer = await market.api.get(path, sent);
    expect([answer.status, answer.headers['content-type']]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.body).toMatchObject({ status, code, instance: path, request_id: 'one-that-is-refused' });
    expect(await closed(true)).toMatchObject({
      ...{ id: 'one-that-is-refused', method: 'GET', route: null, status, code, reason },
      address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
      bytes: expect.any(Number),
    });
  });
});

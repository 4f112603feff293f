import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';
import { HEADERS, rpc, send } from '../support/mcp.js';

let api: TestApp;
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

describe('the protocol', () => {
  it('is spoken without a session', async () => {
    const asked = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '0' } };
    const { status, headers, body } = await send(api, rpc('initialize', asked));
    expect(status).toBe(200);
    expect(body.result).toMatchObject({
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'tetra-query-api' },
    });
    expect(headers['mcp-session-id']).toBeUndefined();
    expect(headers['cache-control']).toBe('no-store');
    expect(await send(api, { jsonrpc: '2.0', method: 'notifications/initialized' })).toMatchObject({
      status: 202,
      text: '',
    });
    expect((await send(api, rpc('ping'))).body.result).toEqual({});
  });

  it('lists eight tools, each with a schema', async () => {
    const { body } = await send(api, rpc('tools/list'));
    const tools = body.result!.tools as { name: string; inputSchema: object; annotations: object }[];
    expect(tools.map(({ name }) => name)).toEqual([
      'find_symbols',
      'price_history',
      'compare_symbols',
      'gaps_and_quality',
      'economic_data',
      'news',
      'events',
      'data_freshness',
    ]);
    for (const { inputSchema, annotations } of tools) {
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(annotations).toEqual({ readOnlyHint: true });
    }
  });

  it.each([
    ['a method that there is not', rpc('resources/list'), 200, -32601],
    ['no message of the protocol', {}, 400, -32700],
  ])('says what is wrong with %s', async (_, message, status, code) => {
    const sent = await send(api, message);
    expect([sent.status, sent.body.error!.code]).toEqual([status, code]);
  });

  it.each([
    ['several messages at once', [rpc('ping'), rpc('ping')], {}, 400],
    ['what is no JSON', '{', {}, 400],
    ['another type', 'ping', { 'content-type': 'text/plain' }, 415],
    ['a client that wants neither form', rpc('ping'), { accept: 'text/html' }, 406],
    ['a version that there is not', rpc('ping'), { 'mcp-protocol-version': '1999-01-01' }, 400],
    ['a body that is too long', rpc('ping', { long: 'x'.repeat(300_000) }), {}, 413],
  ])('refuses %s', async (_, message, headers, status) => {
    expect((await send(api, message, headers as Record<string, string>)).status).toBe(status);
  });

  it.each(['GET', 'DELETE', 'HEAD', 'PUT'] as const)('has no %s', async (method) => {
    const { statusCode, headers } = await api.app.inject({ method, url: '/mcp', headers: { host: 'localhost' } });
    expect([statusCode, headers.allow]).toEqual([405, 'POST, OPTIONS']);
  });

  it('takes no tag of another answer for its own', async () => {
    const { headers } = await api.get('/v1/economic-data/series?limit=40').expect(200);
    const { status, body } = await send(api, rpc('tools/call', { name: 'economic_data' }), {
      'if-none-match': `${headers.etag!}, *`,
    });
    expect([status, body.result!.isError]).toEqual([200, undefined]);
  });
});

describe('who may call', () => {
  it.each([
    [{ host: 'evil.example:3000' }],
    [{ host: 'localhost.evil.example' }],
    [{ host: 'localhost:3000', origin: 'http://evil.example:3000' }],
    [{ host: 'localhost:3000', origin: 'null' }],
    [{ host: '192.168.1.9:3000', origin: 'http://192.168.1.9:3000' }],
  ])('is no page that had its name point here: %j', async (headers) => {
    const { status, body } = await send(api, rpc('ping'), headers);
    expect([status, body.code]).toEqual([403, 'forbidden']);
  });

  it.each([
    [{ host: '127.0.0.1:3000' }],
    [{ host: '[::1]:3000' }],
    [{ host: 'LOCALHOST', origin: 'http://localhost:9' }],
  ])('is this machine: %j', async (headers) => {
    expect((await send(api, rpc('ping'), headers)).status).toBe(200);
  });

  it('is who the operator names, with a key where there are some, within the limit', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tetra-mcp-'));
    writeFileSync(join(home, 'keys'), `ann:${createHash('sha256').update('secret').digest('hex')}\n`);
    const keyed = await startApp(database.urls.reader, {
      API_KEYS_FILE: join(home, 'keys'),
      RATE_LIMIT: '3',
      MCP_HOSTS: 'tetra.example',
      CORS_ORIGINS: 'https://chat.example',
    });
    try {
      const named = { host: 'tetra.example', origin: 'https://chat.example' };
      const key = { authorization: 'Bearer secret' };
      expect((await send(keyed, rpc('ping'), named)).status).toBe(401);
      expect((await send(keyed, rpc('ping'), { ...named, ...key })).status).toBe(200);
      expect((await send(keyed, rpc('ping'), { ...named, ...key, origin: 'https://other.example' })).status).toBe(403);
      expect((await send(keyed, rpc('ping'), { ...named, ...key })).status).toBe(200);
      expect((await send(keyed, rpc('ping'), { ...named, ...key })).status).toBe(429);
    } finally {
      await keyed.close();
      rmSync(home, { recursive: true });
    }
  });

  it('is nobody where DOORS leaves it out', async () => {
    const closed = await startApp(database.urls.reader, { DOORS: 'udf' });
    try {
      expect((await send(closed, rpc('ping'))).status).toBe(404);
    } finally {
      await closed.close();
    }
  });
});

it('a question is dropped when who asked it has left', async () => {
  await api.app.listen(0, '127.0.0.1');
  const { port } = api.app.getHttpServer().address() as AddressInfo;
  await asAdmin(database.urls.admin, async (admin) => {
    await admin.query('begin; lock table news.news_articles in access exclusive mode');
    const waiting = async (): Promise<number> => {
      const { rows } = await admin.query<{ count: string }>(
        `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return Number(rows[0]!.count);
    };
    const leaves = new AbortController();
    const body = JSON.stringify(rpc('tools/call', { name: 'news', arguments: {} }));
    const url = `http://127.0.0.1:${port}/mcp`;
    const left = fetch(url, { method: 'POST', headers: HEADERS, body, signal: leaves.signal }).catch(
      (error: unknown) => (error as Error).name,
    );
    while ((await waiting()) === 0);
    leaves.abort();
    expect(await left).toBe('AbortError');
    while ((await waiting()) > 0);
    await admin.query('rollback');
  });
});

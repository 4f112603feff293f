import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { figure, until } from './support/wait.js';

const FAST = '/v1/market-data/latest/AAPL';
const lineOf = (name: string, key: string): string => `${name}:${createHash('sha256').update(key).digest('hex')}\n`;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start();
});
afterAll(() => cluster?.remove());

describe('API keys', () => {
  const home = mkdtempSync(join(tmpdir(), 'tetra-keys-'));
  const file = join(home, 'keys');
  const alice = randomBytes(32).toString('hex');
  const bob = randomBytes(32).toString('hex');
  let api: Api;
  beforeAll(async () => {
    writeFileSync(file, `# who may call\n\n${lineOf('alice', alice)}`);
    api = await Api.start(cluster.url(), {
      API_KEYS_FILE: file,
      HOST: '0.0.0.0',
      CORS_ORIGINS: 'https://good.example',
    });
  });
  afterAll(async () => {
    await api?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await api.call(path, { headers })).status;

  it('let in who has one, by either header, and nobody else', async () => {
    await until('it serves', async () => (await status(FAST, { 'x-api-key': alice })) === 200);
    expect(await status(FAST, { authorization: `Bearer ${alice}` })).toBe(200);
    const strangers: Record<string, string>[] = [
      {},
      { 'x-api-key': '' },
      { 'x-api-key': bob },
      { 'x-api-key': alice.slice(1) },
      { 'x-api-key': `${alice} ` + 'x' },
      { 'x-api-key': createHash('sha256').update(alice).digest('hex') },
      { authorization: alice },
      { authorization: `Basic ${alice}` },
      { authorization: 'Bearer' },
      { authorization: `Bearer ${bob}` },
      { cookie: `x-api-key=${alice}` },
    ];
    for (const headers of strangers) {
      for (const path of [FAST, `${FAST}?api_key=${alice}`, '/nothing', '/graphql?query={__typename}', '/v1/catalog']) {
        const reply = await api.call(path, { headers: { ...headers, 'apollo-require-preflight': '1' } });
        expect([reply.status, reply.headers['www-authenticate']]).toEqual([401, 'Bearer realm="tetra"']);
        expect(JSON.parse(reply.text)).toMatchObject({ code: 'unauthorized' });
      }
    }
  });

  it('are needed neither for health nor for the documents', async () => {
    for (const path of ['/health/live', '/health/database', '/docs', '/openapi.json', '/graphiql/start.js']) {
      expect([path, await status(path)]).toEqual([path, 200]);
    }
    expect(await status('/graphql', { accept: 'text/html' })).toBe(200);
    expect(await status('/graphql?query={__typename}', { accept: 'text/html' })).toBe(401);
    for (const path of [
      '/health',
      '/health/../v1/catalog',
      '/health%2Flive/../../v1/catalog',
      '//health/live',
      '/docs/../v1/catalog',
    ]) {
      const { status: answered, text } = await api.call(path);
      expect([path, [401, 404].includes(answered) || !text.includes('"data"')]).toEqual([path, true]);
    }
  });

  it('come and go with the file, and survive a broken one', async () => {
    writeFileSync(file, lineOf('bob', bob));
    await until('the new key counts', async () => (await status(FAST, { 'x-api-key': bob })) === 200, 5000);
    expect(await status(FAST, { 'x-api-key': alice })).toBe(401);
    writeFileSync(file, 'this is no key\n');
    await until('the log says so', () => api.output.some((line) => /API_KEYS_FILE line 1 is not/.test(line)), 5000);
    expect(await status(FAST, { 'x-api-key': bob })).toBe(200);
    writeFileSync(file, lineOf('alice', alice));
    await until('the first key counts again', async () => (await status(FAST, { 'x-api-key': alice })) === 200, 5000);
  });

  it('are compared by their digests, each of them to its end, whatever was presented', () => {
    const source = readFileSync(new URL('../../src/http/access/api-keys.ts', import.meta.url), 'utf8');
    const find = /find\(presented: string\)[^]*?\n {2}\}/.exec(source)![0];
    expect(find).toContain(`createHash('sha256').update(presented).digest()`);
    expect(find).toMatch(/for \(const key of this\.#keys\) if \(timingSafeEqual\(key\.digest, digest\)\) found = /);
    // No way out before the last key, and no other comparison.
    expect(find.match(/return|break|==|startsWith|includes|\.get\(/g)).toEqual(['return']);
  });

  it('give the same answer to a wrong key of any length, and are in no log', async () => {
    const answers = new Set<string>();
    for (const wrong of [
      'x',
      alice.slice(0, -1),
      `${alice}x`,
      `x${alice.slice(1)}`,
      'x'.repeat(64),
      'x'.repeat(8000),
    ]) {
      const { status: answered, text, headers } = await api.call(FAST, { headers: { 'x-api-key': wrong } });
      const problem = { ...(JSON.parse(text) as Record<string, unknown>), request_id: null };
      answers.add(JSON.stringify([answered, problem, headers['www-authenticate']]));
    }
    expect(answers.size).toBe(1);
    expect(api.output.join('\n')).not.toMatch(new RegExp(`${alice}|${bob}`));
    expect(api.requests().some(({ client }) => client === 'alice')).toBe(true);
  });

  it('leave preflights and refusals to browsers of known origins', async () => {
    const preflight = await api.call(FAST, {
      method: 'OPTIONS',
      headers: { origin: 'https://good.example', 'access-control-request-method': 'GET' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe('https://good.example');
    const plain = await api.call(FAST, { method: 'OPTIONS' });
    expect([plain.status, plain.text]).toEqual([204, '']);
    const refused = await api.call(FAST, { headers: { origin: 'https://good.example' } });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, 'https://good.example']);
    const foreign = await api.call(FAST, { headers: { origin: 'https://evil.example', 'x-api-key': alice } });
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined();
    expect(foreign.headers['access-control-allow-credentials']).toBeUndefined();
  });
});

describe('the rate limit', () => {
  it('counts each address, whatever it says it forwards, and says when to come again', async () => {
    const api = await Api.start(cluster.url(), { RATE_LIMIT: '30' });
    const replies = [];
    for (let i = 0; i < 60; i++) {
      replies.push(
        await api.call('/v1/nothing', { headers: { 'x-forwarded-for': `10.1.${i}.1`, forwarded: `for=10.1.${i}.1` } }),
      );
    }
    expect(replies.map(({ status }) => status)).toEqual([...Array(30).fill(404), ...Array(30).fill(429)]);
    const { headers, text } = replies.at(-1)!;
    expect(headers.ratelimit).toMatch(/^"minute";r=0;t=\d+$/);
    expect(headers['ratelimit-policy']).toBe('"minute";q=30;w=60');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(text)).toMatchObject({ code: 'rate_limited', status: 429 });
    expect((await api.call('/health/database')).status).toBe(200);
    await api.stop();
  });

  it.each(['1', '127.0.0.0/8', '10.9.0.0/16, 127.0.0.1'])(
    'believes proxies that it was told of: %s',
    async (trusted) => {
      const api = await Api.start(cluster.url(), { RATE_LIMIT: '2', TRUST_PROXY: trusted });
      const from = async (address: string): Promise<number> =>
        (await api.call('/v1/nothing', { headers: { 'x-forwarded-for': address } })).status;
      expect([await from('10.0.0.1'), await from('10.0.0.1'), await from('10.0.0.1')]).toEqual([404, 404, 429]);
      expect(await from('10.0.0.2')).toBe(404);
      // What comes before the proxy's own entry is the client's word.
      expect(await from('1.2.3.4, 10.0.0.1')).toBe(429);
      await api.stop();
    },
  );

  it('looks past as many proxies as stand in front, and no further', async () => {
    const api = await Api.start(cluster.url(), { RATE_LIMIT: '1', TRUST_PROXY: '2' });
    const from = async (address: string): Promise<number> =>
      (await api.call('/v1/nothing', { headers: { 'x-forwarded-for': address } })).status;
    expect([await from('10.0.0.1, 10.9.0.1'), await from('10.0.0.1, 10.9.0.2')]).toEqual([404, 429]);
    expect([await from('10.0.0.2, 10.9.0.1'), await from('8.8.8.8, 10.0.0.2, 10.9.0.1')]).toEqual([404, 429]);
    await api.stop();
  });
});

describe('headers', () => {
  it('are safe on every kind of answer', async () => {
    const api = await Api.start(cluster.url());
    await afterwards(api, cluster, 10_000);
    for (const path of [FAST, '/v1/nothing', '/v1/news?x=1', '/health/live', '/docs', '/openapi.json', '/%zz']) {
      const { headers } = await api.call(path);
      expect([path, headers['x-content-type-options']]).toEqual([path, 'nosniff']);
      expect([path, headers['x-powered-by'], headers.server]).toEqual([path, undefined, undefined]);
      expect([path, headers['x-request-id']]).toEqual([path, expect.stringMatching(/^[\w.-]+$/)]);
    }
    for (const path of ['/v1/nothing', '/health/live', '/v1/news?limit=0']) {
      expect((await api.call(path)).headers['cache-control']).toBe('no-store');
    }
    await api.stop();
  });

  it('bind a browser to TLS only where a trusted proxy says that it was used', async () => {
    const paths = [FAST, '/v1/nothing', '/health/live', '/docs'];
    const https = { 'x-forwarded-proto': 'https' };
    const strict = async (api: Api, headers: Record<string, string>): Promise<unknown[]> =>
      Promise.all(paths.map(async (path) => (await api.call(path, { headers })).headers['strict-transport-security']));
    for (const TRUST_PROXY of ['1', '127.0.0.0/8', '10.9.0.0/16,127.0.0.1']) {
      const behind = await Api.start(cluster.url(), { TRUST_PROXY });
      expect(new Set(await strict(behind, https))).toEqual(new Set(['max-age=31536000']));
      expect(new Set(await strict(behind, {}))).toEqual(new Set([undefined]));
      expect(new Set(await strict(behind, { 'x-forwarded-proto': 'http' }))).toEqual(new Set([undefined]));
      await behind.stop();
    }
    const alone = await Api.start(cluster.url(), { TRUST_PROXY: '10.0.0.0/8' });
    expect(new Set(await strict(alone, https))).toEqual(new Set([undefined]));
    await alone.stop();
  });
});

describe('the log', () => {
  it('has one line for each request and nothing that a client wrote beyond its method', async () => {
    const api = await Api.start(cluster.url());
    await afterwards(api, cluster, 10_000);
    const before = api.requests().length;
    const evil = ['x"}\\n{"level":"fatal"', '%0d%0alevel=fatal', '\u001b[31m', '${jndi:ldap://x}'];
    let sent = 0;
    for (const text of evil) {
      const name = encodeURIComponent(text);
      for (const path of [
        `/v1/market-data/latest/${name}`,
        `/v1/news?q=${name}`,
        `/${name}`,
        `/v1/news?${name}=secretvalue`,
      ]) {
        await api.call(path, {
          headers: { 'x-request-id': name, 'user-agent': text.replace('\u001b', ''), 'x-api-key': 'secretvalue' },
        });
        sent += 1;
      }
    }
    await api.call('/health/live');
    await until('all lines are there', () => api.requests().length - before >= sent, 3000);
    const lines = api.requests().slice(before);
    expect(lines).toHaveLength(sent);
    expect(JSON.stringify(lines)).not.toMatch(/secretvalue|jndi|fatal|31m/);
    expect(lines[0]).toMatchObject({ method: 'GET', route: '/v1/market-data/latest/:symbol' });
    expect(Object.keys(lines[0]!)).toEqual(
      expect.arrayContaining(['time', 'id', 'method', 'route', 'status', 'ms', 'db_ms', 'statements']),
    );
    figure('log lines', { requests: sent, lines: lines.length });
    await api.stop();
  });
});

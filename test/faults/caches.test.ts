import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from './support/api.js';
import { Cluster, freePort } from './support/cluster.js';
import { until } from './support/wait.js';

const NGINX = '/usr/sbin/nginx';
const DAILY = '/v1/market-data/daily/AAPL?start=2019-01-01&end=2019-06-30';
const started = new Set<ChildProcess>();

/** A shared cache in front of an API: nginx as its manual sets it up, also below a prefix that it takes off. */
class Nginx {
  private constructor(
    private readonly home: string,
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async before(api: Api): Promise<Nginx> {
    const home = mkdtempSync(join(tmpdir(), 'tetra-nginx-'));
    const port = await freePort();
    const proxy = (path: string): string => `location ${path} {
      proxy_pass http://127.0.0.1:${api.port}/; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_cache shared; proxy_cache_key $scheme$host$request_uri; add_header X-Cache $upstream_cache_status always;
    }`;
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${home}/${name};`,
    );
    writeFileSync(
      join(home, 'nginx.conf'),
      `daemon off; ${process.getuid?.() === 0 ? 'user root;' : ''} pid ${home}/pid; error_log stderr;
      events { worker_connections 100; }
      http {
        access_log off; ${temp.join(' ')}
        proxy_cache_path ${home}/cache keys_zone=shared:1m;
        server { listen 127.0.0.1:${port}; ${proxy('/')} ${proxy('/tetra/')} }
      }`,
    );
    const child = spawn(NGINX, ['-p', home, '-c', join(home, 'nginx.conf')], { stdio: 'ignore' });
    started.add(child);
    const nginx = new Nginx(home, child, `http://127.0.0.1:${port}`);
    await until('nginx listens', () => nginx.get('/health/live').then(Boolean, () => false));
    return nginx;
  }

  /** One request with just these headers: its status, its headers, its text, and whether the cache had it. */
  async get(path: string, headers: Record<string, string> = {}) {
    const answer = await fetch(this.url + path, {
      headers: { 'accept-encoding': 'identity', accept: '*/*', ...headers },
    });
    return {
      status: answer.status,
      headers: answer.headers,
      text: await answer.text(),
      cache: answer.headers.get('x-cache'),
    };
  }

  async stop(): Promise<void> {
    this.child.kill('SIGQUIT');
    await until('nginx ends', () => this.child.exitCode !== null || this.child.signalCode !== null);
    rmSync(this.home, { recursive: true, force: true });
  }
}

afterAll(() => started.forEach((child) => child.kill('SIGKILL')));

(existsSync(NGINX) ? describe : describe.skip)('a shared cache in front', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start();
  });
  afterAll(() => cluster?.remove());

  describe('of an API with keys', () => {
    const home = mkdtempSync(join(tmpdir(), 'tetra-keys-'));
    const key = randomBytes(32).toString('hex');
    let api: Api;
    let nginx: Nginx;
    beforeAll(async () => {
      const file = join(home, 'keys');
      writeFileSync(file, `alice:${createHash('sha256').update(key).digest('hex')}\n`);
      api = await Api.start(cluster.url(), { API_KEYS_FILE: file });
      nginx = await Nginx.before(api);
      await until('it serves', async () => (await api.call(DAILY, { headers: { 'x-api-key': key } })).status === 200);
    });
    afterAll(async () => {
      await nginx?.stop();
      await api?.stop();
      rmSync(home, { recursive: true, force: true });
    });

    it.each([
      ['JSON', DAILY],
      ['CSV', `${DAILY}&format=csv`],
      ['NDJSON', `${DAILY}&format=ndjson`],
      ['a whole export', `/v1/market-data/bars/AAPL?start=2019-01-01&end=2019-06-30&limit=all&format=csv`],
      ['the latest bar', '/v1/market-data/latest/AAPL'],
      ['the catalog', '/v1/catalog'],
      ['an error', '/v1/market-data/latest/NOPE'],
      ['the metrics', '/metrics'],
      ['GraphQL', '/graphql?query={catalog{dataSets{name}}}'],
    ])('never gives an answer of %s to who has no key', async (_what, path) => {
      for (const header of ['x-api-key', 'authorization']) {
        const presented = {
          [header]: header === 'authorization' ? `Bearer ${key}` : key,
          'apollo-require-preflight': '1',
        };
        const first = await nginx.get(path, presented);
        expect(first.status).not.toBe(401);
        expect(first.headers.get('cache-control')).toMatch(/^(private|no-store)\b/);
        expect(first.headers.get('vary')).toMatch(/Authorization, X-Api-Key/);
        expect((await nginx.get(path)).status).toBe(401);
        expect((await nginx.get(path, { 'x-api-key': 'wrong' })).status).toBe(401);
        const etag = first.headers.get('etag');
        if (!etag) continue;
        const held = await api.call(path, { headers: { ...presented, 'if-none-match': etag } });
        expect([held.status, held.headers['cache-control'], held.headers.vary]).toEqual([
          304,
          first.headers.get('cache-control'),
          first.headers.get('vary'),
        ]);
        expect((await api.call(path, { headers: { 'if-none-match': etag } })).status).toBe(401);
      }
    });
  });

  describe('of an API for pages of two origins', () => {
    const [a, b] = ['https://a.example', 'https://b.example'];
    let api: Api;
    let nginx: Nginx;
    beforeAll(async () => {
      api = await Api.start(cluster.url(), { CORS_ORIGINS: `${a},${b}` });
      nginx = await Nginx.before(api);
      await until('it serves', async () => (await api.call(DAILY)).status === 200);
    });
    afterAll(async () => {
      await nginx?.stop();
      await api?.stop();
    });

    it.each([
      DAILY,
      `${DAILY}&format=csv`,
      '/v1/market-data/daily/AAPL?start=x',
      '/health/live',
      '/docs',
      '/openapi.json',
    ])('gives each page its own answer of %s', async (path) => {
      for (let round = 0; round < 2; round++) {
        for (const origin of [a, b]) {
          const { headers } = await nginx.get(path, { origin });
          expect(headers.get('access-control-allow-origin')).toBe(origin);
          expect(headers.get('vary')!.toLowerCase().split(', ').sort()).toEqual(
            ['accept', 'accept-encoding', 'origin', 'prefer'].sort(),
          );
        }
        expect((await nginx.get(path)).headers.get('access-control-allow-origin')).toBeNull();
      }
    });

    it('keeps what may be kept, apart by format and encoding', async () => {
      const path = `${DAILY}&limit=100`;
      const [json, csv] = [{ accept: 'application/json' }, { accept: 'text/csv' }];
      expect((await nginx.get(path, json)).cache).toBe('MISS');
      expect((await nginx.get(path, json)).cache).toBe('HIT');
      const lines = await nginx.get(path, csv);
      expect([lines.cache, lines.headers.get('content-type')]).toEqual(['MISS', expect.stringContaining('text/csv')]);
      const again = await nginx.get(path, json);
      expect([again.cache, again.headers.get('content-type')]).toEqual(['HIT', expect.stringContaining('json')]);
      const packed = await nginx.get(path, { ...json, 'accept-encoding': 'gzip' });
      expect([packed.headers.get('content-encoding'), packed.text]).toEqual(['gzip', again.text]);
      expect((await nginx.get(path, json)).headers.get('content-encoding')).toBeNull();
    });

    it('leaves links to the next page good below a prefix', async () => {
      const first = await nginx.get(`/tetra${DAILY}&limit=2&format=csv`);
      const [, link] = /^<(.*)>; rel="next"$/.exec(first.headers.get('link')!)!;
      const next = new URL(link!, `${nginx.url}/tetra${DAILY}`);
      const { status, text } = await nginx.get(next.pathname + next.search);
      expect([status, text.split('\n').length]).toEqual([200, 4]);
    });
  });
});

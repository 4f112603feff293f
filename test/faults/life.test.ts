import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Socket } from 'node:net';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterwards, Api } from './support/api.js';
import { Cluster, freePort } from './support/cluster.js';
import { Load, overrun, percentile, slowPath } from './support/load.js';
import { figure, pause, until } from './support/wait.js';

const FAST = '/v1/market-data/latest/AAPL';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start();
});
afterAll(() => cluster?.remove());

describe('the start', () => {
  it('needs no database: the API listens, says so, and is ready soon after it appears', async () => {
    await cluster.kill('SIGINT');
    const api = await Api.start(cluster.url());
    expect((await api.call('/health/live')).status).toBe(200);
    expect((await api.call('/health/ready')).status).toBe(503);
    expect(JSON.parse((await api.call('/health/database')).text)).toMatchObject({ error: 'refused' });
    expect((await api.call(FAST)).status).toBe(503);
    expect((await api.call('/v1/news?limit=0')).status).toBe(400);
    await cluster.restart();
    const ready = await until('it is ready', async () => (await api.call('/health/ready')).status === 200, 2000);
    figure('absent at start', { 'ready ms': ready, 'recovery ms': await afterwards(api, cluster) });
    expect(await api.stop()).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['password', (url: URL) => (url.password = 'wrong-password-1'), /auth.*DATABASE_URL/],
    ['database', (url: URL) => (url.pathname = '/nowhere'), /auth.*DATABASE_URL/],
    ['port', (url: URL) => (url.port = '1'), /refused/],
  ])('with a wrong %s says so in one line that holds no secret', async (_what, spoil, line) => {
    const url = new URL(cluster.url());
    spoil(url);
    const api = await Api.start(url.href);
    const said = (): string[] =>
      api
        .log()
        .filter(({ level }) => level === 'error')
        .map(({ msg }) => msg);
    await until('it says so', () => said().length > 0);
    expect((await api.call(FAST)).status).toBe(503);
    expect((await api.call('/health/database')).status).toBe(503);
    expect(said()).toEqual([expect.stringMatching(line)]);
    expect(api.output.join('\n')).not.toMatch(/wrong-password-1|canary/);
    await api.stop();
  });

  it.each([
    [{ PORT: 'x' }, 'PORT'],
    [{ PORT: '99999' }, 'PORT'],
    [{ DATABASE_URL: 'canary-7f3a9b1c5d' }, 'DATABASE_URL'],
    [{ DATABASE_POOL_SIZE: '-1' }, 'DATABASE_POOL_SIZE'],
    [{ DATABASE_POOL_TIMEOUT: '1e3' }, 'DATABASE_POOL_TIMEOUT'],
    [{ DATABASE_POOL_PRE_PING: 'perhaps' }, 'DATABASE_POOL_PRE_PING'],
    [{ DATABASE_STATEMENT_TIMEOUT_MS: '900' }, 'DATABASE_STATEMENT_TIMEOUT_MS'],
    [{ REQUEST_TIMEOUT_MS: '5500' }, 'REQUEST_TIMEOUT_MS'],
    [{ HOST: '0.0.0.0' }, 'HOST'],
    [{ TRUST_PROXY: 'true' }, 'TRUST_PROXY'],
    [{ TRUST_PROXY: '10.0.0.0/99' }, 'TRUST_PROXY'],
    [{ API_KEYS_FILE: '/nonexistent' }, 'API_KEYS_FILE'],
    [{ AUTH: 'maybe' }, 'AUTH'],
    [{ RATE_LIMIT: '-5' }, 'RATE_LIMIT'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
  ])('with %j ends with one line that names the variable', async (env, name) => {
    const api = Api.spawn({ DATABASE_URL: cluster.url(), ...env });
    await until('it ends', () => api.exit !== null, 20_000);
    expect(api.exit).toEqual({ code: 1, signal: null });
    expect(api.output).toEqual([expect.stringContaining(name)]);
    expect(api.output.join()).not.toContain('canary');
  });

  it('takes a public address when something else guards access', async () => {
    const api = await Api.start(cluster.url(), { HOST: '0.0.0.0', AUTH: 'off' });
    expect((await api.call('/health/live')).status).toBe(200);
    await api.stop();
  });
});

describe('SIGTERM', () => {
  it('under 200 keep-alive connections fails no request', async () => {
    await cluster.slow(0);
    const api = await Api.start(cluster.url());
    await afterwards(api, cluster, 10_000);
    const mixed = ['/health/live', FAST, '/v1/market-data/symbols?limit=5', '/v1/market-data/daily/AAPL?limit=5'];
    let i = 0;
    const load = new Load(api, () => mixed[i++ % mixed.length]!, 200, 300);
    await until('load runs', () => load.outcomes.length > 1000, 20_000);
    await cluster.slow(1.5);
    const slow = Array.from({ length: 4 }, () => api.call(slowPath()));
    await until('slow requests run', async () => (await cluster.backends('active')).length > 0);
    const started = performance.now();
    api.signal('SIGTERM');
    await until('health says so', async () => (await api.call('/health/ready')).status === 503, 2000);
    api.signal('SIGTERM');
    await until('the API ends', () => api.exit !== null, 15_000);
    const took = Math.round(performance.now() - started);
    const outcomes = await load.stop();
    expect(api.exit).toEqual({ code: 0, signal: null });
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const { ECONNREFUSED: refused = 0, ...counts } = load.counts;
    // The end of each client: the port is closed.
    expect(refused).toBeLessThanOrEqual(200);
    expect(counts).toEqual({ 200: outcomes.length - refused });
    expect(api.leaks).toEqual([]);
    await cluster.slow(0);
    figure('SIGTERM under 200 connections', { requests: outcomes.length - refused, failed: 0, 'end ms': took });
  });

  it('while the start is under way ends it, with nothing left behind', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tetra-start-'));
    for (const after of [0, 300, 1500]) {
      const api = Api.spawn({ TETRA_DATA_DIR: join(home, 'data') });
      // Before its handlers are there, the signal simply ends the process.
      await until('the process runs', () => after === 0 || api.output.length > 0, 20_000);
      await pause(after);
      const { code, signal } = await api.stop();
      expect(code === 0 || (after === 0 && signal === 'SIGTERM')).toBe(true);
    }
    rmSync(home, { recursive: true, force: true });
  });

  it('while the database hangs ends in time, code 0', async () => {
    const api = await Api.start(cluster.url());
    await afterwards(api, cluster, 10_000);
    const load = new Load(api, FAST, 10, 10);
    await until('load runs', () => load.outcomes.length > 50);
    const thaw = cluster.freeze();
    try {
      const started = performance.now();
      expect(await api.stop()).toEqual({ code: 0, signal: null });
      figure('SIGTERM while the database hangs', { 'end ms': Math.round(performance.now() - started) });
    } finally {
      thaw();
    }
    await load.stop();
  });

  it('before the database was ever there ends too', async () => {
    const api = await Api.start(`postgres://nobody:canary@127.0.0.1:${await freePort()}/none`);
    expect(await api.stop('SIGINT')).toEqual({ code: 0, signal: null });
  });

  it('five times leaves no backend', async () => {
    for (let i = 0; i < 5; i++) {
      const api = await Api.start(cluster.url(), { SHUTDOWN_DRAIN_MS: '0' });
      expect((await api.call(FAST)).status).toBe(200);
      expect((await api.stop()).code).toBe(0);
    }
    await until('no backend is left', async () => (await cluster.backends()).length === 0, 3000);
    figure('start and stop', { cycles: 5, 'backends left': 0 });
  });
});

describe('the outside world', () => {
  it('is not called: nothing but the database is connected to', async () => {
    const api = await Api.start(cluster.url());
    await afterwards(api, cluster, 10_000);
    for (const path of ['/docs', '/graphql', '/openapi.json', '/graphiql/graphiql.js']) {
      const { status, text } = await api.call(path, { headers: { accept: 'text/html' } });
      expect(status).toBe(200);
      expect(text).not.toMatch(/<(script|link)[^>]*(src|href)="(https?:)?\/\//);
    }
    const peers = peersOf(api.pid);
    expect(peers.filter((port) => port !== cluster.port)).toEqual([]);
    await api.stop();
  });
});

/** The ports that a process has connected to from ports of its own that it does not listen on. */
function peersOf(pid: number): number[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      } catch {
        return undefined;
      }
    }),
  );
  const rows = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'utf8').trim().split('\n').slice(1),
  );
  const own = rows.map((row) => row.trim().split(/\s+/)).filter((fields) => inodes.has(fields[9]));
  const portOf = (address: string): number => parseInt(address.split(':').at(-1)!, 16);
  const listening = new Set(own.filter((fields) => fields[3] === '0A').map((fields) => portOf(fields[1]!)));
  return own.filter((f) => f[3] === '01' && !listening.has(portOf(f[1]!))).map((f) => portOf(f[2]!));
}

describe('a server that accepts and never answers', () => {
  it('is no database: health says so within a second, and requests within theirs', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    const api = await Api.start(cluster.url(port));
    const began = performance.now();
    const health = await api.call('/health/database');
    expect([health.status, JSON.parse(health.text)]).toEqual([503, expect.objectContaining({ error: 'timeout' })]);
    const replies = await Promise.all(Array.from({ length: 50 }, () => api.call(FAST)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([503]));
    figure('mute server', {
      'health ms': Math.round(health.ms),
      'longest ms': percentile(replies, 1),
      'deadline overrun ms': overrun([health, ...replies], 1000, began),
    });
    expect((await api.stop()).code).toBe(0);
    for (const socket of sockets) socket.destroy();
    mute.close();
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { METHODS } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { Load, percentile } from './support/load.js';
import { figure, until } from './support/wait.js';

const FAST = '/v1/market-data/latest/AAPL';
const IDLE = 2500;

let cluster: Cluster;
let api: Api;
beforeAll(async () => {
  cluster = await Cluster.start();
  api = await Api.start(cluster.url(), {
    HTTP_HEADERS_TIMEOUT_MS: '1500',
    HTTP_RECEIVE_TIMEOUT_MS: '2500',
    HTTP_IDLE_TIMEOUT_MS: String(IDLE),
    HTTP_KEEP_ALIVE_MS: '3000',
    REQUEST_TIMEOUT_MS: '2000',
    DATABASE_STATEMENT_TIMEOUT_MS: '900',
    DATABASE_LOCK_TIMEOUT_MS: '500',
  });
  await afterwards(api, cluster, 20_000);
}, 120_000);
afterAll(async () => {
  await api?.stop();
  await cluster?.remove();
});

/** A connection on which to write anything, and what came back on it. */
class Raw {
  text = '';
  closed = false;
  readonly socket: Socket;

  constructor(write: string, port = api.port) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => undefined);
    this.socket.on('data', (bytes) => (this.text += bytes.toString('latin1')));
    this.socket.once('close', () => (this.closed = true));
    if (write !== '') this.socket.write(write, 'latin1');
  }

  /** The status of each answer that came. */
  get statuses(): number[] {
    return [...this.text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map((match) => Number(match[1]));
  }
}

describe('methods', () => {
  const { paths } = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
    paths: Record<string, unknown>;
  };
  const routes = [...Object.keys(paths), '/docs', '/openapi.json', '/graphql'].map((path) =>
    path.replace(/\{\w+\}/g, 'AAPL'),
  );

  it('that do not read are 405 with Allow on every route', async () => {
    const wrong = METHODS.filter((m) => !['GET', 'HEAD', 'OPTIONS', 'CONNECT'].includes(m));
    let tried = 0;
    for (const path of routes) {
      for (const method of wrong) {
        if (path === '/graphql' && method === 'POST') continue;
        const { status, headers } = await api.call(path, { method, headers: { 'x-http-method-override': 'GET' } });
        expect([method, path, status]).toEqual([method, path, 405]);
        expect(headers.allow).toBe(path === '/graphql' ? 'GET, POST, OPTIONS' : 'GET, HEAD, OPTIONS');
        tried += 1;
      }
      const options = await api.call(path, { method: 'OPTIONS' });
      expect([path, options.status]).toEqual([path, 204]);
    }
    const head = await api.call('/graphql', { method: 'HEAD' });
    expect([head.status, head.headers.allow]).toEqual([405, 'GET, POST, OPTIONS']);
    for (const line of ['FOO / HTTP/1.1', 'CONNECT example.com:443 HTTP/1.1', 'GET / HTTP/9.9']) {
      const raw = new Raw(`${line}\r\nHost: x\r\n\r\n`);
      await until('it is refused', () => raw.closed || raw.statuses.length > 0, 5000);
      expect(raw.statuses.every((status) => status >= 400)).toBe(true);
      raw.socket.destroy();
    }
    figure('wrong methods', { tried, refused: tried });
    await afterwards(api, cluster);
  });
});

describe('what is no request', () => {
  const BODY = '{"query":"{__typename}"}';
  const SMUGGLED = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
  const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;

  it.each([
    ['both lengths', `${head}Content-Length: ${BODY.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['two lengths', `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}   ${SMUGGLED}`],
    ['chunked and identity', `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['a coding that is none', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['a space before the colon', `GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello${SMUGGLED}`],
    ['a folded header', `GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n${SMUGGLED}`],
    ['a NUL in a header', `GET / HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n${SMUGGLED}`],
    ['a bare LF', `GET / HTTP/1.1\nHost: x\nX-A: b\n\n${SMUGGLED}`],
    ['a bad chunk size', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n${SMUGGLED}`],
    ['a negative length', `${head}Content-Length: -1\r\n\r\n${SMUGGLED}`],
    ['17 KB of headers', `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(17_000)}\r\n\r\n${SMUGGLED}`],
    [
      '3,000 headers',
      `GET / HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 3000 }, (_, i) => `X-${i}: 1\r\n`).join('')}\r\n`,
    ],
    ['a URL of 20 KB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n${SMUGGLED}`],
    ['two Hosts', `GET ${FAST} HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n${SMUGGLED}`],
    ['no Host', `GET ${FAST} HTTP/1.1\r\n\r\n${SMUGGLED}`],
    ['a TLS greeting', `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03`],
  ])('(%s) is refused once, and the connection closed', async (_what, bytes) => {
    const raw = new Raw(bytes);
    await until('the connection closes', () => raw.closed, 6000);
    expect(raw.statuses).toHaveLength(1);
    expect([400, 408, 413, 414, 431]).toContain(raw.statuses[0]);
    expect(raw.text).not.toContain('"live"');
    expect(raw.text).toMatch(/application\/problem\+json|\r\nConnection: close/);
  });

  it.each([
    ['an absolute URL', `GET http://evil.example${FAST} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`],
    ['HTTP/1.0', `GET ${FAST} HTTP/1.0\r\n\r\n`],
    ['Expect: 100-continue', `GET ${FAST} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`],
    ['Upgrade: h2c', `GET ${FAST} HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, close\r\n\r\n`],
    ['a range', `GET ${FAST} HTTP/1.1\r\nHost: x\r\nRange: bytes=9-1\r\nConnection: close\r\n\r\n`],
    [
      'mad conditions',
      `GET ${FAST} HTTP/1.1\r\nHost: x\r\nIf-None-Match: "\r\nIf-Modified-Since: x\r\nConnection: close\r\n\r\n`,
    ],
    [
      'mad wishes',
      `GET ${FAST} HTTP/1.1\r\nHost: x\r\nAccept: ;;q\r\nAccept-Encoding: ;;q\r\nConnection: close\r\n\r\n`,
    ],
  ])('%s is answered, never with a 5xx', async (_what, bytes) => {
    const raw = new Raw(bytes);
    await until('an answer comes', () => raw.statuses.length > 0, 6000);
    expect(raw.statuses.every((status) => status < 500)).toBe(true);
    raw.socket.destroy();
  });

  it.each(['GET *', 'HEAD *', 'POST *', 'DELETE *', 'GET *?a=1', 'HEAD http://evil.example'])(
    '(the target of %s) is answered by the stages of any request, and ends nothing',
    async (line) => {
      const raw = new Raw(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await until('the connection closes', () => raw.closed, 6000);
      expect(raw.statuses).toHaveLength(1);
      expect([200, 404]).toContain(raw.statuses[0]);
      expect(raw.text).toMatch(/^x-request-id: /im);
      // What looks after unsent answers comes round every quarter of the limit.
      await new Promise((resolve) => setTimeout(resolve, IDLE / 2));
      expect((await fetch(`http://127.0.0.1:${api.port}/health/live`)).status).toBe(200);
    },
  );

  it('is survived when it is a thousand requests in one write', async () => {
    const raw = new Raw('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
    await until('all are answered, or the connection closed', () => raw.closed || raw.statuses.length === 1000, 20_000);
    raw.socket.destroy();
    await afterwards(api, cluster);
  });
});

describe('slow clients', () => {
  it('with their headers and bodies are cut off, and others are served meanwhile', async () => {
    const good = new Load(api, FAST, 2, 10);
    const started = performance.now();
    const slow = Array.from(
      { length: 200 },
      (_, i) =>
        new Raw(
          i % 2
            ? 'GET / HTTP/1.1\r\nHost: x\r\n'
            : 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n',
        ),
    );
    const drip = setInterval(() => {
      for (const [i, { socket }] of slow.entries()) if (!socket.destroyed) socket.write(i % 2 ? 'X-A: 1\r\n' : 'a');
    }, 300);
    await until('all are cut off', () => slow.every(({ closed }) => closed), 10_000);
    clearInterval(drip);
    const took = Math.round(performance.now() - started);
    await good.stop();
    expect(good.counts).toEqual({ 200: good.outcomes.length });
    expect(new Set(slow.flatMap(({ statuses }) => statuses))).toEqual(new Set([408]));
    figure('slow headers and bodies', {
      clients: 200,
      'all cut off ms': took,
      "good client's p99 ms": percentile(good.outcomes, 0.99),
    });
    await afterwards(api, cluster);
  });

  it('that do not read are cut off, and hold no connection of the pool', async () => {
    const large = `GET /v1/market-data/bars?symbols=AAPL,MSFT,SPYM&limit=10000&start=2000-01-01 HTTP/1.1\r\nHost: x\r\n\r\n`;
    const idle = Array.from({ length: 30 }, () => {
      const raw = new Raw(large.repeat(20));
      raw.socket.pause();
      return raw;
    });
    const open = (): number => idle.filter(({ socket }) => !socket.destroyed).length;
    await until('no statement runs for them', async () => (await cluster.backends('active')).length === 0, 20_000);
    for (const { socket } of idle) setTimeout(() => socket.resume(), IDLE * 3);
    await until('all are cut off', () => open() === 0, 30_000);
    figure('clients that do not read', { clients: 30, 'cut off': 30 });
    await afterwards(api, cluster, 5000);
  });

  it('that leave in the moment in which they ask end nothing', async () => {
    for (let round = 0; round < 20; round++) {
      const gone = Array.from({ length: 50 }, () => new Raw(''));
      await until('they are connected', () => gone.every(({ socket }) => !socket.connecting));
      for (const { socket } of gone) {
        socket.write(`GET ${FAST} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(3));
        socket.resetAndDestroy();
      }
    }
    await afterwards(api, cluster, 5000);
  });

  it('that hold ten thousand idle connections do not keep others out', async () => {
    // Node itself raises what it may open to what it is allowed; both ends of each connection are on this machine.
    const allowed = Number(/Max open files +\d+ +(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);
    const wanted = Math.min(10_000, allowed - 500);
    const other = await Api.start(cluster.url(), { HTTP_MAX_CONNECTIONS: '20000', HTTP_HEADERS_TIMEOUT_MS: '60000' });
    await afterwards(other, cluster, 20_000);
    const memory = residentOf(other.pid);
    const idle: Raw[] = [];
    while (idle.length < wanted) {
      // No more at a time than the port's queue takes; one that finds it full tries again a second later.
      const some = Array.from({ length: Math.min(200, wanted - idle.length) }, () => new Raw('', other.port));
      await until('they are connected', () => some.every(({ socket }) => !socket.connecting), 20_000, 2);
      idle.push(...some);
    }
    const replies = await Promise.all(Array.from({ length: 20 }, () => other.call('/health/live')));
    const data = await Promise.all(Array.from({ length: 20 }, () => other.call(FAST)));
    expect([...replies, ...data].map(({ status }) => status)).toEqual(Array(40).fill(200));
    expect(idle.filter(({ closed }) => closed)).toEqual([]);
    figure('idle connections', {
      held: wanted,
      'longest live ms': percentile(replies, 1),
      'longest data ms': percentile(data, 1),
      'growth MB': residentOf(other.pid) - memory,
    });
    for (const { socket } of idle) socket.destroy();
    await afterwards(other, cluster);
    await other.stop();
  });

  it('that open connections and say nothing are cut off', async () => {
    const silent = Array.from({ length: 200 }, () => new Raw(''));
    await until('all are closed', () => silent.every(({ closed }) => closed), 10_000, 50);
    await afterwards(api, cluster);
  });
});

/** Memory of a process, in MB. */
function residentOf(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024);
}

describe('a flood of health probes', () => {
  it('reaches the database twice a second at most', async () => {
    const calls = async (): Promise<number> =>
      cluster.admin(async (client) => {
        await client.query('create extension if not exists pg_stat_statements');
        const { rows } = await client.query<{ calls: string }>(
          `select coalesce(sum(calls), 0) as calls from pg_stat_statements s join pg_roles r on r.oid = s.userid
           where r.rolname = 'tetra_reader' and query ~* '^select (1|\\$1)$'`,
        );
        return Number(rows[0]!.calls);
      });
    const before = await calls();
    const started = performance.now();
    const flood = new Load(api, '/health/database', 20);
    await until('two thousand probes', () => flood.outcomes.length > 2000, 30_000);
    await flood.stop();
    const seconds = (performance.now() - started) / 1000;
    expect(flood.counts).toEqual({ 200: flood.outcomes.length });
    const statements = (await calls()) - before;
    expect(statements).toBeLessThanOrEqual(Math.ceil(seconds) * 2 + 4);
    figure('health flood', { probes: flood.outcomes.length, statements, seconds: Math.round(seconds * 10) / 10 });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type IncomingMessage, request } from 'node:http';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { countRows } from '../support/columnar.js';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { figure, pause, until } from './support/wait.js';

const REQUEST_TIMEOUT = 4000;
const SYMBOLS = Array.from({ length: 60 }, (_, i) => `S${i}`);
const EXPORT = `/v1/market-data/bars?symbols=${SYMBOLS.join()}&start=2015-01-01&end=2024-12-31&limit=all`;

const OPERATION = {
  path: '/graphql',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    query: '{ news(start: "2001-01-01T00:00:00Z", end: "2001-02-01T00:00:00Z", first: 240) { nodes { content } } }',
  }),
};
const NEWS = '/v1/news?start=2001-01-01&end=2001-01-31&limit=500&include_content=true';

let cluster: Cluster;
let api: Api;
beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.admin((client) =>
    client.query(`
      insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      select 'S' || s, day + interval '21 hours', 10 + n % 80, 100 + n % 89, 1 + n % 7, 20 + n % 70, n * 7919, '1d', 'made for slow readers'
      from generate_series(0, 59) s,
        generate_series('2015-01-01Z'::timestamptz, '2024-12-31Z', interval '1 day') with ordinality as d (day, n);
      insert into news.articles_kept (url, source, title, content, published_at)
      select 'https://slow.example/' || n, 'Slow', 'Article ' || n,
        (select string_agg(md5(n::text || m), ' ') from generate_series(1, 600) m), '2001-01-01Z'::timestamptz + n * interval '1 hour'
      from generate_series(1, 500) n`),
  );
  api = await Api.start(cluster.url(), {
    REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT),
    DATABASE_STATEMENT_TIMEOUT_MS: '2900',
    DATABASE_LOCK_TIMEOUT_MS: '500',
  });
  await afterwards(api, cluster, 20_000);
}, 300_000);
afterAll(async () => {
  await api?.stop();
  await cluster?.remove();
});

interface Reading {
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** The client's own address. */
  readonly from?: string;
  readonly port?: number;
}

/** An answer's beginning; nothing of its body is read yet. */
function open({ path, headers = {}, body, from, port = api.port }: Reading): Promise<IncomingMessage> {
  const options = { host: '127.0.0.1', port, path, headers, agent: false, localAddress: from };
  return new Promise((resolve, reject) => {
    request({ ...options, method: body ? 'POST' : 'GET' }, resolve)
      .once('error', reject)
      .end(body);
  });
}

/** The rest of an answer. */
async function rest(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Begins to read an answer a sip at a time; what is returned leaves it. */
async function trickle(reading: Reading): Promise<() => void> {
  const answer = await open(reading);
  answer.pause().on('error', () => undefined);
  const sip = setInterval(() => void answer.read(512), 100);
  return () => {
    clearInterval(sip);
    answer.destroy();
  };
}

/** An answer to a client that lets it wait for longer than the work may take, and then reads all of it. */
async function slowly(reading: Reading) {
  const answer = await open(reading);
  await pause(REQUEST_TIMEOUT * 1.25);
  const id = answer.headers['x-request-id'];
  // An export is too large for the buffers of both ends; a page or a compressed answer may fit, as far as they have
  // grown, and Parquet, which is compressed inside.
  if (/limit=all(?!.*parquet)/.test(reading.path) && !answer.headers['content-encoding'])
    expect(api.requests().filter((line) => line.id === id)).toEqual([]);
  const bytes = await rest(answer);
  const encoding = answer.headers['content-encoding'];
  const unpack = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync }[encoding ?? ''];
  const text = (unpack ? unpack(bytes) : bytes).toString();
  await until('it is in the log', () => api.requests().some((line) => line.id === id));
  return { status: answer.statusCode, encoding, text, bytes, line: api.requests().find((line) => line.id === id)! };
}

describe('slow but honest readers', () => {
  it.each([
    ['CSV', `${EXPORT}&format=csv`, undefined],
    ['NDJSON', `${EXPORT}&format=ndjson`, undefined],
    ['CSV', `${EXPORT}&format=csv`, 'gzip'],
    ['NDJSON', `${EXPORT}&format=ndjson`, 'br'],
    ['CSV', `${EXPORT}&format=csv`, 'zstd'],
  ])('get every line of an export: %s (%s, %s)', async (_what, path, encoding) => {
    const got = await slowly({ path, headers: encoding ? { 'accept-encoding': encoding } : {} });
    expect([got.status, got.encoding]).toEqual([200, encoding]);
    expect(got.text.trimEnd().split('\n').length - (path.endsWith('csv') ? 1 : 0)).toBe(60 * 3653);
    // What the database took is told, and not how long the client read.
    expect(got.line).toMatchObject({ status: 200, statements: expect.any(Number) });
    expect(got.line.statements).toBeGreaterThan(0);
    expect(got.line.db_ms).toBeGreaterThan(0);
  });

  it.each(['arrow', 'parquet'] as const)('get every row of an export: %s', async (format) => {
    const got = await slowly({ path: `${EXPORT}&format=${format}` });
    expect([got.status, countRows(got.bytes, format)]).toEqual([200, 60 * 3653]);
    expect(got.line).toMatchObject({ status: 200, statements: expect.any(Number) });
  });

  it.each([
    ['JSON', { path: NEWS }, undefined],
    ['JSON', { path: NEWS }, 'gzip'],
    ['JSON', { path: NEWS }, 'br'],
    ['GraphQL', OPERATION, undefined],
  ])('get the whole of a large answer: %s (%s, %s)', async (what, reading: Reading, encoding) => {
    const headers = { ...reading.headers, ...(encoding ? { 'accept-encoding': encoding } : {}) };
    const got = await slowly({ ...reading, headers });
    expect([got.status, got.encoding]).toEqual([200, encoding]);
    const { data } = JSON.parse(got.text) as { data: unknown[] };
    // A page ends where its texts have two megabytes.
    const articles = what === 'GraphQL' ? 240 : data.length;
    expect(articles).toBeGreaterThan(90);
    expect(got.text.match(/\b[0-9a-f]{32}\b/g)).toHaveLength(articles * 600);
  });
});

describe('readers that trickle', () => {
  it('are cut off, and do not keep others from exports', async () => {
    const own = await Api.start(cluster.url(), {
      DATABASE_POOL_TIMEOUT: '6',
      HTTP_IDLE_TIMEOUT_MS: '10000',
      LOG_LEVEL: 'info',
    });
    await afterwards(own, cluster, 20_000);
    const tricklers = await Promise.all(
      ['127.0.0.2', '127.0.0.3'].map((from) => trickle({ path: `${EXPORT}&format=csv`, from, port: own.port })),
    );
    const exports = async (): Promise<number> =>
      (await cluster.backends('active')).filter(({ application }) => application === 'tetra-export').length;
    await until('both connections are taken', async () => (await exports()) === 2);
    const third = {
      path: '/v1/market-data/bars/S1?start=2015-01-01&limit=all&format=csv',
      from: '127.0.0.4',
      port: own.port,
    };
    const refused = await open(third);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
    await rest(refused);
    const freed = await until(
      'a third client gets its export',
      async () => {
        const answer = await open(third);
        await rest(answer);
        return answer.statusCode === 200;
      },
      60_000,
    );
    await until(
      'the log says why',
      () => own.requests().filter((line) => /too slowly/.test(String(line.reason))).length === 2,
    );
    for (const stop of tricklers) stop();
    figure('two trickling readers', { 'exports free ms': freed });
    await afterwards(own, cluster);
    await own.stop();
  });

  it('are cut off when their export takes too long, however fast they read', async () => {
    const own = await Api.start(cluster.url(), { DATABASE_EXPORT_TIMEOUT_MS: '1000', DATABASE_EXPORT_MIN_RATE: '0' });
    await afterwards(own, cluster, 20_000);
    const stop = await trickle({ path: `${EXPORT}&format=csv`, port: own.port });
    await until('the log says why', () =>
      own.requests().some((line) => line.status === 504 && /export/.test(String(line.reason))),
    );
    stop();
    await until('no export runs', async () => (await cluster.backends('active')).length === 0);
    await afterwards(own, cluster);
    await own.stop();
  });

  it('may leave only so many answers unread, and others are served meanwhile', async () => {
    const own = await Api.start(cluster.url(), {
      MAX_BYTES_IN_FLIGHT: '40000000',
      HTTP_IDLE_TIMEOUT_MS: '300000',
      DATABASE_STATEMENT_TIMEOUT_MS: '20000',
      REQUEST_TIMEOUT_MS: '30000',
    });
    await afterwards(own, cluster, 20_000);
    const unread: IncomingMessage[] = [];
    const ask = async (from: string): Promise<IncomingMessage> => open({ ...OPERATION, from, port: own.port });
    await rest(await ask('127.0.0.3'));
    for (let status = 200; status === 200; status = unread.at(-1)!.statusCode!) {
      unread.push(await ask('127.0.0.2'));
      expect(unread.length).toBeLessThan(20);
    }
    const refused = unread.pop()!;
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(JSON.parse((await rest(refused)).toString())).toMatchObject({
      code: 'rate_limited',
      hint: expect.stringContaining('Read them'),
    });
    const good = await ask('127.0.0.3');
    expect([good.statusCode, (await rest(good)).length > 4_000_000]).toEqual([200, true]);
    for (const answer of unread) expect((await rest(answer)).length).toBeGreaterThan(4_000_000);
    expect((await ask('127.0.0.2').then(rest)).length).toBeGreaterThan(4_000_000);
    await own.stop();
  });
});

describe('a client that takes all it can', () => {
  it('has its share of the connections, and others are served', async () => {
    const own = await Api.start(cluster.url(), { DATABASE_POOL_SIZE: '8', DATABASE_MAX_OVERFLOW: '2' });
    await afterwards(own, cluster, 20_000);
    const bulk = async (i: number): Promise<number> => {
      const answer = await open({ path: `/v1/news?limit=${1 + (i % 400)}`, from: '127.0.0.2', port: own.port });
      await rest(answer);
      return answer.statusCode!;
    };
    const good = async (): Promise<number | undefined> => {
      const answer = await open({ path: '/v1/market-data/latest/AAPL', from: '127.0.0.3', port: own.port });
      await rest(answer);
      return answer.statusCode;
    };
    await cluster.slow(0.5);
    let stopped = false;
    let asked = 0;
    const statuses = new Map<number, number>();
    const attack = Array.from({ length: 60 }, async () => {
      while (!stopped) {
        const status = await bulk(asked++);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status !== 200) await pause(20);
      }
    });
    const running = async (): Promise<number> =>
      (await cluster.backends('active')).filter(({ query }) => query.includes('news_articles')).length;
    await until('the attack runs', async () => (await running()) >= 5, 60_000);
    const answers: (number | undefined)[] = [];
    let most = 0;
    for (let i = 0; i < 40; i++) {
      answers.push(await good());
      // From the second on: until then the other client was alone.
      if (answers.length > 20) most = Math.max(most, await running());
    }
    stopped = true;
    await Promise.all(attack);
    await cluster.slow(0);
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(most).toBeLessThanOrEqual(5);
    expect([...statuses.keys()].sort()).toEqual([200, 503]);
    figure('one client floods the pool', {
      'good answers': answers.length,
      'of its share': most,
      refused: statuses.get(503)!,
    });
    await afterwards(own, cluster);
    await own.stop();
  });
});

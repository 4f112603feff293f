import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { percentile } from './support/load.js';
import { keptSince } from './support/machine.js';
import { figure, until } from './support/wait.js';

const FLOOD = fileURLToPath(new URL('support/flood.mjs', import.meta.url));
/** Ten times as much work for the processor as for the database, or its connections would run out first. */
const CURSORS = `/graphql?query=${encodeURIComponent('{symbol(symbol:"AAPL"){daily(start:"2015-01-01",first:*){edges{cursor node{day open high low close volume}}}}}')}`;

/** What a crowd met: how long each answer took, by status, as the clients saw it and as the API's log has it. */
interface Met {
  readonly clients: Record<string, { ms: number }[]>;
  readonly server: Record<string, { ms: number }[]>;
}

let cluster: Cluster;
let api: Api;
beforeAll(async () => {
  cluster = await Cluster.start();
});
afterAll(() => cluster?.remove());
beforeEach(() => cluster.slow(0));
// One that is left over, even by a case that failed, would hold connections of the next.
afterEach(() => api.stop());

/**
 * Sends so many requests a second for so many seconds, whether they are served or not; the first second is not told.
 */
async function flood(api: Api, path: string, rate: number, seconds: number): Promise<Met> {
  const before = api.requests().length;
  const child = spawn(process.execPath, [FLOOD, ...[api.port, path, rate, seconds, 300, 1].map(String)]);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise((resolve) => child.once('close', resolve));
  const { times } = JSON.parse(output) as { times: Record<string, number[]> };
  const sent = Object.entries(times).reduce((n, [result, { length }]) => n + (/^\d+$/.test(result) ? length : 0), 0);
  await until('all lines are there', () => api.requests().length - before >= sent);
  const server: Met['server'] = {};
  const lines = api.requests().slice(before);
  for (const { status, ms } of lines.slice(lines.length / seconds))
    (server[String(status)] ??= []).push({ ms: Number(ms) });
  const clients = Object.entries(times).map(([result, all]) => [result, all.map((ms) => ({ ms }))] as const);
  return { clients: Object.fromEntries(clients), server };
}

const counts = ({ clients }: Met): Record<string, number> =>
  Object.fromEntries(Object.entries(clients).map(([result, { length }]) => [result, length]));

/** What came of requests; who found no connection free never asked. */
const resultsOf = (met: Met): string[] =>
  Object.keys(counts(met))
    .filter((result) => result !== 'no connection')
    .sort();

describe('ten times what can be served', () => {
  it('by the database is shed: who is refused has asked the database nothing', async () => {
    api = await Api.start(cluster.url(), {
      DATABASE_POOL_SIZE: '8',
      DATABASE_MAX_OVERFLOW: '2',
      CLIENT_SHARE: '1',
    });
    await afterwards(api, cluster, 10_000);
    await cluster.slow(0.25);
    // Ten connections, a quarter of a second each: forty a second.
    const calm = await flood(api, '/v1/news?limit=*', 20, 4);
    const before = api.requests().length;
    const started = performance.now();
    const crowd = await flood(api, '/v1/news?limit=*', 400, 6);
    const kept = keptSince(started);
    await cluster.slow(0);
    // As the API's log has it: the clients' own delays are the clients'.
    figure('10 × of what the database can serve', {
      results: JSON.stringify(counts(crowd)),
      'calm p99 ms': percentile(calm.clients[200]!, 0.99),
      'served p99 ms': percentile(crowd.clients[200]!, 0.99),
      'shed p99 ms': percentile(crowd.clients[503]!, 0.99),
      'calm p99 ms, server': percentile(calm.server[200]!, 0.99),
      'served p99 ms, server': percentile(crowd.server[200]!, 0.99),
      'shed p99 ms, server': percentile(crowd.server[503]!, 0.99),
      'machine kept ms': kept,
      'recovery ms': await afterwards(api, cluster),
    });
    expect(resultsOf(crowd)).toEqual(['200', '503']);
    // Of two hundred that could be served, more than half are, whatever else the machine does.
    expect(crowd.clients[200]!.length).toBeGreaterThan(100);
    const lines = api
      .requests()
      .slice(before)
      .filter(({ route }) => route === '/v1/news');
    const namesOf = (status: number): string[] =>
      lines.filter((line) => line.status === status).flatMap((line) => line.statement_names as string[]);
    // From when to when there are news is read for all, twice a second.
    expect(namesOf(503).filter((name) => name !== 'span news.news_articles')).toEqual([]);
    // Those that were served did, or the line would say nothing.
    expect(namesOf(200)).toContain('news.news_articles');
  });

  it('by the processor is shed before any work, health is answered, and all is well afterwards', async () => {
    api = await Api.start(cluster.url(), {
      CLIENT_SHARE: '1',
      MAX_EVENT_LOOP_DELAY_MS: '50',
      CORS_ORIGINS: 'https://good.example',
    });
    await afterwards(api, cluster, 10_000);
    const calm = await flood(api, CURSORS, 100, 3);
    const started = performance.now();
    let over = false;
    const flooding = flood(api, CURSORS, 5000, 5).finally(() => (over = true));
    const health: { status: number; ms: number }[] = [];
    const refused = new Set<unknown>();
    while (!over) {
      health.push(await api.call('/health/live'));
      const reply = await api.call('/v1/market-data/latest/AAPL', { headers: { origin: 'https://good.example' } });
      expect(reply.headers['access-control-allow-origin']).toBe('https://good.example');
      if (reply.status === 503) refused.add(reply.headers['retry-after']);
    }
    const crowd = await flooding;
    const metrics = (await api.call('/metrics')).text;
    figure('10 × of what the processor can serve', {
      results: JSON.stringify(counts(crowd)),
      'calm p99 ms': percentile(calm.clients[200]!, 0.99),
      'served p99 ms': percentile(crowd.clients[200]!, 0.99),
      'shed p99 ms': percentile(crowd.clients[503] ?? [], 0.99),
      'calm p99 ms, server': percentile(calm.server[200]!, 0.99),
      'served p99 ms, server': percentile(crowd.server[200]!, 0.99),
      'shed p99 ms, server': percentile(crowd.server[503] ?? [], 0.99),
      'machine kept ms': keptSince(started),
      'recovery ms': await afterwards(api, cluster, 5000),
    });
    // Who found no connection free never asked.
    expect(Object.keys(counts(crowd)).filter((result) => !['200', '503', 'no connection'].includes(result))).toEqual(
      [],
    );
    expect(crowd.clients[200]!.length).toBeGreaterThan(100);
    expect([...refused].filter((value) => value !== '1')).toEqual([]);
    expect(new Set(health.map(({ status }) => status))).toEqual(new Set([200]));
    if (crowd.clients[503]) {
      expect(metrics).toMatch(/route="refused",status="503"/);
    }
  });
});

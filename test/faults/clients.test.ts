import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { slowPath } from './support/load.js';
import { figure, until } from './support/wait.js';

let cluster: Cluster;
let api: Api;
beforeAll(async () => {
  cluster = await Cluster.start();
  api = await Api.start(cluster.url());
  await afterwards(api, cluster, 10_000);
});
afterAll(async () => {
  await api?.stop();
  await cluster?.remove();
});
beforeEach(() => cluster.slow(0));

/** Statements for requests that run; the look at the newest row is for all requests together, and ends with none. */
async function sleeping(): Promise<number> {
  const active = await cluster.backends('active');
  return active.filter(({ query }) => query.includes('news_articles') && !query.includes(' as last')).length;
}

describe('clients that leave', () => {
  const graphql = (): string =>
    JSON.stringify({ query: '{ a: news(first: 1) { nodes { id } } b: news(first: 2) { nodes { id } } }' });

  it.each([
    ['REST', 1, (signal: AbortSignal) => api.call(slowPath(), { signal })],
    ['a crowd of REST', 100, (signal: AbortSignal) => api.call(slowPath(), { signal })],
    [
      'GraphQL',
      1,
      (signal: AbortSignal) =>
        api.call('/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: graphql(),
          signal,
        }),
    ],
    ['an export', 1, (signal: AbortSignal) => api.call('/v1/news?limit=all&format=csv', { signal })],
    ['an export as Arrow', 1, (signal: AbortSignal) => api.call('/v1/news?format=arrow', { signal })],
    ['an export as Parquet', 1, (signal: AbortSignal) => api.call('/v1/news?format=parquet', { signal })],
  ])('by %s free the database', async (name, count, send) => {
    await cluster.slow(4.5);
    const leaving = new AbortController();
    const requests = Array.from({ length: count }, () =>
      send(leaving.signal).catch((error: unknown) => (error as Error).name),
    );
    await until('their statements run', async () => (await sleeping()) >= Math.min(count, 25));
    leaving.abort();
    const freed = await until('no statement runs', async () => (await sleeping()) === 0, 2500);
    expect(new Set(await Promise.all(requests))).toEqual(new Set(['AbortError']));
    await cluster.slow(0);
    figure(`${name} left`, { clients: count, 'database free ms': freed });
    await afterwards(api, cluster);
  });

  it('because the whole API was killed free the database too', async () => {
    const other = await Api.start(cluster.url());
    await cluster.slow(4.5);
    void other.call(slowPath()).catch(() => undefined);
    await until('its statement runs', async () => (await sleeping()) === 1);
    await other.stop('SIGKILL');
    const freed = await until('no statement runs', async () => (await sleeping()) === 0, 3500);
    figure('API killed -9', { 'database free ms': freed });
  });
});

describe('one GraphQL operation', () => {
  it('has at most four statements running at a time', async () => {
    await cluster.slow(1);
    const fields = Array.from({ length: 9 }, (_, i) => `n${i}: news(first: ${i + 1}) { nodes { id } }`);
    let most = 0;
    const done = api.graphql(`{ ${fields.join(' ')} }`).then((reply) => reply);
    let over = false;
    void done.finally(() => (over = true));
    while (!over) most = Math.max(most, await sleeping());
    expect((await done).status).toBe(200);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
  });
});

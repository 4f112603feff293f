import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { countRows } from '../support/columnar.js';
import { afterwards, Api, type Reply } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { Load, overrun, percentile } from './support/load.js';
import { FaultProxy, type Weather } from './support/proxy.js';
import { figure, pause, until } from './support/wait.js';

const FAST = '/v1/market-data/latest/AAPL';
const LARGE = '/v1/market-data/bars/AAPL?limit=1500&start=2000-01-01';
/** The time limit of a request, in milliseconds. */
const REQUEST = 8000;

/** The rows of an answer, which the same question always gets. */
const dataOf = (text: string): string => JSON.stringify((JSON.parse(text) as { data: unknown }).data);

let cluster: Cluster;
let proxy: FaultProxy;
let api: Api;
beforeAll(async () => {
  cluster = await Cluster.start();
  proxy = await FaultProxy.before(cluster.port);
  api = await Api.start(cluster.url(proxy.port));
  await afterwards(api, cluster, 10_000);
});
afterAll(async () => {
  await api?.stop();
  await proxy?.close();
  await cluster?.remove();
});
afterEach(() => {
  proxy.weather = 'pass';
  proxy.delay = 0;
  proxy.resetAfter = null;
});

describe('a silent partition', () => {
  it('of half a minute, which holds or swallows what is sent, poisons no connection', async () => {
    const began = performance.now();
    const second = await FaultProxy.before(cluster.port);
    const other = await Api.start(cluster.url(second.port), { DATABASE_POOL_SIZE: '10' });
    await afterwards(other, cluster, 10_000, 2);
    // Both kinds at once, each with an API of its own.
    const suffer = async (kind: Weather, api: Api, proxy: FaultProxy): Promise<void> => {
      const load = new Load(api, FAST, 10, 20);
      await until('load runs', () => load.outcomes.length > 100);
      proxy.weather = kind;
      await until('health says so', async () => (await api.call('/health/database')).status === 503, 3000);
      await pause(30_000);
      proxy.weather = 'pass';
      const recovery = await afterwards(api, cluster, 2500, 2);
      const outcomes = await load.stop();
      expect(Object.keys(load.counts).filter((result) => !['200', '503', '504'].includes(result))).toEqual([]);
      const later = await Promise.all(Array.from({ length: 20 }, () => api.call(FAST)));
      expect(later.map(({ status }) => status)).toEqual(Array(20).fill(200));
      figure(`partition, bytes ${kind === 'hold' ? 'held' : 'discarded'} for 30 s`, {
        results: JSON.stringify(load.counts),
        'longest ms': percentile(outcomes, 1),
        'deadline overrun ms': overrun(outcomes, REQUEST, began),
        'recovery ms': recovery,
      });
    };
    await Promise.all([suffer('hold', api, proxy), suffer('discard', other, second)]);
    await other.stop();
    await second.close();
  });
});

describe('a connection that is reset', () => {
  it('anywhere in a reply gives 503, and a 200 is always whole', async () => {
    const whole = await api.call(LARGE);
    expect(whole.status).toBe(200);
    const counts: Record<number, number> = {};
    const rounds = 200;
    for (let seed = 0; seed < rounds; seed++) {
      // Spread over the reply, more of them at its start, where the protocol's small messages are.
      proxy.resetAfter = Math.floor(whole.text.length * (seed / rounds) ** 3);
      const reply = await api.call(LARGE);
      counts[reply.status] = (counts[reply.status] ?? 0) + 1;
      if (reply.status === 200) expect(dataOf(reply.text)).toBe(dataOf(whole.text));
      else expect(reply.status).toBe(503);
    }
    proxy.resetAfter = null;
    figure('reply reset at an offset', {
      cases: rounds,
      results: JSON.stringify(counts),
      'recovery ms': await afterwards(api, cluster),
    });
  });

  it.each([
    ['csv', ({ text }: Reply) => text.trimEnd().split('\n').length - 1],
    ['arrow', ({ bytes }: Reply) => countRows(bytes, 'arrow')],
    ['parquet', ({ bytes }: Reply) => countRows(bytes, 'parquet')],
  ])('in the middle of an export never leaves what looks like a whole file: %s', async (format, rowsIn) => {
    const path = `/v1/market-data/bars/AAPL?format=${format}&start=2000-01-01`;
    const whole = await api.call(path);
    let broken = 0;
    // What the database sends is the same for each format, and of about the size of the text.
    const { length } = (await api.call(path.replace(format, 'csv'))).text;
    for (let seed = 0; seed < 20; seed++) {
      proxy.resetAfter = Math.floor((length * seed) / 20);
      const reply = await api.call(path).catch(() => null);
      if (reply === null) broken += 1;
      else if (reply.status === 200) expect(rowsIn(reply)).toBe(rowsIn(whole));
      else expect(reply.status).toBe(503);
    }
    proxy.resetAfter = null;
    figure(`export reset at an offset, ${format}`, {
      cases: 20,
      'broken off': broken,
      'recovery ms': await afterwards(api, cluster),
    });
  });
});

describe('a slow network', () => {
  it('is slow but right, or late by the time limits', async () => {
    const began = performance.now();
    proxy.delay = 200;
    const replies = await Promise.all(Array.from({ length: 40 }, () => api.call(FAST)));
    expect(replies.filter(({ status }) => ![200, 503, 504].includes(status))).toEqual([]);
    proxy.delay = 0;
    figure('200 ms each way', {
      good: replies.filter(({ status }) => status === 200).length,
      of: replies.length,
      'deadline overrun ms': overrun(replies, REQUEST, began),
      'longest ms': percentile(replies, 1),
      'recovery ms': await afterwards(api, cluster),
    });
  });
});

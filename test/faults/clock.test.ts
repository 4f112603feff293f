import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '../operations/support/tools.js';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { figure, until } from './support/wait.js';

/** Debian's libfaketime: what a process takes for the time is what a file says. */
const FAKETIME = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;
const DAY = 86_400_000;
/** What has nothing to do with today. */
const FIXED = [
  '/v1/market-data/latest/AAPL',
  '/v1/market-data/bars/AAPL?start=2000-01-01&limit=5',
  '/v1/market-data/daily/AAPL?start=2000-01-01&limit=5',
  '/v1/economic-data/series/PAYEMS/observations?start=2000-01-01&limit=5',
  '/v1/news?start=2020-01-01&limit=5',
];
/** Windows whose end follows the newest row, or today where data is alive: never empty, whatever the clock says. */
const RECENT = ['/v1/market-data/bars/AAPL', '/v1/market-data/daily/AAPL', '/v1/news', '/v1/events'];

describeWith(FAKETIME, 'a clock that jumps', () => {
  const home = mkdtempSync(join(tmpdir(), 'tetra-clock-'));
  const file = join(home, 'now');
  let cluster: Cluster;
  let api: Api;
  beforeAll(async () => {
    writeFileSync(file, '+0');
    cluster = await Cluster.start();
    api = await Api.start(cluster.url(), {
      LD_PRELOAD: FAKETIME,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      // As in life: what measures spans does not jump.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
      RATE_LIMIT: '100000',
    });
    await afterwards(api, cluster, 10_000);
    await until('it is ready', async () => (await api.call('/health/ready')).status === 200, 30_000);
  });
  afterAll(async () => {
    await api?.stop();
    await cluster?.remove();
    rmSync(home, { recursive: true, force: true });
  });

  const clock = async (): Promise<number> => {
    const { text } = await api.call('/health/database');
    return Date.parse((JSON.parse(text) as { timestamp: string }).timestamp);
  };
  const data = async (paths: readonly string[]): Promise<[string, number, unknown][]> =>
    Promise.all(
      paths.map(async (path) => {
        const { status, text, headers } = await api.call(path);
        expect(Number(/max-age=(-?\d+)/.exec(String(headers['cache-control']))?.[1] ?? 0)).toBeGreaterThanOrEqual(0);
        return [path, status, (JSON.parse(text) as { data: unknown }).data] as [string, number, unknown];
      }),
    );

  it.each([
    ['a day ahead', '+1d', DAY],
    ['two days back', '-1d', -DAY],
    ['a year ahead', '+365d', 365 * DAY],
    ['to where it was', '+0', 0],
  ])('%s leaves health, windows and time limits right', async (_what, offset, expected) => {
    const before = await data(FIXED);
    expect(before.map(([, status]) => status)).toEqual(FIXED.map(() => 200));
    writeFileSync(file, offset);
    await until('the clock has jumped', async () => Math.abs((await clock()) - Date.now() - expected) < 60_000, 5000);
    expect((await api.call('/health/database')).status).toBe(200);
    expect((await api.call('/health/ready')).status).toBe(200);
    expect(await data(FIXED)).toEqual(before);
    for (const [path, status, rows] of await data(RECENT)) {
      expect([path, status, (rows as unknown[]).length > 0]).toEqual([path, 200, true]);
    }
    const { headers } = await api.call('/v1/nothing');
    expect(headers.ratelimit).toMatch(/^"minute";r=\d+;t=([1-9]|[1-5]\d|60)$/);
    figure(`clock ${offset}`, {
      answers: FIXED.length + RECENT.length,
      changed: 0,
      'recovery ms': await afterwards(api, cluster),
    });
  });

  it('while a statement runs changes nothing about its time limit', async () => {
    await cluster.slow(60);
    const began = performance.now();
    const slow = api.call('/v1/news?limit=7');
    await until('it runs', async () =>
      (await cluster.backends('active')).some(
        ({ query }) => query.includes('news_articles') && !query.includes(' as last'),
      ),
    );
    writeFileSync(file, '+2d');
    expect((await slow).status).toBe(504);
    expect(performance.now() - began).toBeGreaterThan(4000);
    await cluster.slow(0);
    await afterwards(api, cluster);
  });
});

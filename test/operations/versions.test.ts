import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { ApiProcess } from './support/api.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { Haproxy } from './support/haproxy.js';
import { OtherBuild } from './support/other-build.js';
import { describeWith, freePort, HAPROXY, PGBIN } from './support/tools.js';

/** Lists of every kind, with and without decimals, in pages. */
const LISTS = [
  '/v1/market-data/bars/%5EGSPC?start=2019-01-01&end=2019-06-30&limit=40',
  '/v1/market-data/bars?symbols=%5EGSPC,AAPL&start=2019-01-01&end=2019-03-31&limit=40&sort=desc',
  '/v1/market-data/daily/%5EGSPC?start=2019-01-01&end=2019-12-31&limit=60',
  '/v1/market-data/daily?date=2019-03-04&limit=1',
  '/v1/market-data/gaps?limit=1',
  '/v1/market-data/symbols?limit=1',
  '/v1/economic-data/series?limit=2',
  '/v1/economic-data/series/PAYEMS/observations?limit=50',
  '/v1/news?limit=4',
  '/v1/events?limit=4',
];

interface Page {
  readonly status: number;
  readonly tag: string | null;
  readonly text: string;
  readonly data: unknown[];
  readonly token: string | null;
  readonly code: string | undefined;
}

async function ask(url: string, headers: Record<string, string> = {}): Promise<Page> {
  const answer = await fetch(url, { headers });
  const text = await answer.text();
  const body = (text === '' ? {} : JSON.parse(text)) as { data?: unknown[]; next_page_token?: string; code?: string };
  return {
    ...{ status: answer.status, tag: answer.headers.get('etag'), text, code: body.code },
    ...{ data: body.data ?? [], token: body.next_page_token ?? null },
  };
}

/** What an answer says, but for when it was made. */
const steady = (text: string): string => text.replaceAll(/"(as_of|age_seconds|lag_seconds)":("[^"]*"|[^,}]*)/g, '');

/** Rows as values, however their decimals are written. */
const rowsOf = ({ data }: Page): unknown =>
  JSON.parse(JSON.stringify(data), (name, value: unknown) => (name === 'as_of' ? undefined : value));

describeWith(existsSync(PGBIN) ? HAPROXY : PGBIN, 'two versions of the server side by side', () => {
  let home: Home;
  let cluster: Cluster;
  let builds: OtherBuild[];
  /** This version; one that writes decimals otherwise; one whose tokens mean something else. */
  let [now, rendered, reordered]: ApiProcess[] = [];

  beforeAll(async () => {
    home = makeHome();
    cluster = await Cluster.create(home, 'cluster');
    await cluster.start();
    await cluster.addSample('secret-of-the-reader');
    builds = [
      OtherBuild.make([{ file: 'lists/value-writers.js', from: 'if (end === to) return to', to: 'return to' }]),
      OtherBuild.make([{ file: 'lists/page-token.js', from: "TOKENS = '1'", to: "TOKENS = '2'" }]),
    ];
    const env = { DATABASE_URL: cluster.url('tetra', 'tetra_reader', 'secret-of-the-reader'), DATABASE_POOL_SIZE: '4' };
    const started = [undefined, ...builds].map(async (build) => {
      const api = new ApiProcess(await freePort(), env, build?.main);
      await api.start();
      return api;
    });
    [now, rendered, reordered] = await Promise.all(started);
  });

  afterAll(async () => {
    for (const api of [now, rendered, reordered]) api?.kill();
    for (const build of builds ?? []) build.remove();
    await cluster?.stop();
    home?.remove();
  });

  it('go on with the page tokens of each other where these mean the same', async () => {
    for (const path of LISTS) {
      for (const [from, to] of [
        [now!, rendered!],
        [rendered!, now!],
      ] as const) {
        const { token } = await ask(from.url + path);
        expect([path, token]).toEqual([path, expect.any(String)]);
        const next = `${path}&page_token=${token}`;
        const [own, other] = [await ask(from.url + next), await ask(to.url + next)];
        expect([path, other.status, rowsOf(other)]).toEqual([path, 200, rowsOf(own)]);
      }
    }
  });

  it('refuse page tokens and cursors that mean something else', async () => {
    for (const path of LISTS) {
      for (const [from, to] of [
        [now!, reordered!],
        [reordered!, now!],
      ] as const) {
        const { token } = await ask(from.url + path);
        const refused = await ask(`${to.url}${path}&page_token=${token}`);
        expect([path, refused.status, refused.code]).toEqual([path, 400, 'invalid_page_token']);
      }
    }
    const query = (after: string): string =>
      `/graphql?query=${encodeURIComponent(`{ allSeries(first: 2${after}) { nodes { seriesId } pageInfo { endCursor } } }`)}`;
    const cursor = /"endCursor":"([^"]+)"/.exec((await ask(now!.url + query(''))).text)?.[1];
    expect(cursor).toBeDefined();
    const { text } = await ask(reordered!.url + query(`, after: "${cursor}"`));
    expect(text).toContain('"code":"invalid_page_token"');
  });

  it('keep what a client has only where they would say the same, and otherwise answer in full', async () => {
    const kept = new Set<number>();
    for (const path of LISTS) {
      for (const [from, to] of [
        [now!, rendered!],
        [rendered!, now!],
        [now!, reordered!],
        [reordered!, now!],
      ] as const) {
        const [has, full] = [await ask(from.url + path), await ask(to.url + path)];
        const answer = await ask(to.url + path, { 'if-none-match': has.tag! });
        const same = steady(has.text) === steady(full.text);
        if (answer.status === 304) expect([path, same]).toEqual([path, true]);
        else expect([path, answer.status, steady(answer.text)]).toEqual([path, 200, steady(full.text)]);
        kept.add(answer.status);
      }
    }
    expect([...kept].sort()).toEqual([200, 304]);
  });

  it('give whole lists through the load balancer, page by page', async () => {
    const haproxy = await Haproxy.start([now!, rendered!]);
    try {
      await haproxy.bothUp();
      for (const path of LISTS.slice(0, 3)) {
        const whole = await ask(`${now!.url}${path.replace(/limit=\d+/, 'limit=1000')}`);
        const rows: unknown[] = [];
        for (let token: string | null = ''; token !== null;) {
          const page: Page = await ask(`${haproxy.url}${path}${token && `&page_token=${token}`}`);
          expect(page.status).toBe(200);
          rows.push(...page.data);
          token = page.token;
        }
        expect(rows).toEqual(whole.data);
      }
    } finally {
      haproxy.kill();
    }
  });
});

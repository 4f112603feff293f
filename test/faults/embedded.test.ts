import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api, type Reply } from './support/api.js';
import { freePort } from './support/cluster.js';
import { figure, until } from './support/wait.js';

const FAST = '/v1/market-data/latest/AAPL';
const home = mkdtempSync(join(tmpdir(), 'tetra-embedded-'));

let api: Api;
beforeAll(async () => {
  chmodSync(home, 0o711);
  const port = await freePort();
  api = Api.spawn({ PORT: String(port), TETRA_DATA_DIR: join(home, 'data') });
  api.port = port;
  await until(
    'it serves',
    () =>
      api.call(FAST).then(
        ({ status }) => status === 200,
        () => false,
      ),
    90_000,
    100,
  );
}, 120_000);
afterAll(async () => {
  await api?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('sample data', () => {
  const json = ({ text }: Reply): Record<string, Record<string, unknown>> =>
    JSON.parse(text) as Record<string, Record<string, unknown>>;

  it.each([
    FAST,
    '/v1/market-data/daily/AAPL?limit=2',
    '/v1/market-data/daily/AAPL?limit=2&format=columns',
    '/v1/market-data/bars?symbols=AAPL,MSFT&limit=2',
    '/v1/market-data/symbols?limit=2',
    '/v1/market-data/gaps/AAPL',
    '/v1/economic-data/series?limit=2',
    '/v1/economic-data/series/PAYEMS/observations?limit=2',
    '/v1/news?limit=2',
    '/v1/events?limit=2',
    '/v1/catalog',
    '/v1/monitoring/database',
  ])('says so in the meta of %s', async (path) => {
    const answer = await api.call(path);
    expect([answer.status, answer.headers['x-sample-data']]).toEqual([200, 'true']);
    expect(json(answer).meta).toMatchObject({ sample: true });
  });

  it('says so in a header of everything else', async () => {
    for (const path of [
      '/v1/market-data/bars/AAPL?format=csv',
      '/v1/news?format=ndjson&limit=2',
      '/nothing',
      '/v1/news?x=1',
    ])
      expect([path, (await api.call(path)).headers['x-sample-data']]).toEqual([path, 'true']);
    expect((await api.call('/health/live')).headers['x-sample-data']).toBe('true');
  });

  it("says so in GraphQL's extensions, of errors too", async () => {
    for (const query of ['{ __typename }', '{ nothing }', '{ symbol(symbol: "AAPL") { latest { close } } }', '{']) {
      const answer = await api.graphql(query);
      expect([query, answer.headers['x-sample-data'], json(answer).extensions]).toEqual([
        query,
        'true',
        { sample: true },
      ]);
    }
  });

  it('says so where one begins', async () => {
    expect(json(await api.call('/'))).toMatchObject({ sample: true });
    // The page says it in words, see test/page.
    const { headers } = await api.call('/', { headers: { accept: 'text/html' } });
    expect(headers['x-sample-data']).toBe('true');
  });
});

describe('the built-in PostgreSQL, killed with -9,', () => {
  const postmaster = (): number =>
    Number(readFileSync(join(home, 'data', 'cluster', 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  const supervisor = (): number => {
    const stat = readFileSync(`/proc/${postmaster()}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  };

  it.each([
    ['itself', postmaster],
    ['with the shell that runs it', supervisor],
  ])('%s, is started again, and requests are served as before', async (what, pid) => {
    const before = api.output.filter((line) => line.includes('is started again')).length;
    process.kill(pid(), 'SIGKILL');
    await until(
      'the log says so',
      () => api.output.filter((line) => line.includes('is started again')).length > before,
    );
    const again = await until('it serves', async () => (await api.call(FAST)).status === 200, 30_000);
    figure(`embedded PostgreSQL killed, ${what}`, { 'served again ms': again });
    expect((await api.call('/v1/news?limit=1')).status).toBe(200);
    expect(api.exit).toBeNull();
  });
});

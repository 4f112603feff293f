import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let api: TestApp;
let url: string;
beforeAll(async () => {
  database = await createDatabase();
  await asAdmin(database.urls.admin, (client) =>
    client.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       select 'TICK', '2025-10-30Z'::timestamptz + n * interval '100 ms', 1, 9, 1, 2, n, '1s', repeat('x', 50)
       from generate_series(1, 200000) n`,
    ),
  );
  api = await startApp(database.urls.reader);
  await api.app.listen(0, '127.0.0.1');
  url = await api.app.getUrl();
}, 60_000);
afterAll(async () => {
  api.app.getHttpServer().closeAllConnections();
  await api.close();
  await database.drop();
});

const path = '/v1/market-data/bars/TICK?start=2025-10-30&end=2025-10-30&format=csv';

/** Exports that ended with each status, as the metrics count them. */
async function ended(): Promise<Record<string, number>> {
  const { text } = await api.get('/metrics').expect(200);
  const counts = text.matchAll(
    /^tetra_\w+_count\{(?=[^}]*route="\/v1\/market-data\/bars\/:symbol")[^}]*status="(\d+)"[^}]*\} (\d+)/gm,
  );
  return Object.fromEntries([...counts].map(([, status, n]): [string, number] => [status!, Number(n)]));
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It never came.');
}

it('HEAD begins no export', async () => {
  const plain = { 'accept-encoding': 'identity' };
  const head = await fetch(url + path, { method: 'HEAD', headers: plain });
  const { rows } = await asAdmin(database.urls.admin, (admin) =>
    admin.query(
      `select from pg_stat_activity where datname = current_database() and application_name = 'tetra-export'`,
    ),
  );
  expect(rows).toEqual([]);
  const leave = new AbortController();
  const got = await fetch(url + path, { headers: plain, signal: leave.signal });
  expect(got.status).toBe(200);
  const own = ['date', 'x-request-id', 'server-timing', 'transfer-encoding', 'connection', 'keep-alive'];
  const headersOf = ({ headers }: Response): unknown => [...headers].filter(([name]) => !own.includes(name));
  expect([head.status, headersOf(head)]).toEqual([200, headersOf(got)]);
  leave.abort();
  await until(async () => (await ended())['499'] === 1);
});

it('an export that breaks is an error of the server; one that its client leaves is not', async () => {
  const breaks = await fetch(url + path);
  const reader = breaks.body!.getReader();
  await reader.read();
  const stopped = await asAdmin(database.urls.admin, async (admin) => {
    const { rowCount } = await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'tetra-export' and state = 'active'`,
    );
    return rowCount;
  });
  expect(stopped).toBe(1);
  await expect(
    (async () => {
      while (!(await reader.read()).done);
    })(),
  ).rejects.toThrow();
  await until(async () => (await ended())['503'] === 1);
  expect((await ended())['499']).toBe(1);

  const leave = new AbortController();
  const left = await fetch(url + path, { signal: leave.signal });
  await left.body!.getReader().read();
  leave.abort();
  await until(async () => (await ended())['499'] === 2);
  expect((await ended())['503']).toBe(1);
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

const DAY = '2025-10-30';
const path = `/v1/market-data/bars/TICK?start=${DAY}&end=${DAY}`;
const OTHERS = ['OTHER1', 'OTHER2', 'OTHER3', 'OTHER4', 'OTHER5'];

let database: TestDatabase;
let api: TestApp;
let url: string;
beforeAll(async () => {
  database = await createDatabase();
  await write(bar('TICK', 1.5));
  await write(bar('TOCK', 2.5));
  for (const [i, symbol] of OTHERS.entries()) await write(bar(symbol, 1 + i / 4));
  api = await startApp(database.urls.reader, {
    DATABASE_LOCK_TIMEOUT_MS: '10000',
    DATABASE_STATEMENT_TIMEOUT_MS: '12000',
    REQUEST_TIMEOUT_MS: '14000',
  });
  await api.app.listen(0, '127.0.0.1');
  url = await api.app.getUrl();
  // What the application reads for itself is read before the table is locked.
  await api.get(path).expect(200);
}, 60_000);
afterAll(async () => {
  // fetch opens connections ahead of need; without a request yet they count as busy.
  api.app.getHttpServer().closeAllConnections();
  await api.close();
  await database.drop();
});

const write = (sql: string): Promise<unknown> => asAdmin(database.urls.admin, (client) => client.query(sql));
const bar = (symbol: string, close: number, timestamp = `'${DAY}T14:30:00Z'`): string =>
  `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
   values ('${symbol}', ${timestamp}, 1, 3, 1, ${close}, 7, '1d', 'test')
   on conflict (symbol, timestamp) do update set close = excluded.close`;

/** Runs work while nobody can read a bar. */
async function whileLocked<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  return asAdmin(database.urls.admin, async (client) => {
    await client.query('begin; lock table market_data.ohlcv in access exclusive mode');
    try {
      return await work(client);
    } finally {
      await client.query('rollback');
    }
  });
}

const snapshot = async (client: pg.Client): Promise<string> =>
  (await client.query<{ now: string }>('select pg_current_snapshot()::text as now')).rows[0]!.now;

/**
 * A tag still holds while nobody can read a bar. What another suite writes to the server meanwhile moves the snapshot
 * too: where the snapshot shows that one did, it is asked again.
 * @param tag  asks for the answer, and yields its tag
 */
async function holdsWithoutRows(tag: () => Promise<string>): Promise<void> {
  for (;;) {
    const before = await asAdmin(database.urls.admin, snapshot);
    const etag = await tag();
    const [status, after] = await whileLocked(async (admin) => {
      const held = await api.get(path, { 'if-none-match': etag });
      return [held.status, await snapshot(admin)] as const;
    });
    if (status === 304 || after === before) {
      expect(status).toBe(304);
      return;
    }
  }
}

/** Waits until so many of the API's statements wait for the lock. */
async function waiting(admin: pg.Client, statements: number): Promise<void> {
  for (;;) {
    const { rows } = await admin.query<{ n: number }>(
      `select count(*)::int as n from pg_locks where not granted and relation = 'market_data.ohlcv'::regclass`,
    );
    if (rows[0]!.n === statements) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a tag that still holds', () => {
  it('gives 304 without a body', async () => {
    const first = await api.get(path).expect(200);
    const again = await api.get(path, { 'if-none-match': `"x", ${first.headers.etag}` }).expect(304);
    expect(again.text).toBe('');
    expect(again.headers.etag).toBe(first.headers.etag);
    expect(again.headers['cache-control']).toBe(first.headers['cache-control']);
    await api.get(path, { 'if-none-match': '"x"' }).expect(200);
    const other = await api.get(`${path}&format=csv`).expect(200);
    expect(other.headers.etag).not.toBe(first.headers.etag);
  });

  it('reads not one row while nothing was written', async () => {
    await holdsWithoutRows(async () => (await api.get(path).expect(200)).headers.etag!);
  });

  it('holds when something else was written, and costs no row after that', async () => {
    const first = await api.get(path).expect(200);
    await write(bar('TOCK', 2.75));
    await holdsWithoutRows(async () => {
      const again = await api.get(path, { 'if-none-match': first.headers.etag! }).expect(304);
      expect(again.headers.etag).toBe(first.headers.etag);
      return again.headers.etag!;
    });
  });

  it('of one request is none of another', async () => {
    const { headers } = await api.get(path).expect(200);
    const tocks = await api.get(path.replace('TICK', 'TOCK'), { 'if-none-match': headers.etag! }).expect(200);
    expect(tocks.body.data[0].symbol).toBe('TOCK');
    await api.get(`${path}&fields=close`, { 'if-none-match': headers.etag! }).expect(200);
    await api.get(`${path}&numbers=string`, { 'if-none-match': headers.etag! }).expect(200);
  });
});

it('a tag is out of date once a row of its answer changed', async () => {
  const first = await api.get(path).expect(200);
  await write(bar('TICK', 1.75));
  const second = await api.get(path, { 'if-none-match': first.headers.etag! }).expect(200);
  expect(second.body.data[0].close).toBe(1.75);
  expect(second.headers.etag).not.toBe(first.headers.etag);
});

describe('the same request in flight', () => {
  const get = (signal?: AbortSignal): Promise<Response> => fetch(url + path, { signal });

  const symbolOf = async (answer: Response): Promise<string> =>
    ((await answer.json()) as { data: { symbol: string }[] }).data[0]!.symbol;

  it('shares one statement', async () => {
    const answers = await whileLocked(async (admin) => {
      const all = Array.from({ length: 8 }, () => get());
      const other = fetch(url + path.replace('TICK', 'TOCK'));
      await waiting(admin, 2);
      return [...all, other];
    });
    const symbols = await Promise.all(answers.map(async (answer) => symbolOf(await answer)));
    expect(symbols).toEqual([...Array(8).fill('TICK'), 'TOCK']);
  });

  it('goes on while anybody waits, and is cancelled when all have left', async () => {
    // In a list, since a promise that is returned would be waited for while the table is locked.
    const [stays] = await whileLocked(async (admin) => {
      const leaves = new AbortController();
      const left = get(leaves.signal).catch((error: unknown) => (error as Error).name);
      await waiting(admin, 1);
      const stays = get();
      leaves.abort();
      expect(await left).toBe('AbortError');
      return [stays] as const;
    });
    expect(await symbolOf(await stays)).toBe('TICK');
    await whileLocked(async (admin) => {
      const leave = new AbortController();
      const left = [get(leave.signal), get(leave.signal)].map((answer) =>
        answer.catch((error: unknown) => (error as Error).name),
      );
      await waiting(admin, 1);
      leave.abort();
      expect(await Promise.all(left)).toEqual(['AbortError', 'AbortError']);
      await waiting(admin, 0);
    });
  });
});

describe('the same question about other symbols', () => {
  const closeOf = async (answer: Response): Promise<[string, number]> => {
    const { data } = (await answer.json()) as { data: { symbol: string; close: number } };
    return [data.symbol, data.close];
  };
  const latest = (symbol: string, signal?: AbortSignal): Promise<Response> =>
    fetch(`${url}/v1/market-data/latest/${symbol}`, { signal });

  it('shares a statement while two of its kind run', async () => {
    const answers = await whileLocked(async (admin) => {
      const first = [latest('TICK'), latest('TOCK')];
      await waiting(admin, 2);
      const gathered = OTHERS.map((symbol) => latest(symbol));
      await waiting(admin, 3);
      return [...first, ...gathered];
    });
    const closes = Object.fromEntries(await Promise.all(answers.map(async (answer) => closeOf(await answer))));
    expect(Object.keys(closes).sort()).toEqual([...OTHERS, 'TICK', 'TOCK']);
    for (const [i, symbol] of OTHERS.entries()) expect(closes[symbol]).toBe(1 + i / 4);
  });

  it('is answered for those who stay, and cancelled when all have left', async () => {
    const [stays] = await whileLocked(async (admin) => {
      const first = [latest('TICK'), latest('TOCK')];
      await waiting(admin, 2);
      const leave = new AbortController();
      const left = OTHERS.slice(1).map((symbol) =>
        latest(symbol, leave.signal).catch((error: unknown) => (error as Error).name),
      );
      const stays = latest('OTHER1');
      await waiting(admin, 3);
      leave.abort();
      expect(await Promise.all(left)).toEqual(OTHERS.slice(1).map(() => 'AbortError'));
      return [Promise.all([...first, stays])] as const;
    });
    expect(await Promise.all((await stays).map(closeOf))).toContainEqual(['OTHER1', 1]);
    const [last] = await whileLocked(async (admin) => {
      const first = [latest('TICK'), latest('TOCK')];
      await waiting(admin, 2);
      const leave = new AbortController();
      const left = OTHERS.map((symbol) =>
        latest(symbol, leave.signal).catch((error: unknown) => (error as Error).name),
      );
      await waiting(admin, 3);
      leave.abort();
      expect(await Promise.all(left)).toEqual(OTHERS.map(() => 'AbortError'));
      await waiting(admin, 2);
      return [Promise.all(first)] as const;
    });
    // Left under way, they would fail with the server when it closes.
    expect(await Promise.all((await last).map(closeOf))).toContainEqual(['TOCK', 2.75]);
  });
});

it('a page of symbols has another tag once there is a next page, with the same rows on it', async () => {
  const symbols = `/v1/market-data/symbols?limit=${OTHERS.length + 3}`;
  // What is written for the last week is read again every ten seconds. The first of two makes the others ended.
  const yesterday = "now() - interval '1 day'";
  let first = await api.get(symbols).expect(200);
  await write(bar('YYY', 1, yesterday));
  while (first.body.data.length < OTHERS.length + 3) first = await api.get(symbols).expect(200);
  expect(first.body.next_page_token).toBeNull();
  await api.get(symbols, { 'if-none-match': first.headers.etag! }).expect(304);
  await write(bar('ZZZ', 1, yesterday));
  for (;;) {
    const again = await api.get(symbols, { 'if-none-match': first.headers.etag! });
    if (again.status === 304) continue;
    expect(again.body.data).toEqual(first.body.data);
    expect(again.body.next_page_token).not.toBeNull();
    return;
  }
}, 120_000);

import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { DirectoryReader } from '../../src/data/market-data/directory.js';
import { Readiness } from '../../src/operations/health/readiness.js';
import { describeOnTimescale, startApp, symbolsRead, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Sent } from '../support/plans.js';

const M = '/v1/market-data';
/** Longer than the directory is used without being read again, in milliseconds. */
const IDLE_MS = 700_000;

let database: TestDatabase;
let sql: pg.Client;
let api: TestApp;
let passed = 0;

beforeAll(async () => {
  const real = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => real() + passed);
  database = await createDatabase();
  sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
  await sql.connect();
  await insert(['A', 'B', 'C', 'D'], '2022-01-03', '2025-06-30');
  if (database.urls.timescaledb) await refresh();
  api = await startApp(database.urls.reader);
  await api.get(`${M}/symbols`).expect(200);
}, 120_000);
afterAll(async () => {
  await api.close();
  await sql.end();
  await database.drop();
  jest.restoreAllMocks();
});

/** Daily bars on the weekdays of a stretch, which are counted at once. */
async function insert(symbols: string[], from: string, to: string): Promise<void> {
  await sql.query(
    `INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
    SELECT s, day, 10, 12, 9, 11, 100, '1d', 'test'
    FROM generate_series($2::timestamptz, $3::timestamptz, interval '1 day') AS day, unnest($1::text[]) AS s
    WHERE extract(isodow FROM day) < 6`,
    [symbols, from, to],
  );
  await sql.query('SELECT pg_stat_force_next_flush()');
}

async function refresh(): Promise<void> {
  await sql.query(`CALL refresh_continuous_aggregate('market_data.ohlcv_daily', NULL, NULL)`);
  await sql.query('SELECT pg_stat_force_next_flush()');
}

/** The years that are read once nobody has asked for long, in order. */
async function readAgain(): Promise<string[]> {
  passed += IDLE_MS;
  const sent = new Sent(true);
  await api.get(`${M}/symbols`).expect(200);
  sent.restore();
  const stretches = sent.statements.filter((statement) => statement.sql.includes('grouping sets'));
  return [...new Set(stretches.map((statement) => /'(\d{4})-\d\d-\d\dT/.exec(statement.sql)![1]!))].sort();
}

async function symbols(): Promise<string[]> {
  const { body } = await api.get(`${M}/symbols`).expect(200);
  return (body.data as { symbol: string; days: number }[]).map((row) => `${row.symbol} ${row.days}`);
}

it('nothing is read again while nothing is written', async () => {
  expect(await readAgain()).toEqual([]);
  expect(await readAgain()).toEqual([]);
});

it('what is written is found, where nobody asks for it', async () => {
  await insert(['E'], '2023-03-06', '2023-03-10');
  await readAgain();
  expect(await symbols()).toContain('E 5');
  await insert(['E'], '2023-03-13', '2023-03-17');
  await readAgain();
  expect(await symbols()).toContain('E 10');
  await sql.query(`DELETE FROM market_data.ohlcv WHERE symbol = 'E' AND timestamp >= '2023-03-17'`);
  await sql.query('SELECT pg_stat_force_next_flush()');
  await readAgain();
  expect(await symbols()).toContain('E 9');
});

describeOnTimescale('on TimescaleDB', () => {
  it('only the years that were written are read again, once for each change', async () => {
    await readAgain();
    await insert(['F'], '2024-03-04', '2024-03-08');
    expect(await readAgain()).toEqual(['2024']);
    expect(await readAgain()).toEqual([]);
    expect(await symbols()).toContain('F 5');
    await insert(['F'], '2024-03-04 10:00', '2024-03-08 10:00');
    await insert(['G'], '2024-03-06', '2024-03-06');
    expect(await readAgain()).toEqual(['2024']);
    expect(await symbols()).toEqual(expect.arrayContaining(['F 5', 'G 1']));
    await insert(['H'], '2022-06-01', '2022-06-01');
    await refresh();
    expect(await readAgain()).toContain('2022');
    expect(await readAgain()).toEqual([]);
    expect(await symbols()).toContain('H 1');
    await sql.query(`SELECT drop_chunks('market_data.ohlcv', '2022-03-01'::timestamptz)`);
    await readAgain();
    expect(await readAgain()).toEqual([]);
  });
});

it('what a symbol that had ended got while nobody asked is in its default window at once', async () => {
  const own = await startApp(database.urls.reader);
  await symbolsRead(own);
  const day = async (path: string): Promise<string> => {
    const { body } = await own.get(`${M}/${path}`).expect(200);
    const [row] = [body.data].flat() as Record<string, string>[];
    return (row!.day ?? row!.timestamp)!.slice(0, 10);
  };
  expect(await day('daily/B?sort=desc&limit=1')).toBe('2025-06-30');
  await insert(['B'], '2025-08-12', '2025-08-12');
  passed += 120_000;
  // Whoever asks first must not be answered out of what is renewed meanwhile.
  const read = jest.spyOn(DirectoryReader.prototype, 'read').mockReturnValue(new Promise(() => undefined));
  for (const path of ['daily/B?sort=desc&limit=1', 'bars/B?sort=desc&limit=1', 'latest/B']) {
    expect([path, await day(path)]).toEqual([path, '2025-08-12']);
  }
  const { body } = await own.graphql(
    '{ symbol(symbol: "B") { lastDay daily(first: 1, sort: DESC) { nodes { day } } } }',
  );
  expect(body).toEqual({ data: { symbol: { lastDay: '2025-08-12', daily: { nodes: [{ day: '2025-08-12' }] } } } });
  read.mockRestore();
  await own.close();
});

it('a request about a symbol does not wait for it, neither at the start nor after nobody asked for long', async () => {
  passed += IDLE_MS;
  const read = jest.spyOn(DirectoryReader.prototype, 'read').mockReturnValue(new Promise(() => undefined));
  const started = await startApp(database.urls.reader);
  for (const app of [api, started]) {
    for (const path of [
      'latest/A',
      'daily/A',
      'bars/A',
      'gaps/A?end=2025-12-31',
      'symbols/A',
      'latest?symbols=A,B',
      'daily?date=2025-06-30',
    ]) {
      const { body } = await app.get(`${M}/${path}`).expect(200);
      expect(body.data).not.toEqual([]);
    }
    const { body } = await app.graphql(
      '{ symbol(symbol: "A") { lastDay daily(first: 1) { nodes { day } } gaps { coverage } } }',
    );
    expect(body).toMatchObject({ data: { symbol: { lastDay: '2025-06-30' } } });
    await app.get(`${M}/latest/NOSUCH`).expect(404);
  }
  read.mockRestore();
  await started.close();
});

it('a process is ready once the symbols are read, and says until then what has to wait for them', async () => {
  let end: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (end = resolve));
  const { read } = DirectoryReader.prototype;
  const slow = jest.spyOn(DirectoryReader.prototype, 'read').mockImplementation(async function (this: DirectoryReader) {
    await held;
    return read.call(this);
  });
  const started = await startApp(database.urls.reader);
  started.app.get(Readiness).start();
  await started.get('/health/database').expect(200);
  expect((await started.get('/health/ready').expect(503)).body).toEqual({ status: 'not_ready', reason: 'starting' });
  const waiting = [`${M}/symbols`, `${M}/gaps`, `${M}/gaps/A?calendar=observed`, '/v1/catalog'].map(async (path) => {
    const { body, headers } = await started.get(path).expect(503);
    expect(body).toMatchObject({ code: 'not_ready' });
    expect(headers['retry-after']).toBe('1');
  });
  await Promise.all(waiting);
  await started.get(`${M}/latest/A`).expect(200);
  end();
  await started.get(`${M}/symbols`).expect(200);
  await started.get('/health/ready').expect(200);
  slow.mockRestore();
  await started.close();
});

it('a process is ready where the symbols cannot be read, since nothing is won by waiting', async () => {
  const denied = jest
    .spyOn(DirectoryReader.prototype, 'read')
    .mockRejectedValue(Object.assign(new Error(), { code: '42501' }));
  const started = await startApp(database.urls.reader, { LOG_LEVEL: 'silent' });
  started.app.get(Readiness).start();
  while ((await started.get('/health/ready')).status !== 200) await started.get('/health/database');
  denied.mockRestore();
  await started.close();
});

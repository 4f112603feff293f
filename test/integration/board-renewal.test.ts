import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Sent } from '../support/plans.js';

type Row = Record<string, unknown>;

const M = '/v1/market-data';
/** Longer than the board and the directory are used without being read again, in milliseconds. */
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
  // A session a day, so that two years of them are known; the sine keeps prices moving.
  await insert(['A', 'B', 'C'], '2023-01-02', '2024-06-28');
  await insert(['GONE'], '2020-01-01', '2021-12-31');
  await insert(['LATE'], '2023-01-02', '2024-06-26');
  await insert(['NEW'], '2024-06-28', '2024-06-28');
  // What has no bar yet is not on the board, whatever the year.
  await insert(['AHEAD'], '9999-12-30', '9999-12-30');
  // Some bars a year, so that 200 of them lie far back.
  await sql.query(
    `INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
    SELECT 'RARE', day, 10, 1000, 9, 10 + n, 100, '1d', 'test'
    FROM generate_series('1990-01-01'::timestamptz, '2024-06-28', interval '28 days') WITH ORDINALITY AS each (day, n)`,
  );
  await flush();
  api = await startApp(database.urls.reader);
}, 120_000);
afterAll(async () => {
  await api.close();
  await sql.end();
  await database.drop();
  jest.restoreAllMocks();
});

async function insert(
  symbols: string[],
  from: string,
  to: string,
  close = '10 + sin(n)::numeric(8, 4)',
): Promise<void> {
  await sql.query(
    `INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
    SELECT s, day, 10, 30, 9, ${close}, 100 + n, '1d', 'test'
    FROM generate_series($2::timestamptz, $3::timestamptz, interval '1 day') WITH ORDINALITY AS each (day, n),
      unnest($1::text[]) AS s`,
    [symbols, from, to],
  );
  await flush();
}

const flush = (): Promise<unknown> => sql.query('SELECT pg_stat_force_next_flush()');

/** The board once nobody has asked for long, and how many statements on the bars of symbols that took. */
async function board(): Promise<{ rows: Map<string, Row>; statements: number; session: string }> {
  passed += IDLE_MS;
  // The directory first, as the board is made of it.
  await api.get(`${M}/symbols`).expect(200);
  const sent = new Sent(true);
  const { body } = await api.get(`${M}/snapshots`).expect(200);
  sent.restore();
  const rows = new Map((body.data as Row[]).map((row) => [row.symbol as string, row]));
  const statements = sent.statements.filter((statement) => statement.sql.includes('as asked (symbol)')).length;
  return { rows, statements, session: body.meta.session as string };
}

it('each symbol stands at its own last bar', async () => {
  const { rows, session } = await board();
  expect(session).toBe('2024-06-28');
  expect(rows.get('A')).toMatchObject({ day: '2024-06-28', is_stale: false, missed_sessions: 0 });
  expect(rows.get('LATE')).toMatchObject({ day: '2024-06-26', is_stale: true, missed_sessions: 2 });
  // One that stopped keeps the change of its own last session, and is no mover.
  expect(rows.get('GONE')).toMatchObject({ day: '2021-12-31', previous_day: '2021-12-30', is_stale: true });
  expect(rows.get('GONE')!.change).not.toBe(0);
  expect(rows.has('AHEAD')).toBe(false);
  const movers = (await api.get(`${M}/movers`).expect(200)).body.data as Row[];
  expect(movers.map(({ symbol }) => symbol)).toEqual(expect.not.arrayContaining(['GONE', 'LATE', 'NEW']));
});

it('a symbol with one bar has no change, and one with few bars a year has its averages', async () => {
  const { rows } = await board();
  for (const name of ['previous_day', 'change', 'change_percent', 'return_5', 'sma_20', 'rsi_14', 'relative_volume']) {
    expect([name, rows.get('NEW')![name]]).toEqual([name, null]);
  }
  const bars = (await api.get(`${M}/daily/RARE?start=1990-01-01&limit=1000&indicators=sma(200)`).expect(200)).body
    .data as Row[];
  expect(bars.length).toBeGreaterThan(378);
  expect(rows.get('RARE')).toMatchObject({ sma_200: bars.at(-1)!.sma_200 as number });
  await sql.query(`UPDATE market_data.ohlcv SET close = close + 10 WHERE symbol = 'RARE' AND timestamp = $1`, [
    bars.at(-150)!.day,
  ]);
  await flush();
  const corrected = (await board()).rows.get('RARE')!.sma_200 as number;
  expect(corrected - (bars.at(-1)!.sma_200 as number)).toBeCloseTo(10 / 200, 9);
});

it('nothing is read again while nothing is written', async () => {
  await board();
  expect((await board()).statements).toBe(0);
});

it('what is written is on the board, and only the symbols near it are read again', async () => {
  const before = await board();
  await insert(['A', 'B', 'C'], '2024-06-29', '2024-06-29', '20');
  const after = await board();
  expect(after.session).toBe('2024-06-29');
  expect(after.rows.get('A')).toMatchObject({
    day: '2024-06-29',
    close: 20,
    previous_close: before.rows.get('A')!.close,
  });
  expect(after.rows.get('LATE')).toMatchObject({ missed_sessions: 3 });
  expect(after.rows.get('GONE')).toEqual({ ...before.rows.get('GONE'), missed_sessions: expect.any(Number) });
  expect(after.statements).toBeGreaterThan(0);
  await sql.query(`UPDATE market_data.ohlcv SET close = 19.5 WHERE symbol = 'B' AND timestamp = '2024-06-29'`);
  await flush();
  expect((await board()).rows.get('B')).toMatchObject({ close: 19.5 });
});

it('the first who asks after a pause is told what was written meanwhile', async () => {
  await board();
  await insert(['PAUSE'], '2024-06-20', '2024-06-29');
  passed += 120_000;
  const rows = (await api.get(`${M}/snapshots?symbols=PAUSE`).expect(200)).body.data as Row[];
  expect(rows).toEqual([expect.objectContaining({ symbol: 'PAUSE', day: '2024-06-29' })]);
  passed += 120_000;
  await sql.query(`DELETE FROM market_data.ohlcv WHERE symbol = 'PAUSE' AND timestamp = '2024-06-29'`);
  await flush();
  const counted = (await api.get(`${M}/breadth?start=2024-06-28&end=2024-06-29`).expect(200)).body.data as Row[];
  const [before, after] = counted.map(({ symbols }) => Number(symbols));
  expect(after).toBeLessThan(before!);
});

it('a close that is no number leaves nulls', async () => {
  await sql.query(`DO $$ DECLARE check_name text; BEGIN
    FOR check_name IN SELECT conname FROM pg_constraint WHERE conrelid = 'market_data.ohlcv'::regclass AND contype = 'c'
    LOOP EXECUTE format('ALTER TABLE market_data.ohlcv DROP CONSTRAINT %I', check_name); END LOOP;
  END $$`);
  await sql.query(`UPDATE market_data.ohlcv SET close = 'NaN' WHERE symbol = 'C' AND timestamp = '2024-06-29'`);
  await flush();
  const row = (await board()).rows.get('C')!;
  for (const name of ['close', 'change', 'change_percent', 'return_252', 'sma_20', 'rsi_14', 'volatility_20']) {
    expect([name, row[name]]).toEqual([name, null]);
  }
  const { body } = await api.get(`${M}/screen?where=close%3E0,symbol=C`).expect(200);
  expect(body.data).toEqual([]);
});

it('breadth counts a symbol whose bars came late', async () => {
  const path = `${M}/breadth?start=2024-03-01&end=2024-03-31`;
  const counted = async (): Promise<unknown[]> => {
    passed += IDLE_MS;
    await api.get(`${M}/symbols`).expect(200);
    return ((await api.get(path).expect(200)).body.data as Row[]).map(({ symbols }) => symbols);
  };
  const before = await counted();
  await insert(['FOUND'], '2024-03-01', '2024-03-31');
  // Once as the directory may still lack the symbol, once as it has it.
  await counted();
  expect(await counted()).toEqual(before.map((symbols) => Number(symbols) + 1));
});

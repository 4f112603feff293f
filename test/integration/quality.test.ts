import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { isWeekday } from '../../src/base/nyse.js';
import { formatDay, parseDay } from '../../src/base/time.js';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';

const [FIRST, LAST] = ['2025-01-01', '2025-06-30'];
const WINDOW = `start=${FIRST}&end=${LAST}`;
const PEERS = ['P1', 'P2', 'P3', 'P4'];

const weekdays = (first: string, last: string): string[] =>
  Array.from({ length: parseDay(last)! - parseDay(first)! + 1 }, (_, i) => parseDay(first)! + i)
    .filter(isWeekday)
    .map(formatDay);

/** A change of a symbol on a day, within one percent; each has its own. */
const usual = (symbol: string, n: number): number =>
  Math.sin(n * 12.9898 + symbol.charCodeAt(symbol.length - 1) * 78.233) / 200;
/** A day on which everything fell, and came back on the next one. */
const SHOCK: Record<string, number> = { '04-03': -0.1, '04-04': 0.11 };

/** Closes of a symbol on some days. */
function walk(symbol: string, days: readonly string[]): Map<string, number> {
  let price = 100;
  return new Map(
    days.map((day, n) => {
      price *= 1 + (SHOCK[day.slice(5)] ?? 0) + usual(symbol, n);
      return [day, price];
    }),
  );
}

const INSERT = `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source)
  SELECT $1, day::timestamptz, close, close * 1.001, close * 0.999, close, 1000, close, '1d', 'x'
  FROM unnest($2::text[], $3::numeric[]) AS d (day, close)`;

interface Row {
  readonly start: string;
  readonly end: string;
  readonly finding: string;
  readonly [column: string]: unknown;
}

describe('what is suspect of a symbol', () => {
  let database: TestDatabase;
  let api: TestApp;
  let sample: TestApp;

  beforeAll(async () => {
    database = await createDatabase();
    const sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
    await sql.connect();
    const insert = (symbol: string, closes: ReadonlyMap<string, number>): Promise<unknown> =>
      sql.query(INSERT, [symbol, [...closes.keys()], [...closes.values()].map((close) => close.toFixed(6))]);
    const days = weekdays(FIRST, LAST);
    for (const peer of PEERS) await insert(peer, walk(peer, days));
    await insert('CLEAN', walk('CLEAN', days));
    // Years before there is a market.
    await insert('ALONE', walk('ALONE', weekdays('2014-01-01', '2014-06-30')));
    const odd = walk('X', days);
    for (const [day, close] of odd) {
      const halved = day >= '2025-03-05' ? close / 2 : close;
      odd.set(day, day === '2025-02-10' ? halved * 1.3 : halved);
      if (day > '2025-05-05' && day <= '2025-05-12') odd.set(day, odd.get('2025-05-05')!);
    }
    await insert('X', odd);
    const on = (day: string): string =>
      `symbol = 'X' AND timestamp >= '${day}Z' AND timestamp < '${day}Z'::timestamptz + interval '1 day'`;
    await sql.query(`
      UPDATE market_data.ohlcv SET vwap = high * 1.01 WHERE ${on('2025-06-03')};
      UPDATE market_data.ohlcv SET volume = 0 WHERE ${on('2025-06-05')};
      UPDATE market_data.ohlcv SET source = 'y' WHERE ${on('2025-06-12')} OR ${on('2025-06-13')};
      INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      SELECT symbol, timestamp + interval '14 hours', close, close, close, close, 5, '1h', 'x' FROM market_data.ohlcv WHERE ${on('2025-06-10')};
      INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      SELECT symbol, timestamp + interval '14 hours', close, close, close, close, 5, '1d', 'x' FROM market_data.ohlcv WHERE ${on('2025-06-12')} OR ${on('2025-06-13')}`);
    await sql.end();
    api = await startApp(database.urls.reader);
    sample = await startApp(sharedDatabase().reader);
  }, 120_000);
  afterAll(async () => {
    await api.close();
    await sample.close();
    await database.drop();
  });

  const findings = async (path: string, from = api): Promise<Row[]> =>
    (await from.get(`/v1/market-data/quality/${path}`).expect(200)).body.data as Row[];

  it('is each fault that was planted, and nothing else', async () => {
    const found = await findings(`X?${WINDOW}`);
    expect(found.map(({ start, end, finding, days, detail }) => [start, end, finding, days, detail])).toEqual([
      ['2025-02-10', '2025-02-10', 'spike', 1, null],
      ['2025-03-05', '2025-03-05', 'split_like', 1, '2:1'],
      ['2025-05-05', '2025-05-12', 'flat_run', 6, null],
      ['2025-06-03', '2025-06-03', 'vwap_outside_range', 1, null],
      ['2025-06-05', '2025-06-05', 'zero_volume', 1, null],
      ['2025-06-10', '2025-06-10', 'several_timeframes', 1, '1d, 1h'],
      ['2025-06-12', '2025-06-13', 'several_sources', 2, 'x, y'],
    ]);
    expect(found[0]).toMatchObject({ change: expect.closeTo(0.3, 1), market_change: expect.closeTo(0, 1) });
    expect(found[0]!.times_usual).toBeGreaterThan(8);
  });

  it('is not what the whole market did, but the same of a symbol alone', async () => {
    expect(await findings(`CLEAN?${WINDOW}`)).toEqual([]);
    const alone = await findings('ALONE?start=2014-01-01&end=2014-06-30');
    expect(alone.map(({ start, finding, market_change }) => [start, finding, market_change])).toEqual([
      ['2014-04-03', 'spike', null],
    ]);
  });

  it('is nothing in twenty years of the index: neither 2008 nor 2020', async () => {
    const path = '%5EGSPC?start=2000-01-01&end=2020-12-31';
    expect(await findings(path, sample)).toEqual([]);
    // There were moves that a plain test calls faults.
    const { body } = await sample
      .get('/v1/market-data/daily/%5EGSPC?start=2000-01-01&end=2020-12-31&limit=10000')
      .expect(200);
    const closes = (body.data as { day: string; close: number }[]).map(({ day, close }) => ({ day, close }));
    const crashes = closes
      .filter(({ close }, i) => i > 0 && Math.abs(Math.log(close / closes[i - 1]!.close)) > 0.085)
      .map(({ day }) => day);
    expect(crashes).toEqual(expect.arrayContaining(['2008-09-29', '2008-10-13', '2020-03-12', '2020-03-16']));
    const condition = await sample
      .get(
        `/v1/market-data/condition/%5EGSPC?start=2008-01-01&end=2008-12-31&calendar=xnys&format=csv&fields=condition`,
      )
      .expect(200);
    expect(new Set(condition.text.trim().split('\n'))).toEqual(new Set(['condition', 'complete', 'market_closed']));
  });

  it('names a run whole, and counts its days in the window', async () => {
    expect(await findings('X?start=2025-05-08&end=2025-05-31')).toEqual([
      {
        start: '2025-05-05',
        end: '2025-05-12',
        finding: 'flat_run',
        days: 3,
        change: null,
        market_change: null,
        times_usual: null,
        detail: null,
      },
    ]);
  });

  it('is the same over GraphQL and in CSV', async () => {
    const rest = await findings(`X?${WINDOW}`);
    const { body } = await api
      .graphql(
        `{ symbol(symbol: "X") { quality(start: "${FIRST}", end: "${LAST}") { marketSymbols
        findings { start end finding days change market_change: marketChange times_usual: timesUsual detail } } } }`,
      )
      .expect(200);
    const report = body.data.symbol.quality as { marketSymbols: number; findings: Row[] };
    expect(report.findings.map((row) => ({ ...row, finding: row.finding.toLowerCase() }))).toEqual(rest);
    expect(report.marketSymbols).toBe(PEERS.length + 1);
    const csv = await api.get(`/v1/market-data/quality/X?${WINDOW}&format=csv&fields=start,finding`).expect(200);
    expect(csv.text.trim().split('\n').slice(1)).toEqual(rest.map(({ start, finding }) => `${start},${finding}`));
  });
});

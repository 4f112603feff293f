import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Sent } from '../support/plans.js';

let database: TestDatabase;
let sql: pg.Client;
let api: TestApp;

/** Daily bars on the weekdays of a stretch. */
const insert = (symbols: string, from: string, to: string): string => `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
  SELECT s, day, 10, 12, 9, 11, 100, '1d', 'test'
  FROM generate_series(timestamptz '${from}', timestamptz '${to}', interval '1 day') AS day, unnest(${symbols}) AS s
  WHERE extract(isodow FROM day) < 6`;
const bar = (symbol: string, at: string, timeframe = '1d'): string => `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
  VALUES ('${symbol}', ${at}, 10, 12, 9, 11, 100, '${timeframe}', 'test')`;
const NAMES = Array.from({ length: 100 }, (_, i) => `S${String(i).padStart(3, '0')}`);

beforeAll(async () => {
  database = await createDatabase();
  sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
  await sql.connect();
  await sql.query(insert(`array['${NAMES.join(`','`)}']`, '2016-01-04', '2016-03-31'));
  await sql.query(insert(`array['${NAMES.join(`','`)}']`, '2025-06-02', '2026-01-30'));
  await sql.query(insert(`array['${NAMES.slice(0, 3).join(`','`)}']`, '2018-01-01', '2024-12-31'));
  await sql.query(bar('S000', `'2026-01-30 14:00Z'`, '1m'));
  await sql.query(bar('S001', `'2020-07-01 14:00Z'`, '1h'));
  if (database.urls.timescaledb) {
    await sql.query(`CALL refresh_continuous_aggregate('market_data.ohlcv_daily', NULL, NULL)`);
  }
  api = await startApp(database.urls.reader);
  await api.get('/v1/market-data/symbols').expect(200);
}, 180_000);
afterAll(async () => {
  await api.close();
  await sql.end();
  await database.drop();
});

describe('a timeframe', () => {
  it('that no symbol has is refused for a hundred symbols within a bounded number of statements', async () => {
    const sent = new Sent();
    const { body } = await api.get(`/v1/market-data/latest?symbols=${NAMES.join()}&timeframe=4h`).expect(400);
    sent.restore();
    expect(body.allowed).toEqual(['1d', '1m']);
    expect(sent.statements.length).toBeLessThan(25);
  });

  it('that only some have names the others, in few statements', async () => {
    const sent = new Sent();
    const { body } = await api.get(`/v1/market-data/latest?symbols=${NAMES.join()}&timeframe=1m`).expect(200);
    sent.restore();
    expect(body.data.map((row: { symbol: string }) => row.symbol)).toEqual(['S000']);
    expect(body.meta.without_bar).toHaveLength(99);
    expect(sent.statements.length).toBeLessThan(25);
  });

  it('that came and went within a year is found by a list of bars that asks for it', async () => {
    const path = '/v1/market-data/bars/S001?start=2020-01-01&end=2020-12-31';
    const { body } = await api.get(`${path}&timeframe=1h`).expect(200);
    expect(body.data).toHaveLength(1);
    const other = await api.get(`${path}&timeframe=2h`).expect(400);
    expect(other.body.allowed).toContain('1d');
  });
});

describe('a symbol that was only back-filled', () => {
  it('is found at once, everywhere', async () => {
    await api.get('/v1/market-data/latest/NOSUCH').expect(404);
    await sql.query(insert(`array['BACK']`, '2024-03-04', '2024-03-15'));
    const latest = await api.get('/v1/market-data/latest/BACK').expect(200);
    expect(latest.body.data.timestamp).toBe('2024-03-15T00:00:00Z');
    const symbol = await api.get('/v1/market-data/symbols/BACK').expect(200);
    expect(symbol.body.data).toMatchObject({ first_day: '2024-03-04', last_day: '2024-03-15', days: 10 });
    const daily = await api.get('/v1/market-data/daily/BACK').expect(200);
    expect(daily.body.data).toHaveLength(10);
    const bars = await api.get('/v1/market-data/bars?symbols=BACK,NOPE').expect(200);
    expect(bars.body.data).toHaveLength(10);
    expect(bars.body.meta.unknown).toEqual(['NOPE']);
    const gaps = await api.get('/v1/market-data/gaps/BACK?start=2024-03-04&end=2024-03-18').expect(200);
    expect(gaps.body.data).toEqual([
      { start: '2024-03-18', end: '2024-03-18', missing_days: 1, reason: 'after_last_bar' },
    ]);
    const graphql = await api.graphql('{ symbol(symbol: "BACK") { lastDay daily { nodes { day } } } }');
    expect(graphql.body.data.symbol.daily.nodes).toHaveLength(10);
  });
});

describe('gaps', () => {
  it.each(NAMES.slice(0, 4))(
    'of twelve years are those of the documented query, whatever was left out: %s',
    async (symbol) => {
      await sql.query(`DELETE FROM market_data.ohlcv WHERE symbol = $1 AND abs(hashtext(timestamp::text)) % 7 = 0`, [
        symbol,
      ]);
      const { rows } = await sql.query<{ day: string }>(
        `WITH date_series AS (
         SELECT generate_series(DATE '2015-01-01', DATE '2026-01-30', INTERVAL '1 day')::date AS trading_date
       ), existing_data AS (
         SELECT DISTINCT DATE(timestamp) as data_date FROM market_data.ohlcv WHERE symbol = $1
       )
       SELECT trading_date::text AS day FROM date_series LEFT JOIN existing_data ON trading_date = data_date
       WHERE data_date IS NULL AND EXTRACT(DOW FROM trading_date) NOT IN (0, 6) ORDER BY 1`,
        [symbol],
      );
      const fresh = await startApp(database.urls.reader);
      const { body } = await fresh.get(`/v1/market-data/gaps/${symbol}?start=2015-01-01&end=2026-01-30`).expect(200);
      await fresh.close();
      const gaps = body.data as { start: string; end: string; missing_days: number; reason: string }[];
      const days = gaps.flatMap(({ start, end }) => weekdays(start, end));
      expect(days).toEqual(rows.map((row) => row.day));
      expect(gaps.reduce((sum, gap) => sum + gap.missing_days, 0)).toBe(rows.length);
      expect(body.meta.expected_days - body.meta.present_days).toBe(rows.length);
      // Runs are as long as they can be, across the statements that found them.
      for (const [i, gap] of gaps.entries()) {
        const next = gaps[i + 1];
        if (next?.reason === gap.reason) expect(weekdays(gap.end, next.start).length).toBeGreaterThan(2);
      }
    },
  );

  it('name the days on which the whole market is missing', async () => {
    await sql.query(`DELETE FROM market_data.ohlcv WHERE timestamp >= '2025-11-12' AND timestamp < '2025-11-14'`);
    const fresh = await startApp(database.urls.reader);
    const path = '/v1/market-data/gaps/S050?start=2025-11-01&end=2025-11-30';
    const { body } = await fresh.get(`${path}&calendar=observed`).expect(200);
    const xnys = await fresh.get(`${path}&calendar=xnys`).expect(200);
    await fresh.close();
    const missing = { start: '2025-11-12', end: '2025-11-13', missing_days: 2, reason: 'whole_market_missing' };
    expect(body.data).toEqual([missing]);
    expect(xnys.body.data).toEqual([missing]);
  });
});

describe('a bar that lies ahead, or years behind', () => {
  const answers = async (app: TestApp): Promise<unknown[]> => {
    const found: unknown[] = [];
    for (const path of [
      'latest/S040',
      'daily/S040',
      'bars/S040',
      'gaps/S040',
      'gaps/S040?calendar=observed',
      'symbols/S040',
    ]) {
      const { body } = await app.get(`/v1/market-data/${path}`).expect(200);
      found.push([path, body.data]);
    }
    return JSON.parse(JSON.stringify(found).replace(/"as_of":"[^"]*"/g, '"as_of":""')) as unknown[];
  };

  it('changes no other symbol, nor what its own symbol answers by default', async () => {
    await sql.query(insert(`array['AHEAD']`, '2025-06-02', '2026-01-30'));
    const before = await startApp(database.urls.reader);
    const expected = await answers(before);
    const own = (await before.get('/v1/market-data/daily/AHEAD').expect(200)).body.data;
    await before.close();
    await sql.query(bar('STRAY', `'1970-01-05 00:00Z'`));
    await sql.query(bar('AHEAD', `'2099-05-05 00:00Z'`));
    await sql.query(bar('AHEAD', `'12000-05-05 00:00Z'`));
    await sql.query(bar('AHEAD', `'290000-05-05 00:00Z'`));
    if (!database.urls.timescaledb) await sql.query(bar('AHEAD', `'infinity'`));
    const rounds = database.urls.timescaledb
      ? ['', `CALL refresh_continuous_aggregate('market_data.ohlcv_daily', NULL, NULL)`]
      : [''];
    for (const refresh of rounds) {
      await sql.query(refresh);
      const after = await startApp(database.urls.reader);
      expect(await answers(after)).toEqual(expected);
      expect((await after.get('/v1/market-data/daily/AHEAD').expect(200)).body.data).toEqual(own);
      const latest = await after.get('/v1/market-data/latest/AHEAD').expect(200);
      expect(latest.body.data.timestamp).toBe('2026-01-30T00:00:00Z');
      const symbol = await after.get('/v1/market-data/symbols/AHEAD').expect(200);
      expect(symbol.body.data).toMatchObject({ last_day: '2099-05-05', newest_day: '2026-01-30' });
      const named = await after.get('/v1/market-data/bars/AHEAD?start=2099-01-01&end=2099-12-31').expect(200);
      expect(named.body.data).toHaveLength(1);
      const day = await after.get('/v1/market-data/daily/AHEAD?start=2099-05-01&end=2099-05-31').expect(200);
      expect(day.body.data).toHaveLength(1);
      await after.get('/v1/market-data/symbols').expect(200);
      await after.get('/v1/market-data/gaps').expect(200);
      const catalog = await after.get('/v1/catalog').expect(200);
      const notes = JSON.stringify(catalog.body.data.data_sets[0].notes);
      expect(notes).toContain('Bars lie ahead, up to 2099-05-05 (1 symbols, AHEAD among them)');
      expect(notes).toContain('outside of the years 1 to 9999');
      expect(notes).toContain('1 days with bars, from 1970-01-05 to 1970-01-05, lie years before all others');
      await after.close();
    }
  });
});

function weekdays(start: string, end: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(start); at <= Date.parse(end); at += 86_400_000) {
    const date = new Date(at);
    if (date.getUTCDay() % 6 !== 0) days.push(date.toISOString().slice(0, 10));
  }
  return days;
}

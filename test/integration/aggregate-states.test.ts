import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { describeOnTimescale, startApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

/** Upstream's definition, as its document has it: materialised only is the default since TimescaleDB 2.13. */
const AS_DOCUMENTED = `
  CREATE MATERIALIZED VIEW market_data.ohlcv_daily WITH (timescaledb.continuous) AS
  SELECT symbol, time_bucket('1 day', timestamp) AS day, first(open, timestamp) AS open, max(high) AS high,
    min(low) AS low, last(close, timestamp) AS close, sum(volume) AS volume, avg(vwap) AS vwap
  FROM market_data.ohlcv GROUP BY symbol, day WITH NO DATA`;
const POLICY_RUN = `CALL refresh_continuous_aggregate('market_data.ohlcv_daily', now() - interval '3 days', now() - interval '1 hour')`;
const WHOLE = `CALL refresh_continuous_aggregate('market_data.ohlcv_daily', NULL, NULL)`;
const real = (on: boolean): string =>
  `ALTER MATERIALIZED VIEW market_data.ohlcv_daily SET (timescaledb.materialized_only = ${String(!on)})`;
const insert = (from: string, to: string): string => `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source)
  SELECT s, t, 10 + n % 7, 20 + n % 7, 5, 12 + n % 5, 9007199254740993 / 1000 + n, 11.5, '6h', 'test'
  FROM unnest(array['A', 'B']) s, generate_series(${from}, ${to}, interval '6 hours') WITH ORDINALITY AS g (t, n)`;

describeOnTimescale('the daily bars in every state of the aggregate', () => {
  let database: TestDatabase;
  let sql: pg.Client;
  beforeAll(async () => {
    database = await createDatabase();
    sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
    await sql.connect();
    await sql.query('DROP MATERIALIZED VIEW market_data.ohlcv_daily');
    await sql.query(insert(`now() - interval '500 days'`, `now() - interval '2 hours'`));
    await sql.query(AS_DOCUMENTED);
    await sql.query(`GRANT SELECT ON market_data.ohlcv_daily TO tetra_reader`);
  }, 120_000);
  afterAll(async () => {
    await sql.end();
    await database.drop();
  });

  /** What a client sees in this state, and what it ought to see. */
  async function compare(): Promise<{ freshness: Record<string, unknown>; stored: number }> {
    const api = await startApp(database.urls.reader);
    try {
      const { rows } = await sql.query<{ line: string }>(
        `SELECT concat_ws(',', to_char(time_bucket('1 day', timestamp), 'YYYY-MM-DD'), trim_scale(first(open, timestamp)), trim_scale(max(high)), trim_scale(last(close, timestamp)), sum(volume), trim_scale(avg(vwap))) AS line
         FROM market_data.ohlcv WHERE symbol = 'A' GROUP BY time_bucket('1 day', timestamp) ORDER BY 1`,
      );
      const window = `start=${new Date(Date.now() - 600 * 86_400_000).toISOString().slice(0, 10)}`;
      const fields = 'fields=day,open,high,close,volume,vwap';
      const { text } = await api.get(`/v1/market-data/daily/A?${window}&${fields}&format=csv`).expect(200);
      expect(text.trimEnd().split('\n').slice(1)).toEqual(rows.map((row) => row.line));
      const { body } = await api.graphql(
        '{ symbol(symbol: "B") { firstDay daily(first: 1000) { nodes { day } } gaps(calendar: ALL) { coverage } } }',
      );
      expect(body.data.symbol).toMatchObject({ firstDay: rows[0]!.line.slice(0, 10), gaps: { coverage: 1 } });
      const symbols = await api.get('/v1/market-data/symbols').expect(200);
      expect(symbols.body.data.map((row: { days: number }) => row.days)).toEqual([rows.length, rows.length]);
      const json = await api.get('/v1/market-data/daily/A?limit=1').expect(200);
      const stored = await sql.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM market_data.ohlcv_daily WHERE symbol = 'A'`,
      );
      return { freshness: json.body.meta.freshness, stored: stored.rows[0]!.n };
    } finally {
      await api.close();
    }
  }

  it('nothing stored, materialised only: upstream’s view answers no row, we answer all', async () => {
    const { freshness, stored } = await compare();
    expect(stored).toBe(0);
    expect(freshness).toMatchObject({ materialized_through: null, real_time: false, history_complete: false });
  });

  it('nothing stored, real time', async () => {
    await sql.query(real(true));
    expect((await compare()).freshness).toMatchObject({ materialized_through: null, real_time: true });
  });

  it('only the policy’s three days, real time: history has vanished from the view, not from the answer', async () => {
    await sql.query(POLICY_RUN);
    const { freshness, stored } = await compare();
    expect(stored).toBeLessThan(10);
    expect(freshness).toMatchObject({ real_time: true, history_complete: false });
  });

  it('only the policy’s three days, materialised only', async () => {
    await sql.query(real(false));
    expect((await compare()).freshness).toMatchObject({ real_time: false, history_complete: false });
  });

  it('complete, real time', async () => {
    await sql.query(real(true));
    await sql.query(WHOLE);
    const { freshness } = await compare();
    expect(freshness).toMatchObject({ real_time: true, history_complete: true });
    expect(freshness.materialized_through).toMatch(/^\d{4}-\d\d-\d\dT00:00:00Z$/);
  });

  it('complete, materialised only, with bars that came later', async () => {
    await sql.query(real(false));
    await sql.query(insert(`now() - interval '1 hour'`, `now()`));
    expect((await compare()).freshness).toMatchObject({ real_time: false });
  });

  it('corrected long ago, which no policy run would ever see', async () => {
    await sql.query(real(true));
    await sql.query(
      `UPDATE market_data.ohlcv SET close = 19.25 WHERE symbol = 'A' AND timestamp BETWEEN now() - interval '300 days' AND now() - interval '298 days'`,
    );
    const { freshness } = await compare();
    expect(freshness).toMatchObject({ history_complete: false });
  });

  it('a stretch without a chunk lacks nothing', async () => {
    await sql.query(insert(`now() - interval '590 days'`, `now() - interval '589 days'`));
    await sql.query(WHOLE);
    expect((await compare()).freshness).toMatchObject({ history_complete: true });
  });

  it('dropped chunks live on in the aggregate', async () => {
    await sql.query(WHOLE);
    const before = await sql.query<{ day: string }>(
      `SELECT to_char(min(day), 'YYYY-MM-DD') AS day FROM market_data.ohlcv_daily`,
    );
    await sql.query(`SELECT drop_chunks('market_data.ohlcv', now() - interval '200 days')`);
    const api = await startApp(database.urls.reader);
    const { body } = await api.get(`/v1/market-data/daily/A?start=${before.rows[0]!.day}&limit=1`).expect(200);
    await api.close();
    expect(body.data[0].day).toBe(before.rows[0]!.day);
  });
});

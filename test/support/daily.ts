import type pg from 'pg';
import type { TestApp } from './app.js';

/** The whole aggregate added up, from the first bar to the last. */
export const REFRESH = `CALL refresh_continuous_aggregate('market_data.ohlcv_daily', NULL, NULL)`;

/** A refresh of some days, `to` not included. */
export const refresh = (from: string, to: string): string =>
  `CALL refresh_continuous_aggregate('market_data.ohlcv_daily', '${from}', '${to}')`;

/** Bars of two symbols, `A` and `B`, at a distance from one another, both ends included. */
export const insertBars = (from: string, to: string, every = '1 day'): string => `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source)
  SELECT s, t, 10 + n % 7, 20 + n % 7, 5, 12 + n % 5, 100 + n, 11.5, '1h', 'test'
  FROM unnest(array['A', 'B']) AS s,
    generate_series(timestamptz '${from}', timestamptz '${to}', interval '${every}') WITH ORDINALITY AS g (t, n)
  ON CONFLICT DO NOTHING`;

const LINE = `concat_ws(',', to_char(day, 'YYYY-MM-DD'), trim_scale(open), trim_scale(high), trim_scale(low),
  trim_scale(close), volume, trim_scale(vwap))`;

/** The documented definition over the bars that are there, each day a line. */
export async function daysOfBars(sql: pg.Client, symbol: string): Promise<string[]> {
  const { rows } = await sql.query<{ line: string }>(
    `SELECT ${LINE} AS line FROM (
       SELECT date_trunc('day', timestamp, 'UTC') AS day, (array_agg(open ORDER BY timestamp))[1] AS open, max(high) AS high,
         min(low) AS low, (array_agg(close ORDER BY timestamp DESC))[1] AS close, sum(volume) AS volume, avg(vwap) AS vwap
       FROM market_data.ohlcv WHERE symbol = $1 GROUP BY 1
     ) AS days ORDER BY day`,
    [symbol],
  );
  return rows.map(({ line }) => line);
}

/** The stored days as they are, each a line. */
export async function storedDays(sql: pg.Client, symbol: string): Promise<string[]> {
  const { rows } = await sql.query<{ line: string }>(
    `SELECT ${LINE} AS line FROM market_data.ohlcv_daily WHERE symbol = $1 ORDER BY day`,
    [symbol],
  );
  return rows.map(({ line }) => line);
}

/** What a page says beside its rows. */
export interface Freshness {
  materialized_through: string | null;
  history_complete: boolean;
  as_of: string;
  note: string | null;
}

const COLUMNS = ['day', 'open', 'high', 'low', 'close', 'volume', 'vwap'];

/** The daily bars of a symbol as the API has them, each day a line, and how fresh they are. */
export async function daysOfApi(
  api: TestApp,
  symbol: string,
  query: string,
): Promise<{ days: string[]; freshness: Freshness }> {
  const path = `/v1/market-data/daily/${symbol}?limit=10000&${query}`;
  const { body } = (await api.get(path).expect(200)) as {
    body: { data: Record<string, unknown>[]; meta: { freshness: Freshness } };
  };
  const line = (row: Record<string, unknown>): string => COLUMNS.map((name) => String(row[name])).join();
  return { days: body.data.map(line), freshness: body.meta.freshness };
}

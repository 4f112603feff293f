import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

/** Upstream's own statements, word for word but for what makes their answers text. */
const database = sharedDatabase();
let api: TestApp;
let sql: pg.Client;
beforeAll(async () => {
  api = await startApp(database.reader);
  sql = new pg.Client({ connectionString: database.admin, options: '-c timezone=UTC' });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await api.close();
});

const SYMBOLS = ['^GSPC', 'AAPL', 'BTC-USD', 'SPYM'];
const bucket = database.timescaledb ? `time_bucket('1 day', timestamp)` : `date_trunc('day', timestamp, 'UTC')`;
const first = (value: string, order: string): string =>
  database.timescaledb
    ? `${order === 'asc' ? 'first' : 'last'}(${value}, timestamp)`
    : `(array_agg(${value} order by timestamp ${order}))[1]`;

describe.each(SYMBOLS)('%s', (symbol) => {
  const path = encodeURIComponent(symbol);

  it('latest is the row of upstream’s latest-price query', async () => {
    const { rows } = await sql.query(
      `SELECT trim_scale(close)::text AS close, volume::text, to_char(timestamp, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at FROM market_data.ohlcv WHERE symbol = $1 ORDER BY timestamp DESC LIMIT 1`,
      [symbol],
    );
    const { text } = await api.get(`/v1/market-data/latest/${path}`).expect(200);
    expect(text).toContain(`"timestamp":"${rows[0].at}"`);
    expect(text).toContain(`"close":${rows[0].close},"volume":${rows[0].volume},`);
  });

  it('daily bars are those of upstream’s daily aggregate', async () => {
    const { rows } = await sql.query<{ line: string }>(
      `SELECT concat_ws(',', symbol, to_char(${bucket}, 'YYYY-MM-DD'), trim_scale(${first('open', 'asc')}), trim_scale(max(high)), trim_scale(min(low)), trim_scale(${first('close', 'desc')}), sum(volume)) AS line
       FROM market_data.ohlcv WHERE symbol = $1 GROUP BY symbol, ${bucket} ORDER BY ${bucket}`,
      [symbol],
    );
    const { text } = await api
      .get(
        `/v1/market-data/daily/${path}?start=2000-01-01&format=csv&limit=10000&fields=symbol,day,open,high,low,close,volume`,
      )
      .expect(200);
    expect(text.trimEnd().split('\n').slice(1)).toEqual(rows.map((row) => row.line));
  });

  it('weekday gaps are the days of upstream’s gap query', async () => {
    const { rows } = await sql.query<{ day: string }>(
      `WITH date_series AS (
         SELECT generate_series(DATE '2018-01-01', DATE '2020-12-31', INTERVAL '1 day')::date AS trading_date
       ), existing_data AS (
         SELECT DISTINCT DATE(timestamp) as data_date FROM market_data.ohlcv WHERE symbol = $1
       )
       SELECT trading_date::text AS day FROM date_series LEFT JOIN existing_data ON trading_date = data_date
       WHERE data_date IS NULL AND EXTRACT(DOW FROM trading_date) NOT IN (0, 6) ORDER BY 1`,
      [symbol],
    );
    const { body } = await api.get(`/v1/market-data/gaps/${path}?start=2018-01-01&end=2020-12-31`).expect(200);
    const days = (body.data as { start: string; end: string }[]).flatMap(({ start, end }) => weekdays(start, end));
    expect(days).toEqual(rows.map((row) => row.day));
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

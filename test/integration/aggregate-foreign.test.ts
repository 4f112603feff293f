import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { describeOnTimescale, startApp, type TestApp } from '../support/app.js';
import { daysOfApi, daysOfBars, insertBars, REFRESH } from '../support/daily.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const WINDOW = 'start=2020-01-01&end=2020-12-31';

let database: TestDatabase;
let sql: pg.Client;
let api: TestApp | undefined;

jest.setTimeout(120_000);
beforeAll(async () => {
  database = await createDatabase();
  sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
  await sql.connect();
  await sql.query(insertBars('2020-01-01Z', '2020-06-30T18:00Z', '6 hours'));
  if (database.urls.timescaledb) await sql.query(REFRESH);
});
afterEach(async () => {
  await api?.close();
  api = undefined;
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

interface Shape {
  bucket?: string;
  open?: string;
  where?: string;
  keys?: string;
  more?: string;
}

/** Makes another aggregate in place of the documented one, and adds it up. */
async function replace({
  bucket = `time_bucket('1 day', timestamp)`,
  open = 'first(open, timestamp)',
  where = '',
  keys = 'symbol, day',
  more = '',
}: Shape): Promise<void> {
  await sql.query('DROP MATERIALIZED VIEW market_data.ohlcv_daily');
  await sql.query(`
    CREATE MATERIALIZED VIEW market_data.ohlcv_daily WITH (timescaledb.continuous) AS
    SELECT symbol, ${bucket} AS day, ${open} AS open, max(high) AS high, min(low) AS low,
      last(close, timestamp) AS close, sum(volume) AS volume, avg(vwap) AS vwap ${more}
    FROM market_data.ohlcv AS bar ${where} GROUP BY ${keys} WITH NO DATA`);
  await sql.query('GRANT SELECT ON market_data.ohlcv_daily TO tetra_reader');
  await sql.query(REFRESH);
}

/** Each route that reads daily bars answers, and the rows are those of the bars. */
async function expectRight(): Promise<string | null> {
  api = await startApp(database.urls.reader);
  const { days, freshness } = await daysOfApi(api, 'A', WINDOW);
  expect(days).toEqual(await daysOfBars(sql, 'A'));
  const { body } = await api.get(`/v1/market-data/gaps/A?start=2020-01-01&end=2020-06-30&calendar=all`).expect(200);
  expect(body.meta).toMatchObject({ coverage: 1, freshness: { note: freshness.note } });
  const graphql = await api.graphql(
    `{ symbol(symbol: "B") { daily(start: "2020-01-01", end: "2020-12-31") { nodes { day } freshness { note } } }
       marketDay(date: "2020-03-03") { nodes { symbol } freshness { note } } }`,
  );
  expect(graphql.body.data).toMatchObject({
    symbol: { daily: { freshness: { note: freshness.note } } },
    marketDay: { nodes: [{ symbol: 'A' }, { symbol: 'B' }], freshness: { note: freshness.note } },
  });
  for (const path of ['/v1/catalog', '/v1/market-data/symbols', '/v1/monitoring/database'])
    await api.get(path).expect(200);
  return freshness.note;
}

describeOnTimescale('an aggregate that is not the documented one is not read, and the answer says so', () => {
  it.each<[string, Shape, RegExp]>([
    ['days of Tokyo', { bucket: `time_bucket('1 day', timestamp, 'Asia/Tokyo')` }, /Asia\/Tokyo/],
    ['days from noon', { bucket: `time_bucket('1 day', timestamp, interval '12 hours')` }, /12:00:00/],
    [
      'days counted from noon',
      { bucket: `time_bucket('1 day', timestamp, timestamptz '2000-01-01 12:00Z')` },
      /counted/,
    ],
    ['weeks', { bucket: `time_bucket('7 days', timestamp)` }, /7 days/],
    ['another opening price', { open: 'first(close, timestamp)' }, /open/],
    ['some of the bars', { where: `WHERE timeframe = '1d'` }, /every bar/],
    ['days by timeframe', { keys: 'symbol, timeframe, day', more: ', timeframe' }, /groups by more/],
  ])('%s', async (_, shape, note) => {
    await replace(shape);
    expect(await expectRight()).toMatch(note);
  });

  it.each<[string, Shape]>([
    ['the documented one', {}],
    ['a column more', { more: ', count(*) AS bars' }],
    ['days of UTC by name', { bucket: `time_bucket('1 day', timestamp, 'UTC')` }],
  ])('%s is read', async (_, shape) => {
    await replace(shape);
    expect(await expectRight()).toBeNull();
  });
});

// TimescaleDB itself knows columns by their number; where a relation has another name it does not work either.
describeOnTimescale('a catalog that is not the known one ends in no error', () => {
  const catalog = '_timescaledb_catalog';
  const renamed = (relation: string, before: string, after: string): [string, string] => [
    `ALTER ${relation} RENAME ${before} TO ${after.replace('COLUMN ', '')}`,
    `ALTER ${relation} RENAME ${after} TO ${before.replace('COLUMN ', '')}`,
  ];

  it.each([
    renamed(`TABLE ${catalog}.continuous_agg`, 'COLUMN materialized_only', 'COLUMN stored_only'),
    renamed(`TABLE ${catalog}.dimension_slice`, 'COLUMN range_start', 'COLUMN range_begin'),
    renamed(`TABLE ${catalog}.continuous_aggs_materialization_ranges`, 'COLUMN materialization_id', 'COLUMN aggregate'),
    [
      'ALTER VIEW timescaledb_information.job_stats RENAME TO stats',
      'ALTER VIEW timescaledb_information.stats RENAME TO job_stats',
    ],
    // As 2.29 has it where refreshes are granular.
    [
      `CREATE TABLE ${catalog}.hypertable_cagg_settings (hypertable_id integer PRIMARY KEY, granular_refresh_column name);
       GRANT SELECT ON ${catalog}.hypertable_cagg_settings TO PUBLIC;
       INSERT INTO ${catalog}.hypertable_cagg_settings
         SELECT id, 'symbol' FROM ${catalog}.hypertable WHERE schema_name = 'market_data' AND table_name = 'ohlcv'`,
      `DROP TABLE ${catalog}.hypertable_cagg_settings`,
    ],
    [`REVOKE SELECT ON ${catalog}.continuous_agg FROM PUBLIC`, `GRANT SELECT ON ${catalog}.continuous_agg TO PUBLIC`],
  ])('%s', async (change, back) => {
    await sql.query('SET allow_system_table_mods = on');
    await sql.query(change);
    try {
      api = await startApp(database.urls.reader);
      const { days, freshness } = await daysOfApi(api, 'A', WINDOW);
      expect(days).toEqual(await daysOfBars(sql, 'A'));
      expect(freshness).toMatchObject({ history_complete: false, materialized_through: null });
      expect(freshness.note).toMatch(/version of TimescaleDB/);
      await api.get('/v1/market-data/gaps/A').expect(200);
    } finally {
      await sql.query(back);
    }
  });
});

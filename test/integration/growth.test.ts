import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { LIMITS } from '../../src/base/limits.js';
import { build } from '../../src/sql/build.js';
import { aggregateState } from '../../src/data/market-data/aggregate.sql.js';
import { describeOnTimescale, startApp, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { opens, planOf, rowsOf, Sent } from '../support/plans.js';

let database: TestDatabase;
let sql: pg.Client;
const open = async (): Promise<void> => {
  database = await createDatabase();
  sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
  await sql.connect();
};
interface Page {
  readonly data: unknown[];
  readonly next_page_token: string | null;
}
const close = async (): Promise<void> => {
  await sql.end();
  await database.drop();
};

/** Bars on the weekdays of a stretch. */
const insert = (symbols: number, from: string, to: string): string => `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
  SELECT 'S' || lpad(s::text, 3, '0'), day, 10, 12, 9, 11, 100, '1d', 'test'
  FROM generate_series(timestamptz '${from}', timestamptz '${to}', interval '1 day') AS day, generate_series(1, ${symbols}) AS s
  WHERE extract(isodow FROM day) < 6`;

/** The states of the aggregate and of the archive, which whichever request reads that finds them too old. */
const STATES = /_timescaledb_catalog|from pg_catalog\./;

describe('a wide market', () => {
  const SYMBOLS = 200;
  const DAYS = 130;
  let api: TestApp;
  let sent: Sent;
  beforeAll(async () => {
    await open();
    await sql.query(insert(SYMBOLS, '2024-01-01', '2024-06-28'));
    if (database.urls.timescaledb) {
      await sql.query(`CALL refresh_continuous_aggregate('market_data.ohlcv_daily', NULL, NULL)`);
    }
    await sql.query('VACUUM ANALYZE');
    api = await startApp(database.urls.reader);
    await api.get('/v1/market-data/symbols').expect(200);
    sent = new Sent();
  }, 120_000);
  afterAll(async () => {
    sent.restore();
    await api.close();
    await close();
  });

  async function cost(path: string): Promise<{ all: number; tables: number }> {
    sent.clear();
    await api.get(path).expect(200);
    const read = sent.statements.filter(({ sql: text }) => !STATES.test(text));
    expect(read).toHaveLength(1);
    return rowsOf(sql, read[0]!);
  }

  const names = (count: number): string =>
    Array.from({ length: count }, (_, i) => `S${String(i + 1).padStart(3, '0')}`).join();

  it('is not read for the gaps of one symbol', async () => {
    const { tables } = await cost('/v1/market-data/gaps/S007?start=2024-01-01&end=2024-06-28');
    expect(tables).toBeGreaterThanOrEqual(DAYS);
    expect(tables).toBeLessThan(2 * DAYS);
  });

  it.each(['observed', 'xnys'])('costs another calendar what weekdays cost: %s', async (calendar) => {
    const path = '/v1/market-data/gaps/S007?start=2024-01-01&end=2024-06-28&calendar=';
    expect((await cost(path + calendar)).all).toBe((await cost(`${path}weekdays`)).all);
  });

  it.each(['weekdays', 'observed', 'xnys', 'all'])(
    'has its gaps in pages that end where they have looked at enough: %s',
    async (calendar) => {
      const limits = LIMITS as { coverageDays: number };
      const { coverageDays } = limits;
      const path = `/v1/market-data/gaps?start=2000-01-01&end=2024-06-28&calendar=${calendar}&limit=1000`;
      const whole = await api.get(path).expect(200);
      limits.coverageDays = 30 * DAYS;
      const rows: unknown[] = [];
      for (let token: string | null = ''; token !== null;) {
        sent.clear();
        const { body }: { body: Page } = await api.get(`${path}${token && `&page_token=${token}`}`).expect(200);
        const read = sent.statements.filter(({ sql: text }) => !STATES.test(text));
        for (const statement of read) {
          expect((await rowsOf(sql, statement)).tables).toBeLessThanOrEqual(30 * DAYS);
          if (database.urls.timescaledb) expect((await opens(sql, statement)).chunks).toBeLessThanOrEqual(60);
        }
        rows.push(...body.data);
        token = body.next_page_token;
      }
      limits.coverageDays = coverageDays;
      expect(rows).toHaveLength(SYMBOLS);
      expect(rows).toEqual(whole.body.data);
    },
  );

  it.each(['weekdays', 'observed', 'all'])(
    'costs ten times as much for ten times the symbols: %s',
    async (calendar) => {
      const path = `/v1/market-data/gaps?start=2024-01-01&end=2024-06-28&calendar=${calendar}&symbols=`;
      const few = await cost(path + names(20));
      const many = await cost(path + names(200));
      expect(many.all).toBeLessThan(11 * few.all);
    },
  );

  it.each(['latest', 'bars', 'daily'])('costs no more than what is asked for: %s', async (resource) => {
    const { tables } = await cost(`/v1/market-data/${resource}/S007${resource === 'latest' ? '' : '?limit=100'}`);
    expect(tables).toBeLessThan(3 * DAYS);
  });
});

describeOnTimescale('the state of the aggregate', () => {
  beforeAll(async () => {
    await open();
    await sql.query(`SELECT set_chunk_time_interval('market_data.ohlcv', interval '1 day')`);
    await sql.query(insert(1, '2022-01-03', '2024-06-28'));
    await sql.query(`CALL refresh_continuous_aggregate('market_data.ohlcv_daily', NULL, NULL)`);
    await sql.query('VACUUM ANALYZE _timescaledb_catalog.dimension_slice');
  }, 120_000);
  afterAll(close);

  it('costs a few pages for each stretch in the log, however many chunks there are', async () => {
    const log = await sql.query('SELECT FROM _timescaledb_catalog.continuous_aggs_materialization_invalidation_log');
    // Weekends have no chunk, so what the log says of some stays.
    expect(log.rowCount).toBeGreaterThan(20);
    const [[{ Plan: plan }]] = (await planOf(
      sql,
      aggregateState().compile(build),
      'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)',
    )) as [[{ Plan: Record<string, number> }]];
    expect(plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!).toBeLessThan(100 + 5 * log.rowCount!);
  });
});

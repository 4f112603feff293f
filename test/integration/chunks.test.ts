import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { describeOnTimescale, startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';
import { planOf, Sent } from '../support/plans.js';

interface Chunk {
  name: string;
  from: string;
  to: string;
}

describeOnTimescale('every statement opens the chunks of its window and no other', () => {
  const database = sharedDatabase();
  const chunks = new Map<string, Chunk>();
  let api: TestApp;
  let sql: pg.Client;
  let sent: Sent;

  beforeAll(async () => {
    sql = new pg.Client({ connectionString: database.admin, options: '-c timezone=UTC' });
    await sql.connect();
    await sql.query(
      `SELECT compress_chunk(c, true) FROM show_chunks('market_data.ohlcv', newer_than => '2018-12-01'::timestamptz, older_than => '2019-07-01'::timestamptz) c`,
    );
    const { rows } = await sql.query<Chunk>(
      `SELECT chunk_name AS name, to_char(range_start, 'YYYY-MM-DD') AS from, to_char(range_end, 'YYYY-MM-DD') AS to FROM timescaledb_information.chunks`,
    );
    for (const chunk of rows) chunks.set(chunk.name, chunk);
    api = await startApp(database.reader);
    await api.get('/v1/market-data/symbols').expect(200);
    sent = new Sent();
  }, 120_000);
  afterAll(async () => {
    sent.restore();
    await api.close();
    await sql.end();
  });

  /** Chunks that the plans of what a request sends mention, planned as a statement whose parameters are not known. */
  async function opened(path: string, status = 200): Promise<Chunk[]> {
    sent.clear();
    await api.get(path).expect(status);
    const names = new Set<string>();
    for (const query of sent.statements) {
      const plan = (await planOf<string>(sql, query, 'EXPLAIN')).join('\n');
      for (const [name] of plan.matchAll(/_hyper_\d+_\d+_chunk/g)) if (!name.startsWith('compress')) names.add(name);
    }
    return [...names].flatMap((name) => chunks.get(name) ?? []);
  }

  const outside = (found: Chunk[], from: string, to: string): Chunk[] =>
    found.filter((chunk) => chunk.to <= from || chunk.from >= to);

  it.each([
    ['/v1/market-data/daily/AAPL?start=2019-01-01&end=2019-12-31', '2019-01-01', '2020-01-01'],
    ['/v1/market-data/daily/AAPL?start=2019-03-01&end=2019-03-31&format=columns', '2019-03-01', '2019-04-01'],
    ['/v1/market-data/daily?date=2019-07-03', '2019-07-03', '2019-07-04'],
    ['/v1/market-data/gaps/AAPL?start=2019-01-01&end=2019-12-31', '2019-01-01', '2020-01-01'],
    ['/v1/market-data/gaps/AAPL?start=2019-01-01&end=2019-12-31&calendar=observed', '2018-12-18', '2020-01-15'],
    ['/v1/market-data/bars/AAPL?start=2019-05-01&end=2019-05-31', '2019-05-01', '2019-06-01'],
    ['/v1/market-data/bars?symbols=AAPL,MSFT&start=2019-05-01&end=2019-05-31', '2019-05-01', '2019-06-01'],
  ])('%s', async (path, from, to) => {
    const found = await opened(path);
    expect(found.length).toBeGreaterThan(0);
    expect(outside(found, from, to)).toEqual([]);
  });

  it('latest opens the newest chunks only, and the last day of a symbol that stopped', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const recent = new Date(Date.now() - 16 * 86_400_000).toISOString().slice(0, 10);
    expect(outside(await opened('/v1/market-data/latest/AAPL'), recent, today)).toEqual([]);
    const stopped = await opened('/v1/market-data/latest/^GSPC');
    expect(stopped.filter((chunk) => chunk.to <= recent)).toHaveLength(1);
    expect(stopped.length).toBeLessThanOrEqual(4);
  });

  it.each([
    ['asc', '2015-01-01', '2016-03-01'],
    ['desc', '2024-06-01', '2026-01-08'],
  ])('pages of a wide window open sixty chunks at a time, those of the first rows: %s', async (sort, from, to) => {
    const found = await opened(`/v1/market-data/bars/AAPL?start=2015-01-01&end=2025-12-31&limit=10&sort=${sort}`);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(60);
    expect(outside(found, from, to)).toEqual([]);
  });

  it('each statement of the look for an unknown symbol opens sixty chunks at most', async () => {
    sent.restore();
    sent = new Sent(true);
    await api.get('/v1/market-data/latest/NOSUCH').expect(404);
    const looks = sent.statements.filter(({ parameters }) => JSON.stringify(parameters).includes('NOSUCH'));
    expect(looks.length).toBeGreaterThan(0);
    for (const look of looks) {
      const plan = (await planOf<string>(sql, look, 'EXPLAIN')).join('\n');
      expect(new Set(plan.match(/_hyper_\d+_\d+_chunk/g)).size).toBeLessThanOrEqual(62);
    }
  });
});

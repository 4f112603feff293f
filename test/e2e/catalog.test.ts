import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeOnTimescale, startApp, type TestApp } from '../support/app.js';
import { ALL_DATA_SETS, WRITTEN_DATA_SETS } from '../../src/sql/data-sets.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';

interface DataSet {
  name: string;
  schema: string;
  relation: string;
  available: boolean;
  rows: number | null;
  first: string | null;
  last: string | null;
  lag_seconds: number | null;
  state: string | null;
  expected_by: string | null;
  timeframes: string[] | null;
  sources: string[] | null;
  refresh: Record<string, unknown> | null;
  compression: Record<string, unknown> | null;
  notes: string[];
}

interface Catalog {
  as_of: string;
  data_sets: DataSet[];
  schemas: { name: string; empty: boolean; relations: string[] }[];
}

const NAMES = ALL_DATA_SETS.map(({ name }): string => name);

async function catalogOf(api: TestApp): Promise<Catalog> {
  return (await api.get('/v1/catalog').expect(200)).body.data as Catalog;
}

function setOf({ data_sets: sets }: Catalog, name: string): DataSet {
  const found = sets.find((set) => set.name === name);
  if (!found) throw new Error(`The catalog has no ${name}`);
  return found;
}

describe('the catalog of a filled database', () => {
  let api: TestApp;
  let catalog: Catalog;
  beforeAll(async () => {
    api = await startApp(sharedDatabase().reader);
    catalog = await catalogOf(api);
  });
  afterAll(() => api.close());

  it('lists every data set', () => {
    expect(catalog.data_sets.map(({ name }) => name)).toEqual(NAMES);
    expect(catalog.data_sets.every((set) => set.available && set.name === `${set.schema}.${set.relation}`)).toBe(true);
  });

  it.each(WRITTEN_DATA_SETS)('knows the ends and about the number of rows of $name', async ({ name, time: column }) => {
    const { rows } = await asAdmin(sharedDatabase().admin, (client) =>
      client.query<{ first: Date; last: Date; rows: number }>(
        `select min(${column}) as first, max(${column}) as last, count(*)::int as rows from ${name}`,
      ),
    );
    const [stored] = rows;
    const set = setOf(catalog, name);
    expect([set.first, set.last].map((at) => Date.parse(at!))).toEqual([
      stored!.first.getTime(),
      stored!.last.getTime(),
    ]);
    expect(Math.abs(set.rows! - stored!.rows)).toBeLessThanOrEqual(stored!.rows * 0.1);
  });

  it('counts the days of every symbol for the daily bars', async () => {
    const { rows } = await asAdmin(sharedDatabase().admin, (client) =>
      client.query<{ rows: number }>(
        `select count(distinct (symbol, (timestamp at time zone 'UTC')::date))::int as rows from market_data.ohlcv`,
      ),
    );
    const daily = setOf(catalog, 'market_data.ohlcv_daily');
    expect(daily.rows).toBe(rows[0]!.rows);
    expect(daily).toMatchObject({ first: '2000-01-03T00:00:00Z', timeframes: ['1d'], sources: null });
  });

  it('says how long ago the period of the last row ended, negative for what lies ahead', () => {
    const days = ['market_data.ohlcv', 'market_data.ohlcv_daily', 'economic_data.economic_data'];
    for (const set of catalog.data_sets) {
      const end = Date.parse(set.last!) + (days.includes(set.name) ? 86_400_000 : 0);
      const lag = (Date.now() - end) / 1000;
      expect(Math.abs(set.lag_seconds! - lag)).toBeLessThan(60);
    }
    expect(setOf(catalog, 'events.event_data').lag_seconds).toBeLessThan(0);
    expect(setOf(catalog, 'news.news_articles').lag_seconds).toBeGreaterThan(0);
  });

  it('names timeframes and sources where rows have them', () => {
    expect(setOf(catalog, 'market_data.ohlcv').timeframes).toEqual(['1d']);
    expect(setOf(catalog, 'market_data.ohlcv').sources).toContain('sample');
    expect(setOf(catalog, 'economic_data.economic_data')).toMatchObject({
      timeframes: null,
      sources: ['sample', 'vega-datasets'],
    });
    expect(setOf(catalog, 'news.news_articles').sources).toEqual([
      'Harbor Street Journal',
      'Northgate News',
      'Pacific Markets Daily',
      'Sample Wire',
      'The Ledger Post',
    ]);
  });

  it('says how fresh the daily bars are, and of nothing else', () => {
    const { refresh } = setOf(catalog, 'market_data.ohlcv_daily');
    expect(Object.keys(refresh!)).toEqual([
      ...['materialized_through', 'real_time', 'last_refresh_at', 'history_complete', 'as_of', 'note'],
    ]);
    const stored = sharedDatabase().timescaledb ? expect.stringMatching(/T.*Z$/) : null;
    expect(refresh).toMatchObject({ materialized_through: stored, real_time: true, history_complete: true });
    const others = catalog.data_sets.filter(({ name }) => name !== 'market_data.ohlcv_daily');
    expect(others.map(({ refresh }) => refresh)).toEqual(others.map(() => null));
  });

  it('has notes on every data set', () => {
    for (const { notes } of catalog.data_sets) expect(notes.length).toBeGreaterThan(0);
    expect(setOf(catalog, 'market_data.ohlcv').notes).toContain(
      'Prices are raw: not adjusted for splits or dividends.',
    );
  });

  it('lists all schemas, the empty ones as empty', () => {
    expect(catalog.schemas.map(({ name, empty }) => [name, empty])).toEqual([
      ['market_data', false],
      ['economic_data', false],
      ['news', false],
      ['events', false],
      ['derived', true],
      ['strategies', true],
      ['execution', true],
    ]);
    expect(catalog.schemas[0]!.relations).toEqual(['ohlcv', 'ohlcv_daily']);
    expect(catalog.schemas[4]!.relations).toEqual([]);
  });

  it('has the same tag while only the lag changes', async () => {
    const first = await api.get('/v1/catalog').expect(200);
    await api.get('/v1/catalog', { 'if-none-match': first.headers.etag! }).expect(304);
    expect(first.headers['cache-control']).toBe('public, max-age=10');
  });

  it('takes no parameter', async () => {
    const { body } = await api.get('/v1/catalog?schema=news').expect(400);
    expect(body).toMatchObject({ code: 'unknown_parameter', param: 'schema' });
  });
});

describeOnTimescale('the catalog on TimescaleDB', () => {
  it('counts chunks, and those that are compressed', async () => {
    const api = await startApp(sharedDatabase().reader);
    try {
      const catalog = await catalogOf(api);
      const { rows } = await asAdmin(sharedDatabase().admin, (client) =>
        client.query<{ chunks: number; compressed: number }>(
          `select count(*)::int as chunks, (count(*) filter (where is_compressed))::int as compressed
           from timescaledb_information.chunks where hypertable_name = 'ohlcv'`,
        ),
      );
      expect(rows[0]!.chunks).toBeGreaterThan(100);
      expect(setOf(catalog, 'market_data.ohlcv').compression).toMatchObject({
        enabled: true,
        chunks: rows[0]!.chunks,
        compressed_chunks: rows[0]!.compressed,
        compress_after: expect.any(String),
      });
      expect(setOf(catalog, 'news.news_articles').compression).toBeNull();
    } finally {
      await api.close();
    }
  });
});

describe('the catalog of a database that is not as it should be', () => {
  let database: TestDatabase;
  let api: TestApp;
  let catalog: Catalog;
  beforeAll(async () => {
    database = await createDatabase({ hostileZone: true });
    await asAdmin(database.urls.admin, async (client) => {
      await client.query('create table derived.signals (n int)');
      await client.query('create view derived.newest as select n from derived.signals');
      await client.query('drop table events.event_data');
      await client.query('revoke select on news.news_articles from public, tetra_reader');
      await client.query('drop schema execution');
    });
    api = await startApp(database.urls.reader);
    catalog = await catalogOf(api);
  }, 60_000);
  afterAll(async () => {
    await api.close();
    await database.drop();
  });

  it('has no rows and no ends where a table is empty', () => {
    for (const name of NAMES.slice(0, 3)) {
      expect(setOf(catalog, name)).toMatchObject({
        available: true,
        rows: 0,
        first: null,
        last: null,
        lag_seconds: null,
        state: 'empty',
        expected_by: null,
      });
    }
    expect(setOf(catalog, 'economic_data.economic_data').sources).toEqual([]);
  });

  it.each(['events.event_data', 'news.news_articles'])('says that %s is not available', (name) => {
    expect(setOf(catalog, name)).toMatchObject({
      available: false,
      rows: null,
      first: null,
      last: null,
      lag_seconds: null,
      state: null,
      expected_by: null,
      sources: null,
      notes: expect.arrayContaining([expect.any(String)]),
    });
  });

  it('lists what a schema holds that nothing is known of, and a missing schema as empty', () => {
    const schemas = new Map(catalog.schemas.map((schema) => [schema.name, schema]));
    expect(schemas.get('derived')).toEqual({ name: 'derived', empty: false, relations: ['newest', 'signals'] });
    expect(schemas.get('execution')).toEqual({ name: 'execution', empty: true, relations: [] });
    expect(schemas.get('events')).toEqual({ name: 'events', empty: true, relations: [] });
    expect(schemas.get('news')).toEqual({ name: 'news', empty: false, relations: ['news_articles'] });
  });

  it('lets the data routes of a missing data set fail alone', async () => {
    expect((await api.get('/v1/events').expect(503)).body).toMatchObject({ code: 'database_unavailable' });
    expect((await api.get('/v1/economic-data/series').expect(200)).body.data).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { judge } from '../../src/operations/doctor/judge.js';
import { readFacts } from '../../src/operations/doctor/facts.js';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

const BARS = (relation: string, from: string, to: string): string => `
  INSERT INTO market_data.${relation} (symbol, timestamp, open, high, low, close, volume, timeframe, source)
  SELECT 'AAA', t, 1, 2, 1, 2, 10, '1d', 'test'
  FROM generate_series(timestamptz '${from} 14:00Z', '${to} 14:00Z', interval '24 hours') AS t`;
const NOTE = /archive cannot be read/;
const GRANT = /GRANT SELECT ON market_data\.ohlcv_archive, market_data\.ohlcv_retention TO tetra_reader/;

describe('an archive of bars', () => {
  let database: TestDatabase;
  let api: TestApp;
  const admin = (text: string): Promise<unknown> => asAdmin(database.urls.admin, (client) => client.query(text));
  const restart = async (): Promise<void> => {
    await api.close();
    api = await startApp(database.urls.reader);
  };
  const findings = async (): Promise<{ code: string; fix?: string }[]> => {
    const client = new pg.Client({ connectionString: database.urls.reader });
    await client.connect();
    try {
      return judge(await readFacts(client), Date.now());
    } finally {
      await client.end();
    }
  };
  const note = async (path: string): Promise<unknown> => {
    const { body } = (await api.get(path).expect(200)) as {
      body: { meta: { note?: string; freshness?: { note: string | null } } };
    };
    return body.meta.note ?? body.meta.freshness?.note;
  };
  const status = async (): Promise<{
    archive_readable: boolean | null;
    unseen: { remedy: string }[];
    column_faults: unknown[];
  }> => {
    const { body } = (await api.get('/v1/monitoring/database').expect(200)) as { body: { data: never } };
    return body.data;
  };

  beforeAll(async () => {
    database = await createDatabase();
    await admin(BARS('ohlcv', '2024-01-01', '2024-03-01'));
    await admin(
      `CREATE TABLE market_data.ohlcv_archive (LIKE market_data.ohlcv INCLUDING DEFAULTS, PRIMARY KEY (symbol, timestamp))`,
    );
    await admin(BARS('ohlcv_archive', '2023-11-01', '2023-12-31'));
    await admin('REVOKE ALL ON market_data.ohlcv_archive FROM tetra_reader');
    api = await startApp(database.urls.reader);
  });
  afterAll(async () => {
    await api.close();
    await database.drop();
  });

  it('that may not be read is named by answers, monitoring, metrics and doctor, with the grant', async () => {
    for (const path of [
      'bars/AAA?start=2023-11-01&end=2024-03-01',
      'bars?symbols=AAA&start=2023-11-01&end=2024-03-01',
      'daily/AAA?start=2023-11-01&end=2024-03-01',
      'gaps/AAA?start=2023-11-01&end=2024-03-01',
    ])
      expect([path, await note(`/v1/market-data/${path}`)]).toEqual([path, expect.stringMatching(NOTE)]);
    const recent = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    expect(await note(`/v1/market-data/bars/AAA?start=${recent}`)).toBeUndefined();
    const { text } = await api.graphql(
      '{ symbol(symbol: "AAA") { bars(start: "2023-11-01") { note } daily(start: "2023-11-01") { freshness { note } } } }',
    );
    expect(text.match(new RegExp(NOTE, 'g'))).toHaveLength(2);
    expect((await api.get('/v1/catalog').expect(200)).text).toMatch(NOTE);
    const { archive_readable, unseen } = await status();
    expect(archive_readable).toBe(false);
    expect(unseen.map(({ remedy }) => remedy)).toContainEqual(expect.stringMatching(GRANT));
    expect((await api.get('/metrics').expect(200)).text).toMatch(/^tetra_archive_readable 0$/m);
    expect(await findings()).toContainEqual(
      expect.objectContaining({ code: 'archive_unreadable', level: 'error', fix: expect.stringMatching(GRANT) }),
    );
  });

  it('that lacks a column is named with the column', async () => {
    await admin('GRANT SELECT ON market_data.ohlcv_archive TO tetra_reader');
    await admin('ALTER TABLE market_data.ohlcv_archive RENAME COLUMN vwap TO old_vwap');
    await restart();
    expect(await note('/v1/market-data/bars/AAA?start=2023-11-01&end=2024-03-01')).toMatch(NOTE);
    const fault = { relation: 'market_data.ohlcv_archive', column: 'vwap', type: null };
    expect(await status()).toMatchObject({ archive_readable: false, column_faults: [fault] });
    expect((await findings()).map(({ code }) => code)).toContain('column_differs');
    await admin('ALTER TABLE market_data.ohlcv_archive RENAME COLUMN old_vwap TO vwap');
  });

  it('that can be read is in the answers, and nothing is said', async () => {
    await restart();
    const path = '/v1/market-data/bars/AAA?start=2023-11-01&end=2024-03-01';
    expect(await note(path)).toBeUndefined();
    const { body } = (await api.get(path).expect(200)) as { body: { data: unknown[] } };
    expect(body.data).toHaveLength(122);
    expect(await status()).toMatchObject({ archive_readable: true, column_faults: [] });
    expect((await findings()).map(({ code }) => code)).not.toContain('archive_unreadable');
  });
});

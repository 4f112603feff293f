import { expect, it } from '@jest/globals';
import pg from 'pg';
import { describeOnTimescale, startApp } from '../support/app.js';
import { createDatabase } from '../support/database.js';

describeOnTimescale('chunks of a few hours', () => {
  it('are read whole, though none of them ends with its day', async () => {
    const database = await createDatabase();
    const sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
    await sql.connect();
    await sql.query(`SELECT set_chunk_time_interval('market_data.ohlcv', interval '6 hours')`);
    await sql.query(`INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      SELECT 'A', at, 10, 12, 9, 11, 100, '1h', 'test' FROM unnest(ARRAY['2025-06-02 20:00', '2025-06-03 02:00', '2025-06-05 09:00', '2025-06-05 22:00']::timestamptz[]) AS at`);
    const api = await startApp(database.urls.reader);
    const { body } = await api.get('/v1/market-data/symbols').expect(200);
    expect(body.data).toMatchObject([{ symbol: 'A', first_day: '2025-06-02', last_day: '2025-06-05', days: 3 }]);
    await api.close();
    await sql.end();
    await database.drop();
  });
});

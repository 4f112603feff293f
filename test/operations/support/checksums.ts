import { asAdmin } from '../../support/database.js';

const TABLES = [
  'market_data.ohlcv',
  'market_data.ohlcv_daily',
  'economic_data.economic_data',
  'news.news_articles',
  'events.event_data',
];

/** Number of rows and a checksum over every column of every row, by table; the order of rows does not matter. */
export function checksums(adminUrl: string): Promise<Record<string, string>> {
  return asAdmin(adminUrl, async (client) => {
    await client.query(`set timezone = 'UTC'`);
    const sums: Record<string, string> = {};
    for (const table of TABLES) {
      const { rows } = await client.query<{ sum: string }>(
        `select count(*) || ' rows, ' || coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) as sum from ${table} t`,
      );
      sums[table] = rows[0]!.sum;
    }
    return sums;
  });
}

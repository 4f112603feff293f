import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let api: TestApp;
beforeAll(async () => {
  database = await createDatabase({ plain: true });
  await write(
    `insert into news.news_articles (title, url, source, published_at)
       select 'wire ' || n, 'https://news.example/' || n, 'CNBC', '2024-01-01Z'::timestamptz + n * interval '1 s'
       from generate_series(1, 6) n`,
    `insert into events.event_data (event_type, event_datetime, event_name, country, currency, impact_level, source)
       select 'Rates', '2024-01-01Z'::timestamptz + n * interval '1 s', 'rate ' || n, 'US', 'USD', 1, 'feed'
       from generate_series(1, 6) n`,
    `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       select 'TICK', '2024-01-01Z'::timestamptz + n * interval '1 h', 1, 1, 1, 1, n, '1h', 'Feed'
       from generate_series(1, 6) n`,
  );
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

async function write(...statements: string[]): Promise<void> {
  await asAdmin(database.urls.admin, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

interface List {
  data: Record<string, unknown>[];
  next_page_token: string;
}

/** One page of a list as another server gives it, which knows what was written a moment ago. */
async function page(path: string, token?: string): Promise<List> {
  const fresh = await startApp(database.urls.reader);
  try {
    return (await fresh.get(token === undefined ? path : `${path}&page_token=${token}`).expect(200)).body as List;
  } finally {
    await fresh.close();
  }
}

describe('a page token goes on with what its list was', () => {
  it.each([
    [
      '/v1/news?sources=cnbc&limit=3',
      `insert into news.news_articles (title, url, source, published_at)
       values ('other', 'https://news.example/other', 'cnbc', '2024-01-01Z')`,
    ],
    [
      '/v1/news?sources=CNBC&limit=3',
      `update news.news_articles set source = 'Renamed' where title in ('wire 4', 'wire 5', 'wire 6')`,
    ],
    ...['event_type=rates', 'country=us', 'currency=usd'].map((filter) => [
      `/v1/events?${filter}&start=2024-01-01&limit=3`,
      `insert into events.event_data (event_type, event_datetime, event_name, country, currency, impact_level, source)
       values ('rates', '2024-01-02Z', 'other', 'us', 'usd', 1, 'feed') on conflict do nothing`,
    ]),
    ...['timeframe=1H', 'source=feed', 'timeframe=1H&source=FEED'].map((filter) => [
      `/v1/market-data/bars/TICK?${filter}&limit=3`,
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       values ('TICK', '2024-01-01T01:30:00Z', 1, 1, 1, 1, 9, '1h', 'feed'),
              ('TICK', '2024-01-01T05:31:00Z', 1, 1, 1, 1, 9, '1H', 'FEED') on conflict do nothing`,
    ]),
    [
      '/v1/market-data/bars/TICK?timeframe=2h&limit=2',
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       values ('TICK', '2024-01-01T04:10:00Z', 1, 1, 1, 1, 9, '2h', 'feed')`,
    ],
  ])('%s', async (path, written) => {
    const first = await page(path);
    const before = await page(path, first.next_page_token);
    const kinds = ['market_data.ohlcv', 'news.news_articles', 'events.event_data'];
    await asAdmin(database.urls.admin, async (client) => {
      for (const table of kinds) await client.query(`create temp table ${table.replace('.', '_')} as table ${table}`);
      await client.query(written);
      try {
        const after = await page(path, first.next_page_token);
        if (!written.startsWith('update')) expect(after.data).toEqual(before.data);
      } finally {
        for (const table of kinds) {
          await client.query(`truncate ${table}`);
          await client.query(`insert into ${table} table pg_temp.${table.replace('.', '_')}`);
        }
      }
    });
  });

  it.each(['relevance', 'published_at'])('a search by %s without an index, though more was written', async (sort) => {
    await write(
      `insert into news.news_articles (title, url, published_at, content)
       select 'alpha ' || n, 'https://news.example/alpha/' || n, '2024-01-10Z'::timestamptz + n * interval '1 h',
         (select string_agg(md5(n::text || i), ' ') from generate_series(1, 250) i)
       from generate_series(1, 1500) n`,
    );
    const path = `/v1/news?q=alpha&sort_by=${sort}&limit=10`;
    try {
      const first = await page(path);
      const before = await page(path, first.next_page_token);
      await write(
        `insert into news.news_articles (title, url, published_at, content)
         select 'beta ' || n, 'https://news.example/beta/' || n, max(published_at) - n * interval '1 min',
           (select string_agg(md5(n::text || i), ' ') from generate_series(1, 5000) i)
         from news.news_articles, generate_series(1, 20) n group by n`,
      );
      const after = await page(path, first.next_page_token);
      expect(after.data).toEqual(before.data);
    } finally {
      await write(`delete from news.news_articles where title ~ '^(alpha|beta)'`);
    }
  });
});

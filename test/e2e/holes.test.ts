import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';
import { pagedRows } from '../support/pages.js';

/** Data that stopped, with a hole of seven months and one of twelve years in them. */
const DAYS = ['2011-05-03', '2011-05-04', '2023-07-03', '2023-07-05', '2023-08-01', '2024-02-28', '2024-03-01'];
const NEWEST_FIRST = DAYS.toReversed();
const RECENT = ['2024-02-28', '2024-03-01'];

const ROWS = `unnest($1::text[]) with ordinality as d (day, n)`;
const AT = `(d.day || ' 14:30:00+00')::timestamptz`;

let database: TestDatabase;
let api: TestApp;
beforeAll(async () => {
  database = await createDatabase({ hostileZone: true });
  await asAdmin(database.urls.admin, async (client) => {
    await client.query(
      `insert into news.news_articles (title, content, url, source, published_at)
       select 'Copper ' || d.n, 'AAPL', 'https://news.example/' || d.n, 'Wire', ${AT} from ${ROWS}`,
      [DAYS],
    );
    await client.query(
      `insert into events.event_data (event_type, event_datetime, event_name, symbol, source)
       select 'earnings', ${AT}, 'Earnings', 'AAPL', 'test' from ${ROWS}`,
      [DAYS],
    );
    await client.query(
      `insert into economic_data.economic_data (symbol, date, value, source)
       select 'RATE', ${AT}, d.n, 'test' from ${ROWS}`,
      [DAYS],
    );
    await client.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       select 'AAPL', ${AT}, 1, 1, 1, 1, 1, '1m', 'test' from ${ROWS}`,
      [DAYS],
    );
  });
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

type Row = Record<string, string>;
const daysIn = (rows: readonly Row[], column: string): string[] => rows.map((row) => row[column]!.slice(0, 10));

/** Every row of a GraphQL list, page by page. */
async function connected(field: (page: string) => string, column: string): Promise<string[]> {
  const days: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const page: string = after === null ? 'first: 2' : `first: 2, after: "${after}"`;
    const { body } = await api.graphql(`{ ${field(page)} }`).expect(200);
    let list = (body as { data: Record<string, unknown> }).data;
    while (!('pageInfo' in list)) list = Object.values(list)[0] as Record<string, unknown>;
    const { nodes, pageInfo } = list as { nodes: Row[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    days.push(...daysIn(nodes, column));
    after = pageInfo.endCursor;
    more = pageInfo.hasNextPage;
  }
  return days;
}

const LISTS = [
  ['/v1/news', 'published_at', 'news($page) { … }', 'publishedAt'],
  ['/v1/news?sources=Wire', 'published_at', 'news(sources: ["Wire"], $page) { … }', 'publishedAt'],
  ['/v1/events?sort=desc', 'event_datetime', 'events(sort: DESC, $page) { … }', 'eventDatetime'],
  [
    '/v1/events?sort=desc&symbol=AAPL',
    'event_datetime',
    'symbol(symbol: "AAPL") { events(sort: DESC, $page) { … } }',
    'eventDatetime',
  ],
  [
    '/v1/economic-data/series/RATE/observations?sort=desc',
    'date',
    'series(id: "RATE") { observations(sort: DESC, $page) { … } }',
    'date',
  ],
  [
    '/v1/market-data/bars/AAPL?sort=desc',
    'timestamp',
    'symbol(symbol: "AAPL") { bars(sort: DESC, $page) { … } }',
    'timestamp',
  ],
  ['/v1/market-data/daily/AAPL?sort=desc', 'day', 'symbol(symbol: "AAPL") { daily(sort: DESC, $page) { … } }', 'day'],
] as const;

describe.each(LISTS)('without a window, newest first, %s', (path, column, field, property) => {
  it('goes on over holes to the first row, page by page', async () => {
    expect(daysIn(await pagedRows<Row>(api, path, 2), column)).toEqual(NEWEST_FIRST);
  });

  it('does so in GraphQL', async () => {
    const selected = `nodes { ${property} } pageInfo { hasNextPage endCursor }`;
    const of = (page: string): string => field.replace('$page', page).replace('…', selected);
    expect(await connected(of, property)).toEqual(NEWEST_FIRST);
  });

  it('is whole as CSV', async () => {
    const { text } = await api.get(`${path}${path.includes('?') ? '&' : '?'}format=csv&fields=${column}`).expect(200);
    expect(
      text
        .split('\n')
        .slice(1, -1)
        .map((line) => line.slice(0, 10)),
    ).toEqual(NEWEST_FIRST);
  });

  it('says that nothing is left out', async () => {
    expect((await api.get(path).expect(200)).body.meta).not.toHaveProperty('note');
  });
});

const NEWS_NOTE = 'Without start the window begins at 2024-02-01T00:00:00Z; the data begin at 2011-05-03T14:30:00Z.';
const EVENTS_NOTE = 'Without start the window begins at 2023-12-02T00:00:00Z; the data begin at 2011-05-03T14:30:00Z.';

describe('a default window that leaves rows out says so', () => {
  it.each([
    ['/v1/news?sort=asc', NEWS_NOTE],
    ['/v1/news?q=copper', NEWS_NOTE],
    ['/v1/news?symbol=AAPL', NEWS_NOTE],
    ['/v1/news?author=nobody', NEWS_NOTE],
    ['/v1/news?updated_after=2000-01-01', NEWS_NOTE],
    ['/v1/news/sources', NEWS_NOTE],
    ['/v1/events', EVENTS_NOTE],
    ['/v1/events?sort=desc&updated_after=2000-01-01', EVENTS_NOTE],
    ['/v1/events/types', EVENTS_NOTE],
  ])('%s', async (path, note) => {
    expect((await api.get(path).expect(200)).body.meta).toMatchObject({ note, first_day: '2011-05-03' });
  });

  it.each(['csv', 'ndjson', 'parquet', 'arrow'])('in a header where there are rows only: %s', async (format) => {
    for (const limit of ['', '&limit=1']) {
      const { headers } = await api.get(`/v1/news?sort=asc&format=${format}${limit}`).expect(200);
      expect(headers).toMatchObject({ 'x-note': NEWS_NOTE });
      expect((await api.get(`/v1/news?format=${format}${limit}`).expect(200)).headers).not.toHaveProperty('x-note');
    }
  });

  it.each([
    ['news(sort: ASC)', NEWS_NOTE],
    ['news(query: "copper")', NEWS_NOTE],
    ['events', EVENTS_NOTE],
    ['eventTypes', EVENTS_NOTE],
    ['events(sort: DESC)', null],
    ['news', null],
  ])('%s in GraphQL', async (field, note) => {
    const { body } = await api.graphql(`{ list: ${field} { note } }`).expect(200);
    expect(body.data).toEqual({ list: { note } });
  });

  it('and those of a symbol in GraphQL', async () => {
    const { body } = await api.graphql('{ symbol(symbol: "AAPL") { events { note nodes { id } } } }').expect(200);
    expect(body.data.symbol.events).toMatchObject({ note: EVENTS_NOTE, nodes: RECENT.map(() => ({})) });
  });

  it('but not where the window was asked for', async () => {
    expect((await api.get('/v1/news?start=2024-01-01&sort=asc').expect(200)).body.meta).not.toHaveProperty('note');
  });

  it('names the rows after it, too', async () => {
    const { rows } = await asAdmin(database.urls.admin, (client) =>
      client.query<{ at: string }>(
        `insert into events.event_data (event_type, event_datetime, event_name, source)
         values ('holiday', date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' + interval '400 days', 'Closed', 'test')
         returning to_char(event_datetime at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at`,
      ),
    );
    const other = await startApp(database.urls.reader);
    try {
      const { body } = await other.get('/v1/events?sort=desc').expect(200);
      const { end } = body.meta.query as { end: string };
      expect(body.meta.note).toBe(`Without end the window ends at ${end}; the data end at ${rows[0]!.at}.`);
    } finally {
      await other.close();
      await asAdmin(database.urls.admin, (client) =>
        client.query(`delete from events.event_data where event_type = 'holiday'`),
      );
    }
  });
});

describe('oldest first, articles', () => {
  it.each([1, 3, 500])('come in the order of time by pages of %i', async (limit) => {
    const rows = await pagedRows<Row>(api, '/v1/news?sort=asc&start=2020-01-01', limit);
    expect(daysIn(rows, 'published_at')).toEqual(DAYS.slice(2));
  });

  it('come so in GraphQL', async () => {
    const selected = 'nodes { publishedAt } pageInfo { hasNextPage endCursor }';
    const days = await connected(
      (page) => `news(sort: ASC, start: "2020-01-01", ${page}) { ${selected} }`,
      'publishedAt',
    );
    expect(days).toEqual(DAYS.slice(2));
  });

  it.each([
    ['sort=asc', 'sort=desc'],
    ['sort=desc', 'sort=asc'],
  ])('have page tokens of their own: that of %s is none of %s', async (one, other) => {
    const { body } = await api.get(`/v1/news?start=2020-01-01&limit=1&${one}`).expect(200);
    const token = body.next_page_token as string;
    const refused = await api.get(`/v1/news?start=2020-01-01&limit=1&${other}&page_token=${token}`).expect(400);
    expect(refused.body).toMatchObject({ code: 'invalid_page_token', param: 'page_token' });
  });

  it('are none by relevance', async () => {
    const refused = await api.get('/v1/news?q=copper&sort_by=relevance&sort=asc').expect(400);
    expect(refused.body).toMatchObject({ code: 'invalid_parameter', param: 'sort' });
  });

  it('are found by a search, too', async () => {
    const { body } = await api.get('/v1/news?q=copper&sort=asc&start=2020-01-01').expect(200);
    expect(daysIn(body.data as Row[], 'published_at')).toEqual(DAYS.slice(2));
  });
});

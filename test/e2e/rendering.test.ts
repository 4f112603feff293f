import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let api: TestApp;
beforeAll(async () => {
  database = await createDatabase({ hostileZone: true });
  await asAdmin(database.urls.admin, async (client) => {
    await client.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source)
       select 'TICK', '2025-10-30T14:30:00Z'::timestamptz + n * interval '500 ms', 1, 9, 1, 2, n,
         case when n % 2 = 0 then 1.5 end, '1s', (array['plain', '\\.', 'a,"b"', e'two\\nlines', ''])[1 + n % 5]
       from generate_series(0, 1499) n`,
    );
    await client.query(
      `insert into economic_data.economic_data (symbol, date, value, revision_date, source) values
         ('ODD', '2020-01-01Z', 1, 'infinity', 's'), ('ODD', '2020-02-01Z', 2, '-infinity', 's'),
         ('ODD', '2020-03-01Z', 'NaN', '10000-01-01Z', 's'), ('ODD', '2020-04-01Z', 4, '0044-03-15 BC', 's'),
         ('ODD', '2020-05-01Z', 5, '9999-12-31T23:59:59.999999Z', 's'), ('ODD', '2020-06-01Z', 6, '0001-01-01Z', 's')`,
    );
    await client.query(
      `insert into news.news_articles (id, title, url, published_at)
       values ('${AT_INFINITY}', 't', 'https://news.test/infinity', 'infinity')`,
    );
    await client.query(
      `insert into events.event_data (id, event_type, event_datetime, event_name, source)
       values ('${AT_INFINITY}', 'holiday', '-infinity', 'e', 's')`,
    );
  });
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

/** Of an article and of an event, both at infinity. */
const AT_INFINITY = '00000000-0000-4000-8000-0000000000ff';

const bars = '/v1/market-data/bars/TICK?start=2025-10-30&end=2025-10-30';
const linesOf = async (path: string): Promise<string[]> => (await api.get(path).expect(200)).text.split('\n');

describe('instants and numbers that the wire cannot name', () => {
  const dates = [null, null, null, null, '9999-12-31T23:59:59.999999Z', '0001-01-01T00:00:00Z'];
  const values = [1, 2, null, 4, 5, 6];

  it.each(['', '&units=chg', '&limit=1000'])('are null in every format: %s', async (query) => {
    const path = `/v1/economic-data/series/ODD/observations?fields=revision_date,value${query}`;
    const { data } = (await api.get(path).expect(200)).body as { data: { revision_date: string; value: number }[] };
    expect(data.map((row) => row.revision_date)).toEqual(dates);
    if (!query.includes('units')) expect(data.map(({ value }) => value)).toEqual(values);
    const columns = (await api.get(`${path}&format=columns`).expect(200)).body.data as { revision_date: string[] };
    expect(columns.revision_date).toEqual(dates);
    const fixed = dates.map((date) => date?.replace('00Z', '00.000000Z') ?? null);
    const csv = await linesOf(`${path}&format=csv`);
    expect(csv.slice(1, -1).map((line) => line.split(',')[0] || null)).toEqual(fixed);
    const ndjson = await linesOf(`${path}&format=ndjson`);
    const rows = ndjson.slice(0, -1).map((line) => JSON.parse(line) as { revision_date: string });
    expect(rows.map((row) => row.revision_date)).toEqual(fixed);
  });

  it('are null in GraphQL', async () => {
    const { body } = await api.graphql('{ series(id: "ODD") { observations { nodes { revisionDate value } } } }');
    const { nodes } = body.data.series.observations as { nodes: { revisionDate: string; value: number }[] };
    expect(nodes.map(({ revisionDate }) => revisionDate)).toEqual(dates);
    expect(nodes.map(({ value }) => value)).toEqual(values);
  });

  it('leave out the article and the event that lie there, asked for by their ids too', async () => {
    expect((await api.get(`/v1/news/${AT_INFINITY}`).expect(404)).body.code).toBe('article_not_found');
    expect((await api.get(`/v1/events/${AT_INFINITY}`).expect(404)).body.code).toBe('event_not_found');
    const query = `{ article(id: "${AT_INFINITY}") { publishedAt } event(id: "${AT_INFINITY}") { eventDatetime } }`;
    expect((await api.graphql(query).expect(200)).body).toMatchObject({ data: { article: null, event: null } });
  });
});

describe('CSV and NDJSON', () => {
  it.each(['csv', 'ndjson'])('have one form for all instants of a column, in pages and exports: %s', async (format) => {
    for (const limit of ['&limit=10', '&limit=all']) {
      const { text } = await api.get(`${bars}&format=${format}&fields=timestamp${limit}`).expect(200);
      const found = text.match(/2025-[^"\n]*/g)!;
      expect(found.length).toBe(limit === '&limit=10' ? 10 : 1500);
      expect(found.filter((at) => !/^2025-10-30T14:\d\d:\d\d\.[05]00000Z$/.test(at))).toEqual([]);
    }
    expect((await api.get(`${bars}&limit=2&fields=timestamp`).expect(200)).body.data).toEqual([
      { timestamp: '2025-10-30T14:30:00Z' },
      { timestamp: '2025-10-30T14:30:00.5Z' },
    ]);
  });

  it.each(['limit=10', 'limit=all'])(
    'have no empty line for a null or an empty text that is alone in it: %s',
    async (limit) => {
      const vwaps = await linesOf(`${bars}&format=csv&fields=vwap&${limit}`);
      expect(vwaps.slice(0, 4)).toEqual(['vwap', '1.5', '""', '1.5']);
      const sources = (await api.get(`${bars}&format=csv&fields=source&${limit}`).expect(200)).text;
      expect(sources).toMatch(/^source\nplain\n"\\."\n"a,""b"""\n"two\nlines"\n""\nplain\n"/);
    },
  );

  it('are whole without a limit, and a limit cuts them only when it is asked for', async () => {
    expect(await linesOf(`${bars}&format=csv`)).toHaveLength(2 + 4 * 300 + 300 * 2);
    expect(await linesOf(`${bars}&format=ndjson&fields=close`)).toHaveLength(1501);
    const cut = await api.get(`${bars}&format=ndjson&limit=1000`).expect(200);
    expect(cut.headers['x-next-page-token']).toBeDefined();
    expect((await api.get(bars).expect(200)).body.data).toHaveLength(1000);
    const { headers } = await api.get(bars, { accept: 'text/csv' }).expect(200);
    expect(headers['x-next-page-token']).toBeUndefined();
  });

  it('are a tagged answer where the whole fits a page', async () => {
    const path = '/v1/market-data/daily/TICK?start=2025-10-30&end=2025-10-30&format=csv';
    const first = await api.get(path).expect(200);
    expect(first.headers.etag).toBeDefined();
    await api.get(path, { 'if-none-match': first.headers.etag! }).expect(304);
  });
});

describe('JSON', () => {
  it('has one row a line and no spaces', async () => {
    const { text } = await api.get(`${bars}&limit=3&fields=volume,close`).expect(200);
    expect(text.startsWith('{"data":[{"volume":0,"close":2},\n{"volume":1,"close":2},\n{"volume":2')).toBe(true);
    const days = 'start=2025-10-20&end=2025-11-05';
    const gaps = await api.get(`/v1/market-data/gaps/TICK?${days}`).expect(200);
    expect(gaps.text).toMatch(/^{"data":\[{"start":"2025-10-20","end":"2025-10-29",[^ ]*},\n{"start":"2025-10-31"/);
  });

  it('of GraphQL columns has no spaces', async () => {
    const query = `{ symbol(symbol: "TICK") { bars(first: 2, start: "2025-10-30", end: "2025-10-30") { columns { close source } } } }`;
    const { text } = await api.graphql(query).expect(200);
    expect(text).toContain('"columns":{"close":[2,2],"source":["plain","\\\\."]}');
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

/** Bytes that a single text may have, in a page or alone. */
const LIMIT = 5_000_000;
const DAY = 'start=2024-03-01&end=2024-03-01';
const ARTICLE = '00000000-0000-4000-8000-00000000000a';
const EVENT = '00000000-0000-4000-8000-00000000000e';

let database: TestDatabase;
let api: TestApp;
beforeAll(async () => {
  database = await createDatabase();
  await asAdmin(database.urls.admin, (client) =>
    // Three of each: the first and the last are short.
    client.query(`
      insert into news.news_articles (id, url, source, title, content, published_at)
      select case when n = 2 then '${ARTICLE}' else gen_random_uuid() end, 'https://long.example/' || n, 'Long', n::text,
        repeat('x', case when n = 2 then ${LIMIT + 1} else 10 end), '2024-03-01Z'::timestamptz + n * interval '1 minute'
      from generate_series(1, 3) n;
      insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      values ('LONG', '2024-03-01Z', 1, 1, 1, 1, 1, '1d', 'long');
      insert into events.event_data (id, event_type, event_datetime, event_name, description, symbol, source)
      select case when n = 2 then '${EVENT}' else gen_random_uuid() end, 'long', '2024-03-01Z'::timestamptz + n * interval '1 minute',
        n::text, repeat('x', case when n = 2 then ${LIMIT + 1} else 10 end), 'LONG', 'long'
      from generate_series(1, 3) n`),
  );
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

const LISTS = [
  { list: `/v1/news?${DAY}&fields=title,content`, without: `/v1/news?${DAY}&fields=title`, names: 'title and content' },
  {
    list: `/v1/events?${DAY}&fields=event_name,description`,
    without: `/v1/events?${DAY}&fields=event_type`,
    names: 'event_name and description',
  },
];
const FORMATS = ['json', 'columns', 'csv', 'ndjson'];

describe.each(LISTS)('a text of more than 5 MB in $list', ({ list, without, names }) => {
  it.each(FORMATS)(
    'ends the page before it, and is refused where a page would begin with it, as %s',
    async (format) => {
      const first = await api.get(`${list}&format=${format}&limit=100`).buffer(true).expect(200);
      const token = first.headers['x-next-page-token'] as string;
      expect(first.text.length).toBeLessThan(1000);
      const { body } = await api.get(`${list}&format=${format}&limit=100&page_token=${token}`).expect(400);
      expect(body).toMatchObject({
        code: 'limit_exceeded',
        detail: `The next row has more than ${LIMIT} bytes of ${names}.`,
        hint: 'Choose others with fields, or read an export: format=ndjson with limit=all.',
      });
    },
  );

  it('hinders no page that leaves it out', async () => {
    const { body } = await api.get(without).expect(200);
    expect((body as { data: unknown[] }).data).toHaveLength(3);
  });

  it('is whole in an export', async () => {
    const { text } = await api.get(`${list}&format=ndjson&limit=all`).buffer(true).expect(200);
    const lengths = text
      .trimEnd()
      .split('\n')
      .map((line) => Object.values(JSON.parse(line) as object)[1] as string);
    expect(lengths.map((value) => value.length).toSorted((a, b) => a - b)).toEqual([10, 10, LIMIT + 1]);
  });
});

it.each([
  [`/v1/news/${ARTICLE}`, `The text of article ${ARTICLE} has more than ${LIMIT} bytes.`],
  [`/v1/events/${EVENT}`, `The texts of event ${EVENT} have more than ${LIMIT} bytes.`],
])('%s is refused with the export that has it', async (path, message) => {
  const { body } = await api.get(path).expect(400);
  expect(body).toMatchObject({ code: 'limit_exceeded', param: 'id', detail: message });
  expect((body as { hint: string }).hint).toMatch(/^An export has it: \/v1\//);
});

describe('over GraphQL', () => {
  it.each([
    `{ article(id: "${ARTICLE}") { content } }`,
    `{ event(id: "${EVENT}") { description } }`,
    '{ symbol(symbol: "LONG") { events(start: "2024-03-01", end: "2024-03-01") { nodes { description } } } }',
    '{ symbol(symbol: "LONG") { events(start: "2024-03-01", end: "2024-03-01") { edges { node { id description } } } } }',
    '{ news(start: "2024-03-01", end: "2024-03-01") { nodes { content } } }',
  ])('%s is refused', async (query) => {
    const { body } = await api.graphql(query).expect(400);
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'limit_exceeded' } }] });
  });

  it('the events of a symbol are there where their texts are not asked for', async () => {
    const query =
      '{ symbol(symbol: "LONG") { events(start: "2024-03-01", end: "2024-03-01", first: 2) { nodes { eventDatetime symbol } pageInfo { hasNextPage } } } }';
    const { body } = await api.graphql(query).expect(200);
    expect(body).toEqual({
      data: {
        symbol: {
          events: {
            nodes: [1, 2].map((n) => ({ eventDatetime: `2024-03-01T00:0${n}:00Z`, symbol: 'LONG' })),
            pageInfo: { hasNextPage: true },
          },
        },
      },
    });
  });
});

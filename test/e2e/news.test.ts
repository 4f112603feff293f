import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';
import { ARTICLES, insertArticles, NEWEST_FIRST, urlOf } from '../support/articles.js';
import { idOf, range } from '../support/fixtures.js';
import { pagedRows } from '../support/pages.js';

let database: TestDatabase;
let api: TestApp;

beforeAll(async () => {
  database = await createDatabase({ hostileZone: true });
  await insertArticles(database, ARTICLES);
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

/** The numbers of the articles of a list. */
async function numbers(query: string): Promise<number[]> {
  const { body } = await api.get(`/v1/news?limit=500&${query}`).expect(200);
  return (body.data as { id: string }[]).map(({ id }) => Number(id.slice(-12)));
}

describe('the list of articles', () => {
  it('goes back to the first article from the newest one of an archive that stopped', async () => {
    const { body } = await api.get('/v1/news').expect(200);
    expect(body.meta).toEqual({
      query: {
        q: null,
        search_in: ['title', 'description', 'content'],
        symbol: null,
        updated_after: null,
        sources: null,
        author: null,
        start: '2024-01-31T00:00:00Z',
        end: '2024-03-02T00:00:00Z',
        sort_by: 'published_at',
        sort: 'desc',
        include_content: false,
        limit: 50,
      },
      first_published: '2024-01-31T23:59:59.999999Z',
      last_published: '2024-03-01T12:00:00.000001Z',
      first_day: '2024-01-31',
      last_day: '2024-03-01',
      indexed: null,
    });
    expect(await numbers('')).toEqual([...NEWEST_FIRST, 22]);
  });

  it('goes back 30 days from today, oldest first, while articles come in', async () => {
    const live = await startApp(sharedDatabase().reader);
    try {
      const { body } = await live.get('/v1/news?limit=500&sort=asc').expect(200);
      const { start, end } = body.meta.query as { start: string; end: string };
      expect(Date.parse(end) - Date.parse(start)).toBe(30 * 86_400_000);
      const stored = await asAdmin(sharedDatabase().admin, (client) =>
        client.query<{ id: string }>(
          'select id from news.news_articles where published_at >= $1 and published_at < $2 order by published_at, id',
          [start, end],
        ),
      );
      expect(stored.rows.length).toBeGreaterThan(30);
      expect((body.data as { id: string }[]).map(({ id }) => ({ id }))).toEqual(stored.rows);
      expect(end > body.meta.last_published).toBe(true);
    } finally {
      await live.close();
    }
  });

  it('has every column but the text', async () => {
    const { body } = await api.get('/v1/news?end=2024-02-20').expect(200);
    expect(body.data[0]).toEqual({
      id: idOf(19),
      title: 'Oil "rallies", then slips',
      description: 'One line,\nanother line.',
      url: urlOf(19),
      source: 'The Ledger Post',
      author: "Seán O'Neill",
      published_at: '2024-02-20T08:00:00.123456Z',
    });
  });

  it.each(['include_content=true', 'fields=id,content'])('has the text, too, with %s', async (query) => {
    const { body } = await api.get(`/v1/news?${query}&end=2024-02-20&limit=2`).expect(200);
    expect(body.data).toMatchObject([
      { id: idOf(19), content: 'Barrels.\r\n\r\nMore barrels.' },
      { id: idOf(20), content: null },
    ]);
  });

  it('has the columns of `fields` in their order', async () => {
    const { text } = await api.get('/v1/news?fields=source,id&end=2024-02-10&limit=1').expect(200);
    expect(text).toContain(`"data":[{"source":null,"id":"${idOf(20)}"}]`);
  });

  it('takes a day as an end whole and an instant without it', async () => {
    expect(await numbers('start=2024-01-31&end=2024-02-01')).toEqual([21, 22]);
    expect(await numbers('start=2024-01-31&end=2024-02-01T00:00:00Z')).toEqual([22]);
    expect(await numbers('start=2024-03-01T12:00:00.000001Z')).toEqual(range(13, 18).reverse());
  });

  it.each([1, 7])('gives every article once by pages of %i, equal times or not', async (limit) => {
    const rows = await pagedRows<{ id: string }>(api, '/v1/news?start=2024-01-01', limit);
    expect(rows.map(({ id }) => id)).toEqual([...NEWEST_FIRST, 22].map(idOf));
  });

  it('goes on where it was when an article comes in between two pages', async () => {
    const first = await api.get('/v1/news?limit=10').expect(200);
    await insertArticles(database, [{ ...ARTICLES[0]!, number: 99, published_at: '2024-03-01T18:00:00Z' }]);
    try {
      const next = await api.get(`/v1/news?limit=500&page_token=${first.body.next_page_token}`).expect(200);
      const seen = [...first.body.data, ...next.body.data] as { id: string }[];
      expect(seen.map(({ id }) => id)).toEqual([...NEWEST_FIRST, 22].map(idOf));
    } finally {
      await asAdmin(database.urls.admin, (client) =>
        client.query('delete from news.news_articles where id = $1', [idOf(99)]),
      );
    }
  });

  it('quotes what CSV must quote, in pages and exports alike', async () => {
    const path = '/v1/news?format=csv&fields=title,description,source&end=2024-02-20&start=2024-02-05';
    const page = await api.get(path).expect(200);
    expect(page.text).toBe(
      'title,description,source\n"Oil ""rallies"", then slips","One line,\nanother line.",The Ledger Post\n' +
        'Central bank holds rates,Copper was unchanged.,\n',
    );
    expect((await api.get(`${path}&limit=all`).expect(200)).text).toBe(page.text);
    expect(page.headers['content-disposition']).toBe('attachment; filename="news.csv"');
  });

  it('is the same as NDJSON and as columns', async () => {
    const rows = (await api.get('/v1/news?include_content=true').expect(200)).body.data as Record<string, unknown>[];
    expect(rows).toHaveLength(NEWEST_FIRST.length + 1);
    const lines = (await api.get('/v1/news?include_content=true&format=ndjson&limit=all').expect(200)).text;
    // Instants of NDJSON have one form, whatever the row.
    const fixed = (row: object): string => JSON.stringify(row).replace(/(T\d\d:\d\d:\d\d)Z"/, '$1.000000Z"');
    expect(lines).toBe(rows.map((row) => `${fixed(row)}\n`).join(''));
    const { data } = (await api.get('/v1/news?format=columns&fields=id,author').expect(200)).body;
    expect(data).toEqual({ id: rows.map((row) => row.id), author: rows.map((row) => row.author) });
  });
});

describe('filters', () => {
  it.each([
    ['sources=Wire', [...range(1, 12).reverse(), 21]],
    ['sources=The Ledger Post,Northgate News', [...range(13, 18).reverse(), 19]],
    ['sources=wire', [...range(1, 12).reverse(), 21]],
    ['author=ADA LINDQVIST', [...range(1, 12).reverse(), 21]],
    [`author=${encodeURIComponent("SEÁN O'NEILL")}`, [19]],
    ['author=Ada', []],
    ['author=ada lindqvist&sources=Wire&end=2024-02-15', [21]],
  ])('%s', async (query, expected) => {
    expect(await numbers(query.replaceAll(' ', '%20'))).toEqual(expected);
  });
});

describe('search', () => {
  it.each([
    ['copper', [...range(13, 18).reverse(), ...range(1, 12).reverse(), 20, 21]],
    ['COPPER Zinc', range(13, 18).reverse()],
    ['copper -zinc', [...range(1, 12).reverse(), 20, 21]],
    ['"prices rise"', range(1, 12).reverse()],
    ['rise prices', range(1, 12).reverse()],
    ['"rise prices"', []],
    ['oil or zinc', [...range(13, 18).reverse(), 19]],
    ['price', [...range(1, 12).reverse(), 21]],
    ['the copper', [...range(13, 18).reverse(), ...range(1, 12).reverse(), 20, 21]],
    ["copper & | ! ( : * <-> \\ '", [...range(13, 18).reverse(), ...range(1, 12).reverse(), 20, 21]],
    ['platinum', []],
    ['the', [21]],
    ['"does it"', []],
  ])('finds %s', async (q, expected) => {
    expect(await numbers(`q=${encodeURIComponent(q)}`)).toEqual(expected);
  });

  it.each([
    ['title', [...range(13, 18).reverse(), ...range(1, 12).reverse()]],
    ['description', [20]],
    ['content', [21]],
    ['content,description', [20, 21]],
  ])('looks only into the %s where it is told to', async (part, expected) => {
    expect(await numbers(`q=copper&search_in=${part}`)).toEqual(expected);
  });

  it('adds to the other filters', async () => {
    expect(await numbers('q=copper&sources=Wire&start=2024-01-01&end=2024-02-28')).toEqual([21]);
  });

  const byRelevance = [...range(13, 18).reverse(), ...range(1, 12).reverse(), 21, 20];

  it('by relevance puts a word in the title before one in the text, and equal ones newest first', async () => {
    expect(await numbers('q=copper&sort_by=relevance')).toEqual(byRelevance);
  });

  it.each([1, 7])('by relevance gives every article once by pages of %i', async (limit) => {
    const rows = await pagedRows<{ id: string }>(api, '/v1/news?q=copper&sort_by=relevance', limit);
    expect(rows.map(({ id }) => id)).toEqual(byRelevance.map(idOf));
    expect(Object.keys(rows[0]!)).not.toContain('rank');
  });

  it('by relevance has the text where it is asked for', async () => {
    const { body } = await api.get('/v1/news?q=price&sort_by=relevance&fields=content&end=2024-02-05').expect(200);
    expect(body.data).toEqual([{ content: 'The price of copper doubled. Copper, copper!' }]);
  });
});

describe('bad input is a 400 that names the parameter', () => {
  it.each([
    ['limit=501', 'limit_exceeded', 'limit'],
    ['limit=all', 'invalid_parameter', 'limit'],
    ['sort_by=relevance', 'invalid_parameter', 'sort_by'],
    ['sources=Wires', 'invalid_parameter', 'sources'],
    [`q=${'a%20'.repeat(51)}`, 'invalid_parameter', 'q'],
    ['symbol=%20', 'invalid_parameter', 'symbol'],
    [`symbol=${'A'.repeat(21)}`, 'invalid_parameter', 'symbol'],
    ['q=%22%22', 'invalid_parameter', 'q'],
    ['q=-%26%7C%21', 'invalid_parameter', 'q'],
    ['q=%20', 'invalid_parameter', 'q'],
    [`q=${'a'.repeat(501)}`, 'invalid_parameter', 'q'],
    ['q=%00', 'invalid_parameter', 'q'],
    ['query=copper', 'unknown_parameter', 'query'],
    ['search_in=body', 'invalid_parameter', 'search_in'],
    ['include_content=yes', 'invalid_parameter', 'include_content'],
    ['sources=a,,b', 'invalid_parameter', 'sources'],
    [`sources=${'a'.repeat(101)}`, 'invalid_parameter', 'sources'],
    [`sources=${range(1, 51).join()}`, 'limit_exceeded', 'sources'],
    [`author=${'a'.repeat(201)}`, 'invalid_parameter', 'author'],
    ['start=2024-02-01T00:00:00', 'invalid_parameter', 'start'],
    ['start=2024-02-02&end=2024-02-01', 'invalid_parameter', 'end'],
    ['start=2000-01-01&end=2024-01-01', 'window_too_large', 'start'],
    ['fields=titel', 'invalid_parameter', 'fields'],
    ['page_token=abc', 'invalid_page_token', 'page_token'],
  ])('%s', async (query, code, param) => {
    expect((await api.get(`/v1/news?${query}`).expect(400)).body).toMatchObject({ code, param });
  });

  it.each(['q=zinc', 'q=copper&search_in=title', 'q=copper&sources=Wire', 'q=copper&sort_by=relevance'])(
    'a page token of another search, at %s',
    async (query) => {
      const { body } = await api.get('/v1/news?q=copper&limit=2').expect(200);
      const refused = await api.get(`/v1/news?${query}&page_token=${body.next_page_token}`).expect(400);
      expect(refused.body).toMatchObject({ code: 'invalid_page_token', param: 'page_token' });
    },
  );
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { ARTICLES, insertArticles, NOON, urlOf } from '../support/articles.js';
import { idOf } from '../support/fixtures.js';
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

describe('one article', () => {
  it.each([idOf(19), idOf(19).toUpperCase()])('comes with its text: %s', async (id) => {
    const { body } = await api.get(`/v1/news/${id}`).expect(200);
    expect(body.meta).toEqual({ query: { id: idOf(19) } });
    expect({ number: 19, ...body.data }).toEqual({ ...ARTICLES[18], id: idOf(19), url: urlOf(19) });
  });

  it('is a 404 where there is none of that id', async () => {
    const { body } = await api.get(`/v1/news/${idOf(1000)}`).expect(404);
    expect(body).toMatchObject({ code: 'article_not_found', param: 'id' });
  });

  it.each(['1', 'sourcesx', `${idOf(19)}0`, '%00'])('is a 400 where %s is no id', async (id) => {
    const { body } = await api.get(`/v1/news/${id}`).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', param: 'id' });
  });
});

describe('sources', () => {
  const SOURCES = [
    {
      source: 'Archive',
      articles: 1,
      first_published: '2024-01-31T23:59:59.999999Z',
      last_published: '2024-01-31T23:59:59.999999Z',
    },
    {
      source: 'Northgate News',
      articles: 6,
      first_published: '2024-03-01T12:00:00.000001Z',
      last_published: '2024-03-01T12:00:00.000001Z',
    },
    {
      source: 'The Ledger Post',
      articles: 1,
      first_published: '2024-02-20T08:00:00.123456Z',
      last_published: '2024-02-20T08:00:00.123456Z',
    },
    { source: 'Wire', articles: 13, first_published: '2024-02-01T00:00:00Z', last_published: NOON },
    {
      source: null,
      articles: 1,
      first_published: '2024-02-10T00:00:00Z',
      last_published: '2024-02-10T00:00:00Z',
    },
  ];

  it('are those of the default window, those without a name last', async () => {
    const { body } = await api.get('/v1/news/sources').expect(200);
    expect(body).toMatchObject({
      data: SOURCES.slice(1),
      meta: { query: { start: '2024-02-01T00:00:00Z', end: '2024-03-02T00:00:00Z' } },
      next_page_token: null,
    });
  });

  it.each([1, 2])('come once each by pages of %i', async (limit) => {
    expect(await pagedRows(api, '/v1/news/sources?start=2024-01-01', limit)).toEqual(SOURCES);
  });
});

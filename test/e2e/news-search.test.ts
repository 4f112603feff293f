import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { startApp, type TestApp } from '../support/app.js';
import { type ArticleFixture, insertArticles } from '../support/articles.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';
import { pagedRows } from '../support/pages.js';

const TITLES = [
  'AT&T buys a rival',
  'ON Semiconductor beats estimates',
  'Spending on chips grows',
  'IT stocks slide',
  'It rained in Zürich',
  'ZURICH insurers gain',
  '日経平均株価が上昇',
  '平均気温',
  'Łódź and Straße',
  'Apple (NASDAQ: AAPL) rises; $MSFT falls',
  'An aapl in lower case, AAPLX in another',
  'Berkshire BRK.B splits',
  'BRK-A and BRKB are others',
  'The ^GSPC index closed higher. BRK.B.',
  "O'Neill sells",
  '서울 증시 상승',
];

let database: TestDatabase;
let unindexed: TestDatabase;
const apis = new Map<string, TestApp>();

const fixtures: ArticleFixture[] = TITLES.map((title, i) => ({
  number: i,
  title,
  description: i === 2 ? 'The rival of AT & T' : null,
  content: i === 4 ? 'Nothing on banks.' : null,
  source: i % 2 === 0 ? 'Reuters' : 'Bloomberg, L.P.',
  author: null,
  published_at: `2024-03-01T12:00:${String(59 - i).padStart(2, '0')}Z`,
}));

beforeAll(async () => {
  database = await createDatabase({ hostileZone: true });
  unindexed = await createDatabase({ hostileZone: true });
  await insertArticles(database, fixtures);
  await insertArticles(unindexed, fixtures);
  apis.set('read', await startApp(unindexed.urls.reader));
  await asAdmin(database.urls.admin, async (client) => {
    const file = readFileSync('db/optional/news-search.sql', 'utf8').replaceAll(/^--.*$/gm, '');
    for (const statement of file.split(';\n')) if (statement.trim() !== '') await client.query(statement);
    // A table of a few pages is read, not looked up, unless that is forbidden.
    await client.query(
      `alter role tetra_reader in database ${client.escapeIdentifier(client.database!)} set enable_seqscan = off`,
    );
    await client.query(
      `alter role tetra_reader in database ${client.escapeIdentifier(client.database!)} set enable_indexscan = off`,
    );
  });
  apis.set('indexed', await startApp(database.urls.reader));
}, 60_000);
afterAll(async () => {
  for (const api of apis.values()) await api.close();
  await database.drop();
  await unindexed.drop();
});

async function found(how: string, query: string): Promise<string[]> {
  const { body } = await apis.get(how)!.get(`/v1/news?${query}`).expect(200);
  return (body.data as { title: string }[]).map(({ title }) => title);
}

describe.each(['read', 'indexed'])('a search, %s,', (how) => {
  it.each([
    ['AT&T', [0, 2]],
    ['AT&T rival', [0, 2]],
    ['ON', [1, 2, 4]],
    ['ON estimates', [1]],
    ['on estimates', [1]],
    ['IT', [3, 4]],
    ['Zurich', [4, 5]],
    ['zürich', [4, 5]],
    ['Zürich -insurers', [4]],
    ['日経平均', [6]],
    ['平均', [6, 7]],
    ['"日経平均" or Lodz', [6, 8]],
    ['strasse', [8]],
    ["o'neill", [14]],
    ['증시', [15]],
    ['ON -estimates', [2, 4]],
    ['chips or IT', [2, 3, 4]],
  ])('finds %s', async (q, expected) => {
    expect(await found(how, `q=${encodeURIComponent(q)}`)).toEqual(expected.map((i) => TITLES[i]));
  });

  it.each([
    ['ON', 'title', [1, 2]],
    ['ON', 'content', [4]],
    ['rival', 'description', [2]],
    ['rival', 'title', [0]],
    ['AT&T', 'description,content', [2]],
  ])('finds %s in the %s', async (q, parts, expected) => {
    const titles = await found(how, `q=${encodeURIComponent(q)}&search_in=${parts}`);
    expect(titles).toEqual(expected.map((i) => TITLES[i]));
  });

  it.each([
    ['AAPL', [9]],
    ['MSFT', [9]],
    ['BRK.B', [11, 13]],
    ['BRK', []],
    ['^GSPC', [13]],
    ['.*', []],
    ['T', [2]],
  ])('finds articles that name %s', async (symbol, expected) => {
    expect(await found(how, `symbol=${encodeURIComponent(symbol)}`)).toEqual(expected.map((i) => TITLES[i]));
    const query = 'query ($symbol: String) { news(symbol: $symbol) { nodes { title } } }';
    const { body } = await apis.get(how)!.graphql(query, { symbol }).expect(200);
    expect((body.data.news.nodes as { title: string }[]).map(({ title }) => title)).toEqual(
      expected.map((i) => TITLES[i]),
    );
  });

  it('says whether an index served it', async () => {
    const { body } = await apis.get(how)!.get('/v1/news?q=rival').expect(200);
    expect(body.meta.indexed).toBe(how === 'indexed');
  });

  it('by relevance gives every article once, page by page', async () => {
    const path = '/v1/news?sort_by=relevance&q=on%20or%20rival%20or%20IT%20or%20平均';
    const whole = (await apis.get(how)!.get(path).expect(200)).body.data as { id: string }[];
    expect(whole.length).toBeGreaterThan(5);
    expect(await pagedRows(apis.get(how)!, path, 1)).toEqual(whole);
  });

  it('takes sources whatever their case, and refuses others with what is near', async () => {
    expect(await found(how, 'q=rival&sources=reuters')).toEqual([TITLES[0], TITLES[2]]);
    const { body } = await apis.get(how)!.get('/v1/news?sources=Reutres').expect(400);
    expect(body).toMatchObject({
      code: 'invalid_parameter',
      param: 'sources',
      allowed: expect.arrayContaining(['Reuters']),
    });
  });
});

describe('without an index, a window with more than can be read', () => {
  beforeAll(() =>
    asAdmin(unindexed.urls.admin, (client) =>
      client.query(
        `insert into news.news_articles (title, url, published_at)
         select 'Number ' || n, 'https://news.example/many/' || n, timestamptz '2024-04-30T12:00:00Z' - n * interval '1 minute'
         from generate_series(1, 80000) n`,
      ),
    ),
  );

  it('is refused with the day from which it can be searched', async () => {
    const api = apis.get('read')!;
    // The window ends with the newest article, which is asked for every second.
    const path = '/v1/news?end=2024-04-30&q=zebra';
    for (const more of ['', '&sort_by=relevance']) {
      const { body } = await api.get(`${path}&start=2020-01-01${more}`).expect(400);
      expect(body).toMatchObject({ code: 'window_too_large', param: 'start' });
      expect(body.hint).toContain('db/optional/news-search.sql');
      const start = /start=(\S+)/.exec(body.hint as string)![1]!;
      expect((await api.get(`${path}&start=${start}${more}`).expect(200)).body.data).toEqual([]);
    }
    const { body } = await api.get('/v1/news?symbol=ZZZ&start=2020-01-01&end=2024-04-30').expect(400);
    expect(body).toMatchObject({ code: 'window_too_large', param: 'start' });
  });

  it('is made shorter where it is the default, and the answer says so', async () => {
    const { body } = await apis.get('read')!.get('/v1/news?q=number&end=2024-04-30&limit=1').expect(200);
    expect(body.meta.indexed).toBe(false);
    expect(body.data).toHaveLength(1);
    expect(body.meta.query.start > '2024-03-20T00:00:00Z').toBe(true);
  });

  it('takes turns with the other searches of its request', async () => {
    const fields = [1, 2, 3, 4].map((n) => `a${n}: news(query: "zebra${n}", end: "2024-04-30") { nodes { id } }`);
    const { body } = await apis
      .get('read')!
      .graphql(`{ ${fields.join(' ')} }`)
      .expect(200);
    expect(Object.values(body.data as Record<string, { nodes: unknown[] }>).map(({ nodes }) => nodes)).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });
});

it('finds its indexes, and the plan uses them', async () => {
  const plan = await asAdmin(database.urls.reader, async (client) => {
    const { document } = await import('../../src/data/news/document.js');
    const { build } = await import('../../src/sql/build.js');
    const { sql } = await import('kysely');
    const parts = ['title', 'description', 'content'] as const;
    const plans: string[] = [];
    for (const configuration of ['english', 'simple'] as const) {
      const { sql: text } =
        sql`select 1 from news.news_articles as article where ${document(configuration, parts)} @@ 'a'::tsquery`.compile(
          build,
        );
      plans.push(JSON.stringify((await client.query(`explain ${text}`)).rows));
    }
    return plans.join();
  });
  expect(plan).toContain('news_articles_english_1');
  expect(plan).toContain('news_articles_words_1');
});

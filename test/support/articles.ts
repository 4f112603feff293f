import { asAdmin, type TestDatabase } from './database.js';
import { idOf, range } from './fixtures.js';

/** A row of news.news_articles; its number is the end of its id. */
export interface ArticleFixture {
  number: number;
  title: string;
  description: string | null;
  content: string | null;
  source: string | null;
  author: string | null;
  published_at: string;
}

/** When twelve of them were published. */
export const NOON = '2024-03-01T12:00:00Z';

/** An archive that stopped. Twelve articles share one instant, six the microsecond after it. */
export const ARTICLES: ArticleFixture[] = [
  ...range(1, 12).map((number) => ({
    number,
    title: 'Copper prices rise',
    description: 'Demand was strong.',
    content: 'Nothing more is known.',
    source: 'Wire',
    author: 'Ada Lindqvist',
    published_at: NOON,
  })),
  ...range(13, 18).map((number) => ({
    number,
    title: 'Copper and zinc fall',
    description: 'Smelters cut output.',
    content: 'Nothing more is known.',
    source: 'Northgate News',
    author: 'Bruno Keller',
    published_at: '2024-03-01T12:00:00.000001Z',
  })),
  {
    number: 19,
    title: 'Oil "rallies", then slips',
    description: 'One line,\nanother line.',
    content: 'Barrels.\r\n\r\nMore barrels.',
    source: 'The Ledger Post',
    author: "Seán O'Neill",
    published_at: '2024-02-20T08:00:00.123456Z',
  },
  {
    number: 20,
    title: 'Central bank holds rates',
    description: 'Copper was unchanged.',
    content: null,
    source: null,
    author: null,
    published_at: '2024-02-10T00:00:00Z',
  },
  {
    number: 21,
    title: 'Quarterly report',
    description: null,
    content: 'The price of copper doubled. Copper, copper!',
    source: 'Wire',
    author: 'ada lindqvist',
    published_at: '2024-02-01T00:00:00Z',
  },
  {
    number: 22,
    title: 'Copper mine reopens',
    description: 'After years.',
    content: 'It does.',
    source: 'Archive',
    author: 'Ada Lindqvist',
    published_at: '2024-01-31T23:59:59.999999Z',
  },
];

/** The URL of a fixture. */
export const urlOf = (number: number): string => `https://news.example/${number}`;

/** Newest first, those of one instant by falling id. */
export const NEWEST_FIRST = [...range(13, 18).reverse(), ...range(1, 12).reverse(), 19, 20, 21];

/** Puts some into a database. */
export function insertArticles(database: TestDatabase, articles: readonly ArticleFixture[]): Promise<unknown> {
  const rows = articles.map((article) => ({ ...article, id: idOf(article.number), url: urlOf(article.number) }));
  return asAdmin(database.urls.admin, (client) =>
    client.query(
      `insert into news.news_articles (id, title, description, content, url, source, author, published_at)
       select id, title, description, content, url, source, author, published_at
       from json_populate_recordset(null::news.news_articles, $1)`,
      [JSON.stringify(rows)],
    ),
  );
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

/** What the texts of a page may have, in bytes. */
const BUDGET = 2_000_000;
/** Articles of 150 kB, one of 3 MB in the middle; their numbers are their titles, the newest first. */
const ARTICLES = 30;
const HUGE = 15;
const NUMBERS = Array.from({ length: ARTICLES }, (_, i) => String(ARTICLES - i));

let database: TestDatabase;
let api: TestApp;
beforeAll(async () => {
  database = await createDatabase();
  await asAdmin(database.urls.admin, (client) =>
    client.query(`
      insert into news.news_articles (url, source, title, content, published_at)
      select 'https://long.example/' || n, 'Long', n::text,
        repeat('word ', case when n = ${HUGE} then 600000 else 30000 end), '2024-03-01Z'::timestamptz + n * interval '1 minute'
      from generate_series(1, ${ARTICLES}) n;
      insert into news.news_articles (url, source, title, content, published_at)
      select 'https://escaped.example/' || n, 'Escaped', n::text, repeat(e'\\x01"', 25000), '2024-05-01Z'::timestamptz + n * interval '1 minute'
      from generate_series(1, ${ARTICLES}) n;
      insert into events.event_data (event_type, event_datetime, event_name, description, source)
      select 'long', '2024-03-01Z'::timestamptz - n * interval '1 minute', n::text, repeat('word ', 30000), 'long'
      from generate_series(1, ${ARTICLES}) n`),
  );
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

interface Read {
  readonly numbers: string[];
  /** Rows and bytes of the pages. */
  readonly pages: { readonly rows: number; readonly bytes: number }[];
}

/** Reads all pages of a list in a format; a row is known by what its first `column` says. */
async function readAll(path: string, format: string, column: string): Promise<Read> {
  const read: Read = { numbers: [], pages: [] };
  let token: string | undefined;
  do {
    const next = token === undefined ? '' : `&page_token=${token}`;
    const { text, headers } = await api.get(`${path}&format=${format}${next}`).buffer(true).expect(200);
    token = headers['x-next-page-token'];
    const found = numbersOf(text, format, column);
    read.numbers.push(...found);
    read.pages.push({ rows: found.length, bytes: Buffer.byteLength(text) });
  } while (token !== undefined);
  return read;
}

function numbersOf(text: string, format: string, column: string): string[] {
  const of = (row: unknown): string => (row as Record<string, string>)[column]!;
  if (format === 'json') return (JSON.parse(text) as { data: unknown[] }).data.map(of);
  if (format === 'columns') return (JSON.parse(text) as { data: Record<string, string[]> }).data[column]!;
  const lines = text.trimEnd().split('\n');
  return format === 'ndjson' ? lines.map((line) => of(JSON.parse(line))) : lines.slice(1).map((l) => l.split(',')[0]!);
}

describe.each(['json', 'columns', 'csv', 'ndjson'])('a page of long texts as %s', (format) => {
  it('ends before they are too many bytes, and the next goes on: no row is lost', async () => {
    const path = '/v1/news?fields=title,content&limit=500&start=2024-03-01&end=2024-03-01';
    const { numbers, pages } = await readAll(path, format, 'title');
    expect(numbers).toEqual(NUMBERS);
    // Thirteen fit, but for the great one, which has a page of its own: a page has one row at least.
    expect(pages.map(({ rows }) => rows)).toEqual([13, 2, 1, 13, 1]);
    for (const { rows, bytes } of pages) if (rows > 1) expect(bytes).toBeLessThan(BUDGET * 1.01);
  });

  it('counts them as JSON has them, where each control character is six bytes', async () => {
    const path = '/v1/news?fields=title,content&limit=500&start=2024-05-01&end=2024-05-01';
    const { numbers, pages } = await readAll(path, format, 'title');
    expect(numbers).toEqual(NUMBERS);
    expect(pages.map(({ rows }) => rows)).toEqual([9, 9, 9, 3]);
    for (const { bytes } of pages) expect(bytes).toBeLessThan(BUDGET * 1.01);
  });

  it('is as long as its limit where the texts are not asked for', async () => {
    const path = '/v1/news?fields=title&limit=500&start=2024-03-01&end=2024-03-01';
    expect((await readAll(path, format, 'title')).pages.map(({ rows }) => rows)).toEqual([ARTICLES]);
  });

  it('of events ends early too', async () => {
    const path = '/v1/events?fields=event_name,description&limit=1000&start=2024-02-01&end=2024-03-01';
    const { numbers, pages } = await readAll(path, format, 'event_name');
    expect(numbers).toEqual(NUMBERS);
    expect(pages.map(({ rows }) => rows)).toEqual([13, 13, 4]);
  });
});

describe('a list of long texts', () => {
  it('is whole as an export', async () => {
    const path = '/v1/news?fields=title,content&limit=all&start=2024-03-01&end=2024-03-01&format=csv';
    const { text, headers } = await api.get(path).buffer(true).expect(200);
    expect(numbersOf(text, 'csv', 'title')).toEqual(NUMBERS);
    expect(headers['x-next-page-token']).toBeUndefined();
  });

  it('ends early in a search by relevance too', async () => {
    const path = '/v1/news?q=word&sort_by=relevance&fields=title,content&limit=500&start=2024-03-01&end=2024-03-01';
    const { numbers, pages } = await readAll(path, 'json', 'title');
    expect(numbers.toSorted()).toEqual(NUMBERS.toSorted());
    expect(pages.length).toBeGreaterThan(3);
  });
});

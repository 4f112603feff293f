import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let api: TestApp;

const EVENTS = '/v1/events?start=2025-01-01&end=2025-12-31';
const NEWS = '/v1/news?start=2025-01-01&end=2025-12-31';
const [ID1, ID2] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];

/** Longer than a line, with characters of one to four bytes in all places of it. */
const LONG = 'Prüfung; größer, „Zinsen“ 日本銀行 🏦 \\ '.repeat(12);

beforeAll(async () => {
  database = await createDatabase({ hostileZone: true });
  await asAdmin(database.urls.admin, async (client) => {
    await client.query(
      `insert into events.event_data (id, event_type, event_datetime, event_name, description, impact_level, symbol,
         currency, country, actual, forecast, previous, source, created_at) values
       ($1, 'earnings', '2025-05-01 20:30:00.25Z', 'Apple, Inc.; Q2', $3, 4, 'AAPL', 'USD', 'US', 1.65, 1.62, null,
         'test', '2025-04-01 10:00:00.5Z'),
       ($2, 'holiday', '2025-07-04Z', E'Independence\\nDay\\u0007', null, null, null, null, 'US', null, null, null,
         'test', null)`,
      [ID1, ID2, LONG],
    );
    await client.query(
      `insert into events.event_data (event_type, event_datetime, event_name, source)
       select 'many', timestamptz '2020-01-01 12:00Z' + n * interval '1 minute', 'Event ' || n, 'test'
       from generate_series(1, 2500) as n`,
    );
    await client.query(
      `insert into news.news_articles (id, title, description, content, url, source, author, published_at) values
       ($1, E'A <b>bold</b> & "quoted" \\u0001\\u0008 title', E'Line\\r\\nbreak \\uFFFE', $3, 'https://example.com/a?b=1&c=ä b',
         'Wire & Sons', 'Jane <Doe>', '2025-05-01 20:30:00.25Z'),
       ($2, 'No author', null, null, 'javascript:alert(1)', null, null, '2025-04-01Z')`,
      [ID1, ID2, `${LONG}]]>`],
    );
    await client.query(
      `insert into news.news_articles (title, url, published_at)
       select 'Old ' || n, 'https://example.com/' || n, timestamptz '2020-01-01Z' + n * interval '1 minute'
       from generate_series(1, 25) as n`,
    );
  });
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

/** The lines of a calendar, unfolded. */
const unfolded = (text: string): string[] => text.replaceAll('\r\n ', '').trimEnd().split('\r\n');

describe('events as a calendar', () => {
  it('is what RFC 5545 says', async () => {
    const { text, headers } = await api.get(`${EVENTS}&format=ics`).expect(200);
    expect(headers['content-type']).toBe('text/calendar; charset=utf-8');
    expect(headers['content-disposition']).toBe('attachment; filename="events.ics"');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\x00-\x1f\x7f\ufffd]/);
    const lines = text.split('\r\n');
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    // Long lines are filled, or a character of several octets stands at their end.
    expect(lines.some((line) => Buffer.byteLength(line) === 75)).toBe(true);
    const found = unfolded(text);
    expect(found.slice(0, 5)).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Tetra//Query API//EN',
      'CALSCALE:GREGORIAN',
      'METHOD:PUBLISH',
    ]);
    expect(found.at(-1)).toBe('END:VCALENDAR');
    expect(found.slice(found.indexOf('BEGIN:VEVENT'))).toEqual([
      'BEGIN:VEVENT',
      `UID:${ID1}`,
      'DTSTAMP:20250401T100000Z',
      'DTSTART:20250501T203000Z',
      'SUMMARY:Apple\\, Inc.\\; Q2',
      `DESCRIPTION:${LONG.replace(/[\\;,]/g, '\\$&')}\\n\\nActual: 1.65\\nForecast: 1.62\\nSymbol: AAPL\\nCountry: US\\nSource: test`,
      'CATEGORIES:earnings',
      'X-TETRA-SYMBOL:AAPL',
      'X-TETRA-COUNTRY:US',
      'X-TETRA-CURRENCY:USD',
      'X-TETRA-ACTUAL:1.65',
      'X-TETRA-FORECAST:1.62',
      'X-TETRA-SOURCE:test',
      'PRIORITY:1',
      'TRANSP:TRANSPARENT',
      'END:VEVENT',
      'BEGIN:VEVENT',
      `UID:${ID2}`,
      'DTSTAMP:20250704T000000Z',
      'DTSTART;VALUE=DATE:20250704',
      'SUMMARY:Independence\\nDay ',
      'DESCRIPTION:Country: US\\nSource: test',
      'CATEGORIES:holiday',
      'X-TETRA-COUNTRY:US',
      'X-TETRA-SOURCE:test',
      'TRANSP:TRANSPARENT',
      'END:VEVENT',
      'END:VCALENDAR',
    ]);
  });

  it('has a tag, and no rows are sent where it holds', async () => {
    const { headers } = await api.get(`${EVENTS}&format=ics`).expect(200);
    const again = await api.get(`${EVENTS}&format=ics`, { 'if-none-match': headers.etag as string }).expect(304);
    expect(again.text).toBe('');
    const csv = await api.get(`${EVENTS}&format=csv`).expect(200);
    expect(csv.headers.etag).not.toBe(headers.etag);
  });

  it('is asked for by Accept, too', async () => {
    const asked = await api.get(EVENTS, { accept: 'text/calendar, application/json;q=0.5' }).expect(200);
    expect(asked.text).toBe((await api.get(`${EVENTS}&format=ics`)).text);
    const { body } = await api.get('/v1/events/types', { accept: 'text/calendar' }).expect(406);
    expect(body.allowed).not.toContain('text/calendar');
  });

  it.each(['', '&limit=all'])('is the whole window, as a stream where it is long%s', async (limit) => {
    const { text, headers } = await api
      .get(`/v1/events?start=2020-01-01&end=2020-12-31&format=ics${limit}`)
      .expect(200);
    expect(headers.etag).toBeUndefined();
    const lines = unfolded(text);
    expect(lines.filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(2500);
    expect(new Set(lines.filter((line) => line.startsWith('UID:'))).size).toBe(2500);
    expect([lines[0], lines.at(-1)]).toEqual(['BEGIN:VCALENDAR', 'END:VCALENDAR']);
  });

  it('comes in pages, each a whole calendar, where a limit is given', async () => {
    const path = '/v1/events?start=2020-01-01&end=2020-12-31&format=ics&limit=1000';
    const names: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const page: { text: string; headers: Record<string, string> } = await api.get(path + next).expect(200);
      const lines = unfolded(page.text);
      expect([lines[0], lines.at(-1)]).toEqual(['BEGIN:VCALENDAR', 'END:VCALENDAR']);
      names.push(...lines.filter((line) => line.startsWith('SUMMARY:')));
      const token = page.headers['x-next-page-token'];
      next = token === undefined ? undefined : `&page_token=${token}`;
    }
    expect(names).toEqual(Array.from({ length: 2500 }, (_, i) => `SUMMARY:Event ${i + 1}`));
  });

  it('is a calendar without events where there are none', async () => {
    const { text } = await api.get('/v1/events?start=2024-01-01&end=2024-12-31&format=ics').expect(200);
    expect(unfolded(text)).toEqual(expect.arrayContaining(['BEGIN:VCALENDAR', 'END:VCALENDAR']));
    expect(text).not.toContain('VEVENT');
  });

  it('has its own columns, and is no format of other lists', async () => {
    const { body } = await api.get(`${EVENTS}&format=ics&fields=id`).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', param: 'fields' });
    for (const path of [
      NEWS,
      '/v1/events/types?limit=2',
      `/v1/events/${ID1}?numbers=string`,
      '/v1/market-data/symbols?limit=2',
    ]) {
      const refused = await api.get(`${path}&format=ics`).expect(400);
      expect(refused.body).toMatchObject({ code: 'invalid_parameter', param: 'format' });
      expect(refused.body.allowed).not.toContain('ics');
    }
  });
});

describe('news as an Atom feed', () => {
  it('is what RFC 4287 says', async () => {
    const { text, headers } = await api.get(`${NEWS}&format=atom&include_content=true`).buffer(true).expect(200);
    expect(headers['content-type']).toBe('application/atom+xml; charset=utf-8');
    const [, feedId] = /<id>urn:uuid:([^<]+)<\/id>/.exec(text)!;
    expect(feedId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(text).toBe(
      [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        `<id>urn:uuid:${feedId!}</id>`,
        '<title>News</title>',
        '<updated>2025-05-01T20:30:00.25Z</updated>',
        '<generator>Tetra Query API</generator>',
        '<author><name>Tetra Query API</name></author>',
        '<link rel="self" type="application/atom+xml" href="news?start=2025-01-01&amp;end=2025-12-31&amp;format=atom&amp;include_content=true"/>',
        '<entry>',
        `<id>urn:uuid:${ID1}</id>`,
        '<title type="text">A &lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot; \ufffd\ufffd title</title>',
        '<updated>2025-05-01T20:30:00.25Z</updated>',
        '<published>2025-05-01T20:30:00.25Z</published>',
        '<link rel="alternate" href="https://example.com/a?b=1&amp;c=%C3%A4%20b"/>',
        '<author><name>Jane &lt;Doe&gt;</name></author>',
        '<source><title>Wire &amp; Sons</title></source>',
        '<summary type="text">Line&#13;\nbreak \ufffd</summary>',
        `<content type="text">${LONG}]]&gt;</content>`,
        '</entry>',
        '<entry>',
        `<id>urn:uuid:${ID2}</id>`,
        '<title type="text">No author</title>',
        '<updated>2025-04-01T00:00:00Z</updated>',
        '<published>2025-04-01T00:00:00Z</published>',
        `<link rel="alternate" href="urn:uuid:${ID2}"/>`,
        '<author><name>unknown</name></author>',
        '</entry>',
        '</feed>',
        '',
      ].join('\n'),
    );
  });

  it('comes in pages that follow each other by rel=next', async () => {
    const titles: string[] = [];
    const ids = new Set<string>();
    let pages = 0;
    for (let url: URL | null = new URL('http://x/v1/news?start=2020-01-01&end=2020-12-31&format=atom&limit=10'); url;) {
      const page: { text: string; headers: Record<string, string> } = await api
        .get(url.pathname + url.search)
        .buffer(true)
        .expect(200);
      const { text, headers } = page;
      titles.push(...[...text.matchAll(/<title type="text">([^<]*)</g)].map(([, title]) => title!));
      ids.add(/<id>([^<]+)</.exec(text)![1]!);
      const next: string | undefined = /<link rel="next" type="application\/atom\+xml" href="([^"]*)"/.exec(text)?.[1];
      expect(headers.link === undefined).toBe(next === undefined);
      url = next === undefined ? null : new URL(next.replaceAll('&amp;', '&'), url);
      pages += 1;
    }
    expect(titles).toEqual(Array.from({ length: 25 }, (_, i) => `Old ${25 - i}`));
    // All pages are the same feed.
    expect([pages, ids.size]).toEqual([3, 1]);
  });

  it('has a tag, is asked for by Accept, and is empty where nothing is', async () => {
    const { headers } = await api.get(`${NEWS}&format=atom`).buffer(true).expect(200);
    await api.get(`${NEWS}&format=atom`, { 'if-none-match': headers.etag as string }).expect(304);
    const asked = await api.get(NEWS, { accept: 'application/atom+xml' }).buffer(true).expect(200);
    expect(asked.text).toContain('<feed');
    const none = await api.get('/v1/news?start=2024-01-01&end=2024-02-01&format=atom').buffer(true).expect(200);
    expect(none.text).toContain('<updated>1970-01-01T00:00:00Z</updated>');
    expect(none.text).not.toContain('<entry>');
  });

  it('is another feed for another question', async () => {
    const idOf = async (query: string): Promise<string> =>
      /<id>([^<]+)</.exec((await api.get(`/v1/news?${query}`).buffer(true).expect(200)).text)![1]!;
    const known = await idOf('q=title&start=2025-01-01&format=atom');
    expect(await idOf('format=atom&limit=5&start=2025-01-01&q=title')).toBe(known);
    expect(await idOf('format=atom&start=2025-01-01&q=author')).not.toBe(known);
  });

  it('does not stream, and has its own columns', async () => {
    expect((await api.get(`${NEWS}&format=atom&limit=all`).expect(400)).body.param).toBe('limit');
    expect((await api.get(`${NEWS}&format=atom&fields=id`).expect(400)).body.param).toBe('fields');
  });
});

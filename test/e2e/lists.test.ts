import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
});
afterAll(() => api.close());

const week = 'start=2019-01-02&end=2019-01-08';

/** An answer without the time at which the state of the aggregate was read. */
const timeless = (text: string): string => text.replace(/"as_of":"[^"]*"/, '');

describe('formats', () => {
  const path = `/v1/market-data/daily/^GSPC?${week}&fields=day,close,volume`;

  it('JSON has exact number literals, or strings', async () => {
    const numbers = await api.get(path).expect(200);
    expect(numbers.text).toContain('{"day":"2019-01-02","close":2510.030029,"volume":3733160000}');
    const strings = await api.get(`${path}&numbers=string`).expect(200);
    expect(strings.text).toContain('{"day":"2019-01-02","close":"2510.030029","volume":"3733160000"}');
  });

  it('JSON has strings where Prefer asks for them, unless the parameter says otherwise', async () => {
    const prefer = { prefer: 'respond-async, Numbers="string"; x=1' };
    for (const format of ['json', 'columns', 'ndjson']) {
      const preferred = await api.get(`${path}&format=${format}`, prefer).expect(200);
      expect(preferred.headers['preference-applied']).toBe('numbers=string');
      const { text } = await api.get(`${path}&format=${format}&numbers=string`);
      expect(timeless(preferred.text)).toBe(timeless(text));
    }
    const { headers } = await api.get(path, prefer);
    const held = await api.get(path, { ...prefer, 'if-none-match': headers.etag! }).expect(304);
    expect(held.headers['preference-applied']).toBe('numbers=string');
    await api.get(path, { 'if-none-match': headers.etag! }).expect(200);
    for (const other of ['', 'numbers=roman', 'x']) {
      const plain = await api.get(path, { prefer: other }).expect(200);
      expect(plain.headers['preference-applied']).toBeUndefined();
      expect(plain.text).toContain('"close":2510.030029');
    }
    const numbers = await api.get(`${path}&numbers=number`, prefer).expect(200);
    expect(numbers.headers['preference-applied']).toBeUndefined();
    expect(numbers.text).toContain('"close":2510.030029');
  });

  it('CSV, NDJSON and columns hold the same values', async () => {
    const rows = (await api.get(path)).body.data as Record<string, unknown>[];
    const csv = (await api.get(`${path}&format=csv`)).text;
    expect(csv).toBe(['day,close,volume', ...rows.map((row) => Object.values(row).join(','))].join('\n') + '\n');
    const ndjson = (await api.get(`${path}&format=ndjson`)).text;
    expect(
      ndjson
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(rows);
    const columns = (await api.get(`${path}&format=columns`)).body.data as Record<string, unknown[]>;
    expect(
      rows.map((_, i) => Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[i]]))),
    ).toEqual(rows);
  });

  it('are chosen by the Accept header as well', async () => {
    await api.get(path, { accept: 'text/csv' }).expect('content-type', /^text\/csv/);
    await api
      .get(path, { accept: 'application/x-ndjson;q=0.5, text/csv;q=0.1' })
      .expect('content-type', /^application\/x-ndjson/);
    await api.get(path, { accept: 'text/csv;q=0.5, */*;q=0.1' }).expect('content-type', /^text\/csv/);
    await api.get(path, { accept: '*/*' }).expect('content-type', /^application\/json/);
  });

  it('stay themselves when there is no row', async () => {
    const none = '/v1/market-data/daily/^GSPC?start=1990-01-01&end=1990-01-31';
    expect((await api.get(`${none}&format=csv`)).text).toBe('symbol,day,open,high,low,close,volume,vwap,is_partial\n');
    expect((await api.get(`${none}&format=ndjson`)).text).toBe('');
    expect((await api.get(`${none}&format=columns&fields=day`)).body.data).toEqual({ day: [] });
    expect((await api.get(none)).body.data).toEqual([]);
  });

  it('limit=all streams the same lines as the pages', async () => {
    const all = '/v1/market-data/bars?symbols=AAPL,^GSPC&start=2017-01-01&end=2019-06-30&format=csv';
    const whole = await api.get(`${all}&limit=all`).expect(200);
    const pages = await api.get(`${all}&limit=10000`).expect(200);
    expect(whole.text).toBe(pages.text);
    expect(whole.text.split('\n').length).toBeGreaterThan(1200);
    const ndjson = await api.get(`${all.replace('csv', 'ndjson')}&limit=all`).expect(200);
    expect(ndjson.text).toBe((await api.get(`${all.replace('csv', 'ndjson')}&limit=10000`)).text);
  });

  it.each(['asc', 'desc'])('limit=all of several symbols over years has the lines of each, %s', async (sort) => {
    const window = `start=2015-06-01&end=2019-01-31&sort=${sort}&format=csv&limit=all`;
    const linesOf = async (path: string): Promise<string[]> => {
      const { text } = await api.get(`/v1/market-data/${path}`).expect(200);
      return text.split('\n').slice(1, -1);
    };
    const each = [await linesOf(`bars/AAPL?${window}`), await linesOf(`bars/MSFT?${window}`)];
    for (const lines of each) expect(lines.length).toBeGreaterThan(0);
    expect(await linesOf(`bars?symbols=MSFT,AAPL&${window}`)).toEqual(each.flat());
  });

  it('a HEAD has the headers and no body', async () => {
    const { default: request } = await import('supertest');
    const head = await request(api.app.getHttpServer()).head(path).expect(200);
    expect(head.text).toBeUndefined();
    expect(head.headers.etag).toBe((await api.get(path)).headers.etag);
  });
});

describe('pages', () => {
  it.each([1, 7, 100])('of %i rows give every row once, in both orders', async (limit) => {
    for (const sort of ['asc', 'desc']) {
      const path = `/v1/market-data/daily/AAPL?start=2019-01-01&end=2019-02-28&sort=${sort}&fields=day&limit=`;
      const whole = (await api.get(`${path}1000`)).body.data as unknown[];
      const seen: unknown[] = [];
      let token = '';
      do {
        const { body } = await api.get(`${path}${limit}${token && `&page_token=${token}`}`).expect(200);
        expect(body.data.length).toBeLessThanOrEqual(limit);
        seen.push(...(body.data as unknown[]));
        token = body.next_page_token as string;
      } while (token);
      expect(seen).toEqual(whole);
    }
  });

  it('of CSV say in headers where they go on', async () => {
    const first = await api.get(`/v1/market-data/daily/^GSPC?${week}&limit=2&format=csv`).expect(200);
    const [, link] = /^<(.*)>; rel="next"$/.exec(first.headers.link!)!;
    expect(link).toContain(`page_token=${first.headers['x-next-page-token']}`);
    const next = await api.get(`/v1/market-data/daily/^GSPC${link}`).expect(200);
    expect(next.text.split('\n')[1]).toMatch(/^\^GSPC,2019-01-04,/);
  });

  it.each([
    'q=earnings?&limit=2&fields=id&format=csv',
    'format=ndjson&q=%22earnings%22+or+100%25&limit=2&search_in=title,content,description',
    'q=earnings+-%3F%26%3D&limit=2&fields=id,title&format=csv&include_content=false',
  ])('keep every parameter in the link to the next page: %s', async (query) => {
    const { headers } = await api.get(`/v1/news?${query}`).expect(200);
    const [, link] = /^<(.*)>; rel="next"$/.exec(headers.link!)!;
    // Relative to the request, so that it holds behind a proxy that takes a prefix off the path.
    const next = new URL(link!, 'http://proxy.example/tetra/v1/news?x=1');
    expect(next.pathname).toBe('/tetra/v1/news');
    const token = headers['x-next-page-token']!;
    expect([...next.searchParams]).toEqual([...new URLSearchParams(query), ['page_token', token]]);
    await api.get(`/v1/news${link}`).expect(200);
  });

  describe('with bars a microsecond apart', () => {
    let database: TestDatabase;
    let own: TestApp;
    beforeAll(async () => {
      database = await createDatabase({ hostileZone: true });
      await asAdmin(database.urls.admin, (client) =>
        client.query(
          `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
           select 'TICK', '2025-10-31T14:30:00.123450Z'::timestamptz + n * interval '1 microsecond', 1.5, 'NaN', 1.5, 1.50000000, 9007199254740993, '1u', 'a,"b"'
           from generate_series(0, 24) n`,
        ),
      );
      own = await startApp(database.urls.reader);
    }, 60_000);
    afterAll(async () => {
      await own.close();
      await database.drop();
    });

    it('neither repeat nor skip one, and values stay exact', async () => {
      const path = '/v1/market-data/bars/TICK?limit=4';
      const seen: string[] = [];
      let token = '';
      do {
        const { body, text } = await own.get(`${path}${token && `&page_token=${token}`}`).expect(200);
        seen.push(...(body.data as { timestamp: string }[]).map((bar) => bar.timestamp));
        expect(text).toContain('"high":null,"low":1.5,"close":1.5,"volume":9007199254740993');
        token = body.next_page_token as string;
      } while (token);
      expect(seen).toHaveLength(25);
      expect(new Set(seen).size).toBe(25);
      expect(seen[0]).toBe('2025-10-31T14:30:00.12345Z');
      expect(seen[1]).toBe('2025-10-31T14:30:00.123451Z');
    });

    it('quote what CSV must quote, in pages and exports alike', async () => {
      const page = await own.get('/v1/market-data/bars/TICK?format=csv&fields=source,high&limit=1').expect(200);
      expect(page.text).toBe('source,high\n"a,""b""",\n');
      const whole = await own.get('/v1/market-data/bars/TICK?format=csv&fields=source,high&limit=all').expect(200);
      expect(whole.text.split('\n')[1]).toBe('"a,""b""",');
    });
  });
});

describe('headers', () => {
  it('says what it varies by and how long it took', async () => {
    const { headers } = await api.get('/v1/market-data/latest/AAPL').expect(200);
    expect(headers.vary).toContain('Accept');
    expect(headers['server-timing']).toMatch(/^db;dur=\d+\.\d+, total;dur=\d+\.\d+$/);
  });

  it('compresses on request', async () => {
    const { headers } = await api.get('/v1/market-data/daily/AAPL', { 'accept-encoding': 'gzip' }).expect(200);
    expect(headers['content-encoding']).toBe('gzip');
  });
});

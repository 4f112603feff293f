import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
});
afterAll(() => api.close());

const M = '/v1/market-data';
const LISTS = [
  `${M}/latest?symbols=`,
  `${M}/bars?start=2019-01-02&end=2019-01-04&symbols=`,
  `${M}/daily?date=2019-01-03&symbols=`,
  `${M}/gaps?start=2019-01-02&end=2019-01-04&symbols=`,
];

describe('a list of symbols', () => {
  it.each(LISTS)('%s names those that do not exist and answers the others', async (path) => {
    const { body } = await api.get(`${path}NOPE,AAPL,aapl`).expect(200);
    expect(body.meta.unknown).toEqual(['NOPE', 'aapl']);
    expect(new Set((body.data as { symbol: string }[]).map(({ symbol }) => symbol))).toEqual(new Set(['AAPL']));
    expect((await api.get(`${path}AAPL`).expect(200)).body.meta.unknown).toEqual([]);
  });

  it.each(LISTS.flatMap((path) => ['csv', 'ndjson', 'arrow', 'parquet'].map((format) => [path, format])))(
    '%s names them in a header where there are rows only: %s',
    async (path, format) => {
      const header = async (symbols: string): Promise<string | undefined> =>
        (await api.get(`${path}${symbols}&format=${format}`).expect(200)).headers['x-unknown'];
      expect(await header('NOPE,AAPL,aapl')).toBe('NOPE, aapl');
      expect(await header('AAPL')).toBeUndefined();
    },
  );

  it('names those that have no such bar beside those that do not exist, for pages of other origins, too', async () => {
    const own = await startApp(sharedDatabase().reader, { CORS_ORIGINS: '*' });
    try {
      const path = `${LISTS[0]!}NOPE,AAPL,SPYM,MSFT&timeframe=1m`;
      const { meta } = (await own.get(path).expect(200)).body as { meta: { without_bar: string[]; unknown: string[] } };
      expect(meta).toMatchObject({ unknown: ['NOPE'], without_bar: ['AAPL', 'MSFT'] });
      for (const format of ['json', 'csv', 'ndjson', 'arrow', 'parquet']) {
        const { headers } = await own.get(`${path}&format=${format}`, { origin: 'https://page.example' }).expect(200);
        expect(headers).toMatchObject({ 'x-unknown': 'NOPE', 'x-without-bar': 'AAPL, MSFT' });
        expect(headers['access-control-expose-headers']).toContain('X-Without-Bar');
      }
      expect((await own.get(`${LISTS[0]!}AAPL&format=csv`).expect(200)).headers).not.toHaveProperty('x-without-bar');
    } finally {
      await own.close();
    }
  });

  it('names as many in a header as proxies take', async () => {
    const names = Array.from({ length: 400 }, (_, i) => `NOPE-${i}`);
    const { headers } = await api.get(`${LISTS[1]!}AAPL,%22A,B%22,%E2%82%AC,${names.join(',')}&format=csv`).expect(200);
    const shown = headers['x-unknown']!.split(', ');
    expect(headers['x-unknown']!.length).toBeLessThan(1100);
    expect(shown.slice(0, 3)).toEqual(['A%2CB', '%E2%82%AC', 'NOPE-0']);
    expect(shown.at(-1)).toBe(`+${402 - (shown.length - 1)}`);
  });

  it('leaves the address of the next page out where it has them all, not its token', async () => {
    const pages = async (names: number): Promise<string[]> => {
      const unknown = Array.from({ length: names }, (_, i) => `NOPE-${i}`.padEnd(20, 'X')).join(',');
      const { headers } = await api.get(`${LISTS[1]!}AAPL,${unknown}&limit=1&format=csv`).expect(200);
      expect(headers['x-next-page-token']!.length).toBeLessThan(600);
      return ['link', 'x-next-page-token'].filter((name) => name in headers);
    };
    expect(await pages(10)).toEqual(['link', 'x-next-page-token']);
    expect(await pages(400)).toEqual(['x-next-page-token']);
  });

  it.each(LISTS)('%s of nothing but unknown names is a 404 with the nearest', async (path) => {
    const { body } = await api.get(`${path}APPL,NOPE`).expect(404);
    expect(body).toMatchObject({
      code: 'symbol_not_found',
      param: 'symbols',
      allowed: expect.arrayContaining(['AAPL']),
    });
  });

  it.each(LISTS)('%s may be repeated instead of separated by commas', async (path) => {
    const separated = await api.get(`${path}MSFT,NOPE,AAPL`).expect(200);
    const repeated = await api.get(`${path}MSFT&symbols=NOPE&symbols=AAPL`).expect(200);
    expect(repeated.body.data).toEqual(separated.body.data);
    expect(repeated.body.meta.query).toEqual(separated.body.meta.query);
    expect(repeated.headers.etag).toBe(separated.headers.etag);
  });

  it.each(LISTS)('%s is never trimmed', async (path) => {
    expect((await api.get(`${path}MSFT,%20AAPL`).expect(200)).body.meta.unknown).toEqual([' AAPL']);
  });

  it('may be quoted as in CSV', async () => {
    const { body } = await api.get(`${M}/latest?symbols=%22BRK.B%22,%22A,B%22,%22%22%22%22`).expect(200);
    expect(body.meta).toMatchObject({ query: { symbols: ['BRK.B', 'A,B', '"'] }, unknown: ['A,B', '"'] });
  });

  it('says the same over GraphQL', async () => {
    const day = (symbols: string): string =>
      `{ marketDay(date: "2019-01-03", symbols: ${symbols}) { unknown nodes { symbol } } }`;
    expect((await api.graphql(day('["NOPE", "AAPL"]'))).body.data.marketDay).toEqual({
      unknown: ['NOPE'],
      nodes: [{ symbol: 'AAPL' }],
    });
    expect((await api.graphql(day('["NOPE"]'))).body.errors).toMatchObject([
      { extensions: { code: 'symbol_not_found', param: 'symbols' } },
    ]);
    const all = (await api.graphql('{ marketDay(date: "2019-01-03") { unknown } }')).body as { data: unknown };
    expect(all.data).toEqual({ marketDay: { unknown: null } });
  });
});

describe('parameters that are given twice', () => {
  it.each([
    [`${M}/daily/AAPL?start=2019-01-01&start=2019-01-01`, 'start'],
    [`${M}/daily/AAPL?sort=asc&sort=asc`, 'sort'],
    [`${M}/bars/AAPL?limit=1&limit=1`, 'limit'],
    [`${M}/symbols?search=a&search=a`, 'search'],
    ['/v1/news?include_content=true&include_content=true', 'include_content'],
  ])('%s is a 400', async (path, param) => {
    const { body } = await api.get(path).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', param, detail: `${param} is given more than once.` });
  });

  it('are one list where they are lists, whatever their kind', async () => {
    const one = await api.get(`${M}/daily/AAPL?fields=day&fields=close,open&limit=1`).expect(200);
    expect(Object.keys(one.body.data[0] as object)).toEqual(['day', 'close', 'open']);
    const { body } = await api.get('/v1/news?q=oil&search_in=title&search_in=content').expect(200);
    expect(body.meta.query.search_in).toEqual(['title', 'content']);
    for (const query of ['fields=day&fields=', 'fields=day&fields=day', 'fields=day&fields=%00', 'fields=day,']) {
      expect((await api.get(`${M}/daily/AAPL?${query}`).expect(400)).body).toMatchObject({ param: 'fields' });
    }
    expect((await api.get('/v1/news?search_in=title&search_in=body').expect(400)).body.param).toBe('search_in');
  });
});

describe('names that look like others', () => {
  let database: TestDatabase;
  let own: TestApp;
  beforeAll(async () => {
    database = await createDatabase({ hostileZone: true });
    await asAdmin(database.urls.admin, (client) =>
      client.query(
        `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
         select symbol, '2025-10-31T14:30:00Z', 1, 1, 1, 1, 1, '1d', 's'
         from unnest(array['A', ' A', 'A ', 'A,B', '"', 'BRK+B', 'x"y']) as symbol`,
      ),
    );
    own = await startApp(database.urls.reader);
  }, 60_000);
  afterAll(async () => {
    await own.close();
    await database.drop();
  });

  it.each([
    ['A', ['A']],
    ['%20A', [' A']],
    ['A%20', ['A ']],
    ['%22A,B%22', ['A,B']],
    ['%22%22%22%22', ['"']],
    ['x%22y', ['x"y']],
    ['A,%20A,%22A,B%22', ['A', ' A', 'A,B']],
    ['BRK%2BB', ['BRK+B']],
  ])('symbols=%s are %j', async (text, symbols) => {
    const { body } = await own.get(`${M}/latest?symbols=${text}`).expect(200);
    expect((body.data as { symbol: string }[]).map(({ symbol }) => symbol)).toEqual(symbols);
    const { body: graphql } = await own.graphql('query ($s: [String!]!) { latest(symbols: $s) { bar { symbol } } }', {
      s: symbols,
    });
    expect(graphql.data.latest).toEqual(symbols.map((symbol) => ({ bar: { symbol } })));
  });

  it('with a plus sign that became a space get the hint', async () => {
    expect((await own.get(`${M}/bars?symbols=BRK+B`).expect(404)).body).toMatchObject({
      hint: 'A + in a URL is a space: write it as %2B.',
      allowed: ['BRK+B'],
    });
  });
});

describe('a guess', () => {
  it.each([
    ['/v1/news?query=oil', 'query', 'Did you mean q?'],
    ['/v1/events?types=earnings', 'types', 'Did you mean event_type?'],
    [`${M}/bars/AAPL?first=5`, 'first', 'Did you mean limit?'],
    [`${M}/bars/AAPL?after=x`, 'after', 'Did you mean page_token?'],
    ['/v1/events?minImpact=2', 'minImpact', 'Did you mean min_impact?'],
    [`${M}/daily/AAPL?banana=1`, 'banana', undefined],
    ['/v1/economic-data/series/GDPC1/observations?units=yoy', 'units', 'Did you mean pc1?'],
    ['/v1/economic-data/series/GDPC1/observations?units=constructor', 'units', undefined],
    ['/v1/economic-data/series/GDPC1/observations?frequency=Monthly', 'frequency', 'Did you mean m?'],
    [`${M}/daily/AAPL?sort=descending`, 'sort', undefined],
  ])('for %s is near or there is none', async (path, param, hint) => {
    const { body } = await api.get(path).expect(400);
    expect([body.param, body.hint]).toEqual([param, hint]);
  });
});

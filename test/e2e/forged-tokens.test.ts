import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
});
afterAll(() => api.close());

/** A list, as both transports name it, and what its tokens are bound to: whoever reads the source can seal one. */
interface Listed {
  readonly rest: string;
  /** With `$page` where its page arguments belong; null where only REST has the list. */
  readonly graphql: string | null;
  readonly binding: readonly unknown[];
  /** Keys that its tokens never hold. */
  readonly keys: readonly (readonly unknown[])[];
  readonly maxDays: number | null;
}

const YEAR = ['2019-01-01', '2019-12-31'];
const AT = '2019-06-03T00:00:00Z';
const ID = '123e4567-e89b-12d3-a456-426614174000';
const INSTANTS = [
  'infinity',
  '-infinity',
  '2019-02-30T00:00:00Z',
  '10000-01-01T00:00:00Z',
  '2030-01-01T00:00:00Z',
  '',
  'x',
];

const LISTS: Listed[] = [
  {
    rest: '/v1/market-data/symbols?',
    graphql: '{ symbols($page) { nodes { symbol } } }',
    binding: ['symbols', null],
    keys: [['A\0'], ['x'.repeat(21)]],
    maxDays: null,
  },
  {
    rest: '/v1/market-data/bars/AAPL?start=2019-01-01&end=2019-12-31&',
    graphql: '{ symbol(symbol: "AAPL") { bars(start: "2019-01-01", end: "2019-12-31", $page) { nodes { close } } } }',
    binding: ['bars', ['AAPL'], ...YEAR, null, null, 'asc'],
    keys: [...INSTANTS.map((at) => ['AAPL', at]), ['MSFT', AT], ['', AT]],
    maxDays: 36_525,
  },
  {
    rest: '/v1/market-data/bars?symbols=AAPL,MSFT&start=2019-01-01&end=2019-12-31&',
    graphql: null,
    binding: ['bars', ['AAPL', 'MSFT'], ...YEAR, null, null, 'asc'],
    keys: [...INSTANTS.map((at) => ['MSFT', at]), ['KO', AT]],
    maxDays: 36_525,
  },
  {
    rest: '/v1/market-data/daily/AAPL?start=2019-01-01&end=2019-12-31&',
    graphql: '{ symbol(symbol: "AAPL") { daily(start: "2019-01-01", end: "2019-12-31", $page) { nodes { close } } } }',
    binding: ['daily', 'AAPL', ...YEAR, 'asc'],
    keys: [...['infinity', '2019-02-30', '2030-01-01', AT].map((day) => ['AAPL', day]), ['MSFT', '2019-06-03']],
    maxDays: 36_525,
  },
  {
    rest: '/v1/market-data/daily?date=2019-07-03&',
    graphql: '{ marketDay(date: "2019-07-03", $page) { nodes { close } } }',
    binding: ['market_day', '2019-07-03', null],
    keys: [['A\0'], ['x'.repeat(21)]],
    maxDays: 1,
  },
  {
    rest: '/v1/economic-data/series?',
    graphql: '{ allSeries($page) { nodes { seriesId } } }',
    binding: ['series', null],
    keys: [['A\0'], ['x'.repeat(51)]],
    maxDays: null,
  },
  {
    rest: '/v1/economic-data/series/PAYEMS/observations?start=2010-01-01&end=2019-12-31&',
    graphql: `{ series(id: "PAYEMS") { observations(start: "2010-01-01", end: "2019-12-31", $page) { nodes { value } } } }`,
    binding: ['observations', 'PAYEMS', '2010-01-01', '2019-12-31', 'lin', null, 'avg', 'asc'],
    keys: INSTANTS.map((at) => [at]),
    maxDays: null,
  },
  {
    rest: '/v1/news?',
    graphql: '{ news($page) { nodes { id } } }',
    binding: ['news', null, ['title', 'description', 'content'], null, null, null, null, null, 'published_at', 'desc'],
    keys: [...INSTANTS.slice(0, 4).map((at) => [at, ID]), [AT, 'x'], [AT, '']],
    maxDays: null,
  },
  {
    rest: '/v1/news?sort=asc&',
    graphql: '{ news(sort: ASC, $page) { nodes { id } } }',
    binding: ['news', null, ['title', 'description', 'content'], null, null, null, null, null, 'published_at', 'asc'],
    keys: [...INSTANTS.slice(0, 4).map((at) => [at, ID]), [AT, 'x'], [AT, '']],
    maxDays: 3660,
  },
  {
    rest: '/v1/news?q=shares&sort_by=relevance&',
    graphql: '{ news(query: "shares", sortBy: RELEVANCE, $page) { nodes { id } } }',
    binding: ['news', 'shares', ['title', 'description', 'content'], null, null, null, null, null, 'relevance', 'desc'],
    keys: [...['1e99999999', 'NaN', '-1', '', '9'.repeat(100)].map((rank) => [rank, AT, ID]), ['1', AT, 'x']],
    maxDays: 3660,
  },
  {
    rest: '/v1/news/sources?',
    graphql: null,
    binding: ['news_sources', null, null],
    keys: [['A\0']],
    maxDays: 3660,
  },
  {
    rest: '/v1/events?',
    graphql: '{ events($page) { nodes { id } } }',
    binding: ['events', null, null, null, null, null, null, null, 'asc'],
    keys: [...INSTANTS.slice(0, 4).map((at) => [at, ID]), [AT, 'x']],
    maxDays: 3660,
  },
  {
    rest: '/v1/events?sort=desc&',
    graphql: '{ events(sort: DESC, $page) { nodes { id } } }',
    binding: ['events', null, null, null, null, null, null, null, 'desc'],
    keys: [...INSTANTS.slice(0, 4).map((at) => [at, ID]), [AT, 'x']],
    maxDays: null,
  },
  {
    rest: '/v1/events/types?',
    graphql: '{ eventTypes($page) { nodes { value } } }',
    binding: ['event_values', 'event_type', null, null],
    keys: [['A\0'], ['0'.repeat(52)]],
    maxDays: 3660,
  },
];

/** A payload with the seal of a binding. */
function sealed(binding: readonly unknown[], payload: string): string {
  const hash = createHash('sha256')
    .update('1')
    .update(JSON.stringify(binding))
    .update('\0')
    .update(payload)
    .digest('base64url');
  return Buffer.from(hash.slice(0, 16) + payload).toString('base64url');
}

describe.each(LISTS)('a forged token of $rest', ({ rest, graphql, binding, keys, maxDays }) => {
  it('is an invalid_page_token on both transports', async () => {
    const { body } = await api.get(`${rest}limit=1`).expect(200);
    const token = body.next_page_token as string;
    const payload = Buffer.from(token, 'base64url').toString().slice(16);
    // So the forgeries below are sealed well, and refused for what is in them.
    expect(sealed(binding, payload)).toBe(token);
    const [key, from, to] = JSON.parse(payload) as [string[], string?, string?];
    const window = from === undefined ? [] : [from, to];
    const other = from === undefined ? [AT, AT] : [];
    const wide = ['0001-01-01T00:00:00Z', '9999-12-31T00:00:00Z'];
    const forged: unknown[] = [
      null,
      {},
      [],
      0,
      'x',
      [key, ...other],
      [null, ...window],
      [{}, ...window],
      ['x', ...window],
      [[], ...window],
      [[...key, 'x'], ...window],
      [key.map(() => null), ...window],
      [key.map(() => 1), ...window],
      [key.map((text) => [text]), ...window],
      [key, ...window, AT],
      ...(from === undefined
        ? []
        : [
            [key, from],
            [key, to, from],
            [key, from, from],
            [key, 'infinity', to],
            [key, from, 'infinity'],
            [key, null, null],
            ...(maxDays === null ? [] : [[key, ...wide]]),
          ]),
      ...keys.map((bad) => [bad, ...window]),
    ];
    expect(forged.length).toBeGreaterThanOrEqual(17);
    const texts = ['', 'x', '[', '[['.repeat(100), '"', ...forged.map((value) => JSON.stringify(value))];
    for (const text of texts) {
      const bad = sealed(binding, text);
      const reply = await api.get(`${rest}limit=1&page_token=${bad}`);
      expect({ text, status: reply.status, code: reply.body.code }).toEqual({
        text,
        status: 400,
        code: 'invalid_page_token',
      });
      if (graphql === null) continue;
      const { body: answer } = await api.graphql(graphql.replace('$page', `first: 1, after: "${bad}"`));
      expect({ text, code: answer.errors?.[0].extensions.code }).toEqual({ text, code: 'invalid_page_token' });
    }
  });
});

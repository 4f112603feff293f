import type pg from 'pg';
import type { CallOptions } from './api.js';
import { times } from './graphql-corpus.js';

/** A request of the corpus. */
export interface Heavy extends CallOptions {
  readonly what: string;
  readonly path: string;
}

const SYMBOLS = Array.from({ length: 100 }, (_, i) => `H${i}`).join();
const TEN_YEARS = 'start=2015-01-01&end=2024-12-31';
const FORMATS = ['json', 'columns', 'csv', 'ndjson'];
const ENCODINGS = ['identity', 'gzip', 'br', 'zstd'];

/** Ten years of bars of a hundred symbols, and texts of every length, up to 3 MB. */
export async function loadHeavy(client: pg.Client, articles = 'news.articles_kept'): Promise<void> {
  await client.query(`
    insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
    select 'H' || s, day + interval '21 hours', 10.12345678 + n % 80, 100.5 + n % 89, 1.25 + n % 7, 20 + n % 70, n * 7919, '1d', 'heavy'
    from generate_series(0, 99) s, generate_series('2015-01-01Z'::timestamptz, '2024-12-31Z', '1 day') with ordinality as d (day, n)
    where extract(isodow from day) < 6;
    insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
    select 'HM', minute, 10.12345678, 100.5, 1.25, 20, 7919, '1m', 'heavy'
    from generate_series('2024-12-01Z'::timestamptz, '2024-12-10Z', '1 minute') as minute;
    insert into economic_data.economic_data (symbol, date, value)
    select 'HEAVY', day, 100 + n * 0.0123 from generate_series('1990-01-01Z'::timestamptz, '2024-12-31Z', '1 day') with ordinality as d (day, n);
    insert into events.event_data (event_type, event_datetime, event_name, description, symbol, source)
    select 'heavy', '2002-01-01Z'::timestamptz + n * interval '1 minute', 'Event ' || n, repeat(md5(n::text) || ' ', 600), 'H' || n % 100, 'heavy'
    from generate_series(1, 1000) n`);
  const insert = (source: string, count: number, content: string, start: string): Promise<unknown> =>
    client.query(`
      insert into ${articles} (url, source, title, description, content, published_at)
      select 'https://${source}.example/' || n, '${source}', 'Article ' || n, repeat('About it. ', 20), ${content}, '${start}'::timestamptz + n * interval '1 minute'
      from generate_series(1, ${count}) n`);
  await insert('usual', 600, `repeat(md5(n::text) || E' \\n', 283)`, '2001-01-01Z');
  await insert('long', 500, `repeat(md5(n::text) || E' "\\n', 1150)`, '2001-03-01Z');
  await insert('wide', 100, `repeat(md5(n::text) || ' 日経平均', 2500)`, '2001-05-01Z');
  await insert('escaped', 300, `repeat(E'\\x01\\x02"\\\\', 5000)`, '2001-07-01Z');
  await insert('huge', 3, `repeat(md5(n::text) || ' ', 91000)`, '2001-09-01Z');
  await client.query('analyze');
}

const page = (what: string, path: string): Heavy[] =>
  FORMATS.flatMap((format) =>
    // Every encoding of JSON, and of the others the dearest.
    (format === 'json' ? ENCODINGS : ['identity', 'br']).map((encoding) => ({
      what: `${what}, ${format}, ${encoding}`,
      path: `${path}${path.includes('?') ? '&' : '?'}format=${format}`,
      headers: { 'accept-encoding': encoding },
    })),
  );

const operation = (what: string, query: string, variables?: unknown): Heavy[] =>
  ['identity', 'br'].map((encoding) => ({
    what: `GraphQL, ${what}, ${encoding}`,
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-encoding': encoding },
    body: JSON.stringify({ query, variables }),
  }));

const EVERY = (start: string, end: string): string => `start=${start}&end=${end}&limit=500&include_content=true`;
const BAR = 'day open high low close volume';
const DEEP = '[1'.padStart(9, '[').padEnd(18, ']');

/** The heaviest requests that are allowed, and those that are refused for their size. */
export const HEAVIEST: readonly Heavy[] = [
  ...page('bars of one symbol', `/v1/market-data/bars/HM?start=2024-12-01&end=2024-12-10&limit=10000`),
  ...page('bars of 100 symbols', `/v1/market-data/bars?symbols=${SYMBOLS}&${TEN_YEARS}&limit=10000`),
  ...page('daily bars', `/v1/market-data/daily/%5EGSPC?start=1980-01-01&end=2024-12-31&limit=10000`),
  ...page('a day of the market', '/v1/market-data/daily?date=2024-06-03&limit=10000'),
  ...page(
    'the newest bars of 1,000 symbols',
    `/v1/market-data/latest?symbols=${Array.from({ length: 1000 }, (_, i) => `H${i % 100}${i < 100 ? '' : `.${i}`}`).join()}`,
  ),
  ...page('gaps of a century', '/v1/market-data/gaps/H1?start=1925-01-01&end=2024-12-31&calendar=all'),
  ...page(
    'gaps of 100 symbols',
    `/v1/market-data/gaps?symbols=${SYMBOLS}&start=2015-01-01&end=2024-12-31&calendar=observed`,
  ),
  ...page('gaps of the market', '/v1/market-data/gaps?start=2015-01-01&end=2024-12-31&calendar=xnys&limit=1000'),
  ...page('symbols', '/v1/market-data/symbols?limit=1000'),
  ...page(
    'observations',
    '/v1/economic-data/series/HEAVY/observations?start=1990-01-01&end=2024-12-31&units=pca&limit=10000',
  ),
  ...page('articles of 9.6 kB', `/v1/news?${EVERY('2001-01-01', '2001-02-01')}`),
  ...page('articles of 40 kB', `/v1/news?${EVERY('2001-03-01', '2001-04-01')}`),
  ...page('articles beyond Latin', `/v1/news?${EVERY('2001-05-01', '2001-06-01')}`),
  ...page('articles to be escaped', `/v1/news?${EVERY('2001-07-01', '2001-08-01')}`),
  ...page('articles of 3 MB', `/v1/news?${EVERY('2001-09-01', '2001-10-01')}`),
  ...page('events with long texts', '/v1/events?start=2002-01-01&end=2002-01-31&limit=1000'),
  ...page('an export', `/v1/market-data/bars?symbols=${SYMBOLS}&${TEN_YEARS}&limit=all`).filter(({ path }) =>
    /csv|ndjson/.test(path),
  ),
  ...page('an export of articles', `/v1/news?start=2001-01-01&end=2001-10-01&limit=all&include_content=true`).filter(
    ({ path }) => /csv|ndjson/.test(path),
  ),
  ...ENCODINGS.map((encoding) => ({
    what: `catalog, ${encoding}`,
    path: '/v1/catalog',
    headers: { 'accept-encoding': encoding },
  })),
  ...ENCODINGS.map((encoding) => ({
    what: `OpenAPI, ${encoding}`,
    path: '/openapi.json',
    headers: { 'accept-encoding': encoding },
  })),
  { what: 'status', path: '/v1/monitoring/database' },
  ...operation(
    'articles of 9.6 kB',
    '{ news(start: "2001-01-01", end: "2001-02-01", first: 500) { nodes { id title content } } }',
  ),
  ...operation(
    'articles of 40 kB',
    '{ news(start: "2001-03-01", end: "2001-04-01", first: 500) { nodes { content } pageInfo { hasNextPage endCursor } } }',
  ),
  ...operation(
    'articles of 40 kB twice',
    '{ news(start: "2001-03-01", end: "2001-04-01", first: 100) { nodes { content again: content } } }',
  ),
  ...operation(
    'articles beyond Latin',
    '{ news(start: "2001-05-01", end: "2001-06-01", first: 100) { edges { cursor node { content } } } }',
  ),
  ...operation(
    'articles to be escaped',
    '{ news(start: "2001-07-01", end: "2001-08-01", first: 300) { nodes { content } } }',
  ),
  ...operation('articles of 3 MB', '{ news(start: "2001-09-01", end: "2001-10-01", first: 3) { nodes { content } } }'),
  ...operation(
    'events with long texts',
    '{ events(start: "2002-01-01", end: "2002-01-31", first: 1000) { nodes { description } } }',
  ),
  ...operation(
    'events of many symbols',
    `{ symbols(first: 100, search: "H") { nodes { events(start: "2002-01-01", end: "2002-01-31", first: 50) { nodes { description } } } } }`,
  ),
  ...operation(
    'nodes of daily bars',
    `{ symbols(first: 15, search: "H") { nodes { daily(first: 1500, start: "2015-01-01", end: "2024-12-31") { nodes { ${BAR} } } } } }`,
  ),
  ...operation(
    'edges of daily bars',
    `{ symbols(first: 8, search: "H") { nodes { daily(first: 2000, start: "2015-01-01", end: "2024-12-31") { edges { cursor node { close } } } } } }`,
  ),
  ...operation(
    'columns of daily bars',
    `{ symbols(first: 30, search: "H") { nodes { daily(first: 1700, start: "2015-01-01", end: "2024-12-31") { columns { ${BAR} } } } } }`,
  ),
  ...operation(
    'bars of one symbol',
    `{ symbol(symbol: "HM") { bars(first: 10000, start: "2024-12-01", end: "2024-12-10") { nodes { timestamp open high low close volume timeframe source } } } }`,
  ),
  ...operation(
    'the newest bars of 1,000 symbols',
    'query ($s: [String!]!) { latest(symbols: $s) { symbol bar { timestamp open high low close volume } } }',
    { s: Array.from({ length: 1000 }, (_, i) => `H${i % 100}`) },
  ),
  ...operation(
    'observations',
    '{ series(id: "HEAVY") { observations(first: 10000, start: "1990-01-01", end: "2024-12-31") { edges { cursor node { date value } } } } }',
  ),
  ...operation(
    'gaps',
    '{ symbols(first: 20, search: "H") { nodes { gaps(start: "2000-01-01", end: "2024-12-31", calendar: ALL) { gaps { start end reason } } } } }',
  ),
  ...operation(
    'catalog and status',
    '{ catalog { __typename } databaseStatus { tables { __typename } chunks { __typename } } }',
  ),
  ...operation(
    'introspection',
    `{ ${times(3, (i) => `s${i}: __schema { types { name description fields { name description type { name kind ofType { name kind } } args { name type { name } } } } }`)} }`,
  ),
  ...operation(
    'an introspection 40 times',
    `{ ${times(40, (i) => `s${i}: __schema { types { name fields { name args { name type { name } } } } }`)} }`,
  ),
  ...operation(
    'an introspection by fragments',
    `{ ${times(20, (i) => `s${i}: __schema { ...S }`)} } fragment S on __Schema { types { ...T } } fragment T on __Type { name fields { name type { ...N } } } fragment N on __Type { name kind }`,
  ),
  ...operation(
    'one type 90 times',
    `{ ${times(90, (i) => `t${i}: __type(name: "Query") { fields { name args { name description type { name } } } }`)} }`,
  ),
  ...operation('the longest document', `{ catalog { __typename } } #${'x'.repeat(32_000)}`),
  ...operation('a text 99 times', `{ news(first: 500) { nodes { ${times(99, (i) => `c${i}: content`)} } } }`),
  ...operation(
    '90 aliases that share 55,000 items',
    `query ($s: [String!]!) { ${times(90, (i) => `a${i}: latest(symbols: $s) { symbol }`)} }`,
    { s: Array.from({ length: 55_000 }, () => 'A') },
  ),
  ...operation(
    '90 aliases that share 9,000 items',
    `query ($s: [String!]!) { ${times(90, (i) => `a${i}: latest(symbols: $s) { symbol }`)} }`,
    { s: Array.from({ length: 9000 }, () => 'A') },
  ),
  ...operation(
    '90 aliases that share 1,000 items',
    `query ($s: [String!]!) { ${times(90, (i) => `a${i}: latest(symbols: $s) { symbol }`)} }`,
    { s: Array.from({ length: 1000 }, () => 'A') },
  ),
  ...operation('deep variables', 'query ($s: [String!]!) { latest(symbols: $s) { symbol } }', {
    s: '['.repeat(9) + DEEP,
  }),
  {
    what: 'variables 50,000 deep',
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"query":"query ($s: [String!]!) { latest(symbols: $s) { symbol } }","variables":{"s":${'['.repeat(50_000)}1${']'.repeat(50_000)}}}`,
  },
  ...operation('2,000 selections of unknown fields', `{ ${times(1900, (i) => `x${i}`)} }`),
  ...operation(
    '1,900 fragments',
    `{ ${times(650, (i) => `...f${i}`)} } ${times(650, (i) => `fragment f${i} on Query { __typename }`)}`,
  ),
];

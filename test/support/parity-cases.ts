import { at, daysAgo, FIELDS } from './parity.js';

/** The same question twice, and where in each answer the data are. */
export interface Case {
  readonly rest: string;
  readonly graphql: string;
  /** Default: `data`. */
  readonly restData?: (body: unknown) => unknown;
  readonly graphqlData: (data: unknown) => unknown;
}

export const nodesOf =
  (...names: string[]) =>
  (data: unknown): unknown =>
    at(data, ...names, 'nodes');

/** Enums are written in capitals in GraphQL. */
export function lowered(value: unknown, name: string): object {
  const row = value as Record<string, string | null>;
  return { ...row, [name]: row[name]?.toLowerCase() ?? null };
}

export const onSymbol = (symbol: string, fields: string): string => `{ symbol(symbol: "${symbol}") { ${fields} } }`;

function observations(id: string, query: string, args: string): Case {
  return {
    rest: `/v1/economic-data/series/${id}/observations?${query}`,
    graphql: `{ series(id: "${id}") { observations${args} { nodes { ${FIELDS.observation} } } } }`,
    graphqlData: nodesOf('series', 'observations'),
  };
}

export const ECONOMIC_DATA: Case[] = [
  {
    rest: '/v1/economic-data/series',
    graphql: `{ allSeries { nodes { ${FIELDS.series} } } }`,
    graphqlData: (data) => (at(data, 'allSeries', 'nodes') as unknown[]).map((row) => lowered(row, 'frequency')),
  },
  {
    rest: '/v1/economic-data/series?search=us&limit=3',
    graphql: `{ allSeries(search: "us", first: 3) { nodes { ${FIELDS.series} } } }`,
    graphqlData: (data) => (at(data, 'allSeries', 'nodes') as unknown[]).map((row) => lowered(row, 'frequency')),
  },
  {
    rest: '/v1/economic-data/series/GDPC1',
    graphql: `{ series(id: "GDPC1") { ${FIELDS.series} } }`,
    graphqlData: (data) => lowered(at(data, 'series'), 'frequency'),
  },
  observations('GDPC1', '', ''),
  ...['lin', 'chg', 'ch1', 'pch', 'pc1', 'pca', 'cch', 'cca', 'log'].map((units) =>
    observations('UNRATE', `units=${units}`, `(units: ${units.toUpperCase()})`),
  ),
  ...['w', 'm', 'q', 'sa', 'a'].flatMap((frequency) =>
    ['avg', 'sum', 'eop'].map((method) =>
      observations(
        'DGS10',
        `frequency=${frequency}&aggregation_method=${method}&units=pch`,
        `(frequency: ${frequency.toUpperCase()}, aggregationMethod: ${method.toUpperCase()}, units: PCH)`,
      ),
    ),
  ),
  observations(
    'PAYEMS',
    'start=2010-01-01&end=2012-12-31&sort=desc&frequency=q&limit=5',
    '(start: "2010-01-01", end: "2012-12-31", sort: DESC, frequency: Q, first: 5)',
  ),
  ...['lin', 'chg', 'pc1'].map((units) => ({
    ...observations('GDPC1', `as_of=2020-05-15&units=${units}`, ''),
    graphql: `{ series(id: "GDPC1") { observations(asOf: "2020-05-15", units: ${units.toUpperCase()}) {
      nodes { ${FIELDS.observation} revisedLater } } } }`,
  })),
  ...['lin', 'pc1'].map((units) => ({
    rest: `/v1/economic-data/observations?series=PAYEMS,UNRATE&start=2019-01-01&end=2020-12-31&units=${units}&sort=desc&limit=30`,
    graphql: `{ observations(series: ["UNRATE", "PAYEMS"], start: "2019-01-01", end: "2020-12-31", sort: DESC, first: 30,
      units: ${units.toUpperCase()}) { nodes { seriesId ${FIELDS.observation} } } }`,
    graphqlData: nodesOf('observations'),
  })),
  {
    rest: '/v1/economic-data/series/USWTRADE/observations?units=pca&format=columns',
    graphql: `{ series(id: "USWTRADE") { observations(units: PCA) { columns { ${FIELDS.observation} } } } }`,
    graphqlData: (data) => at(data, 'series', 'observations', 'columns'),
  },
];

function news(query: string, args: string, fields: string = FIELDS.article): Case {
  return {
    rest: `/v1/news?${query}`,
    graphql: `{ news${args} { nodes { ${fields} } } }`,
    graphqlData: nodesOf('news'),
  };
}

const month = [daysAgo(60), daysAgo(30)] as const;

export const NEWS: Case[] = [
  news('', ''),
  news('include_content=true&limit=20', '(first: 20)', `${FIELDS.article} content`),
  news('q=shares -rally', '(query: "shares -rally")'),
  news('q="inflation data" or dollar&limit=500', '(query: "\\"inflation data\\" or dollar", first: 500)'),
  news('sort=asc&start=2020-01-01&limit=20', '(sort: ASC, start: "2020-01-01", first: 20)'),
  news('q=shares rise&sort_by=relevance&limit=100', '(query: "shares rise", sortBy: RELEVANCE, first: 100)'),
  news('q=volume&search_in=description,content', '(query: "volume", searchIn: [DESCRIPTION, CONTENT])'),
  news('sources=Sample Wire,Northgate News', '(sources: ["Sample Wire", "Northgate News"])'),
  news("author=seán o'neill&limit=500", '(author: "seán o\'neill", first: 500)'),
  news(`start=${month[0]}&end=${month[1]}`, `(start: "${month[0]}", end: "${month[1]}")`),
];

function events(query: string, args: string): Case {
  return {
    rest: `/v1/events?${query}`,
    graphql: `{ events${args} { nodes { ${FIELDS.event} } } }`,
    graphqlData: nodesOf('events'),
  };
}

const year = [daysAgo(330), daysAgo(-30)] as const;

export const EVENTS: Case[] = [
  events('', ''),
  events('limit=1000&min_impact=3', '(first: 1000, minImpact: 3)'),
  events(
    `start=${year[0]}&end=${year[1]}&event_type=earnings,holiday`,
    `(start: "${year[0]}", end: "${year[1]}", types: ["earnings", "holiday"])`,
  ),
  events('country=US,DE&currency=EUR', '(countries: ["US", "DE"], currencies: ["EUR"])'),
  events(
    `start=${year[0]}T00:00:00Z&end=${year[1]}T12:00:00Z&symbol=AAPL`,
    `(start: "${year[0]}T00:00:00Z", end: "${year[1]}T12:00:00Z", symbol: "AAPL")`,
  ),
  {
    rest: `/v1/events/study?event_type=earnings&start=${year[0]}&end=${daysAgo(30)}&before=2`,
    graphql: `{ eventStudy(types: ["earnings"], start: "${year[0]}", end: "${daysAgo(30)}", before: 2) {
      sessions { session events meanReturn meanBenchmark meanAbnormal meanCumulated deviation t hitRate } } }`,
    graphqlData: (data) => at(data, 'eventStudy', 'sessions'),
  },
  {
    rest: `/v1/events?symbol=MSFT&start=${year[0]}&end=${year[1]}&min_impact=1`,
    graphql: onSymbol(
      'MSFT',
      `events(start: "${year[0]}", end: "${year[1]}", minImpact: 1) { nodes { ${FIELDS.event} } }`,
    ),
    graphqlData: nodesOf('symbol', 'events'),
  },
];

const DATA_SET = `name schema relation available rows first last state expectedBy timeframes sources notes
  refresh { ${FIELDS.freshness} } compression { enabled chunks compressedChunks compressAfter }`;

export const SERVICE: Case[] = [
  {
    rest: '/v1/catalog',
    graphql: `{ catalog { asOf dataSets { ${DATA_SET} } schemas { name empty relations } } }`,
    restData: (body) => {
      const catalog = at(body, 'data') as { dataSets: Record<string, unknown>[] };
      // The lag is that of the moment.
      return { ...catalog, dataSets: catalog.dataSets.map((set) => ({ ...set, lagSeconds: undefined })) };
    },
    graphqlData: (data) => {
      const catalog = at(data, 'catalog') as { dataSets: unknown[] };
      return { ...catalog, dataSets: catalog.dataSets.map((set) => lowered(set, 'state')) };
    },
  },
  {
    rest: '/v1/monitoring/database',
    graphql: '{ databaseStatus { serverVersion timescaledbVersion hypertables { name chunks compressedChunks } } }',
    restData: (body) => {
      const { serverVersion, timescaledbVersion, hypertables } = at(body, 'data') as Record<string, unknown>;
      const counts = (hypertables as Record<string, unknown>[]).map(({ name, chunks, compressedChunks }) => ({
        name,
        chunks,
        compressedChunks,
      }));
      return { serverVersion, timescaledbVersion, hypertables: counts };
    },
    graphqlData: (data) => at(data, 'databaseStatus'),
  },
  {
    rest: '/health/database',
    graphql: '{ databaseHealth { status } }',
    restData: (body) => ({ status: at(body, 'status') }),
    graphqlData: (data) => lowered(at(data, 'databaseHealth'), 'status'),
  },
];

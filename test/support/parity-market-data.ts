import { at, FIELDS } from './parity.js';
import { type Case, lowered, nodesOf, onSymbol } from './parity-cases.js';

const V1 = '/v1/market-data';

function bars(symbol: string, query: string, args: string): Case {
  return {
    rest: `${V1}/bars/${symbol}?${query}`,
    graphql: onSymbol(symbol, `bars${args} { nodes { ${FIELDS.bar} } }`),
    graphqlData: nodesOf('symbol', 'bars'),
  };
}

function daily(symbol: string, query: string, args: string): Case {
  return {
    rest: `${V1}/daily/${symbol}?${query}`,
    graphql: onSymbol(symbol, `daily${args} { nodes { ${FIELDS.daily} } freshness { ${FIELDS.freshness} } }`),
    restData: (body) => [at(body, 'data'), at(body, 'meta', 'freshness')],
    graphqlData: (data) => [at(data, 'symbol', 'daily', 'nodes'), at(data, 'symbol', 'daily', 'freshness')],
  };
}

const GAPS = `gaps { start end missingDays reason } excluded { day reason } ${FIELDS.coverage} freshness { ${FIELDS.freshness} }`;

function gaps(symbol: string, query: string, args: string): Case {
  return {
    rest: `${V1}/gaps/${symbol}?${query}`,
    graphql: onSymbol(symbol, `gaps${args} { ${GAPS} }`),
    restData: (body) => {
      const meta = at(body, 'meta') as Record<string, unknown>;
      const shared = Object.entries(meta).filter(([name]) => name !== 'query' && name !== 'note');
      return { gaps: at(body, 'data'), ...Object.fromEntries(shared) };
    },
    graphqlData: (data) => {
      const report = lowered(at(data, 'symbol', 'gaps'), 'calendar') as Record<'gaps' | 'excluded', unknown[]>;
      const reasons = (rows: unknown[]): unknown[] => rows.map((row) => lowered(row, 'reason'));
      return { ...report, gaps: reasons(report.gaps), excluded: reasons(report.excluded) };
    },
  };
}

function coverageOf(entry: unknown): unknown {
  const { symbol, gaps: report } = entry as { symbol: string; gaps: object };
  return { symbol, ...lowered(report, 'calendar') };
}

/** The bars of an interval, and how they are made. */
function intervals(symbol: string, query: string, args: string): Case {
  const made = ['timeframe', 'derivedFrom', 'tz', 'freshness'];
  const madeOf =
    (...names: string[]) =>
    (tree: unknown): unknown =>
      made.map((name) => at(tree, ...names, name) ?? null);
  const row = `${FIELDS.bar.replace(' source', '')} bars isPartial`;
  return {
    rest: `${V1}/bars/${symbol}?${query}`,
    graphql: onSymbol(
      symbol,
      `bars(${args}) { nodes { ${row} } timeframe derivedFrom tz freshness { ${FIELDS.freshness} } }`,
    ),
    restData: (body) => [at(body, 'data'), madeOf('meta')(body)],
    graphqlData: (data) => [at(data, 'symbol', 'bars', 'nodes'), madeOf('symbol', 'bars')(data)],
  };
}

/** The board; when it was read differs. */
function board(rest: string, args: string): Case {
  return {
    rest: `${V1}/${rest}`,
    graphql: `{ board${args} { nodes { ${FIELDS.board} } session matched unknown pageInfo { hasNextPage } } }`,
    restData: (body) => [
      at(body, 'data'),
      at(body, 'meta', 'session'),
      at(body, 'meta', 'matched'),
      at(body, 'meta', 'unknown') ?? null,
      at(body, 'nextPageToken') !== null,
    ],
    graphqlData: (data) => [
      at(data, 'board', 'nodes'),
      at(data, 'board', 'session'),
      at(data, 'board', 'matched'),
      at(data, 'board', 'unknown'),
      at(data, 'board', 'pageInfo', 'hasNextPage'),
    ],
  };
}

/** Symbols side by side: rows, what each did, and the matrix. */
function compare(query: string, args: string): Case {
  const lower = (rows: unknown): unknown[] => (rows as unknown[]).map((row) => lowered(row, 'reason'));
  return {
    rest: `${V1}/compare?${query}`,
    graphql: `{ compare(${args}) { nodes { ${FIELDS.compared} } summary { ${FIELDS.comparedSymbol} } unknown
      correlations { ${FIELDS.correlation} } freshness { ${FIELDS.freshness} } pageInfo { hasNextPage } } }`,
    restData: (body) => [
      ...['summary', 'correlations', 'unknown', 'freshness'].map((name) => at(body, 'meta', name)),
      at(body, 'data'),
      at(body, 'nextPageToken') !== null,
    ],
    graphqlData: (data) => [
      ...['summary', 'correlations'].map((name) => lower(at(data, 'compare', name))),
      ...['unknown', 'freshness', 'nodes'].map((name) => at(data, 'compare', name)),
      at(data, 'compare', 'pageInfo', 'hasNextPage'),
    ],
  };
}

const STATISTICS = `symbol days unusableDays firstDay lastDay totalReturn cagr meanReturn volatility periodsPerYear skewness
  kurtosis positiveShare bestDay { day return } worstDay { day return } currentDrawdown
  drawdowns { depth peak trough recovery length } years { year return isPartial months { month return isPartial } }`;

function statistics(symbol: string, query: string, args: string): Case {
  return {
    rest: `${V1}/statistics/${symbol}?${query}`,
    graphql: onSymbol(symbol, `statistics${args} { ${STATISTICS} freshness { ${FIELDS.freshness} } }`),
    restData: (body) => ({ ...(at(body, 'data') as object), freshness: at(body, 'meta', 'freshness') }),
    graphqlData: (data) => at(data, 'symbol', 'statistics'),
  };
}

const CONDITION = 'symbol day condition reason bars missingBars firstMissing lastMissing lastModified';
const conditionsOf = (rows: unknown): unknown =>
  (rows as unknown[]).map((row) => lowered(lowered(row, 'condition'), 'reason'));

export const MARKET_DATA: Case[] = [
  board('snapshots?symbols=MSFT,NOPE,AAPL', '(symbols: ["MSFT", "NOPE", "AAPL"])'),
  board(
    'screen?where=close%3Esma_200&sort=-return_21&limit=3',
    '(where: "close>sma_200", orderBy: "-return_21", first: 3)',
  ),
  statistics('^GSPC', '', ''),
  statistics(
    'BTC-USD',
    'start=2020-02-29&end=2023-05-05&drawdowns=2',
    '(start: "2020-02-29", end: "2023-05-05", drawdowns: 2)',
  ),
  statistics('SPYM', '', ''),
  compare(
    'symbols=KO,NOPE,AAPL,TWTR&start=2019-01-01&end=2022-12-31&benchmark=SPY&limit=50',
    'symbols: ["KO", "NOPE", "AAPL", "TWTR"], start: "2019-01-01", end: "2022-12-31", benchmark: "SPY", first: 50',
  ),
  compare(
    'symbols=AAPL,BTC-USD&start=2020-01-01&end=2020-03-31&base=1&align=outer',
    'symbols: ["AAPL", "BTC-USD"], start: "2020-01-01", end: "2020-03-31", base: 1, align: OUTER',
  ),
  compare('symbols=^GSPC,AAPL', 'symbols: ["^GSPC", "AAPL"]'),
  {
    rest: `${V1}/condition/SPYM`,
    graphql: onSymbol('SPYM', `condition { nodes { ${CONDITION} } }`),
    graphqlData: (data) => conditionsOf(at(data, 'symbol', 'condition', 'nodes')),
  },
  {
    rest: `${V1}/condition?symbols=MSFT,NOPE,AAPL&start=2021-06-01&end=2021-06-30&calendar=xnys&limit=40`,
    graphql: `{ condition(symbols: ["MSFT", "NOPE", "AAPL"], start: "2021-06-01", end: "2021-06-30", calendar: XNYS, first: 40) {
      nodes { ${CONDITION} } unknown } }`,
    restData: (body) => [at(body, 'data'), at(body, 'meta', 'unknown')],
    graphqlData: (data) => [conditionsOf(at(data, 'condition', 'nodes')), at(data, 'condition', 'unknown')],
  },
  ...['', '&sort=desc&limit=40'].map((query): Case => {
    const args = query === '' ? '' : ', sort: DESC, first: 40';
    return {
      rest: `${V1}/daily?symbols=MSFT,NOPE,AAPL&start=2019-12-01&end=2019-12-31${query}`,
      graphql: `{ daily(symbols: ["MSFT", "NOPE", "AAPL"], start: "2019-12-01", end: "2019-12-31"${args}) {
        nodes { ${FIELDS.daily} } unknown pageInfo { hasNextPage } } }`,
      restData: (body) => [at(body, 'data'), at(body, 'meta', 'unknown'), at(body, 'nextPageToken') !== null],
      graphqlData: (data) => [
        at(data, 'daily', 'nodes'),
        at(data, 'daily', 'unknown'),
        at(data, 'daily', 'pageInfo', 'hasNextPage'),
      ],
    };
  }),
  {
    rest: `${V1}/breadth?start=2019-01-01&end=2019-02-28`,
    graphql: `{ breadth(start: "2019-01-01", end: "2019-02-28") { nodes { ${FIELDS.breadth} } } }`,
    graphqlData: (data) => at(data, 'breadth', 'nodes'),
  },
  intervals(
    '^GSPC',
    'timeframe=1mo&start=2019-01-10&end=2019-06-30',
    'timeframe: "1mo", start: "2019-01-10", end: "2019-06-30"',
  ),
  intervals(
    'SPYM',
    'timeframe=1h&tz=America/New_York&sort=desc',
    'timeframe: "1h", tz: "America/New_York", sort: DESC',
  ),
  intervals('SPYM', 'max_points=50&limit=20', 'maxPoints: 50, first: 20'),
  {
    rest: `${V1}/latest/^GSPC`,
    graphql: onSymbol('^GSPC', `latest { ${FIELDS.bar} }`),
    graphqlData: (data) => at(data, 'symbol', 'latest'),
  },
  {
    rest: `${V1}/latest/SPYM?timeframe=1m`,
    graphql: onSymbol('SPYM', `latest(timeframe: "1m") { ${FIELDS.bar} }`),
    graphqlData: (data) => at(data, 'symbol', 'latest'),
  },
  {
    rest: `${V1}/latest?symbols=MSFT,NOPE,BRK.B,AAPL&timeframe=1d`,
    graphql: `{ latest(symbols: ["MSFT", "NOPE", "BRK.B", "AAPL"], timeframe: "1d") { bar { ${FIELDS.bar} } } }`,
    graphqlData: (data) => (at(data, 'latest') as { bar: unknown }[]).flatMap(({ bar }) => bar ?? []),
  },
  bars('AAPL', '', ''),
  bars('NVDA', 'start=2019-01-01&end=2019-03-31&sort=desc', '(start: "2019-01-01", end: "2019-03-31", sort: DESC)'),
  bars('SPYM', 'timeframe=1m&source=sample&limit=400', '(timeframe: "1m", source: "sample", first: 400)'),
  bars(
    '^GSPC',
    'start=2019-01-02T01:00:00%2B01:00&end=2019-02-01T00:00:00Z',
    '(start: "2019-01-02T01:00:00+01:00", end: "2019-02-01T00:00:00Z")',
  ),
  {
    rest: `${V1}/bars?symbols=KO,AAPL&start=2019-01-01&end=2019-01-31`,
    graphql: `{ a: symbol(symbol: "AAPL") { ...B } b: symbol(symbol: "KO") { ...B } }
      fragment B on Symbol { bars(start: "2019-01-01", end: "2019-01-31") { nodes { ${FIELDS.bar} } } }`,
    graphqlData: (data) => ['a', 'b'].flatMap((name) => at(data, name, 'bars', 'nodes')),
  },
  {
    rest: `${V1}/bars/TSLA?start=2019-01-01&end=2019-01-31&format=columns`,
    graphql: onSymbol('TSLA', `bars(start: "2019-01-01", end: "2019-01-31") { columns { ${FIELDS.bar} } }`),
    graphqlData: (data) => at(data, 'symbol', 'bars', 'columns'),
  },
  daily('AAPL', '', ''),
  daily('SPYM', '', ''),
  daily('^GSPC', 'start=2019-01-01&end=2019-12-31&sort=desc', '(start: "2019-01-01", end: "2019-12-31", sort: DESC)'),
  {
    rest: `${V1}/daily/NVDA?start=2019-01-01&end=2019-12-31&format=columns`,
    graphql: onSymbol('NVDA', `daily(start: "2019-01-01", end: "2019-12-31") { columns { ${FIELDS.daily} } }`),
    graphqlData: (data) => at(data, 'symbol', 'daily', 'columns'),
  },
  {
    rest: `${V1}/daily?date=2019-07-03`,
    graphql: `{ marketDay(date: "2019-07-03") { nodes { ${FIELDS.daily} } } }`,
    graphqlData: nodesOf('marketDay'),
  },
  {
    rest: `${V1}/daily?date=2019-07-03&symbols=^GSPC,AAPL`,
    graphql: `{ marketDay(date: "2019-07-03", symbols: ["^GSPC", "AAPL"]) { nodes { ${FIELDS.daily} } } }`,
    graphqlData: nodesOf('marketDay'),
  },
  gaps('AAPL', 'start=2021-01-01&end=2021-12-31', '(start: "2021-01-01", end: "2021-12-31")'),
  gaps(
    'AAPL',
    'start=2021-01-01&end=2021-12-31&calendar=observed',
    '(start: "2021-01-01", end: "2021-12-31", calendar: OBSERVED)',
  ),
  gaps(
    '^GSPC',
    'start=2005-01-01&end=2005-12-31&calendar=observed',
    '(start: "2005-01-01", end: "2005-12-31", calendar: OBSERVED)',
  ),
  gaps(
    'BTC-USD',
    'start=2022-01-01&end=2022-12-31&calendar=all',
    '(start: "2022-01-01", end: "2022-12-31", calendar: ALL)',
  ),
  gaps('TWTR', '', ''),
  {
    rest: `${V1}/gaps?symbols=^GSPC,AAPL&start=2019-01-01&end=2019-12-31&calendar=observed`,
    graphql: `{ a: symbol(symbol: "AAPL") { ...C } b: symbol(symbol: "^GSPC") { ...C } }
      fragment C on Symbol { symbol gaps(start: "2019-01-01", end: "2019-12-31", calendar: OBSERVED) { ${FIELDS.coverage} } }`,
    graphqlData: (data) => ['a', 'b'].map((name) => coverageOf(at(data, name))),
  },
  {
    rest: `${V1}/gaps`,
    graphql: `{ symbols { nodes { symbol gaps { ${FIELDS.coverage} } } } }`,
    graphqlData: (data) => (at(data, 'symbols', 'nodes') as unknown[]).map(coverageOf),
  },
  {
    rest: `${V1}/symbols`,
    graphql: `{ symbols { nodes { ${FIELDS.symbol} } } }`,
    graphqlData: nodesOf('symbols'),
  },
  {
    rest: `${V1}/symbols?search=sp&limit=2`,
    graphql: `{ symbols(search: "sp", first: 2) { nodes { ${FIELDS.symbol} } } }`,
    graphqlData: nodesOf('symbols'),
  },
];

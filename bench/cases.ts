import type autocannon from 'autocannon';
import { SYMBOLS, WINDOW } from './dataset.ts';
import { API, POSTGRAPHILE } from './operations.ts';
import type { Server } from './processes.ts';

/** Who answers. */
export type Peer = 'api' | 'hand' | 'postgraphile';

export const PEERS: Record<Peer, string> = {
  api: 'this API',
  hand: 'hand-written Fastify + pg',
  postgraphile: 'PostGraphile 5',
};

/** One thing to ask one server again and again. */
export interface Case {
  readonly name: CaseName;
  readonly title: string;
  readonly peer: Peer;
  readonly requests: autocannon.Request[];
  /** Statuses of good answers. */
  readonly expect: readonly number[];
  /** Whether an answer is what was asked; looked at once, before the rounds. */
  holds(body: string): boolean;
  /** So slow that it needs a longer stretch. */
  readonly slow?: true;
}

export type CaseName =
  | 'constant'
  | 'latest.hand'
  | 'latest'
  | 'daily.hand'
  | 'daily'
  | 'daily.columns'
  | 'daily.304'
  | 'weekly'
  | 'indicators'
  | 'graphql.latest'
  | 'graphql.latest.postgraphile'
  | 'graphql.nodes'
  | 'graphql.columns'
  | 'graphql.daily.postgraphile'
  | 'errors'
  | 'latest.unbounded';

const DAILY = `start=${WINDOW.start}&end=${WINDOW.end}&limit=${WINDOW.bars}`;
const dailyPath = (symbol: string): string => `/v1/market-data/daily/${symbol}?${DAILY}`;
const weeklyPath = (symbol: string): string =>
  `/v1/market-data/bars/${symbol}?timeframe=1w&start=${WINDOW.start}&end=${WINDOW.end}`;
const INDICATORS = 'sma(20),rsi(14),bbands(20,2)';
const occurs = (body: string, text: string, times: number): boolean => body.split(text).length === times + 1;
const everySymbol = (path: (symbol: string) => string): autocannon.Request[] =>
  SYMBOLS.map((symbol) => ({ path: path(symbol) }));
const graphql = (query: string): autocannon.Request[] =>
  SYMBOLS.map((symbol) => ({
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { symbol } }),
  }));

/** One newest bar, with no errors beside it. */
const oneBar = (body: string): boolean => occurs(body, '"timestamp"', 1) && body.includes('2025-10-31');
const daysOfBars = (body: string): boolean => occurs(body, '"day":', WINDOW.bars) && body.includes(WINDOW.start);
const columnOfDays = (body: string): boolean => {
  const { data } = JSON.parse(body) as { data: { symbol: { daily: { columns: { day: string[] } } } } };
  return data.symbol.daily.columns.day.length === WINDOW.bars;
};

/** Every case, those that are compared next to each other. */
export async function allCases(api: Server): Promise<Case[]> {
  const ok = [200];
  return [
    {
      name: 'constant',
      title: 'constant answer: what the HTTP server can give',
      peer: 'hand',
      requests: [{ path: '/constant' }],
      expect: ok,
      holds: (body) => body.includes('"close"'),
    },
    {
      name: 'latest.hand',
      title: 'latest, bounded and prepared',
      peer: 'hand',
      requests: everySymbol((symbol) => `/latest/${symbol}`),
      expect: ok,
      holds: oneBar,
    },
    {
      name: 'latest',
      title: 'REST latest',
      peer: 'api',
      requests: everySymbol((symbol) => `/v1/market-data/latest/${symbol}`),
      expect: ok,
      holds: oneBar,
    },
    {
      name: 'daily.hand',
      title: '250 daily bars, rendered by PostgreSQL, prepared',
      peer: 'hand',
      requests: everySymbol((symbol) => `/daily/${symbol}`),
      expect: ok,
      holds: daysOfBars,
    },
    {
      name: 'daily',
      title: 'REST 250 daily bars',
      peer: 'api',
      requests: everySymbol(dailyPath),
      expect: ok,
      holds: daysOfBars,
    },
    {
      name: 'daily.columns',
      title: 'REST 250 daily bars as columns',
      peer: 'api',
      requests: everySymbol((symbol) => `${dailyPath(symbol)}&format=columns`),
      expect: ok,
      holds: (body) => occurs(body, '"close":[', 1) && body.includes(`"${WINDOW.end}"]`),
    },
    {
      name: 'daily.304',
      title: 'the same with If-None-Match: 304',
      peer: 'api',
      requests: await tagged(api),
      expect: [304],
      holds: (body) => body === '',
    },
    {
      name: 'weekly',
      title: 'REST a year of weekly bars',
      peer: 'api',
      requests: everySymbol(weeklyPath),
      expect: ok,
      holds: (body) => occurs(body, '"timestamp":', WINDOW.bars / 5) && body.includes('"derived_from"'),
    },
    {
      name: 'indicators',
      title: 'REST 250 daily bars with three indicators',
      peer: 'api',
      requests: everySymbol((symbol) => `${dailyPath(symbol)}&indicators=${INDICATORS}`),
      expect: ok,
      holds: (body) => daysOfBars(body) && occurs(body, '"bbands_upper_20_2":', WINDOW.bars),
    },
    {
      name: 'graphql.latest',
      title: 'GraphQL latest',
      peer: 'api',
      requests: graphql(API.latest),
      expect: ok,
      holds: oneBar,
    },
    {
      name: 'graphql.latest.postgraphile',
      title: 'GraphQL latest',
      peer: 'postgraphile',
      requests: graphql(POSTGRAPHILE.latest),
      expect: ok,
      holds: oneBar,
      slow: true,
    },
    {
      name: 'graphql.nodes',
      title: 'GraphQL 250 daily bars as nodes',
      peer: 'api',
      requests: graphql(API.nodes),
      expect: ok,
      holds: daysOfBars,
    },
    {
      name: 'graphql.columns',
      title: 'GraphQL 250 daily bars as columns',
      peer: 'api',
      requests: graphql(API.columns),
      expect: ok,
      holds: columnOfDays,
    },
    {
      name: 'graphql.daily.postgraphile',
      title: 'GraphQL 250 daily bars as nodes',
      peer: 'postgraphile',
      requests: graphql(POSTGRAPHILE.daily),
      expect: ok,
      holds: daysOfBars,
    },
    {
      name: 'errors',
      title: 'errors: unknown symbol 404, bad parameter 400',
      peer: 'api',
      requests: everySymbol((symbol) => `/v1/market-data/latest/NOT${symbol}`).concat(
        everySymbol((symbol) => `/v1/market-data/daily/${symbol}?limit=many`),
      ),
      expect: [400, 404],
      holds: (body) => body.includes('"code":'),
    },
    {
      name: 'latest.unbounded',
      title: "latest, upstream's own query",
      peer: 'hand',
      requests: everySymbol((symbol) => `/unbounded/${symbol}`),
      expect: ok,
      holds: oneBar,
      slow: true,
    },
  ];
}

/** Requests for daily bars that name the ETag of what is there now. */
async function tagged(api: Server): Promise<autocannon.Request[]> {
  const requests: autocannon.Request[] = [];
  for (const symbol of SYMBOLS) {
    const path = dailyPath(symbol);
    const response = await fetch(api.url + path, { headers: { 'accept-encoding': 'identity' } });
    await response.arrayBuffer();
    requests.push({ path, headers: { 'if-none-match': response.headers.get('etag') ?? 'none' } });
  }
  return requests;
}

/** Asks once. Rejects where the answer is not what the case is about, so that no rate is taken of a mistake. */
export async function tryCase(one: Case, server: Server): Promise<void> {
  const { method, path, headers, body } = one.requests[0]!;
  const response = await fetch(server.url + path, { method, headers, body });
  const text = await response.text();
  if (one.expect.includes(response.status) && one.holds(text)) return;
  throw new Error(`${one.title} of ${PEERS[one.peer]} answers ${response.status} ${text.slice(0, 300)}`);
}

import type { Random } from '../../../src/setup/sample/random.js';
import { exactJson, plain, type Resource, type Row } from './ask.js';
import { BACKGROUND_MS, compareList, compareValue } from './compare.js';
import { dailyOfSeveral, intervals } from './interval-requests.js';
import { breadth, movers, screen, snapshots, wide } from './board-requests.js';
import { conditions, suspects, updated } from './condition-requests.js';
import { limitFor, type MarketContext, quoted, window } from './market-context.js';
import { coMovement, comparison, indicators, statistics } from './performance-requests.js';
import { chance, dayAfter, some } from './seed.js';
import { studies } from './study-requests.js';

const BAR = 'symbol timestamp timeframe open high low close volume vwap trades_count source'.split(' ');
const DAILY = 'symbol day open high low close volume vwap is_partial'.split(' ');

/** Sends one random request about the market and compares what comes. */
export async function marketRequest(context: MarketContext): Promise<void> {
  const kinds = [
    bars,
    bars,
    barsOfSeveral,
    daily,
    daily,
    daily,
    marketDay,
    latest,
    gaps,
    gaps,
    intervals,
    intervals,
    dailyOfSeveral,
    comparison,
    coMovement,
    statistics,
    indicators,
    suspects,
    updated,
    updated,
    conditions,
    screen,
    screen,
    snapshots,
    movers,
    breadth,
    wide,
    wide,
    studies,
  ];
  await context.rng.pick(kinds)(context);
}

/** A timeframe that the API says a symbol has: others are made of these. */
async function storedTimeframe({ api, rng }: MarketContext, symbol: string): Promise<string | null> {
  const answer = await api.get(`/v1/market-data/symbols/${encodeURIComponent(symbol)}`);
  const known = answer.status === 200 ? (answer.body as { data: { timeframes: string[] } }).data.timeframes : [];
  return known.length === 0 ? null : rng.pick(known);
}

async function bars(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const symbol = rng.pick(context.symbols);
  const { start, end } = window(context);
  const sort = rng.pick(['asc', 'desc'] as const);
  const timeframe = chance(rng, 0.2) ? await storedTimeframe(context, symbol) : null;
  const source = chance(rng, 0.2) ? 'alpha' : null;
  const rows = await truth.bars([symbol], start, dayAfter(end, 1), timeframe, source, sort);
  const filters = { ...(timeframe ? { timeframe } : {}), ...(source ? { source } : {}) };
  const extra = Object.entries(filters).map(([name, value]) => `, ${name}: ${quoted(value)}`);
  const resource: Resource = {
    path: `/v1/market-data/bars/${encodeURIComponent(symbol)}`,
    query: { start, end, sort, ...filters },
    graphql: {
      operation: (args, selection) => `{ symbol(symbol: ${quoted(symbol)}) { bars(${args}) { ${selection} } } }`,
      at: ['symbol', 'bars'],
      args: `start: "${start}", end: "${end}", sort: ${sort.toUpperCase()}${extra.join('')}`,
      columns: true,
    },
    columns: BAR,
  };
  await compareList(api, rng, resource, rows, limitFor(rng, rows, 'timestamp'), differences, settle);
}

async function barsOfSeveral(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const symbols = some(rng, context.symbols, Math.min(0.4, 4 / context.symbols.length));
  const { start, end } = window(context);
  const sort = rng.pick(['asc', 'desc'] as const);
  const rows = await truth.bars(symbols, start, dayAfter(end, 1), null, null, sort);
  const query = { symbols: symbols.join(), start, end, sort };
  const resource: Resource = { path: '/v1/market-data/bars', query, columns: BAR };
  await compareList(api, rng, resource, rows, limitFor(rng, rows, 'timestamp'), differences, settle);
}

async function daily(context: MarketContext): Promise<void> {
  const { api, rng, truth, newest, differences, settle } = context;
  const symbol = rng.pick(context.symbols);
  const sort = rng.pick(['asc', 'desc'] as const);
  const whole = chance(rng, 0.2);
  const { start, end } = whole ? { start: '1960-01-01', end: dayAfter(newest, 10) } : window(context);
  const rows = await truth.daily(
    `symbol = $1 and at >= $2::date::timestamp at time zone 'UTC' and at <= $3::date::timestamp at time zone 'UTC'`,
    [symbol, start, end],
    `at ${sort}`,
  );
  const resource: Resource = {
    path: `/v1/market-data/daily/${encodeURIComponent(symbol)}`,
    query: { start, end, sort },
    graphql: {
      operation: (args, selection) => `{ symbol(symbol: ${quoted(symbol)}) { daily(${args}) { ${selection} } } }`,
      at: ['symbol', 'daily'],
      args: `start: "${start}", end: "${end}", sort: ${sort.toUpperCase()}`,
      columns: true,
    },
    columns: DAILY,
  };
  await compareList(api, rng, resource, rows, limitFor(rng, rows, 'day'), differences, settle);
}

async function marketDay({ api, rng, truth, newest, differences, settle }: MarketContext): Promise<void> {
  const date = dayAfter(newest, -rng.integer(0, 900));
  const rows = await truth.daily(`at = $1::date::timestamp at time zone 'UTC'`, [date], `symbol collate "C"`);
  const resource: Resource = {
    path: '/v1/market-data/daily',
    query: { date },
    graphql: {
      operation: (args, selection) => `{ marketDay(${args}) { ${selection} } }`,
      at: ['marketDay'],
      args: `date: "${date}"`,
      columns: true,
    },
    columns: DAILY,
  };
  await compareList(api, rng, resource, rows, rng.integer(1, rows.length + 2), differences, settle);
}

async function latest(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const symbol = rng.pick(context.symbols);
  const [row] = await truth.latest(symbol, null);
  const wanted = row && { timestamp: plain(row.timestamp), close: row.close, volume: row.volume };
  const pick = (bar: Row | null | undefined) =>
    bar ? { timestamp: plain(bar.timestamp), close: plain(bar.close), volume: plain(bar.volume) } : undefined;
  const path = `/v1/market-data/latest/${encodeURIComponent(symbol)}`;
  const query = `{ latest(symbols: [${quoted(symbol)}]) { bar { timestamp close volume } } }`;
  if (chance(rng, 0.5)) {
    const read = async () => pick((exactJson((await api.get(path).expect(200)).text) as { data: Row }).data);
    return compareValue(`GET ${path}`, read, wanted, differences, settle);
  }
  const read = async () => {
    const body = exactJson((await api.graphql(query).expect(200)).text) as { data: { latest: { bar: Row }[] } };
    return pick(body.data.latest[0]?.bar);
  };
  return compareValue(query, read, wanted, differences, settle);
}

async function gaps(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const symbol = rng.pick(context.symbols);
  const calendar = rng.pick(['weekdays', 'all']);
  const { start, end } = window(context);
  const wanted = await truth.missingDays(symbol, start, end, calendar === 'weekdays');
  const days = (ranges: { start: string; end: string }[]): string[] =>
    ranges.flatMap((range) => {
      const count = (Date.parse(range.end) - Date.parse(range.start)) / 86_400_000;
      const all = Array.from({ length: count + 1 }, (_, i) => dayAfter(range.start, i));
      return all.filter((day) => calendar === 'all' || new Date(day).getUTCDay() % 6 !== 0);
    });
  if (chance(rng, 0.5)) {
    const query = new URLSearchParams({ start, end, calendar }).toString();
    const path = `/v1/market-data/gaps/${encodeURIComponent(symbol)}?${query}`;
    const read = async () => days((await api.get(path).expect(200)).body.data as Parameters<typeof days>[0]);
    return compareValue(`GET ${path}`, read, wanted, differences, settle);
  }
  const args = `start: "${start}", end: "${end}", calendar: ${calendar.toUpperCase()}`;
  const query = `{ symbol(symbol: ${quoted(symbol)}) { gaps(${args}) { gaps { start end } } } }`;
  const read = async () =>
    days((await api.graphql(query).expect(200)).body.data.symbol.gaps.gaps as Parameters<typeof days>[0]);
  return compareValue(query, read, wanted, differences, settle);
}

/** The list of symbols, which is compared after a start only: it is renewed in the background. */
export async function compareSymbols({ api, rng, truth, differences, settle }: MarketContext): Promise<void> {
  const rows = await truth.symbols();
  const resource: Resource = {
    path: '/v1/market-data/symbols',
    query: {},
    graphql: {
      operation: (args, selection) => `{ symbols(${args}) { ${selection} } }`,
      at: ['symbols'],
      args: '',
      columns: false,
    },
    decimals: false,
    columns: ['symbol', 'first_day', 'last_day', 'days'],
  };
  await compareList(api, rng, resource, rows, pageOf(rng, rows), differences, settle);
}

/** The coverage of the whole market, page by page; of all symbols that the list has, so after a start only, too. */
export async function compareCoverage(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const { start, end } = window(context);
  const calendar = rng.pick(['weekdays', 'all']);
  const rows = await truth.coverage(start, end, calendar === 'weekdays');
  const resource: Resource = {
    path: '/v1/market-data/gaps',
    query: { start, end, calendar },
    graphql: {
      operation: (args, selection) => `{ coverage(${args}) { ${selection} } }`,
      at: ['coverage'],
      args: `start: "${start}", end: "${end}", calendar: ${calendar.toUpperCase()}`,
      columns: false,
    },
    decimals: false,
    columns: ['symbol', 'expected_days', 'present_days', 'coverage', 'first_day', 'last_day'],
  };
  await compareList(api, rng, resource, rows, pageOf(rng, rows), differences, settle);
}

/** Rows of a page of symbols: any number, of which there are some dozen pages; of more one page may cost too much. */
function pageOf(rng: Random, rows: readonly Row[]): number {
  return Math.min(500, rng.integer(Math.max(1, Math.ceil(rows.length / 12)), rows.length + 2));
}

/**
 * Default windows count back from the newest day of the symbol, or from today where that lies in the future. Of a
 * symbol that had ended that day is known from the directory, which follows in the background.
 */
export async function compareDefaults(context: MarketContext): Promise<void> {
  const { api, rng, truth, newest, differences } = context;
  const symbol = rng.pick(context.symbols);
  const path = `/v1/market-data/daily/${encodeURIComponent(symbol)}?limit=1&sort=desc&fields=day`;
  const rows = await truth.daily(
    `symbol = $1 and at <= $2::date::timestamp at time zone 'UTC'`,
    [symbol, newest],
    'at desc limit 1',
  );
  const read = async (): Promise<unknown> => (await api.get(path).expect(200)).body.data[0]?.day;
  await compareValue(`GET ${path}`, read, rows[0]?.day, differences, BACKGROUND_MS);
  const gapsPath = `/v1/market-data/gaps/${encodeURIComponent(symbol)}`;
  const end = async (): Promise<unknown> => (await api.get(gapsPath).expect(200)).body.meta.query.end;
  const [{ day } = { day: newest }] = await truth.daily(
    `at <= $1::date::timestamp at time zone 'UTC'`,
    [newest],
    'at desc limit 1',
  );
  await compareValue(`GET ${gapsPath}, meta.query.end`, end, day, differences, BACKGROUND_MS);
}

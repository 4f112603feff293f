import { compareList, compareValue } from './compare.js';
import type { Resource, Row } from './ask.js';
import { limitFor, type MarketContext, quoted, window } from './market-context.js';
import { chance, dayAfter } from './seed.js';
import { decimals, instant } from './truth.js';

const WRITTEN = 'greatest(created_at, updated_at)';
const BAR = 'symbol timestamp open high low close volume vwap source'.split(' ');
const DAILY = 'symbol day open high low close volume vwap is_partial'.split(' ');

/** Bars, or daily bars, that were written after an instant at which one of them was. */
export async function updated(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const symbol = rng.pick(context.symbols);
  const instants = await truth.rows(
    `select distinct ${instant(WRITTEN)} as at from oracle.bars where symbol = $1 order by 1`,
    [symbol],
  );
  if (instants.length === 0) return;
  const since = rng.pick(instants).at!;
  const { start, end } = window(context);
  const sort = rng.pick(['asc', 'desc'] as const);
  const list = rng.pick(['bars', 'daily']);
  const rows = await (list === 'bars' ? bars() : daily());
  const resource: Resource = {
    path: `/v1/market-data/${list}/${encodeURIComponent(symbol)}`,
    query: { start, end, sort, updated_after: since },
    graphql: {
      operation: (args, selection) => `{ symbol(symbol: ${quoted(symbol)}) { ${list}(${args}) { ${selection} } } }`,
      at: ['symbol', list],
      args: `start: "${start}", end: "${end}", sort: ${sort.toUpperCase()}, updatedAfter: "${since}"`,
      columns: true,
    },
    columns: list === 'bars' ? BAR : DAILY,
  };
  const time = list === 'bars' ? 'timestamp' : 'day';
  await compareList(api, rng, resource, rows, limitFor(rng, rows, time), differences, settle);

  function bars(): Promise<Row[]> {
    return truth.rows(
      `select symbol, ${instant('timestamp')} as timestamp, ${decimals('open', 'high', 'low', 'close')}, volume::text,
         ${decimals('vwap')}, source
       from oracle.bars
       where symbol = $1 and timestamp >= $2::timestamptz and timestamp < $3::timestamptz and ${WRITTEN} > $4::timestamptz
       order by bars.timestamp ${sort}`,
      [symbol, start, dayAfter(end, 1), since],
    );
  }

  function daily(): Promise<Row[]> {
    return truth.daily(
      `symbol = $1 and at >= $2::date::timestamp at time zone 'UTC' and at <= $3::date::timestamp at time zone 'UTC'
         and at in (select date_trunc('day', timestamp, 'UTC') from oracle.bars where symbol = $1 and ${WRITTEN} > $4::timestamptz)`,
      [symbol, start, end, since],
      `at ${sort}`,
    );
  }
}

/** The bars of each day that has some, and the days that ought to have one and have none. */
export async function conditions(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const symbol = rng.pick(context.symbols);
  const calendar = rng.pick(['weekdays', 'all']);
  const { start, end } = window(context);
  const missing = await truth.missingDays(symbol, start, end, calendar === 'weekdays');
  const counted = await truth.rows(
    `select to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::text as bars from oracle.bars
     where symbol = $1 and timestamp >= $2::timestamptz and timestamp < $3::timestamptz group by 1`,
    [symbol, start, dayAfter(end, 1)],
  );
  const wanted = [
    ...missing.map((day) => `${day} missing`),
    ...counted.map(({ day, bars }) => `${day} ${bars!}`),
  ].sort();
  type Day = { day: string; condition: string; bars: number };
  const told = (days: Day[]): string[] =>
    days
      .flatMap(({ day, condition, bars }) =>
        condition.toLowerCase() === 'missing' ? [`${day} missing`] : bars > 0 ? [`${day} ${bars}`] : [],
      )
      .sort();
  if (chance(rng, 0.5)) {
    const query = new URLSearchParams({ start, end, calendar, limit: '10000' }).toString();
    const path = `/v1/market-data/condition/${encodeURIComponent(symbol)}?${query}`;
    const read = async () => told((await api.get(path).expect(200)).body.data as Day[]);
    return compareValue(`GET ${path}`, read, wanted, differences, settle);
  }
  const args = `start: "${start}", end: "${end}", calendar: ${calendar.toUpperCase()}, first: 10000`;
  const query = `{ symbol(symbol: ${quoted(symbol)}) { condition(${args}) { nodes { day condition bars } } } }`;
  const read = async () => told((await api.graphql(query).expect(200)).body.data.symbol.condition.nodes as Day[]);
  return compareValue(query, read, wanted, differences, settle);
}

/** The days with bars of several timeframes or sources, those that follow each other as one finding. */
export async function suspects(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const symbol = rng.pick(context.symbols);
  const { start, end } = window(context);
  const found = await truth.rows(
    `select to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD') as day, count(distinct timeframe) > 1 as timeframes,
       count(distinct source) > 1 as sources
     from oracle.bars where symbol = $1 and timestamp >= $2::timestamptz and timestamp < $3::timestamptz
     group by 1 order by 1`,
    [symbol, start, dayAfter(end, 1)],
  );
  const daysOf = (kind: string): number => found.filter((row) => row[kind] === 'true').length;
  const wanted = { several_timeframes: daysOf('timeframes'), several_sources: daysOf('sources') };
  const query = new URLSearchParams({ start, end }).toString();
  const path = `/v1/market-data/quality/${encodeURIComponent(symbol)}?${query}`;
  const read = async (): Promise<unknown> => {
    const { data } = (await api.get(path).expect(200)).body as { data: { finding: string; days: number }[] };
    const days = (kind: string): number =>
      data.filter(({ finding }) => finding === kind).reduce((sum, one) => sum + one.days, 0);
    return { several_timeframes: days('several_timeframes'), several_sources: days('several_sources') };
  };
  await compareValue(`GET ${path}`, read, wanted, differences, settle);
}

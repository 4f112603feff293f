import { exactJson, type Resource } from './ask.js';
import { compareList } from './compare.js';
import { limitFor, type MarketContext, quoted, window } from './market-context.js';
import { chance, dayAfter, some } from './seed.js';
import { decimals, EVERY_BAR, instant } from './truth.js';

const COLUMNS = 'symbol timestamp timeframe open high low close volume vwap trades_count bars is_partial'.split(' ');
const DAILY = 'symbol day open high low close volume vwap is_partial'.split(' ');

/** Lengths as PostgreSQL writes them, and the start of the bar in which a bar `at` lies. */
const UNITS: Record<string, readonly [length: string, start: string]> = {
  '2h': ['2 hours', `date_bin('2 hours', at, '2000-01-01Z')`],
  '6h': ['6 hours', `date_bin('6 hours', at, '2000-01-01Z')`],
  '1w': ['1 week', `date_trunc('week', at, 'UTC')`],
  '1mo': ['1 month', `date_trunc('month', at, 'UTC')`],
  '1q': ['3 months', `date_trunc('quarter', at, 'UTC')`],
  '1y': ['1 year', `date_trunc('year', at, 'UTC')`],
};

/** Bars of an interval: of hours out of stored bars, of weeks and longer out of the daily ones. */
export async function intervals(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const symbol = rng.pick(context.symbols);
  const { start, end } = window(context);
  const sort = rng.pick(['asc', 'desc'] as const);
  const timeframe = rng.pick(Object.keys(UNITS));
  const [length, bucket] = UNITS[timeframe]!;
  const path = `/v1/market-data/bars/${encodeURIComponent(symbol)}`;
  const asked = await api.get(`${path}?timeframe=${timeframe}&start=${start}&end=${end}&limit=1`);
  if (asked.status !== 200) return;
  const { meta } = exactJson(asked.text) as { meta: { derived_from: string | null } };
  const base = meta.derived_from;
  if (base === null) return;
  const daily = `
    select symbol, date_trunc('day', timestamp, 'UTC') as at, (array_agg(open order by timestamp))[1] as open, max(high) as high,
      min(low) as low, (array_agg(close order by timestamp desc))[1] as close, sum(volume) as volume, avg(vwap) as vwap,
      null::bigint as trades_count
    from ${EVERY_BAR} as every
    where symbol = $1 and timestamp > '-infinity' and timestamp < '9999-12-31' group by 1, 2`;
  const stored = `
    select symbol, timestamp as at, open, high, low, close, volume, vwap, trades_count
    from oracle.bars where symbol = $1 and timestamp > '-infinity' and timestamp < '9999-12-31' and timeframe = $4`;
  const rows = await truth.rows(
    `with bars as (select *, ${bucket} as start from (${base === 'daily' ? daily : stored}) as one
         where $4::text is not null),
       added as (
         select symbol, start, (array_agg(open order by at))[1] as open, max(high) as high, min(low) as low,
           (array_agg(close order by at desc))[1] as close, sum(volume)::text as volume,
           round(sum(vwap * volume) / nullif(sum(volume) filter (where vwap is not null), 0), 8) as vwap,
           sum(trades_count) as trades_count, count(*) as bars
         from bars group by 1, 2)
     select symbol, ${instant('start')} as timestamp, '${timeframe}' as timeframe, ${decimals('open', 'high', 'low', 'close')},
       volume, ${decimals('vwap')}, trades_count, bars,
       (start at time zone 'UTC' + interval '${length}') at time zone 'UTC' > now() as is_partial
     from added
     where (start at time zone 'UTC' + interval '${length}') at time zone 'UTC' > $2::timestamptz and start < $3::timestamptz
     order by added.start ${sort}`,
    [symbol, `${start}Z`, `${dayAfter(end, 1)}Z`, base],
  );
  const resource: Resource = {
    path,
    query: { start, end, sort, timeframe },
    graphql: {
      operation: (args, selection) => `{ symbol(symbol: ${quoted(symbol)}) { bars(${args}) { ${selection} } } }`,
      at: ['symbol', 'bars'],
      args: `start: "${start}", end: "${end}", sort: ${sort.toUpperCase()}, timeframe: "${timeframe}"`,
      columns: true,
    },
    columns: COLUMNS,
  };
  await compareList(api, rng, resource, rows, limitFor(rng, rows, 'timestamp'), differences, settle);
}

/** Daily bars of several symbols over a window. */
export async function dailyOfSeveral(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const symbols = some(rng, context.symbols, Math.min(0.4, 100 / context.symbols.length));
  const { start, end } = window(context);
  const sort = chance(rng, 0.5) ? 'asc' : 'desc';
  const rows = await truth.daily(
    `symbol = any($1) and at >= $2::date::timestamp at time zone 'UTC' and at <= $3::date::timestamp at time zone 'UTC'`,
    [symbols, start, end],
    `symbol collate "C", at ${sort}`,
  );
  const resource: Resource = {
    path: '/v1/market-data/daily',
    query: { symbols: symbols.join(), start, end, sort },
    graphql: {
      operation: (args, selection) => `{ daily(${args}) { ${selection} } }`,
      at: ['daily'],
      args: `symbols: [${symbols.map(quoted).join(', ')}], start: "${start}", end: "${end}", sort: ${sort.toUpperCase()}`,
      columns: true,
    },
    columns: DAILY,
  };
  await compareList(api, rng, resource, rows, limitFor(rng, rows, 'day'), differences, settle);
}

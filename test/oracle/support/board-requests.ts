import { exactJson, type Resource, type Row } from './ask.js';
import { BACKGROUND_MS, compareList, compareValue } from './compare.js';
import { limitFor, type MarketContext, quoted, window } from './market-context.js';
import { nearly } from './performance-requests.js';
import { chance, dayAfter, some } from './seed.js';
import { decimals, EVERY_BAR } from './truth.js';

/** Days of each symbol that are not after today, each beside the ones before it. */
const DAYS = `with daily as (
    select symbol, (timestamp at time zone 'UTC')::date as day, (array_agg(open order by timestamp))[1] as open,
      max(high) as high, min(low) as low, (array_agg(close order by timestamp desc))[1] as close, sum(volume) as volume
    from ${EVERY_BAR} as bars where timestamp > '0001-01-02' and timestamp < (now() at time zone 'UTC')::date + 1 group by 1, 2
  )`;

/** The last day of each symbol. */
const BOARD = `${DAYS}, beside as (
    select *, lag(day) over w as previous_day, lag(close) over w as previous_close,
      max(high) over (w range between interval '363 days' preceding and current row) as high_52_week,
      min(low) over (w range between interval '363 days' preceding and current row) as low_52_week,
      row_number() over (partition by symbol order by day desc) as place,
      100 * (close::float8 / lag(close::float8) over w - 1) as change_percent,
      100 * (open::float8 / lag(close::float8) over w - 1) as opening_gap_percent,
      close::float8 / lag(close::float8, 5) over w - 1 as return_5,
      close::float8 / lag(close::float8, 21) over w - 1 as return_21,
      close::float8 / lag(close::float8, 63) over w - 1 as return_63,
      close::float8 / lag(close::float8, 252) over w - 1 as return_252,
      case when count(*) over (w rows 19 preceding) = 20 then avg(close) over (w rows 19 preceding) end as sma_20,
      case when count(*) over (w rows 49 preceding) = 50 then avg(close) over (w rows 49 preceding) end as sma_50,
      case when count(*) over (w rows 199 preceding) = 200 then avg(close) over (w rows 199 preceding) end as sma_200,
      case when count(*) over (w rows between 20 preceding and 1 preceding) = 20
        then volume::float8 / nullif(avg(volume::float8) over (w rows between 20 preceding and 1 preceding), 0) end
        as relative_volume
    from daily
    window w as (partition by symbol order by day)
  ), board as (
    select *, close - previous_close as change from beside where place = 1
  )`;

/** Whether at least half of the symbols that live on `b.day` have a bar on it. */
const IS_SESSION = `2 * count(*) >= (select count(*) from life where first_day <= b.day)
  - (select count(*) from life where last_day < least(b.day, (select max(last_day) from life) - 13))`;

const EXACT = 'symbol day open high low close volume previous_day previous_close change high_52_week low_52_week';
const PRICES = ['open', 'high', 'low', 'close', 'previous_close', 'change', 'high_52_week', 'low_52_week'];
const DOUBLES =
  'change_percent opening_gap_percent return_5 return_21 return_63 return_252 sma_20 sma_50 sma_200 relative_volume';

/**
 * Rows of the board that meet a condition, in an order. The board follows a change in the background, so that it may
 * always lag behind for a moment.
 */
export async function screen(context: MarketContext): Promise<void> {
  const { api, rng, truth, newest, differences } = context;
  const order = rng.pick(['symbol', 'close', 'volume', 'change', 'high_52_week', 'low_52_week', 'day']);
  const down = order !== 'symbol' && chance(rng, 0.6);
  const price = rng.integer(1, 2000);
  const [where, condition] = rng.pick([
    [`close>${price}`, `close > ${price}`],
    ['close>=previous_close', 'close >= previous_close'],
    ['change<0', 'change < 0'],
    [`volume>${price * 300},low_52_week<close`, `volume > ${price * 300} and low_52_week < close`],
    [`day<${newest}`, `day < '${newest}'`],
    ['volume>=9007199254740993', 'volume >= 9007199254740993'],
    ['symbol!=A', `symbol <> 'A'`],
  ] as const);
  const rows = await truth.rows(
    `${BOARD}
     select symbol, day::text, volume::text, previous_day::text, ${decimals(...PRICES)} from board
     where ${condition}
     order by board.${order} ${order === 'symbol' ? 'collate "C"' : down ? 'desc nulls last' : 'nulls last'}, symbol collate "C"`,
  );
  const resource: Resource = {
    path: '/v1/market-data/screen',
    query: { where, sort: down ? `-${order}` : order },
    graphql: {
      operation: (args, selection) => `{ board(${args}) { ${selection} } }`,
      at: ['board'],
      args: `where: ${quoted(where)}, orderBy: "${down ? '-' : ''}${order}"`,
      columns: false,
    },
    columns: EXACT.split(' '),
  };
  await compareList(api, rng, resource, rows, limitFor(rng, rows, 'day'), differences, BACKGROUND_MS);
}

/** Symbols with a bar in the newest session of the market or after it, those first that moved most. */
export async function movers(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences } = context;
  const [by, column] = rng.pick([
    ['change_percent', 'change_percent'],
    ['gap', 'opening_gap_percent'],
    ['volume', 'volume'],
    ['relative_volume', 'relative_volume'],
  ] as const);
  const up = chance(rng, 0.5);
  const moved = column.endsWith('percent') ? `and ${column} ${up ? '>' : '<'} 0` : '';
  const rows = await truth.rows(
    `${BOARD}, life as (
       select symbol, min(day) as first_day, max(day) as last_day from daily group by symbol
     ), sessions as (
       select day from daily as b group by day having ${IS_SESSION}
     )
     select symbol, day::text, volume::text, previous_day::text, ${decimals(...PRICES)} from board
     where day >= (select max(day) from sessions) and ${column} is not null ${moved}
     order by board.${column} ${up ? 'desc' : 'asc'}, symbol collate "C"`,
  );
  const resource: Resource = {
    path: '/v1/market-data/movers',
    query: { by, direction: up ? 'up' : 'down' },
    columns: EXACT.split(' '),
  };
  // They have no further pages.
  const limit = rng.integer(1, rows.length + 2);
  await compareList(api, rng, resource, rows.slice(0, limit), limit, differences, BACKGROUND_MS);
}

/** The doubles of the board. */
export async function snapshots(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences } = context;
  const symbols = some(rng, context.symbols, Math.min(0.4, 10 / context.symbols.length));
  const names = DOUBLES.split(' ');
  const rows = await truth.rows(
    `${BOARD} select symbol, ${names.join()} from board where symbol = any($1) order by symbol collate "C"`,
    [symbols],
  );
  const wanted: Record<string, (string | undefined)[]> = Object.fromEntries(
    rows.map((row) => [row.symbol!, names.map((name) => row[name])]),
  );
  const path = `/v1/market-data/snapshots?symbols=${symbols.map(encodeURIComponent).join()}&limit=1000`;
  const read = async (): Promise<unknown> => {
    const { data } = exactJson((await api.get(path).expect(200)).text) as { data: Row[] };
    const close = (row: Row): string[] => names.map((name, i) => nearly(wanted[String(row.symbol)]?.[i], row[name]));
    return Object.fromEntries(data.map((row) => [row.symbol, close(row)]));
  };
  await compareValue(`GET ${path}`, read, wanted, differences, BACKGROUND_MS);
}

/** What symbols did on each session, as far as 400 days before a day tell. */
export async function breadth(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences } = context;
  const { start, end } = window(context);
  const last = end < dayAfter(start, 700) ? end : dayAfter(start, 700);
  const rows = await truth.rows(
    `${DAYS}, life as (
       select symbol, min(day) as first_day, max(day) as last_day from daily group by symbol
     ), beside as (
       select *, lag(close) over w as previous, lag(day) over w as previous_day,
         max(high) over (w range between interval '363 days' preceding and current row) as highest,
         min(low) over (w range between interval '363 days' preceding and current row) as lowest,
         count(*) over (w range between interval '400 days' preceding and interval '357 days' preceding) as listed,
         avg(close) over (w rows 199 preceding) as average, lag(day, 199) over w as since
       from daily window w as (partition by symbol order by day)
     )
     select day::text, count(*)::text as symbols, count(*) filter (where close > previous and day - previous_day <= 400) as advancers,
       count(*) filter (where close < previous and day - previous_day <= 400) as decliners,
       count(*) filter (where close = previous and day - previous_day <= 400) as unchanged,
       count(*) filter (where listed > 0 and high = highest) as new_highs,
       count(*) filter (where listed > 0 and low = lowest) as new_lows,
       count(*) filter (where day - since <= 400 and close > average) as above_sma_200,
       count(*) filter (where day - since <= 400) as with_sma_200
     from beside as b where day between $1 and $2 group by day
     having ${IS_SESSION}
     order by day`,
    [start, last],
  );
  const columns = 'day symbols advancers decliners unchanged new_highs new_lows above_sma_200 with_sma_200'.split(' ');
  const resource: Resource = {
    path: '/v1/market-data/breadth',
    query: { start, end: last },
    graphql: {
      operation: (args, selection) => `{ breadth(${args}) { ${selection} } }`,
      at: ['breadth'],
      args: `start: "${start}", end: "${last}"`,
      columns: false,
    },
    decimals: false,
    columns,
  };
  await compareList(api, rng, resource, rows, limitFor(rng, rows, 'day'), differences, BACKGROUND_MS);
}

/** A field of daily bars with a column for each of some symbols. */
export async function wide(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const symbols = some(rng, context.symbols, Math.min(0.4, 10 / context.symbols.length)).sort();
  const field = rng.pick(['open', 'high', 'low', 'close', 'volume', 'vwap']);
  const { start, end } = window(context);
  const sort = rng.pick(['asc', 'desc'] as const);
  const long = await truth.daily(
    `symbol = any($1) and at >= $2::date::timestamp at time zone 'UTC' and at <= $3::date::timestamp at time zone 'UTC'`,
    [symbols, start, end],
    `at ${sort}`,
  );
  const rows = [...Map.groupBy(long, ({ day }) => day!)].map(([day, found]): Row => {
    const values = new Map(found.map((row) => [row.symbol!, row[field]!]));
    return { day, ...Object.fromEntries(symbols.map((symbol) => [symbol, values.get(symbol) ?? ''])) };
  });
  const resource: Resource = {
    path: '/v1/market-data/daily',
    query: { symbols: symbols.join(), start, end, sort, layout: 'wide', field },
    columns: ['day', ...symbols],
  };
  await compareList(api, rng, resource, rows, limitFor(rng, rows, 'day'), differences, settle);
}

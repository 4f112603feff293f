import { exactJson, type Resource, type Row } from './ask.js';
import { compareList, compareValue } from './compare.js';
import { limitFor, type MarketContext, quoted, window } from './market-context.js';
import { chance, some } from './seed.js';
import { EVERY_BAR } from './truth.js';

const COLUMNS = 'symbol day close value is_partial'.split(' ');
const MOST_SYMBOLS = 20;

/** Daily closes of symbols $1 from $2 to $3, both included, each with the one before it; only those that are prices. */
const CLOSES = `with daily as (
    select symbol, date_trunc('day', timestamp, 'UTC') as at, (array_agg(close order by timestamp desc))[1] as close
    from ${EVERY_BAR} as bars where symbol = any($1) and timestamp >= $2::date::timestamp at time zone 'UTC'
      and timestamp < ($3::date + 1)::timestamp at time zone 'UTC' group by 1, 2
  ), closes as (
    select symbol, at, close::float8 as close, lag(close::float8) over (partition by symbol order by at) as before
    from daily where close > 0 and close <> 'NaN'
  )`;

/** The rows of a comparison. */
export async function comparison(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const symbols = some(rng, context.symbols, Math.min(0.4, 4 / context.symbols.length)).slice(0, MOST_SYMBOLS);
  const { start, end } = window(context);
  // So large that no value needs an exponent, which PostgreSQL and JavaScript write otherwise.
  const base = 1_000_000;
  const rows = await truth.rows(
    `${CLOSES}
     select d.symbol, to_char(d.at at time zone 'UTC', 'YYYY-MM-DD') as day,
       trim_scale(nullif(d.close, 'NaN'))::text as close,
       c.close / first_value(c.close) over (partition by d.symbol order by c.at) * $4::float8 as value,
       d.at + interval '24 hours' > now() as is_partial
     from daily as d left join closes as c on c.symbol = d.symbol and c.at = d.at
     order by d.symbol collate "C", d.at`,
    [symbols, start, end, base],
  );
  const resource: Resource = {
    path: '/v1/market-data/compare',
    query: { symbols: symbols.join(), start, end, base: String(base) },
    graphql: {
      operation: (args, selection) => `{ compare(${args}) { ${selection} } }`,
      at: ['compare'],
      args: `symbols: [${symbols.map(quoted).join(', ')}], start: "${start}", end: "${end}", base: ${base}`,
      columns: true,
    },
    columns: COLUMNS,
  };
  await compareList(api, rng, resource, rows, limitFor(rng, rows, 'day'), differences, settle);
}

/** Beta and correlation of two symbols, and what one of them did. */
export async function coMovement(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle } = context;
  const [symbol, benchmark] = [rng.pick(context.symbols), rng.pick(context.symbols)];
  const { start, end } = window(context);
  const values = [[symbol, benchmark], start, end, symbol];
  const [own] = await truth.rows(
    `${CLOSES}
     select count(*)::text as days, stddev_samp(close / before - 1) as deviation, min(fall) as max_drawdown,
       (array_agg(close order by at desc))[1] / (array_agg(close order by at))[1] - 1 as total_return
     from (select *, close / max(close) over (order by at) - 1 as fall from closes where symbol = $4) as own`,
    values,
  );
  const [both] = await truth.rows(
    `${CLOSES}
     select corr(x, y) as correlation, regr_slope(x, y) as beta, count(x + y)::text as common_returns
     from (select a.close / lag(a.close) over (order by at) - 1 as x, b.close / lag(b.close) over (order by at) - 1 as y
       from closes as a join closes as b using (at) where a.symbol = $4 and b.symbol = $5) as pairs`,
    [...values, benchmark],
  );
  const single = Number(own!.days) < 2;
  const wanted = { ...own, ...both, ...(single ? { total_return: '' } : {}) } as Row;
  const asked = `symbols=${[symbol, benchmark].map(encodeURIComponent).join()}&start=${start}&end=${end}`;
  const path = `/v1/market-data/compare?${asked}&benchmark=${encodeURIComponent(benchmark)}&limit=1`;
  const query = `{ compare(symbols: [${quoted(symbol)}, ${quoted(benchmark)}], start: "${start}", end: "${end}", first: 1,
    benchmark: ${quoted(benchmark)}) { summary { symbol days total_return: totalReturn volatility beta correlation
      periods_per_year: periodsPerYear max_drawdown: maxDrawdown common_returns: commonReturns } } }`;
  const rest = chance(rng, 0.5);
  const read = async (): Promise<unknown> => {
    const { text } = rest ? await api.get(path).expect(200) : await api.graphql(query).expect(200);
    const body = exactJson(text) as Record<'meta', { summary: Row[] }> & {
      data: Record<'compare', { summary: Row[] }>;
    };
    const rows = rest ? body.meta.summary : body.data.compare.summary;
    const row = rows.find((one) => one.symbol === symbol)!;
    const periods = Number(row.periods_per_year);
    const deviation = row.volatility ? String(Number(row.volatility) / Math.sqrt(periods)) : '';
    const found: Row = { ...row, deviation };
    return Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, nearly(value, found[name])]));
  };
  await compareValue(rest ? `GET ${path}` : query, read, wanted, differences, settle);
}

/** The last return of the history by calendar years, and of the whole of it. */
export async function statistics(context: MarketContext): Promise<void> {
  const { api, rng, truth, newest, differences, settle } = context;
  const symbol = rng.pick(context.symbols);
  const [start, end] = ['1990-01-01', newest];
  const rows = await truth.rows(
    `${CLOSES}, years as (
       select extract(year from at at time zone 'UTC')::text as year, (array_agg(close order by at desc))[1] as last,
         (array_agg(close order by at))[1] as first
       from closes group by 1
     )
     select year, last / coalesce(lag(last) over (order by year), first) - 1 as return from years order by year`,
    [[symbol], start, end],
  );
  const wanted = Object.fromEntries(rows.map((row) => [row.year!, row.return!]));
  const path = `/v1/market-data/statistics/${encodeURIComponent(symbol)}?start=${start}&end=${end}`;
  const read = async (): Promise<unknown> => {
    const { data } = exactJson((await api.get(path).expect(200)).text) as { data: { years: Row[] } };
    return Object.fromEntries(data.years.map((row) => [row.year!, nearly(wanted[row.year!], row.return)]));
  };
  await compareValue(`GET ${path}`, read, wanted, differences, settle);
}

/** Means, bands and drawdowns beside the closes of days, which do not depend on the window. */
export async function indicators(context: MarketContext): Promise<void> {
  const { api, rng, truth, newest, differences, settle } = context;
  const symbol = rng.pick(context.symbols);
  const { start, end } = window(context);
  const length = rng.integer(2, 60);
  const rows = await truth.rows(
    `${CLOSES}, beside as (
       select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day,
         case when count(*) over last = $4 then avg(close) over last end as sma,
         case when count(*) over last = $4 then avg(close) over last + 2 * stddev_pop(close) over last end as upper,
         close / max(close) over (order by at) - 1 as drawdown
       from closes window last as (order by at rows between $4::int - 1 preceding and current row)
     )
     select * from beside where day between $5 and $6 order by day`,
    [[symbol], '0001-01-02', newest, length, start, end < newest ? end : newest],
  );
  const query = `indicators=sma(${length}),bbands(${length},2),drawdown&limit=10000&start=${start}&end=${end}`;
  const path = `/v1/market-data/daily/${encodeURIComponent(symbol)}?${query}`;
  const read = async (): Promise<unknown> => {
    const { data } = exactJson((await api.get(path).expect(200)).text) as { data: Row[] };
    return data
      .filter(({ day }) => day! <= newest)
      .map((row, i) => ({
        day: row.day,
        sma: nearly(rows[i]?.sma, row[`sma_${length}`]),
        upper: nearly(rows[i]?.upper, row[`bbands_upper_${length}_2`]),
        drawdown: nearly(rows[i]?.drawdown, row.drawdown),
      }));
  };
  await compareValue(`GET ${path}`, read, rows, differences, settle);
}

/** What was wanted where what was found differs from it by its rounding at most; else what was found. */
export function nearly(wanted: string | undefined, found: string | null | undefined): string {
  const text = found ?? '';
  if (wanted === undefined || wanted === '' || text === '') return text;
  return Math.abs(Number(wanted) - Number(text)) <= 1e-9 * Math.max(1, Math.abs(Number(wanted))) ? wanted : text;
}

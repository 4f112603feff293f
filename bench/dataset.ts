import type pg from 'pg';

/** Symbols of the data set. */
export const SYMBOLS = Array.from({ length: 130 }, (_, i) => `S${String(i + 1).padStart(3, '0')}`);
/** Its days, both included: 2,827 weekdays. */
export const FIRST_DAY = '2015-01-01';
export const LAST_DAY = '2025-10-31';
export const WEEKDAYS = 2_827;
/** One bar for each symbol and weekday. */
export const BARS = SYMBOLS.length * WEEKDAYS;
/** The 250 weekdays up to the last day. */
export const WINDOW = { start: '2024-11-18', end: LAST_DAY, bars: 250 } as const;
export const SERIES = ['E01', 'E02', 'E03', 'E04', 'E05'];

/** Which bars are generated. */
export interface BarsWanted {
  readonly firstDay: string;
  /** Bars of each weekday, evenly over it. */
  readonly perDay: number;
}

/** Bars by fixed arithmetic, the same on every machine: symbols, days and the bars of a day each in their order. */
const GENERATE = `
insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, trades_count, timeframe, source)
select symbol, day + i * interval '24 hours' / $3::int, open, greatest(open, close) + up, least(open, close) - down, close, volume,
  round((open + close) / 2, 4), volume / 100, case when $3::int = 1 then '1d' else 'intraday' end, 'generated'
from (
  select 'S' || lpad(s::text, 3, '0') as symbol, day, i, open, round(open * (0.99 + h1 / 50000.0), 4) as close,
    round(open * h2 / 50000.0, 4) as up, round(open * h3 / 50000.0, 4) as down, 100000 + h1 * 1000 + h2 as volume
  from generate_series($1::date::timestamp at time zone 'UTC', $2::date::timestamp at time zone 'UTC', '1 day') as day,
    generate_series(1, ${SYMBOLS.length}) as s, generate_series(0, $3::int - 1) as i,
    lateral (select extract(epoch from day)::bigint / 86400 * 60 + i as n) as place,
    lateral (select (n * 7919 + s * 104729::bigint) % 1000 as h1, (n * 6101 + s * 15485863::bigint) % 1000 as h2,
      (n * 4001 + s * 32452843::bigint) % 1000 as h3,
      round((20 + s + s * 0.3 * sin(n / 6000.0 + s))::numeric, 4) as open) as numbers
  where extract(isodow from day at time zone 'UTC') < 6
) as bars`;

const ECONOMY = `
insert into economic_data.economic_data (symbol, date, value, source, created_at, updated_at)
select 'E' || lpad(s::text, 2, '0'), month, round((100 + s + n * 0.25 + s * sin(n / 7.0))::numeric, 3), 'generated', month, month
from generate_series(1, 10) as s, generate_series(0, 309) as n,
  lateral (select timestamptz '2000-01-01 00:00:00+00' + n * interval '1 month' as month) as months`;

const NEWS = `
insert into news.news_articles (title, description, content, url, source, author, published_at)
select 'Article ' || n, 'What happened on day ' || n, repeat('The market moved. ', 60), 'https://news.example/' || n,
  'Source ' || n % 7, 'Author ' || n % 31, timestamptz '2025-10-31 20:00:00+00' - n * interval '3 hours'
from generate_series(1, 5000) as n`;

const EVENTS = `
insert into events.event_data (event_type, event_datetime, event_name, impact_level, symbol, currency, country, actual, source)
select (array['economic_release', 'earnings', 'central_bank'])[n % 3 + 1], timestamptz '2025-12-31 13:30:00+00' - n * interval '6 hours',
  'Event ' || n, n % 4 + 1, case when n % 3 = 1 then 'S' || lpad((n % 130 + 1)::text, 3, '0') end, 'USD', 'US', n / 10.0, 'generated'
from generate_series(1, 5000) as n`;

const OTHERS = [
  ['economic_data.economic_data', ECONOMY],
  ['news.news_articles', NEWS],
  ['events.event_data', EVENTS],
] as const;

/** Whether the bars are a hypertable, and so compressed and with a stored daily aggregate. */
export async function isTimescale(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('timescaledb_information.hypertables') is not null as found`,
  );
  return rows[0]!.found;
}

/** Loads bars year by year, each compressed before the next, then refreshes the whole daily aggregate. */
export async function loadBars(client: pg.Client, wanted: BarsWanted, log: (line: string) => void): Promise<void> {
  const timescale = await isTimescale(client);
  if (timescale) await schedulePolicies(client, false);
  for (let year = Number(wanted.firstDay.slice(0, 4)); year <= Number(LAST_DAY.slice(0, 4)); year++) {
    const from = [wanted.firstDay, `${year}-01-01`].sort()[1];
    const to = [LAST_DAY, `${year}-12-31`].sort()[0];
    const { rowCount } = await client.query(GENERATE, [from, to, wanted.perDay]);
    if (timescale) await compress(client, `${year}-01-01`);
    log(`${year}: ${rowCount ?? 0} bars`);
  }
  if (timescale) {
    await compress(client, null);
    await client.query(`call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`);
    await schedulePolicies(client, true);
  }
  await client.query('vacuum (analyze) market_data.ohlcv');
}

/** Fills what a dashboard shows beside bars, table by table where one is empty. */
export async function loadOthers(client: pg.Client): Promise<void> {
  for (const [table, statement] of OTHERS) {
    if ((await client.query(`select from ${table} limit 1`)).rowCount) continue;
    await client.query(statement);
    await client.query(`vacuum (analyze) ${table}`);
  }
}

/** Lets the policies of this database run, or not, so that none compresses what is still being filled. */
export async function schedulePolicies(client: pg.Client, run: boolean): Promise<void> {
  await client.query(
    `select alter_job(job_id, scheduled => $1) from timescaledb_information.jobs
    where hypertable_schema in ('market_data', '_timescaledb_internal')`,
    [run],
  );
}

/** Compresses, one at a time, the chunks that end before a day, or all of them; those that are stay as they are. */
export async function compress(client: pg.Client, before: string | null): Promise<void> {
  const { rows } = await client.query<{ chunk: string }>(
    `select format('%I.%I', chunk_schema, chunk_name) as chunk from timescaledb_information.chunks
    where hypertable_schema = 'market_data' and hypertable_name = 'ohlcv' and not is_compressed
      and range_end <= coalesce($1::date::timestamptz, 'infinity') order by range_start`,
    [before],
  );
  for (const { chunk } of rows)
    await client.query('select compress_chunk($1::regclass, if_not_compressed => true)', [chunk]);
}

import type pg from 'pg';
import { formatDay, parseDay } from '../../base/time.js';
import { FEW_DAYS, STRAY_AFTER_DAYS } from '../../data/market-data/market-days.js';
import type { NamedDataSet } from '../../sql/data-sets.js';
import { readStored, type StoredAs } from '../../sql/tables.js';
import { one } from './ask.js';
import type { DataSet, Facts } from './report.js';

/** Chunks at either end of a hypertable in which its first and last row are looked for. */
const NEWEST_CHUNKS = 5;
/** Rows that are counted where there are no statistics yet. */
const MAX_COUNTED_ROWS = 100_000;
/** The first instant that the wire can name. */
const OLDEST = '0001-01-01 00:00:00Z';
const WIRE = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/** How many rows a data set has, about, and from when to when. */
export async function readDataSet(
  client: pg.Client,
  { name, schema, relation: table, columns, time, key }: NamedDataSet,
  timescaledb: boolean,
): Promise<DataSet> {
  const there = await one<{ exists: boolean; readable: boolean; unique: boolean; approx: number | null }>(
    client,
    `select c.oid is not null as exists, (select reltuples from pg_class where oid = c.oid)::float8 as approx,
       coalesce(has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT'), false) as readable,
       exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null
         and (select bool_and(coalesce(a.attname = any($3), false))
              from unnest(i.indkey[:i.indnkeyatts - 1]) k left join pg_attribute a on a.attrelid = c.oid and a.attnum = k)) as unique
     from (select) as nothing left join pg_namespace n on n.nspname = $1
     left join pg_class c on c.relnamespace = n.oid and c.relname = $2`,
    [schema, table, key],
  );
  const { exists, readable, unique } = there;
  const nothing = { name, exists, readable, unique, rows: null, first: null, last: null };
  if (!there.exists || !there.readable) return nothing;
  const chunks = timescaledb ? await edgeChunks(client, schema, table) : null;
  const rows = chunks ? await approximateRows(client, name) : await rowsOf(client, name, there.approx);
  const utc = readStored(columns[time] as StoredAs).kind === 'day' ? '::timestamp' : ` at time zone 'UTC'`;
  const first = await edge(client, name, { time, utc }, 'min', chunks?.oldest);
  const last = await edge(client, name, { time, utc }, 'max', chunks?.newest);
  return { ...nothing, rows, first, last };
}

async function rowsOf(client: pg.Client, name: string, approx: number | null): Promise<number> {
  if (approx !== null && approx > 0) return Math.round(approx);
  const { n } = await one<{ n: number }>(
    client,
    `select count(*)::int as n from (select from ${name} limit ${MAX_COUNTED_ROWS}) as counted`,
  );
  return n;
}

async function approximateRows(client: pg.Client, name: string): Promise<number> {
  const { n } = await one<{ n: string }>(client, `select approximate_row_count($1::regclass)::text as n`, [name]);
  return Number(n);
}

type Range = readonly [from: string, to: string];

async function edgeChunks(
  client: pg.Client,
  schema: string,
  table: string,
  from = OLDEST,
): Promise<{ oldest: Range[]; newest: Range[] } | null> {
  const hypertable = await client.query(
    'select from timescaledb_information.hypertables where hypertable_schema = $1 and hypertable_name = $2',
    [schema, table],
  );
  if (hypertable.rowCount === 0) return null;
  const read = async (order: 'asc' | 'desc'): Promise<Range[]> => {
    const { rows } = await client.query<{ range: Range }>(
      `select array[range_start::text, range_end::text] as range from timescaledb_information.chunks
       where hypertable_schema = $1 and hypertable_name = $2
         and range_end > '${from}' and range_start < '9999-12-31 00:00:00Z'
       order by range_start ${order} limit ${NEWEST_CHUNKS}`,
      [schema, table],
    );
    return rows.map(({ range }) => range);
  };
  return { oldest: await read('asc'), newest: await read('desc') };
}

/** Which values count: those that the wire can name, as in sql/span.ts. */
function named(time: string, from = OLDEST): string {
  return `"${time}" >= '${from}' and "${time}" < '9999-12-31 00:00:00Z'`;
}

/** @param utc  what makes the column's value a timestamp in UTC */
async function edge(
  client: pg.Client,
  name: string,
  { time, utc }: { time: string; utc: string },
  which: 'min' | 'max',
  ranges?: readonly Range[],
  after?: string,
): Promise<string | null> {
  const select = `select to_char(${which}("${time}")${utc}, ${WIRE}) as at from ${name} where ${named(time, after)}`;
  if (!ranges) return (await one<{ at: string | null }>(client, select)).at;
  // Literals from the catalog, which the planner sees: it opens the one chunk.
  for (const [from, to] of ranges) {
    const inside = `and "${time}" >= '${from}'::timestamptz and "${time}" < '${to}'::timestamptz`;
    const { at } = await one<{ at: string | null }>(client, `${select} ${inside}`);
    if (at !== null) return at;
  }
  return null;
}

/**
 * The last of the first days with bars, where these are few and lie years before all others; null where there are none
 * such. Few and years are what the catalog's notes take them for.
 */
export async function readStray(
  client: pg.Client,
  { name, schema, relation, time }: NamedDataSet,
  first: string,
  timescaledb: boolean,
): Promise<string | null> {
  let day = parseDay(first.slice(0, 10))!;
  for (let n = 0; n < FEW_DAYS; n++) {
    const from = `${formatDay(day + 1)} 00:00:00Z`;
    const chunks = timescaledb ? await edgeChunks(client, schema, relation, from) : null;
    const next = await edge(client, name, { time, utc: ` at time zone 'UTC'` }, 'min', chunks?.oldest, from);
    if (next === null) return null;
    const nextDay = parseDay(next.slice(0, 10))!;
    if (nextDay - day > STRAY_AFTER_DAYS) return formatDay(day);
    day = nextDay;
  }
  return null;
}

/** Days of one symbol, in the fortnight up to the newest bar, that hold bars of more than one timeframe. */
export async function readMixed(client: pg.Client, last: string): Promise<Facts['mixed']> {
  const end = new Date(Date.parse(last) + 1000);
  const start = new Date(end.getTime() - 14 * 86_400_000);
  const row = await one<{ days: number; example: string | null }>(
    client,
    `select count(*)::int as days, min(format('%s on %s: %s', symbol, day, timeframes)) as example from (
       select symbol, date_trunc('day', timestamp, 'UTC')::date as day, string_agg(distinct timeframe, ', ') as timeframes
       from market_data.ohlcv
       where timestamp >= '${start.toISOString()}'::timestamptz and timestamp < '${end.toISOString()}'::timestamptz
       group by 1, 2 having count(distinct timeframe) > 1) as mixed`,
  );
  return row;
}

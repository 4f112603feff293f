import { type Expression, type RawBuilder, sql } from 'kysely';
import { type BarRange, barsInOrder, type BarsQuery } from '../../sql/bars.js';
import { textArray, wireInstant } from '../../sql/build.js';
import { DATA_SETS, type DataSet, type PlainTable, type SourcedTable } from '../../sql/data-sets.js';
import { type Span, spanOf } from '../../sql/span.js';
import { instantOf } from '../../sql/table-columns.js';
import { indexedValues } from '../../sql/values.js';

/** Rows back from the newest one among which kinds and sources are looked for. */
const NEWEST_ROWS = 10_000;
const MAX_SOURCES = 1000;
/** Newest rows, and the last days among them, between which gaps are measured. */
const [GAP_ROWS, GAP_ENDS] = [5000, 11];

/** One relation of one of the schemas; a schema without any, or that is missing, yields none. */
export interface RelationRow {
  schema: string;
  relation: string;
  /** Whether this role may read it. */
  readable: boolean;
  /** The planner's estimate; -1 where it has none. */
  estimate: number;
}

/** Tables and views of some schemas, from the catalog; no relation is opened. */
export function relations(schemas: readonly string[]): RawBuilder<RelationRow> {
  return sql<RelationRow>`
    select n.nspname::text as schema,
      c.relname::text as relation,
      has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as readable,
      c.reltuples::float8 as estimate
    from pg_catalog.pg_namespace as n
    join pg_catalog.pg_class as c on c.relnamespace = n.oid
    where n.nspname = any(${textArray(schemas)})
      and c.relkind in ('r', 'p', 'v', 'm', 'f')
    order by n.nspname, c.relname`;
}

/** In which schema TimescaleDB keeps its functions; no row where it is not installed. */
export function extensionSchema(): RawBuilder<{ schema: string }> {
  return sql`
    select n.nspname::text as schema
    from pg_catalog.pg_extension as e
    join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
    where e.extname = 'timescaledb'`;
}

/** Number of bars by the statistics of every chunk; opens no chunk, but asks about each: for the background only. */
export function approximateBars(extension: string): RawBuilder<{ rows: number }> {
  const count = sql.id(extension, 'approximate_row_count');
  return sql`select ${count}('market_data.ohlcv')::float8 as rows`;
}

/** The chunks of one hypertable or continuous aggregate. */
export interface ChunksRow {
  relation: string;
  enabled: boolean;
  chunks: number;
  compressedChunks: number;
  compressAfter: string | null;
}

/** How far the hypertable and the continuous aggregate of `market_data` are compressed. */
export function chunks(): RawBuilder<ChunksRow> {
  return sql<ChunksRow>`
    select part.relation::text as relation,
      part.enabled,
      count(chunk.chunk_name)::int as chunks,
      (count(*) filter (where chunk.is_compressed))::int as "compressedChunks",
      (
        select job.config ->> 'compress_after'
        from timescaledb_information.jobs as job
        where job.hypertable_schema = 'market_data'
          and job.hypertable_name = part.relation
          and job.proc_name = 'policy_compression'
        order by job.job_id
        limit 1
      ) as "compressAfter"
    from (
      select hypertable_name as relation,
        hypertable_schema as chunks_schema,
        hypertable_name as chunks_name,
        compression_enabled as enabled
      from timescaledb_information.hypertables
      where hypertable_schema = 'market_data'
      union all
      select view_name, materialization_hypertable_schema, materialization_hypertable_name, compression_enabled
      from timescaledb_information.continuous_aggregates
      where view_schema = 'market_data'
    ) as part
    left join timescaledb_information.chunks as chunk
      on chunk.hypertable_schema = part.chunks_schema and chunk.hypertable_name = part.chunks_name
    group by part.relation, part.enabled`;
}

/** The ends of the bars, and what is found in the newest of them. */
export interface BarsRow extends Span {
  /** JSON arrays. */
  timeframes: string;
  sources: string;
  /** Of the last bar. */
  lastTimeframe: string | null;
}

function list(values: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`coalesce(json_agg(distinct ${values}) filter (where ${values} is not null), '[]')::text`;
}

/**
 * The first bar of the first day, the last bar of the newest days, and the timeframes and sources of the newest bars.
 *
 * @param first   the first day that has a bar
 * @param newest  the newest day that has a bar, and what may have come after it
 */
export function bars(first: BarRange, newest: BarRange): RawBuilder<BarsRow> {
  const oldest = barsInOrder(first, null, (from) => from.select('bar.timestamp'), 'asc', 1);
  const kinds = (from: BarsQuery) => from.select(['bar.timestamp', 'bar.timeframe', 'bar.source']);
  const recent = barsInOrder(newest, null, kinds, 'desc', NEWEST_ROWS);
  return sql<BarsRow>`
    select (select ${wireInstant(sql`oldest.timestamp`)} from ${oldest} as oldest) as first,
      ${wireInstant(sql`max(recent.timestamp)`)} as last,
      ${list(sql`recent.timeframe`)} as timeframes,
      ${list(sql`recent.source`)} as sources,
      (array_agg(recent.timeframe order by recent.timestamp desc))[1] as "lastTimeframe"
    from ${recent} as recent`;
}

/** The ends of an ordinary table, and its sources. */
export interface PlainRow extends Span {
  /** JSON array; null where the table has no column `source`. */
  sources: string | null;
  /** The longest stretch from one of its last days with rows to the next, in days; null where there is one day only. */
  gapDays: number | null;
}

/** The longest stretch between two of the last days among the newest rows. */
function gapDaysOf(table: PlainTable): RawBuilder<unknown> {
  const at = sql.ref(`t.${DATA_SETS[table].time}`);
  return sql`(
    select max(days.day - days.earlier)
    from (
      select d.day, lag(d.day) over (order by d.day) as earlier
      from (
        select distinct (n.at at time zone 'UTC')::date as day
        from (
          select ${instantOf(table)} as at
          from ${sql.table(table)} as t
          where ${at} >= timestamptz '0001-01-01 00:00:00Z' and ${at} < timestamptz '9999-12-31 00:00:00Z'
          order by ${at} desc
          limit ${sql.lit(GAP_ROWS)}
        ) as n
        order by day desc
        limit ${sql.lit(GAP_ENDS)}
      ) as d
    ) as days
  )`;
}

function sourcesOf(table: PlainTable): Expression<unknown> {
  const set: DataSet = DATA_SETS[table];
  switch (set.sources) {
    case 'newest':
      return sql`(
        select ${list(sql`n.source`)}
        from (
          select t.source from ${sql.table(table)} as t order by ${sql.ref(`t.${set.time}`)} desc limit ${NEWEST_ROWS}
        ) as n
      )`;
    case 'indexed':
      // Its rows may be long ones, which are expensive to read.
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-assertion -- not every data set need have one
      return sql`(select ${list(sql`s.value`)} from (${indexedValues(table as SourcedTable, 'source', MAX_SOURCES)}) as s)`;
    case null:
      return sql`null::text`;
  }
}

/** When a table begins and ends, and its sources; bounded whatever its size. */
export function plain(table: PlainTable): RawBuilder<PlainRow> {
  return sql<PlainRow>`
    select span.first, span.last, ${sourcesOf(table)} as sources, ${gapDaysOf(table)} as "gapDays"
    from (${spanOf(table)}) as span`;
}

import { type RawBuilder, sql } from 'kysely';
import { wireInstant } from '../../sql/build.js';
import { SCHEMAS } from '../../sql/data-sets.js';
import type { Chunk, ConnectionUse, HypertableChunks, Job, SlowStatement, TableSize } from './monitoring.model.js';

/** Where the data is; `_timescaledb_internal` is what it is stored in. */
const DATA = sql`(${sql.join(SCHEMAS.map((name) => sql.lit(name)))})`;

/** What decides which of the other statements can be asked. */
export interface Server {
  readonly serverVersion: string;
  readonly timescaledbVersion: string | null;
  readonly databaseBytes: string;
  readonly statStatements: boolean;
  /** Whether the role sees what others do. */
  readonly readsStats: boolean;
  /** Whether it sees the files of the log. */
  readonly readsLog: boolean;
  readonly role: string;
}

/** Versions, size, and what this role may see. */
export function server(): RawBuilder<Server> {
  return sql<Server>`
    select current_setting('server_version') as "serverVersion",
      (select extversion from pg_extension where extname = 'timescaledb') as "timescaledbVersion",
      pg_database_size(current_database())::text as "databaseBytes",
      to_regclass('pg_stat_statements') is not null as "statStatements",
      pg_has_role(current_user, 'pg_read_all_stats', 'usage') as "readsStats",
      has_function_privilege('pg_ls_waldir()', 'execute') as "readsLog",
      quote_ident(current_user) as role`;
}

/** Connections in use; what others do with theirs only where the role may see it. */
export function connections(readsStats: boolean): RawBuilder<ConnectionUse> {
  const seen = (condition: RawBuilder<unknown>): RawBuilder<unknown> =>
    readsStats ? sql`(count(*) filter (where ${condition}))::int` : sql`null::int`;
  return sql<ConnectionUse>`
    select (select sum(numbackends)::int from pg_stat_database where datid <> 0) as used,
      current_setting('max_connections')::int as max,
      (count(*) filter (where application_name like 'tetra-%' and usename = current_user))::int as own,
      ${seen(sql`state = 'active'`)} as active,
      ${seen(sql`wait_event_type = 'Lock'`)} as "waitingForLock",
      ${seen(sql`state like 'idle in transaction%'`)} as "idleInTransaction"
    from pg_stat_activity`;
}

/** The largest tables; a hypertable's own size is nearly nothing, so its chunks are added up. */
export function tables(timescaledb: boolean): RawBuilder<TableSize> {
  const chunked = timescaledb
    ? sql`left join timescaledb_information.hypertables as h
      on h.hypertable_schema = n.nspname and h.hypertable_name = c.relname
    left join lateral
      hypertable_approximate_detailed_size(case when h.hypertable_name is not null then c.oid::regclass end) as chunks
      on h.hypertable_name is not null`
    : sql`cross join (select null::bigint as total_bytes, null::bigint as index_bytes) as chunks`;
  return sql<TableSize>`
    select format('%s.%s', n.nspname, c.relname) as name,
      coalesce(chunks.total_bytes, pg_total_relation_size(c.oid))::text as "totalBytes",
      coalesce(chunks.index_bytes, pg_indexes_size(c.oid))::text as "indexBytes",
      case when chunks.total_bytes is null and c.reltuples >= 0 then c.reltuples::bigint::text end as rows
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    ${chunked}
    where c.relkind in ('r', 'p', 'm') and n.nspname in ${DATA}
    order by coalesce(chunks.total_bytes, pg_total_relation_size(c.oid)) desc, 1
    limit 100`;
}

/** Chunks and compression of each hypertable of the data. */
export function hypertables(): RawBuilder<HypertableChunks> {
  return sql<HypertableChunks>`
    select format('%s.%s', h.hypertable_schema, h.hypertable_name) as name,
      h.num_chunks::int as chunks,
      coalesce(stats.number_compressed_chunks, 0)::int as "compressedChunks",
      stats.before_compression_total_bytes::text as "beforeCompressionBytes",
      stats.after_compression_total_bytes::text as "afterCompressionBytes"
    from timescaledb_information.hypertables as h
    left join lateral
      hypertable_compression_stats(format('%I.%I', h.hypertable_schema, h.hypertable_name)::regclass) as stats
      on h.compression_enabled
    where h.hypertable_schema in ${DATA}
    order by 1`;
}

/** The newest chunks of the bars; sizes are asked of these only. */
export function newestChunks(): RawBuilder<Chunk> {
  const bytes = (relation: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`coalesce(pg_total_relation_size(${relation}), 0)`;
  return sql<Chunk>`
    select newest.chunk_name as name,
      ${wireInstant(sql`newest.range_start`)} as "rangeStart",
      ${wireInstant(sql`newest.range_end`)} as "rangeEnd",
      newest.is_compressed as "isCompressed",
      (
        ${bytes(sql`chunk.relation`)} + ${bytes(sql`settings.compress_relid`)}
      )::text as "totalBytes"
    from (
      select chunk_schema, chunk_name, range_start, range_end, is_compressed
      from timescaledb_information.chunks
      where hypertable_schema = 'market_data' and hypertable_name = 'ohlcv'
      order by range_start desc
      limit 20
    ) as newest
    cross join lateral (
      select to_regclass(quote_ident(newest.chunk_schema) || '.' || quote_ident(newest.chunk_name)) as relation
    ) as chunk
    left join _timescaledb_catalog.compression_settings as settings on settings.relid = chunk.relation
    order by newest.range_start desc`;
}

/** Background jobs with their last and next run. */
export function jobs(): RawBuilder<Job> {
  const instant = (column: string): RawBuilder<unknown> =>
    sql`case when isfinite(${sql.ref(column)}) then ${wireInstant(sql.ref(column))} end`;
  return sql<Job>`
    select j.job_id as id,
      j.proc_name as name,
      case when j.hypertable_name is not null then format('%s.%s', j.hypertable_schema, j.hypertable_name) end
        as relation,
      j.schedule_interval::text as "scheduleInterval",
      j.config::text as config,
      ${instant('s.last_run_started_at')} as "lastStartedAt",
      ${instant('s.last_successful_finish')} as "lastSucceededAt",
      s.last_run_status as "lastStatus",
      case when s.last_run_status = 'Failed' then (
        select concat_ws(' ', e.sqlerrcode, e.err_message)
        from timescaledb_information.job_errors as e
        where e.job_id = j.job_id
        order by e.finish_time desc
        limit 1
      ) end as "lastError",
      coalesce(s.total_failures, 0)::text as failures,
      ${instant('j.next_start')} as "nextStartAt"
    from timescaledb_information.jobs as j
    left join timescaledb_information.job_stats as s on s.job_id = j.job_id
    order by j.hypertable_name is null, j.job_id
    limit 100`;
}

/** The statements of this database that took most time. */
export function slowestStatements(): RawBuilder<SlowStatement> {
  return sql<SlowStatement>`
    select case when query <> '<insufficient privilege>' then left(query, 2000) end as query,
      calls::text,
      round(total_exec_time::numeric, 3)::float8 as "totalMs",
      round(mean_exec_time::numeric, 3)::float8 as "meanMs",
      round(max_exec_time::numeric, 3)::float8 as "maxMs",
      rows::text
    from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database())
    order by total_exec_time desc
    limit 10`;
}

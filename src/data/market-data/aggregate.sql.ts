import { type RawBuilder, sql } from 'kysely';
import { microsOf, wireInstant } from '../../sql/build.js';

/** What TimescaleDB's catalog says about the continuous aggregate `market_data.ohlcv_daily`. Times are microseconds. */
export interface AggregateRow {
  /** Its number in the catalog: one that is made anew has another. */
  id: number;
  materializedOnly: boolean;
  /** Where the stored days end, exclusive. */
  watermark: string | null;
  lastRefreshAt: string | null;
  /** The bars' dimension of time in `_timescaledb_catalog.dimension_slice`. */
  dimension: number;
  /** How much a chunk of the bars covers. */
  barsInterval: string;
  /** Where the bars' chunks begin and end. */
  barsFrom: string | null;
  barsTo: string | null;
  /**
   * JSON array of `[from, to, start, before]`: stretches before the watermark that changed since they were last added
   * up and that have chunks of bars, where the first of these starts, and where the chunk before it ends (null where
   * there is none).
   */
  invalid: string | null;
  /**
   * Where the first chunk ends of those that follow each other without a hole up to the newest, if bars before it were
   * dropped, as a chunk of the aggregate without any of theirs tells: what changed before it are chunks that came back
   * with late bars. Null where nothing changed so far back.
   */
  refilledBefore: string | null;
  /** Relation that the aggregate is made of, and whether that is an aggregate itself. */
  source: string;
  nested: boolean;
  /** Its bucket: function, width, origin, offset and time zone, as the catalog has them. */
  bucket: string;
  width: string;
  origin: string | null;
  offset: string | null;
  zone: string | null;
  /** Its query, as PostgreSQL writes it. */
  definition: string;
}

/** What is there to read the aggregate's state from. */
interface CatalogFound {
  /** Whether TimescaleDB is installed. */
  timescaledb: boolean;
  /** Whether its catalog is where it is known to be. */
  catalog: boolean;
  /** Whether its catalog can hold settings of a granular refresh, as from 2.29 on. */
  granular: boolean;
  /** Whether the relation of daily bars exists. */
  relation: boolean;
}

/** What of TimescaleDB and of the daily bars there is. */
export function hasCatalog(): RawBuilder<CatalogFound> {
  return sql`
    select exists (select from pg_extension where extname = 'timescaledb') as timescaledb,
      to_regclass('_timescaledb_catalog.continuous_agg') is not null as catalog,
      to_regclass('_timescaledb_catalog.hypertable_cagg_settings') is not null as granular,
      to_regclass('market_data.ohlcv_daily') is not null as relation`;
}

/** Whether the bars' aggregates are refreshed granularly: what is stale is then not in the logs alone. */
export function isGranular(): RawBuilder<{ granular: boolean }> {
  return sql`
    select exists (
      select
      from _timescaledb_catalog.hypertable_cagg_settings as settings
      join _timescaledb_catalog.hypertable as h on h.id = settings.hypertable_id
      where h.schema_name = 'market_data' and h.table_name = 'ohlcv'
    ) as granular`;
}

/** The last microsecond that is a time to TimescaleDB; what lies after it stands for infinity. */
const LAST = sql`9223371331199999999`;

/**
 * The state of the continuous aggregate; no row where there is none. The stretches that changed are those of the
 * invalidation logs that a refresh works from, and those that a refresh under way has taken out of them. A stretch
 * counts as far as it has chunks of bars: what was dropped stays in the logs for good. TimescaleDB logs a dropped chunk
 * with its exclusive end, which is the first microsecond of the chunk after it; that one does not count.
 *
 * Costs a few looks into an index for each entry of the logs, and as many for each chunk that has to be added up again.
 */
export function aggregateState(): RawBuilder<AggregateRow> {
  const edge = (column: string, dimension: string, order: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    (select ${sql.ref(`slice.${column}`)}::text
      from _timescaledb_catalog.dimension_slice as slice
      where slice.dimension_id = ${sql.ref(dimension)}
      order by slice.range_start ${order}
      limit 1)`;
  return sql<AggregateRow>`
    with agg as materialized (
      select a.mat_hypertable_id as mat, a.raw_hypertable_id as raw, a.materialized_only,
        a.parent_mat_hypertable_id is not null as nested,
        _timescaledb_functions.cagg_watermark(a.mat_hypertable_id) as watermark,
        format('%s.%s', bars.schema_name, bars.table_name) as source,
        time.id as time, time.interval_length as bars_interval,
        bucket.bucket_func, bucket.bucket_width, bucket.bucket_origin, bucket.bucket_offset, bucket.bucket_timezone,
        pg_get_viewdef(format('%I.%I', a.direct_view_schema, a.direct_view_name)::regclass) as definition
      from _timescaledb_catalog.continuous_agg as a
      join _timescaledb_catalog.hypertable as bars on bars.id = a.raw_hypertable_id
      join _timescaledb_catalog.continuous_aggs_bucket_function as bucket using (mat_hypertable_id)
      join _timescaledb_catalog.dimension as time
        on time.hypertable_id = a.raw_hypertable_id and time.interval_length is not null
      where a.user_view_schema = 'market_data' and a.user_view_name = 'ohlcv_daily'
    ),
    log as (
      select agg.time, least(entry.first, ${LAST}) as first, least(entry.last, agg.watermark - 1, ${LAST}) as last,
        entry.last as logged
      from agg cross join lateral (
        select lowest_modified_value as first, greatest_modified_value as last
        from _timescaledb_catalog.continuous_aggs_materialization_invalidation_log
        where materialization_id = agg.mat
        union all
        select lowest_modified_value, greatest_modified_value
        from _timescaledb_catalog.continuous_aggs_materialization_ranges
        where materialization_id = agg.mat
        union all
        select lowest_modified_value, greatest_modified_value
        from _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log
        where hypertable_id = agg.raw
      ) as entry
      where entry.first < agg.watermark
    ),
    stretches as (
      select unnest(range_agg(int8range(greatest(log.first, slice.range_start), least(log.last + 1, slice.range_end)))) as stretch
      from log cross join lateral (
        select slice.range_start, slice.range_end
        from _timescaledb_catalog.dimension_slice as slice
        where slice.dimension_id = log.time and slice.range_start <= log.last and slice.range_end > log.first
          and slice.range_start >= coalesce((
            select before.range_start
            from _timescaledb_catalog.dimension_slice as before
            where before.dimension_id = log.time and before.range_start <= log.first
            order by before.range_start desc
            limit 1), log.first)
          and (slice.range_start < log.logged or slice.range_start <= log.first)
      ) as slice
    )
    select agg.mat as id, agg.materialized_only as "materializedOnly", agg.watermark::text as watermark,
      (select ${wireInstant(sql`stats.last_successful_finish`)}
        from timescaledb_information.job_stats as stats
        join _timescaledb_catalog.hypertable as h
          on h.schema_name = stats.hypertable_schema and h.table_name = stats.hypertable_name
        where h.id = agg.mat and isfinite(stats.last_successful_finish)
        order by stats.last_successful_finish desc
        limit 1) as "lastRefreshAt",
      agg.time as dimension, agg.bars_interval::text as "barsInterval",
      ${edge('range_start', 'agg.time', sql`asc`)} as "barsFrom",
      ${edge('range_end', 'agg.time', sql`desc`)} as "barsTo",
      (select json_agg(json_build_array(lower(stretch)::text, upper(stretch)::text,
          chunk.range_start::text,
          (select slice.range_end::text
            from _timescaledb_catalog.dimension_slice as slice
            where slice.dimension_id = agg.time and slice.range_start < chunk.range_start
            order by slice.range_start desc
            limit 1)) order by lower(stretch))::text
        from stretches cross join lateral (
          select slice.range_start
          from _timescaledb_catalog.dimension_slice as slice
          where slice.dimension_id = agg.time and slice.range_start <= lower(stretch)
          order by slice.range_start desc
          limit 1) as chunk) as invalid,
      (select case when exists (
            select from _timescaledb_catalog.dimension_slice as stored
            join _timescaledb_catalog.dimension as time on time.id = stored.dimension_id
            where time.hypertable_id = agg.mat and stored.range_end <= slice.range_start
              and coalesce((
                select bars.range_end
                from _timescaledb_catalog.dimension_slice as bars
                where bars.dimension_id = agg.time and bars.range_start < stored.range_end
                order by bars.range_start desc
                limit 1) <= stored.range_start, true))
          then slice.range_end::text end
        from (
          select slice.range_start, slice.range_end,
            (select before.range_end
              from _timescaledb_catalog.dimension_slice as before
              where before.dimension_id = agg.time and before.range_start < slice.range_start
              order by before.range_start desc
              limit 1) as before
          from _timescaledb_catalog.dimension_slice as slice
          where slice.dimension_id = agg.time and slice.range_start <= ${microsOf(sql`now()`)}
            and slice.range_end > (select min(lower(stretch)) from stretches)
        ) as slice
        where slice.before is distinct from slice.range_start
        order by slice.range_start desc
        limit 1) as "refilledBefore",
      agg.source, agg.nested, agg.bucket_func as bucket, agg.bucket_width as width, agg.bucket_origin as origin,
      agg.bucket_offset as offset, agg.bucket_timezone as zone, agg.definition
    from agg`;
}

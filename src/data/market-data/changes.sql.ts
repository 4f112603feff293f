import { type RawBuilder, sql } from 'kysely';
import { STATE } from '../../sql/database-state.js';

/** How many rows were ever written, as a server counts them. */
export interface ChangesRow {
  /** The server, since when it counts, and how far it has come. */
  readonly state: string;
  /** Whether it counts every write: not on a standby, nor where it was told not to. */
  readonly counts: boolean;
  /** Of the bars where they are one table, and of the archive. */
  readonly bars: string;
  readonly archive: string;
  /** JSON array of {@link ChunkChanges}; null where that was not asked for. */
  readonly chunks: string | null;
}

/** A chunk: where it begins and ends, in microseconds after 1970-01-01, what it holds, and the rows written to it. */
export type ChunkChanges = [from: string, to: string, holds: 'bars' | 'days', written: string];

const written = (oid: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  pg_stat_get_tuples_inserted(${oid}) + pg_stat_get_tuples_updated(${oid}) + pg_stat_get_tuples_deleted(${oid})`;

/** What a server has counted of the bars and of the daily aggregate; opens no table and no chunk of them. */
export function changes(chunked: boolean): RawBuilder<ChangesRow> {
  const of = (name: string): RawBuilder<unknown> =>
    sql`coalesce(${written(sql`to_regclass(${sql.lit(`market_data.${name}`)})`)}, 0)::text`;
  return sql<ChangesRow>`
    select ${STATE} as state, not pg_is_in_recovery() and current_setting('track_counts')::boolean as counts,
      ${of('ohlcv')} as bars, ${of('ohlcv_archive')} as archive, ${chunked ? chunks : sql`null`} as chunks`;
}

/** The chunks of the bars and of the aggregate, with what is compressed of them. */
const chunks = sql`(
      select json_agg(json_build_array(chunk.range_start::text, chunk.range_end::text, chunk.holds, chunk.written)
        order by chunk.range_start)::text
      from (
        select slice.range_start, slice.range_end, case h.schema_name when 'market_data' then 'bars' else 'days' end as holds,
          coalesce(sum(${written(sql`relation.oid`)}), 0)::text as written
        from _timescaledb_catalog.dimension_slice as slice
        join _timescaledb_catalog.dimension as time on time.id = slice.dimension_id and time.interval_length is not null
        join _timescaledb_catalog.hypertable as h on h.id = time.hypertable_id
        join _timescaledb_catalog.chunk_constraint as place on place.dimension_slice_id = slice.id
        join _timescaledb_catalog.chunk as whole on whole.id = place.chunk_id
        join _timescaledb_catalog.chunk as part on part.id in (whole.id, whole.compressed_chunk_id)
        join pg_catalog.pg_namespace as schema on schema.nspname = part.schema_name
        join pg_catalog.pg_class as relation on relation.relnamespace = schema.oid and relation.relname = part.table_name
        where (h.schema_name = 'market_data' and h.table_name = 'ohlcv') or h.id in (
          select agg.mat_hypertable_id
          from _timescaledb_catalog.continuous_agg as agg
          where agg.user_view_schema = 'market_data' and agg.user_view_name = 'ohlcv_daily')
        group by slice.id, slice.range_start, slice.range_end, h.schema_name
      ) as chunk)`;

import { type RawBuilder, sql } from 'kysely';

/** Where chunks begin and end, as JSON: an array of `[from, to]` in days after 1970-01-01, which may be fractions. */
export interface ChunksRow {
  /** Those of the bars. */
  readonly bars: string;
  /** Those of the daily aggregate. */
  readonly stored: string;
}

/** Whether TimescaleDB is there, without which a table has no chunks. */
export function hasChunks(): RawBuilder<{ found: boolean }> {
  return sql`select to_regclass('timescaledb_information.chunks') is not null as found`;
}

/** Every chunk of the bars and of the daily aggregate, by the views that TimescaleDB documents; opens none of them. */
export function chunkRanges(): RawBuilder<ChunksRow> {
  const days = (instant: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`(extract(epoch from ${instant}) / 86400)::float8`;
  const list = (of: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    coalesce(json_agg(json_build_array(
      ${days(sql`greatest(chunk.range_start, '0001-01-01 00:00:00Z')`)},
      ${days(sql`least(chunk.range_end, '9999-12-31 00:00:00Z')`)})) filter (where ${of}), '[]')::text`;
  const isBars = sql`(chunk.hypertable_schema = 'market_data' and chunk.hypertable_name = 'ohlcv')`;
  return sql<ChunksRow>`
    select ${list(isBars)} as bars, ${list(sql`not ${isBars}`)} as stored
    from timescaledb_information.chunks as chunk
    where ${isBars} or (chunk.hypertable_schema, chunk.hypertable_name) in (
      select agg.materialization_hypertable_schema, agg.materialization_hypertable_name
      from timescaledb_information.continuous_aggregates as agg
      where agg.view_schema = 'market_data' and agg.view_name = 'ohlcv_daily')`;
}

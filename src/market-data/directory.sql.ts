import { type RawBuilder, sql } from 'kysely';
import { barsIn, textArray, wireInstant } from '../database/build.js';
import type { TimeWindow } from '../database/time.js';
import { type DailySource, dailyRows } from './daily.sql.js';

/** One symbol and the days of its history that have a bar. */
export interface DirectoryRow {
  symbol: string;
  firstDay: string;
  lastDay: string;
  days: number;
}

/** Every symbol with its first and last day and how many have a bar; for the background, never for a request. */
export function directory(source: DailySource): RawBuilder<DirectoryRow> {
  return sql<DirectoryRow>`select d.symbol, to_char(min(d.day) at time zone 'UTC', 'YYYY-MM-DD') as "firstDay", to_char(max(d.day) at time zone 'UTC', 'YYYY-MM-DD') as "lastDay", count(*)::int as days from ${dailyRows(null, source)} as d group by d.symbol order by d.symbol collate "C"`;
}

/** Which of some symbols have a bar inside a window, and on which days the first and last of them lie. */
export function probe(symbols: readonly string[], window: TimeWindow): RawBuilder<DirectoryRow> {
  const day = sql`date_trunc('day', bar.timestamp, 'UTC')`;
  const found = barsIn(window)
    .where('bar.symbol', '=', sql.ref<string>('s.symbol'))
    .select([
      sql<string>`min(${day})`.as('first'),
      sql<string>`max(${day})`.as('last'),
      sql<number>`count(distinct ${day})::int`.as('days'),
    ]);
  return sql<DirectoryRow>`select s.symbol, to_char(found.first at time zone 'UTC', 'YYYY-MM-DD') as "firstDay", to_char(found.last at time zone 'UTC', 'YYYY-MM-DD') as "lastDay", found.days from unnest(${textArray(symbols)}) as s (symbol) cross join lateral ${found} as found where found.days > 0`;
}

/** What the database knows about the daily aggregate; `kind` is null where the relation is missing. */
export interface AggregateRow {
  kind: 'continuous' | 'view' | null;
  materializedOnly: boolean | null;
  /** Microseconds after 1970-01-01, exclusive. */
  watermark: string | null;
  lastRefreshAt: string | null;
  /** Where the bars' chunks begin and end, microseconds after 1970-01-01. */
  barsFrom: string | null;
  barsTo: string | null;
  /** JSON array of [first, last] pairs, microseconds after 1970-01-01, both included. */
  invalid: string | null;
}

/** Whether there is a TimescaleDB and `market_data.ohlcv_daily` is one of its continuous aggregates. */
export function hasCatalog(): RawBuilder<{ timescaledb: boolean; relation: boolean }> {
  return sql`select to_regclass('_timescaledb_catalog.continuous_agg') is not null as timescaledb, to_regclass('market_data.ohlcv_daily') is not null as relation`;
}

/**
 * The state of the continuous aggregate from TimescaleDB's catalog: its watermark, and the stretches that changed
 * since they were last added up (the invalidation logs, which the refresh itself works from), as far as bars are there:
 * for a stretch without a chunk an entry stays for good.
 */
export function aggregateState(): RawBuilder<AggregateRow> {
  return sql<AggregateRow>`select 'continuous' as kind, agg.materialized_only as "materializedOnly", _timescaledb_functions.cagg_watermark(agg.mat_hypertable_id)::text as watermark, (select ${wireInstant(sql`stats.last_successful_finish`)} from timescaledb_information.job_stats as stats join _timescaledb_catalog.hypertable as mat on mat.schema_name = stats.hypertable_schema and mat.table_name = stats.hypertable_name where mat.id = agg.mat_hypertable_id and isfinite(stats.last_successful_finish) order by stats.last_successful_finish desc limit 1) as "lastRefreshAt", chunks.first::text as "barsFrom", chunks.last::text as "barsTo", (select json_agg(json_build_array(log.lowest::text, log.greatest::text))::text from (select lowest_modified_value as lowest, greatest_modified_value as greatest from _timescaledb_catalog.continuous_aggs_materialization_invalidation_log where materialization_id = agg.mat_hypertable_id union all select lowest_modified_value, greatest_modified_value from _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log where hypertable_id = agg.raw_hypertable_id) as log where exists (select from _timescaledb_catalog.dimension as dimension join _timescaledb_catalog.dimension_slice as slice on slice.dimension_id = dimension.id where dimension.hypertable_id = agg.raw_hypertable_id and slice.range_end > log.lowest and slice.range_start <= least(log.greatest, case when not agg.materialized_only then _timescaledb_functions.cagg_watermark(agg.mat_hypertable_id) - 1 end))) as invalid from _timescaledb_catalog.continuous_agg as agg cross join lateral (select min(slice.range_start) as first, max(slice.range_end) as last from _timescaledb_catalog.dimension as dimension join _timescaledb_catalog.dimension_slice as slice on slice.dimension_id = dimension.id where dimension.hypertable_id = agg.raw_hypertable_id) as chunks where agg.user_view_schema = 'market_data' and agg.user_view_name = 'ohlcv_daily'`;
}

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

/** Every symbol of a stretch with its first and last day and how many have a bar; for the background, never for a request. */
export function directory(source: DailySource): RawBuilder<DirectoryRow> {
  return sql<DirectoryRow>`select d.symbol, to_char(min(d.day) at time zone 'UTC', 'YYYY-MM-DD') as "firstDay", to_char(max(d.day) at time zone 'UTC', 'YYYY-MM-DD') as "lastDay", count(*)::int as days from ${dailyRows(null, source)} as d group by d.symbol`;
}

/** When the first and last bar inside a window are; null where there is none. */
export function extent(window: TimeWindow): RawBuilder<{ first: string | null; last: string | null }> {
  const bars = barsIn(window).select([sql`min(bar.timestamp)`.as('first'), sql`max(bar.timestamp)`.as('last')]);
  return sql`select ${wireInstant(sql.ref('found.first'))} as first, ${wireInstant(sql.ref('found.last'))} as last from ${bars} as found`;
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
  /** Where the aggregate's own chunks begin and end, which may outlive those of the bars. */
  storedFrom: string | null;
  storedTo: string | null;
  /** JSON array of [first, last] pairs, microseconds after 1970-01-01, both included. */
  invalid: string | null;
}

/** Whether there is a TimescaleDB and `market_data.ohlcv_daily` is one of its continuous aggregates. */
export function hasCatalog(): RawBuilder<{ timescaledb: boolean; relation: boolean }> {
  return sql`select to_regclass('_timescaledb_catalog.continuous_agg') is not null as timescaledb, to_regclass('market_data.ohlcv_daily') is not null as relation`;
}

/** The last microsecond that is a time to TimescaleDB; what lies after it stands for infinity. */
const LAST = sql`9223371331199999999`;

/**
 * The state of the continuous aggregate from TimescaleDB's catalog: its watermark, and the stretches that changed
 * since they were last added up (the invalidation logs, which the refresh itself works from), as far as bars are there:
 * for a stretch without a chunk an entry stays for good. Costs a look into an index for each of these, however many
 * chunks there are: chunks do not overlap, so the last one that begins before a stretch ends is the one to ask.
 */
export function aggregateState(): RawBuilder<AggregateRow> {
  const edge = (name: string, dimension: RawBuilder<unknown>, order: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`(select ${sql.ref(`slice.${name}`)}::text from _timescaledb_catalog.dimension_slice as slice where slice.dimension_id = ${dimension} order by slice.range_start ${order} limit 1)`;
  const [bars, stored] = [sql`agg.time`, sql`agg.stored_time`];
  const log = (table: string, id: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`select least(lowest_modified_value, ${LAST}) as first, least(greatest_modified_value, ${LAST}) as last from ${sql.table(`_timescaledb_catalog.${table}`)} where ${id}`;
  return sql<AggregateRow>`with agg as materialized (
    select a.mat_hypertable_id as mat, a.raw_hypertable_id as raw, a.materialized_only, _timescaledb_functions.cagg_watermark(a.mat_hypertable_id) as watermark, d.id as time,
      (select stored.id from _timescaledb_catalog.dimension as stored where stored.hypertable_id = a.mat_hypertable_id and stored.interval_length is not null) as stored_time
    from _timescaledb_catalog.continuous_agg as a join _timescaledb_catalog.dimension as d on d.hypertable_id = a.raw_hypertable_id and d.interval_length is not null
    where a.user_view_schema = 'market_data' and a.user_view_name = 'ohlcv_daily'
  )
  select 'continuous' as kind, agg.materialized_only as "materializedOnly", agg.watermark::text as watermark,
    (select ${wireInstant(sql`stats.last_successful_finish`)} from timescaledb_information.job_stats as stats join _timescaledb_catalog.hypertable as h on h.schema_name = stats.hypertable_schema and h.table_name = stats.hypertable_name where h.id = agg.mat and isfinite(stats.last_successful_finish) order by stats.last_successful_finish desc limit 1) as "lastRefreshAt",
    ${edge('range_start', bars, sql`asc`)} as "barsFrom", ${edge('range_end', bars, sql`desc`)} as "barsTo",
    ${edge('range_start', stored, sql`asc`)} as "storedFrom", ${edge('range_end', stored, sql`desc`)} as "storedTo",
    (select json_agg(json_build_array(lower(stretch)::text, (upper(stretch) - 1)::text))::text
      from (select unnest(range_agg(int8range(log.first, log.last + 1))) as stretch from (${log('continuous_aggs_materialization_invalidation_log', sql`materialization_id = agg.mat`)} union all ${log('continuous_aggs_hypertable_invalidation_log', sql`hypertable_id = agg.raw`)}) as log) as stretches
      where lower(stretch) < (select slice.range_end from _timescaledb_catalog.dimension_slice as slice where slice.dimension_id = agg.time and slice.range_start < least(upper(stretch), case when not agg.materialized_only then agg.watermark end) order by slice.range_start desc limit 1)
    ) as invalid
  from agg`;
}

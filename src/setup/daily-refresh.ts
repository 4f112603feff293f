import { setTimeout } from 'node:timers/promises';
import pg from 'pg';

/** Opens one more connection to the database, as its owner or a superuser. */
export type Connect = () => Promise<pg.Client>;

export interface RefreshOptions {
  /** At most so many stretches in this run; all of them when absent. */
  limit?: number;
  /** Says what would be done, and does nothing. */
  dryRun?: boolean;
  /** Asked before each stretch: whether to end here. */
  stopped?: () => boolean;
  /** Receives a line for each stretch. */
  log?: (line: string) => void;
}

/** What a run did. */
export interface RefreshResult {
  /** False where `market_data.ohlcv_daily` is no continuous aggregate: there is nothing to refresh. */
  readonly continuous: boolean;
  /** Stretches that were refreshed, and those left for the next run. */
  readonly refreshed: number;
  readonly left: number;
  /** Days that were left as they are, since the aggregate holds what the bars no longer do. */
  readonly kept: number;
}

/** Whole days of one slice of chunks, as text that PostgreSQL reads: first inclusive, end exclusive. */
export interface Stretch {
  readonly from: string;
  readonly to: string;
  /** Its days whose bars changed since they were added up. */
  readonly stale: readonly string[];
  readonly chunks: readonly string[];
}

/** SQLSTATE of a lock that is not waited for, and of a refresh of days that another one is refreshing. */
export const LOCK_NOT_AVAILABLE = '55P03';
/** How long another refresh is waited for, and how often it is looked at, in milliseconds. */
const [WAIT_MS, AGAIN_MS] = [600_000, 2_000];

/** A UTC day as text. */
const DAY = (instant: string): string => `to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD')`;

/**
 * Brings the daily aggregate up to date wherever there are bars, and nowhere else: slice by slice of the hypertable,
 * oldest first, only where the invalidation logs say that bars changed. A day is left alone when the refresh would
 * take from it what is stored there only: daily bars whose bars retention has dropped. What a run leaves, by its limit
 * or because it was ended, the next one does; the logs are the only state. The day that is under way is left to
 * real-time aggregation.
 */
export async function refreshDaily(connect: Connect, options: RefreshOptions = {}): Promise<RefreshResult> {
  const log = options.log ?? (() => undefined);
  const client = await connect();
  // Its transaction holds the chunks of a stretch, so that none is dropped between the look at it and the refresh.
  const guard = await connect();
  try {
    if (!(await isContinuous(client))) return { continuous: false, refreshed: 0, left: 0, kept: 0 };
    const stretches = await staleStretches(client);
    let [seen, refreshed, kept] = [0, 0, 0];
    for (const stretch of stretches) {
      if (options.stopped?.() || refreshed === options.limit) break;
      const done = await refreshStretch(client, guard, stretch, options.dryRun, log);
      seen += 1;
      if (done.refreshed) refreshed += 1;
      kept += done.kept;
      const days = `[${seen}/${stretches.length}] ${stretch.from} to ${stretch.to}`;
      if (done.refreshed) log(`${days} ${options.dryRun ? 'would be refreshed' : 'refreshed'}`);
      if (done.kept > 0) log(`${days} ${done.kept} days left as they are: the bars of their daily rows are gone`);
    }
    return { continuous: true, refreshed, left: stretches.length - seen, kept };
  } finally {
    await Promise.all([client.end(), guard.end()]);
  }
}

export async function isContinuous(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('timescaledb_information.continuous_aggregates') IS NOT NULL AS there`,
  );
  if (!rows[0]!.there) return false;
  const { rowCount } = await client.query(
    `SELECT FROM timescaledb_information.continuous_aggregates
     WHERE view_schema = 'market_data' AND view_name = 'ohlcv_daily'`,
  );
  return rowCount === 1;
}

/**
 * Slices of the hypertable, or that one slice, with bars that the aggregate does not have as they are now, oldest
 * first.
 */
export async function staleStretches(
  client: pg.Client,
  slice?: { readonly from: string; readonly to: string },
): Promise<Stretch[]> {
  const only = slice
    ? `AND range_start >= '${slice.from}'::timestamptz AND range_end <= '${slice.to}'::timestamptz`
    : '';
  const micros = (instant: string): string => `(extract(epoch FROM ${instant}) * 1000000)::bigint`;
  const { rows } = await client.query<Stretch>(`
    WITH agg AS (
      SELECT mat_hypertable_id AS mat, raw_hypertable_id AS raw
      FROM _timescaledb_catalog.continuous_agg
      WHERE user_view_schema = 'market_data' AND user_view_name = 'ohlcv_daily'
    ), log AS (
      SELECT lowest_modified_value AS first, greatest_modified_value AS last
      FROM _timescaledb_catalog.continuous_aggs_materialization_invalidation_log, agg
      WHERE materialization_id = agg.mat
      UNION ALL
      SELECT lowest_modified_value, greatest_modified_value
      FROM _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log, agg
      WHERE hypertable_id = agg.raw
    ), invalid AS (
      SELECT range_agg(int8range(first, least(last, 9223372036854775806), '[]')) AS ranges FROM log
    ), slices AS (
      SELECT array_agg(format('%I.%I', chunk_schema, chunk_name)) AS chunks,
        date_trunc('day', range_start, 'UTC') AS first,
        least(date_trunc('day', range_end + INTERVAL '1 day' - INTERVAL '1 microsecond', 'UTC'),
          date_trunc('day', now() - INTERVAL '1 hour', 'UTC')) AS last
      FROM timescaledb_information.chunks
      WHERE hypertable_schema = 'market_data' AND hypertable_name = 'ohlcv' ${only}
      GROUP BY range_start, range_end
    ), days AS (
      SELECT slices.first, slices.last, chunks, day
      FROM slices, invalid, generate_series(slices.first, slices.last - INTERVAL '1 day', INTERVAL '24 hours') AS day
      WHERE ranges && int8range(${micros('day')}, ${micros(`day + INTERVAL '24 hours'`)})
    )
    SELECT ${DAY('first')} AS from, ${DAY('last')} AS to, chunks, array_agg(${DAY('day')} ORDER BY day) AS stale
    FROM days
    GROUP BY first, last, chunks
    ORDER BY first`);
  return rows;
}

/** Refreshes some days; waits while another refresh of the same days, such as the policy's, is under way. */
async function refreshDays(
  client: pg.Client,
  [from, to]: [string, string],
  log: (line: string) => void,
): Promise<void> {
  const call = `CALL refresh_continuous_aggregate('market_data.ohlcv_daily', $1::timestamptz, $2::timestamptz)`;
  const end = performance.now() + WAIT_MS;
  for (;;) {
    try {
      await client.query(call, [`${from} 00:00+00`, `${to} 00:00+00`]);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || performance.now() > end) throw error;
      log(`${from} to ${to}: waits for another refresh of these days`);
    }
    await setTimeout(AGAIN_MS);
  }
}

/** Refreshes the days of a stretch that lose nothing by it; whether there were any, and how many were left alone. */
export async function refreshStretch(
  client: pg.Client,
  guard: pg.Client,
  stretch: Stretch,
  dry = false,
  log: (line: string) => void = () => undefined,
): Promise<{ refreshed: boolean; kept: number }> {
  await guard.query('BEGIN');
  try {
    const held = await guard
      .query(`LOCK TABLE ${stretch.chunks.join(', ')} IN ACCESS SHARE MODE`)
      // Dropped since they were listed: there are no bars to refresh from.
      .catch((error: unknown) => {
        if ((error as { code?: string }).code === '42P01') return null;
        throw error;
      });
    if (held === null) return { refreshed: false, kept: 0 };
    const only = new Set(await onlyStored(guard, stretch));
    const days = stretch.stale.filter((day) => !only.has(day));
    for (const run of dry ? [] : runsOf(days)) await refreshDays(client, run, log);
    return { refreshed: days.length > 0, kept: stretch.stale.length - days.length };
  } finally {
    await guard.query('ROLLBACK');
  }
}

/**
 * Days of a stretch whose daily rows hold more than the bars that are left: a row without any bar, or, where such rows
 * or the archive show that bars were dropped, a row that its bars do not account for.
 */
export async function onlyStored(client: pg.Client, { from, to }: Pick<Stretch, 'from' | 'to'>): Promise<string[]> {
  const archived = await hasArchive(client);
  const inside = (column: string): string =>
    `${column} >= '${from} 00:00+00'::timestamptz AND ${column} < '${to} 00:00+00'::timestamptz`;
  const { rows } = await client.query<{ day: string }>(`
    WITH bars AS (
      SELECT symbol, date_trunc('day', timestamp, 'UTC') AS day, max(high) AS high, min(low) AS low, sum(volume) AS volume
      FROM market_data.ohlcv
      WHERE ${inside('timestamp')}
      GROUP BY 1, 2
    ), days AS (
      SELECT stored.day, bool_or(bars.symbol IS NULL) AS orphan,
        bool_or(bars.volume < stored.volume OR bars.high < stored.high OR bars.low > stored.low) AS lesser
      FROM market_data.ohlcv_daily AS stored
      LEFT JOIN bars ON bars.symbol = stored.symbol AND bars.day = stored.day
      WHERE ${inside('stored.day')}
      GROUP BY stored.day
    ), archived AS (
      ${archived ? archivedDays(inside) : 'SELECT NULL::timestamptz AS day WHERE false'}
    )
    SELECT ${DAY('day')} AS day
    FROM days
    WHERE orphan OR (lesser AND (SELECT bool_or(orphan) FROM days))
    UNION
    SELECT ${DAY('day')} FROM archived
    ORDER BY 1`);
  return rows.map(({ day }) => day);
}

/** Days of which the archive has a bar that the hypertable lacks. */
function archivedDays(inside: (column: string) => string): string {
  return `SELECT DISTINCT date_trunc('day', old.timestamp, 'UTC') AS day
      FROM market_data.ohlcv_archive AS old
      WHERE ${inside('old.timestamp')} AND NOT EXISTS (
        SELECT FROM market_data.ohlcv AS bar
        WHERE bar.symbol = old.symbol AND bar.timestamp = old.timestamp AND ${inside('bar.timestamp')})`;
}

async function hasArchive(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('market_data.ohlcv_archive') IS NOT NULL AS there`,
  );
  return rows[0]!.there;
}

const DAY_MS = 86_400_000;

/** Days as runs of days that lie together: first day, day after the last. */
function runsOf(days: readonly string[]): [from: string, to: string][] {
  const runs: [string, string][] = [];
  for (const day of days) {
    const after = new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
    const last = runs.at(-1);
    if (last?.[1] === day) last[1] = after;
    else runs.push([day, after]);
  }
  return runs;
}

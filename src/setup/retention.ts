import type pg from 'pg';
import {
  type Connect,
  isContinuous,
  LOCK_NOT_AVAILABLE,
  onlyStored,
  refreshDaily,
  refreshStretch,
  staleStretches,
} from './daily-refresh.js';

/** Milliseconds that a step waits for whoever uses a chunk; then the slice is left for the next run. */
const LOCK_MS = 10_000;
/** Any number: two runs do not work at the same time. */
const LOCK_KEY = 7_246_110;

/** Cluster, database and timeline: a copy of the database, wherever it came from, is another place. */
const PLACE = `(SELECT format('%s/%s/%s', (SELECT system_identifier FROM pg_control_system()), d.oid,
  left(pg_walfile_name(pg_current_wal_lsn()), 8)) FROM pg_database d WHERE d.datname = current_database())`;

export interface RetainOptions {
  /** At most so many slices in this run. */
  limit?: number;
  /** Says what would be archived, and changes nothing. */
  dryRun?: boolean;
  /** Allows it in this database first; a dry run only looks as if it were allowed. */
  go?: boolean;
  stopped?: () => boolean;
  log?: (line: string) => void;
}

/** What a run did. */
export interface RetainResult {
  readonly slices: number;
  readonly bars: number;
  /** Slices that are due and were not done: by the limit, or because somebody else used them. */
  readonly left: number;
}

/** Whole chunks of the same range. */
interface Slice {
  readonly from: string;
  readonly to: string;
  readonly chunks: readonly string[];
}

/** Retention is not set up here, or waits for the operator's word. */
export class NotAllowed extends Error {}

/**
 * Moves the bars that are older than what is kept into `market_data.ohlcv_archive`, slice by slice of the hypertable,
 * oldest first. The daily aggregate is brought up to date first; then one transaction copies a slice, compares counts
 * and digests over every column, and drops the chunks. Bars that came late or were corrected replace the archive's.
 * A run that ends anywhere leaves each bar in the hypertable, in the archive or in both; the next one goes on.
 * @throws NotAllowed after a restore or a promotion, until it is told to `go`
 */
export async function retain(connect: Connect, options: RetainOptions = {}): Promise<RetainResult> {
  const client = await connect();
  try {
    if (options.go && !options.dryRun) await allow(client);
    await (options.go ? requireSetUp(client) : requireAllowed(client));
    const { rows } = await client.query<{ free: boolean }>(`SELECT pg_try_advisory_lock(${LOCK_KEY}) AS free`);
    if (!rows[0]!.free) throw new Error('another run of tetra retain is under way');
    const due = await dueSlices(client);
    if (options.dryRun) {
      for (const { from, to } of due) options.log?.(`${from} to ${to} would be archived`);
      return { slices: 0, bars: 0, left: due.length };
    }
    await client.query('UPDATE market_data.ohlcv_retention SET last_started = clock_timestamp()');
    const result = await work(client, connect, due, options);
    await client.query('UPDATE market_data.ohlcv_retention SET last_finished = clock_timestamp(), last_error = NULL');
    return result;
  } catch (error) {
    if (!(error instanceof NotAllowed || options.dryRun)) await note(connect, error);
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Lets retention work in this database, which the operator has looked at. */
async function allow(client: pg.Client): Promise<void> {
  await requireSetUp(client);
  await client.query(`UPDATE market_data.ohlcv_retention SET place = ${PLACE}, last_error = NULL`);
}

async function work(
  client: pg.Client,
  connect: Connect,
  due: readonly Slice[],
  { limit, stopped, log }: RetainOptions,
): Promise<RetainResult> {
  let [slices, bars, seen] = [0, 0, 0];
  for (const slice of due) {
    if (stopped?.() || slices === limit) break;
    seen += 1;
    const days = `[${seen}/${due.length}] ${slice.from} to ${slice.to}`;
    await bringBack(client, slice);
    await storeDaily(client, connect, slice, log);
    const archived = await archive(client, slice);
    if (archived === null) {
      log?.(`${days} is in use or has just changed: left for the next run`);
      continue;
    }
    slices += 1;
    bars += archived;
    log?.(`${days} ${archived} bars archived, chunks dropped`);
  }
  // The first day after what was dropped counts as changed, too.
  if (slices > 0) await refreshDaily(connect, stopped === undefined ? {} : { stopped });
  return { slices, bars, left: due.length - slices };
}

async function requireSetUp(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('market_data.ohlcv_retention') IS NOT NULL AS there`,
  );
  if (!rows[0]!.there) throw new NotAllowed('retention is not set up here: npm run db:setup -- --retention');
}

async function requireAllowed(client: pg.Client): Promise<void> {
  await requireSetUp(client);
  const { rows } = await client.query<{ here: boolean }>(
    `SELECT place = ${PLACE} AS here FROM market_data.ohlcv_retention`,
  );
  if (!rows[0]!.here)
    throw new NotAllowed(
      'retention is paused: this database was restored, recovered or promoted since it was allowed; ' +
        'look at the data, then: tetra retain --go',
    );
}

/** Slices of the hypertable that end before what is kept begins, oldest first. */
async function dueSlices(client: pg.Client): Promise<Slice[]> {
  const text = (instant: string): string => `to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US"+00"')`;
  const { rows } = await client.query<Slice>(
    `SELECT ${text('range_start')} AS from, ${text('range_end')} AS to,
       array_agg(format('%I.%I', chunk_schema, chunk_name) ORDER BY chunk_name) AS chunks
     FROM timescaledb_information.chunks
     WHERE hypertable_schema = 'market_data' AND hypertable_name = 'ohlcv'
       AND range_end <= now() - (SELECT keep FROM market_data.ohlcv_retention)
     GROUP BY range_start, range_end
     ORDER BY range_start`,
  );
  return rows;
}

/**
 * Where bars came late for a slice that is archived: the archived ones join them again, so that the day's bar is added
 * up from all of them. Bars of the hypertable are the newer ones.
 */
async function bringBack(client: pg.Client, slice: Slice): Promise<void> {
  const columns = (await columnsOf(client)).filter(({ archived }) => archived !== null).map(({ name }) => name);
  await client.query(
    `INSERT INTO market_data.ohlcv (${columns.join(', ')})
     SELECT ${columns.join(', ')} FROM market_data.ohlcv_archive WHERE ${inside(slice)}
     ON CONFLICT DO NOTHING`,
  );
}

/** Adds up the daily bars of a slice while its bars are there. */
async function storeDaily(client: pg.Client, connect: Connect, slice: Slice, log: RetainOptions['log']): Promise<void> {
  if (!(await isContinuous(client))) return;
  const guard = await connect();
  try {
    for (const stretch of await staleStretches(client, slice)) await refreshStretch(client, guard, stretch, false, log);
  } finally {
    await guard.end().catch(() => undefined);
  }
}

/** Copies a slice, compares, drops its chunks; how many bars, or null where that has to wait. */
async function archive(client: pg.Client, slice: Slice): Promise<number | null> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
    // Nobody changes its bars until they are gone; who waits to write fails, and finds the slice's place empty.
    await client.query(`LOCK TABLE ${slice.chunks.join(', ')} IN EXCLUSIVE MODE`);
    const columns = await followColumns(client);
    await copy(client, slice, columns);
    const bars = await compare(client, slice, columns);
    if (!(await isStored(client, slice))) {
      await client.query('ROLLBACK');
      return null;
    }
    await drop(client, slice);
    await client.query('UPDATE market_data.ohlcv_retention SET archived_through = greatest(archived_through, $1)', [
      slice.to,
    ]);
    await client.query('COMMIT');
    return bars;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return null;
    throw error;
  }
}

interface Column {
  /** Quoted where it has to be. */
  readonly name: string;
  readonly type: string;
  /** Its type in the archive; null where that lacks it. */
  readonly archived: string | null;
}

async function columnsOf(client: pg.Client): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT quote_ident(bar.attname) AS name, format_type(bar.atttypid, bar.atttypmod) AS type,
       format_type(old.atttypid, old.atttypmod) AS archived
     FROM pg_attribute bar
     LEFT JOIN pg_attribute old ON old.attrelid = 'market_data.ohlcv_archive'::regclass AND old.attname = bar.attname
       AND NOT old.attisdropped
     WHERE bar.attrelid = 'market_data.ohlcv'::regclass AND bar.attnum > 0 AND NOT bar.attisdropped
       AND bar.attgenerated = ''
     ORDER BY bar.attnum`,
  );
  return rows;
}

/** Gives the archive the columns that the bars have got since; a column of another type is the operator's to decide. */
async function followColumns(client: pg.Client): Promise<string[]> {
  const columns = await columnsOf(client);
  for (const { name, type, archived } of columns) {
    if (archived === null) await client.query(`ALTER TABLE market_data.ohlcv_archive ADD COLUMN ${name} ${type}`);
    else if (archived !== type)
      throw new Error(
        `market_data.ohlcv_archive.${name} is ${archived}, market_data.ohlcv.${name} is ${type}: nothing was dropped`,
      );
  }
  // Columns that the bars no longer have stay, empty from now on.
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(old.attname) AS name FROM pg_attribute old
     WHERE old.attrelid = 'market_data.ohlcv_archive'::regclass AND old.attnum > 0 AND NOT old.attisdropped
       AND old.attnotnull AND NOT EXISTS (SELECT FROM pg_attribute bar
         WHERE bar.attrelid = 'market_data.ohlcv'::regclass AND bar.attname = old.attname AND NOT bar.attisdropped)`,
  );
  for (const { name } of rows)
    await client.query(`ALTER TABLE market_data.ohlcv_archive ALTER COLUMN ${name} DROP NOT NULL`);
  return columns.map(({ name }) => name);
}

function inside({ from, to }: Slice): string {
  return `timestamp >= '${from}'::timestamptz AND timestamp < '${to}'::timestamptz`;
}

async function copy(client: pg.Client, slice: Slice, columns: readonly string[]): Promise<void> {
  const changes = columns.map((name) => `${name} = excluded.${name}`).join(', ');
  await client.query(
    `INSERT INTO market_data.ohlcv_archive (${columns.join(', ')})
     SELECT ${columns.join(', ')} FROM market_data.ohlcv WHERE ${inside(slice)}
     ON CONFLICT (symbol, timestamp) DO UPDATE SET ${changes}`,
  );
}

/** How many bars both sides have. Refuses where one bar, or one column of one bar, is not the same. */
async function compare(client: pg.Client, slice: Slice, columns: readonly string[]): Promise<number> {
  const side = (relation: string): string =>
    `(SELECT count(*) || ' bars, digest ' || coalesce(sum(hashtextextended(ROW(${columns.join(', ')})::text, 0)), 0)
      FROM market_data.${relation} WHERE ${inside(slice)})`;
  const { rows } = await client.query<{ bars: string; old: string }>(
    `SELECT ${side('ohlcv')} AS bars, ${side('ohlcv_archive')} AS old`,
  );
  const { bars, old } = rows[0]!;
  if (bars !== old)
    throw new Error(`${slice.from} to ${slice.to}: ${bars} in ohlcv, ${old} in ohlcv_archive: nothing was dropped`);
  return Number.parseInt(bars, 10);
}

/** Whether the daily aggregate has every bar of a slice; days that only it holds stay as they are. */
async function isStored(client: pg.Client, slice: Slice): Promise<boolean> {
  if (!(await isContinuous(client))) return true;
  for (const stretch of await staleStretches(client, slice)) {
    const only = new Set(await onlyStored(client, stretch));
    if (stretch.stale.some((day) => !only.has(day))) return false;
  }
  return true;
}

async function drop(client: pg.Client, { from, to, chunks }: Slice): Promise<void> {
  const { rows } = await client.query<{ chunk: string }>(
    `SELECT chunk FROM drop_chunks('market_data.ohlcv', older_than => $1::timestamptz, newer_than => $2::timestamptz) AS chunk`,
    [to, from],
  );
  const dropped = rows.map(({ chunk }) => chunk).sort();
  if (dropped.join() !== [...chunks].sort().join())
    throw new Error(`${from} to ${to}: ${dropped.join(', ')} in place of ${chunks.join(', ')}: nothing was dropped`);
}

/** How the run went wrong, for doctor and alerts; whether that can be written is not what matters now. */
async function note(connect: Connect, error: unknown): Promise<void> {
  try {
    const client = await connect();
    await client
      .query('UPDATE market_data.ohlcv_retention SET last_error = $1', [(error as Error).message])
      .finally(() => client.end());
  } catch {
    // The error itself is told by the caller.
  }
}

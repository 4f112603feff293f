import { type RawBuilder, sql } from 'kysely';
import { instantLiteral, wireInstant } from '../../sql/build.js';
import { ALL_DATA_SETS, WRITTEN_DATA_SETS } from '../../sql/data-sets.js';
import { readStored } from '../../sql/tables.js';
import type { ColumnFault, LockHolder, ReplicationSlot, Retention, Upkeep } from './upkeep.model.js';

/** What a role must be able to do to see the rest. */
export interface Sight {
  /** pg_read_all_stats: what other roles' sessions do. */
  readonly stats: boolean;
  /** pg_monitor: the files of the log. */
  readonly log: boolean;
}

/** How many locks the table that all sessions share was made for. */
const LOCK_SLOTS = sql`current_setting('max_locks_per_transaction')::int
        * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int)`;

/** Who holds locks, and what the session with most of them runs, or ran last. */
export interface HeldLocks extends LockHolder {
  readonly statement: string | null;
}

/** Archiver, log, age of transactions, locks, and how far the server is along which history. */
export function upkeep({ stats, log }: Sight): RawBuilder<Upkeep> {
  const bytes = log ? sql`(select sum(size)::text from pg_ls_waldir())` : sql`null::text`;
  const oldest = stats
    ? sql`(select coalesce(max(extract(epoch from now() - xact_start)), 0)::int from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid())`
    : sql`null::int`;
  return sql<Upkeep>`
    select current_setting('archive_mode') <> 'off' as "archives",
      ${wireInstant(sql.ref('archiver.last_archived_time'))} as "lastArchivedAt",
      archiver.failed_count::text as "archiveFailures",
      ${wireInstant(sql.ref('archiver.last_failed_time'))} as "lastArchiveFailureAt",
      archiver.last_failed_time is not null
        and archiver.last_failed_time > coalesce(archiver.last_archived_time, '-infinity') as "archiveFails",
      ${bytes} as "logBytes",
      ${oldest} as "oldestTransactionSeconds",
      (select max(age(datfrozenxid)) from pg_database)::int as "transactionIdAge",
      (select count(*)::int from pg_stat_activity) as sessions,
      (select count(*)::int from pg_locks where not fastpath) as locks,
      ${LOCK_SLOTS} as "lockSlots"
    from pg_stat_archiver as archiver`;
}

/**
 * Who holds most locks of the table that all sessions share. Each may see that; what a session runs, which `statements`
 * asks for, only the roles that see what others do: it is null to others.
 */
export function lockHolders(asked: { statements: boolean }): RawBuilder<HeldLocks> {
  const statement = asked.statements
    ? sql`(array_agg(nullif(left(regexp_replace(session.query, '\\s+', ' ', 'g'), 200), '<insufficient privilege>')
        order by held.locks desc))[1]`
    : sql`null::text`;
  return sql<HeldLocks>`
    select session.usename::text as role, session.application_name as application, count(*)::int as sessions,
      sum(held.locks)::int as locks, ${statement} as statement
    from (select pid, count(*) as locks from pg_locks where not fastpath group by pid) as held
    join pg_stat_activity as session on session.pid = held.pid
    where session.usename is not null and session.pid <> pg_backend_pid()
    group by 1, 2
    order by locks desc, 1, 2
    limit 10`;
}

/** Replication slots, those that keep most of the log first. */
export function slots(): RawBuilder<ReplicationSlot> {
  return sql<ReplicationSlot>`
    select slot_name::text as name, active, wal_status as "logStatus",
      (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end - restart_lsn)::bigint::text as "retainedBytes"
    from pg_replication_slots
    order by restart_lsn nulls last, slot_name
    limit 100`;
}

/** The columns that relations have, of those that are read. */
export function columns(): RawBuilder<{ relation: string; column: string; type: string }> {
  const names = ALL_DATA_SETS.map(({ name }) => sql.lit(name));
  return sql`
    select format('%s.%s', n.nspname, c.relname) as relation, a.attname::text as column,
      format_type(a.atttypid, a.atttypmod) as type
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where format('%s.%s', n.nspname, c.relname) in (${sql.join(names)})`;
}

/** What is not as the statements need it; a relation that is not there at all is somebody else's to tell. */
export function columnFaults(found: readonly { relation: string; column: string; type: string }[]): ColumnFault[] {
  const there = Map.groupBy(found, ({ relation }) => relation);
  return ALL_DATA_SETS.flatMap(({ name: relation, columns }) => {
    const own = there.get(relation);
    if (!own) return [];
    return Object.entries(columns).flatMap(([column, stored]): ColumnFault[] => {
      const has = own.find((candidate) => candidate.column === column)?.type ?? null;
      return has !== null && readStored(stored).type.test(has) ? [] : [{ relation, column, type: has }];
    });
  });
}

/** What a role needs to read the archive of bars, and how retention goes. */
export const ARCHIVE_GRANT = 'SELECT ON market_data.ohlcv_archive, market_data.ohlcv_retention';

/** How `tetra retain` last went. */
export function retention(): RawBuilder<Retention> {
  const instant = (column: string): RawBuilder<unknown> => wireInstant(sql.ref(column));
  return sql<Retention>`
    select keep::text as keep,
      place <> case when pg_is_in_recovery() then place else
        (select format('%s/%s/%s', (select system_identifier from pg_control_system()), d.oid, left(pg_walfile_name(pg_current_wal_lsn()), 8))
         from pg_database as d where d.datname = current_database()) end as paused,
      ${instant('archived_through')} as "archivedThrough", ${instant('last_started')} as "lastStartedAt",
      ${instant('last_finished')} as "lastFinishedAt", last_error as "lastError"
    from market_data.ohlcv_retention`;
}

/** Whether a data set has rows so far in the future, or at infinity, that they cannot be right. */
export function oddRows(from: bigint): RawBuilder<{ relation: string; future: boolean; infinite: boolean }> {
  const exists = (relation: string, condition: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`exists (select from ${sql.table(relation)} where ${condition})`;
  const parts = WRITTEN_DATA_SETS.map(({ name: relation, time, mayLieAhead }) => {
    const at = sql.ref(time);
    const later = !mayLieAhead
      ? exists(relation, sql`${at} >= ${instantLiteral(from)} and ${at} < 'infinity'`)
      : sql`false`;
    const infinite = sql`(${exists(relation, sql`${at} >= 'infinity'`)} or ${exists(relation, sql`${at} <= '-infinity'`)})`;
    return sql`select ${sql.lit(relation)} as relation, ${later} as future, ${infinite} as infinite`;
  });
  return sql`${sql.join(parts, sql` union all `)}`;
}

/** How the daily aggregate makes its days; no row where the catalog does not tell. */
export function buckets(): RawBuilder<{ width: string; zone: string | null; shifted: boolean }> {
  return sql`
    select f.bucket_width as width, f.bucket_timezone as zone,
      f.bucket_origin is not null or f.bucket_offset is not null as shifted
    from _timescaledb_catalog.continuous_agg as a
    join _timescaledb_catalog.continuous_aggs_bucket_function as f on f.mat_hypertable_id = a.mat_hypertable_id
    where a.user_view_schema = 'market_data' and a.user_view_name = 'ohlcv_daily'`;
}

/** Whether such buckets are UTC days. */
export function isUtcDay({ width, zone, shifted }: { width: string; zone: string | null; shifted: boolean }): boolean {
  return /^(1 day|24:00:00|@ 1 day)$/.test(width) && (zone === null || zone === 'UTC') && !shifted;
}

import prom from 'prom-client';
import { parseInstant } from '../../base/time.js';
import type { Care } from './monitoring.queries.js';

/** What has to be looked after, as gauges: archive, log, slots, transactions, jobs, retention, columns, odd rows. */
export class CareMetrics {
  readonly #gauges: prom.Gauge[] = [];
  readonly #unlabelled: prom.Gauge[] = [];
  readonly #archives = this.#gauge('tetra_archiver_enabled', 'Whether the log is archived: 1 or 0.');
  readonly #archiveFails = this.#gauge('tetra_archiver_failing', 'Whether the last try to archive failed: 1 or 0.');
  readonly #archived = this.#gauge(
    'tetra_archiver_last_archived_timestamp_seconds',
    'When a segment of the log was last archived, as Unix time.',
  );
  readonly #log = this.#gauge(
    'tetra_wal_bytes',
    'Bytes of the log on the server; absent where the role may not see it.',
  );
  readonly #oldest = this.#gauge(
    'tetra_oldest_transaction_seconds',
    'Age of the oldest transaction under way; absent where the role may not see it.',
  );
  readonly #xid = this.#gauge('tetra_transaction_id_age', 'Transactions since the oldest unfrozen one.');
  readonly #used = this.#gauge('tetra_server_connections', 'Connections that clients have open to the server.');
  readonly #max = this.#gauge('tetra_server_max_connections', 'The most there can be (max_connections).');
  readonly #locks = this.#gauge('tetra_server_locks', 'Locks in the table that all sessions share.');
  readonly #lockSlots = this.#gauge('tetra_server_lock_slots', 'How many locks that table was made for.');
  readonly #slotActive = this.#gauge('tetra_replication_slot_active', 'Whether a standby uses a slot: 1 or 0.', [
    'slot',
  ]);
  readonly #slotBytes = this.#gauge('tetra_replication_slot_retained_bytes', 'Bytes of the log that a slot keeps.', [
    'slot',
  ]);
  readonly #jobFailed = this.#gauge('tetra_job_failed', 'Whether a background job last failed: 1 or 0.', [
    'name',
    'relation',
  ]);
  readonly #columns = this.#gauge('tetra_column_faults', 'Columns that are read and missing or of another type.', [
    'relation',
  ]);
  readonly #odd = this.#gauge('tetra_odd_rows', '1 where a data set has rows in the future or at infinity.', [
    'relation',
    'kind',
  ]);
  readonly #utc = this.#gauge('tetra_daily_utc_days', "Whether the daily aggregate's rows are UTC days: 1 or 0.");
  readonly #archive = this.#gauge(
    'tetra_archive_readable',
    'Whether archived bars can be read: 1 or 0; absent where there is no archive.',
  );
  readonly #paused = this.#gauge('tetra_retention_paused', 'Whether retention waits for the operator: 1 or 0.');
  readonly #failed = this.#gauge('tetra_retention_failed', 'Whether retention last failed: 1 or 0.');
  readonly #finished = this.#gauge(
    'tetra_retention_last_success_timestamp_seconds',
    'When retention last ended well, as Unix time; absent where it is not set up.',
  );

  constructor(private readonly registry: prom.Registry) {}

  /** Shows this, and nothing of what was before; null where the database does not tell. */
  show(care: Care | null): void {
    for (const gauge of this.#gauges) gauge.reset();
    // Without labels that is 0, which would be a statement, too.
    for (const gauge of this.#unlabelled) gauge.remove();
    if (!care) return;
    const { upkeep, connections, retention, utcDays, archiveReadable } = care;
    this.#archives.set(Number(upkeep.archives));
    this.#archiveFails.set(Number(upkeep.archiveFails));
    setTime(this.#archived, upkeep.lastArchivedAt);
    if (upkeep.logBytes !== null) this.#log.set(Number(upkeep.logBytes));
    if (upkeep.oldestTransactionSeconds !== null) this.#oldest.set(upkeep.oldestTransactionSeconds);
    this.#xid.set(upkeep.transactionIdAge);
    this.#used.set(connections.used);
    this.#max.set(connections.max);
    this.#locks.set(upkeep.locks);
    this.#lockSlots.set(upkeep.lockSlots);
    if (utcDays !== null) this.#utc.set(Number(utcDays));
    for (const { name, active, retainedBytes } of care.replicationSlots) {
      this.#slotActive.set({ slot: name }, Number(active));
      if (retainedBytes !== null) this.#slotBytes.set({ slot: name }, Number(retainedBytes));
    }
    for (const { name, relation, lastStatus } of care.jobs)
      if (relation !== null) this.#jobFailed.set({ name, relation }, Number(lastStatus === 'Failed'));
    for (const { relation } of care.columnFaults) this.#columns.inc({ relation });
    for (const { relation, future, infinite } of care.oddRows) {
      if (future) this.#odd.set({ relation, kind: 'future' }, 1);
      if (infinite) this.#odd.set({ relation, kind: 'infinite' }, 1);
    }
    if (archiveReadable !== null) this.#archive.set(Number(archiveReadable));
    if (!retention) return;
    this.#paused.set(Number(retention.paused));
    this.#failed.set(Number(retention.lastError !== null));
    setTime(this.#finished, retention.lastFinishedAt);
  }

  #gauge(name: string, help: string, labelNames: string[] = []): prom.Gauge {
    const gauge = new prom.Gauge({ name, help, labelNames, registers: [this.registry] });
    this.#gauges.push(gauge);
    if (labelNames.length === 0) this.#unlabelled.push(gauge);
    return gauge;
  }
}

function setTime(gauge: prom.Gauge, instant: string | null): void {
  if (instant !== null) gauge.set(Number(parseInstant(instant)!) / 1e6);
}

import { ARCHIVE_GRANT } from '../monitoring/upkeep.sql.js';
import { ADMIN, type Facts, type Finding } from './report.js';

const DAY_MS = 86_400_000;
/** Transaction ids at which autovacuum should long have frozen; at 2,000 million the server takes no writes. */
const OLD_XID_AGE = 1_000_000_000;
const LONG_TRANSACTION_S = 3_600;
const LARGE_WAL_BYTES = 20e9;
/** About as many of 2,000 characters are read by one search without an index. */
const MANY_ARTICLES = 6_000;

/**
 * Pairs of TimescaleDB and PostgreSQL that do not work together: its jobs fail with "cannot drop portal" there.
 * Found by running them.
 */
const BROKEN_PAIRS: readonly { timescaledb: RegExp; postgres: RegExp; what: string }[] = [
  { timescaledb: /^2\.28\./, postgres: /^15\.20$/, what: "TimescaleDB's background jobs fail" },
];

/** What has to be looked after: archive, log, slots, transactions, columns, odd rows, searches, retention, versions. */
export function care({ care: c, data, server, role }: Facts, now: number): Finding[] {
  const found: Finding[] = [];
  const warn = (code: string, message: string, fix?: string, level: Finding['level'] = 'warning'): void =>
    void found.push({ level, code, message, ...(fix === undefined ? {} : { fix }) });
  for (const { timescaledb, postgres, what } of BROKEN_PAIRS)
    if (
      server.timescaledb !== null &&
      timescaledb.test(server.timescaledb) &&
      postgres.test(server.version.split(' ')[0]!)
    )
      warn(
        'versions_do_not_work',
        `TimescaleDB ${server.timescaledb} does not work on PostgreSQL ${server.version}: ${what}`,
        `install another minor version of PostgreSQL 15; until then, by cron: ${ADMIN} npx tetra refresh --quiet`,
      );
  for (const { relation, column, type } of c.columnFaults)
    warn(
      'column_differs',
      `${relation}.${column} is ${type === null ? 'missing' : type}: statements that read it fail`,
      'the table was changed after this version: rename it back, or upgrade the API',
      'error',
    );
  if (c.utcDays === false)
    warn(
      'aggregate_not_utc_days',
      'market_data.ohlcv_daily is not made of UTC days: daily bars would be of other days than the bars',
      'have its owner make it anew as db/timescaledb/040-daily.sql does, while the bars of its whole history are there',
      'error',
    );
  if (!c.archiveAllowed)
    warn(
      'archive_unreadable',
      `${role.name} may not read all of the archive: answers lack the bars that were archived`,
      `GRANT ${ARCHIVE_GRANT} TO ${role.name}; npm run db:setup -- --retention does it for tetra_reader and tetra_app`,
      'error',
    );
  for (const { relation, future, infinite } of c.oddRows)
    warn(
      'odd_rows',
      `${relation} has rows ${[...(future ? ['in the future'] : []), ...(infinite ? ['at infinity'] : [])].join(' and ')}`,
      'let the pipeline mend them: those in the future are only in windows that reach them, those at infinity in none',
    );
  const articles = data.find(({ name }) => name === 'news.news_articles')?.rows ?? 0;
  if (c.newsIndexed === false && articles > MANY_ARTICLES)
    warn(
      'news_not_indexed',
      `searches read the articles of their window, of ~${articles}: a wide window is refused, the default one is shorter`,
      'psql -X -v ON_ERROR_STOP=1 -f db/optional/news-search.sql, as its owner; it takes as much disk as the articles',
      'ok',
    );
  if (c.upkeep.archiveFails)
    warn(
      'archive_fails',
      `archiving the log fails since ${c.upkeep.lastArchiveFailureAt ?? 'its start'}; last archived ${c.upkeep.lastArchivedAt ?? 'never'}`,
      'SELECT * FROM pg_stat_archiver; what archive_command said is in the log of the server',
    );
  for (const { name, active, retainedBytes } of c.slots)
    if (!active)
      warn(
        'slot_inactive',
        `nobody uses replication slot ${name}, which keeps ${gigabytes(retainedBytes)} of the log`,
        'start its standby; a slot whose standby will not come back is dropped by its owner',
      );
  if (c.upkeep.logBytes !== null && Number(c.upkeep.logBytes) > LARGE_WAL_BYTES)
    warn(
      'log_grows',
      `the server keeps ${gigabytes(c.upkeep.logBytes)} of its log`,
      'see archive_fails, slot_inactive, max_wal_size',
    );
  if (c.upkeep.transactionIdAge > OLD_XID_AGE)
    warn(
      'transaction_ids',
      `${c.upkeep.transactionIdAge} transactions are not frozen`,
      'VACUUM (FREEZE), as its owner',
    );
  if ((c.upkeep.oldestTransactionSeconds ?? 0) > LONG_TRANSACTION_S)
    warn(
      'long_transaction',
      `a transaction has been open for ${Math.round(c.upkeep.oldestTransactionSeconds! / 60)} minutes: nothing is vacuumed meanwhile`,
      'SELECT pid, usename, query FROM pg_stat_activity ORDER BY xact_start',
    );
  return [...found, ...retention(c.retention, now)];
}

function retention(state: Facts['care']['retention'], now: number): Finding[] {
  if (state === null) return [];
  const { paused, lastError, lastFinishedAt, lastStartedAt } = state;
  if (paused)
    return [
      {
        level: 'warning',
        code: 'retention_paused',
        message: 'retention waits: this database was restored, recovered or promoted since it was allowed',
        fix: `look at the data, then: ${ADMIN} npx tetra retain --go`,
      },
    ];
  if (lastError !== null)
    return [
      {
        level: 'warning',
        code: 'retention_failed',
        message: `tetra retain failed, and dropped nothing: ${lastError}`,
        fix: `fix that, then: ${ADMIN} npx tetra retain`,
      },
    ];
  const last = lastFinishedAt ?? lastStartedAt;
  if (last === null || Date.parse(last) < now - 3 * DAY_MS)
    return [
      {
        level: 'warning',
        code: 'retention_late',
        message: `tetra retain last ended well ${lastFinishedAt ?? 'never'}`,
        fix: `run it every day, by cron: ${ADMIN} npx tetra retain --quiet`,
      },
    ];
  return [];
}

function gigabytes(bytes: string | null): string {
  return bytes === null ? 'nothing' : `${(Number(bytes) / 1e9).toFixed(1)} GB`;
}

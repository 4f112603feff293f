import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { describeWith, own, run } from './support/tools.js';

const PROMTOOL = '/usr/bin/promtool';
const FILES = ['alerts.yml', 'backup-alerts.yml'];
const folder = new URL('../../deploy/prometheus/', import.meta.url);

interface Rule {
  readonly alert: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

/** Values of a series, one a step, as promtool writes them. */
type Series = Record<string, string>;
interface Case {
  readonly fires: Series;
  /** A state that looks like it and must not fire. */
  readonly not: Series;
  /** When it is asked. */
  readonly at: string;
  /** Values are hourly, not each minute; promtool gets fifteen for one, since a series is stale after five minutes. */
  readonly hourly?: true;
  /** Labels of the alert, beside its severity. */
  readonly labels?: Record<string, string>;
}

const DAY = 86_400;
/** A gauge of one replica. */
const gauge = (name: string, fires: number, not: number, at: string, labels: Record<string, string> = {}): Case => {
  const selector = Object.entries(labels).map(([label, value]) => `, ${label}="${value}"`);
  const series = `${name}{job="tetra", instance="a"${selector.join('')}}`;
  return { fires: { [series]: `${fires}x200` }, not: { [series]: `${not}x200` }, at, labels };
};
const here = { job: 'tetra', instance: 'a' };
const A = '{job="tetra", instance="a"}';
const of = (name: string, labels: string): string => `${name}{job="tetra", instance="a", ${labels}}`;
const COUNT = 'tetra_http_request_duration_seconds_count';
const BUCKET = 'tetra_http_request_duration_seconds_bucket';
const STATEMENTS = 'tetra_statement_duration_seconds_count';
const NEWEST = of('tetra_data_newest_timestamp_seconds', 'data_set="market_data.ohlcv"');
const REFRESHED = `tetra_daily_last_refresh_timestamp_seconds${A}`;
const STORED = `tetra_daily_materialized_through_timestamp_seconds${A}`;
const slow = (share: number): Series => ({
  [of(BUCKET, 'status="200", route="/x", le="0.1"')]: `0+${share}x60`,
  [of(BUCKET, 'status="200", route="/x", le="5"')]: '0+100x60',
  [of(BUCKET, 'status="200", route="/x", le="+Inf"')]: '0+100x60',
});
const pool = (waiting: number): Series => ({
  [of('tetra_pool_waiting_requests', 'pool="pages"')]: `${waiting}x60`,
  [of('tetra_pool_connections', 'pool="pages", state="busy"')]: '30x60',
  [of('tetra_pool_max_connections', 'pool="pages"')]: '30x60',
});
const connections = (used: number): Series => ({
  [`tetra_server_connections${A}`]: `${used}x60`,
  [`tetra_server_max_connections${A}`]: '100x60',
});
const held = (locks: number): Series => ({
  [`tetra_server_locks${A}`]: `${locks}x60`,
  [`tetra_server_lock_slots${A}`]: '25600x60',
});
const BACKUP = 'tetra_backup_last_success_timestamp_seconds{job="node", instance="db", database="tetra"}';
const BASE = 'tetra_base_backup_last_success_timestamp_seconds{job="node", instance="db"}';

/** Time begins at 0: what last happened at 0 was as long ago as the alert is asked at. */
const CASES: [alert: string, Case][] = [
  ['TetraDown', { ...gauge('up', 0, 1, '20m'), labels: here }],
  [
    'TetraDown',
    { fires: { 'up{job="other"}': '1x60' }, not: { [`up${A}`]: '1x60' }, at: '20m', labels: { job: 'tetra' } },
  ],
  [
    'TetraReplicasVanished',
    {
      fires: { [`up${A}`]: '1x120', 'up{job="tetra", instance="b"}': '1x70 _x50' },
      not: { [`up${A}`]: '1x120' },
      at: '90m',
    },
  ],
  ['TetraDatabaseDown', { ...gauge('tetra_database_up', 0, 1, '10m'), labels: here }],
  [
    'TetraServerErrors',
    {
      fires: { [of(COUNT, 'status="200"')]: '0+90x60', [of(COUNT, 'status="503"')]: '0+10x60' },
      not: { [of(COUNT, 'status="200"')]: '0+1000x60', [of(COUNT, 'status="503"')]: '0+1x60' },
      at: '30m',
    },
  ],
  ['TetraSlow', { fires: slow(50), not: slow(100), at: '30m', labels: { route: '/x' } }],
  ['TetraPoolExhausted', { fires: pool(5), not: pool(0), at: '30m', labels: { ...here, pool: 'pages' } }],
  [
    'TetraStatementsFail',
    {
      fires: { [of(STATEMENTS, 'outcome="57014"')]: '0+60x60' },
      not: { [of(STATEMENTS, 'outcome="ok"')]: '0+600x60' },
      at: '30m',
      labels: { outcome: '57014' },
    },
  ],
  [
    'TetraReplicaOut',
    { ...gauge('tetra_replica_used', 0, 1, '30m', { replica: 's' }), labels: { ...here, replica: 's' } },
  ],
  [
    'TetraStandbyDiverged',
    {
      fires: { [of('tetra_replica_state', 'replica="s", state="another_timeline"')]: '1x60' },
      not: { [of('tetra_replica_state', 'replica="s", state="behind"')]: '1x60' },
      at: '30m',
      labels: { replica: 's', state: 'another_timeline' },
    },
  ],
  ['TetraPrimarySuperseded', gauge('tetra_primary_superseded', 1, 0, '30m')],
  // Friday's bar until Tuesday evening, after a holiday on Monday.
  [
    'TetraBarsStale',
    { fires: { [NEWEST]: '0x200' }, not: { [NEWEST]: `0x118 ${5 * DAY}x80` }, at: '6d', hourly: true },
  ],
  ['TetraDailyIncomplete', gauge('tetra_daily_history_complete', 0, 1, '180m')],
  // Without TimescaleDB there is neither.
  ['TetraDailyRefreshLate', { fires: { [REFRESHED]: '0x100', [STORED]: '0x100' }, not: {}, at: '3d', hourly: true }],
  // The policy never succeeds, and `tetra refresh` by cron has stored all but today.
  [
    'TetraDailyRefreshLate',
    {
      fires: { [REFRESHED]: '0x100', [STORED]: '0x100' },
      not: { [REFRESHED]: '0x100', [STORED]: `0x10 ${2 * DAY}x100` },
      at: '3d',
      hourly: true,
    },
  ],
  [
    'TetraEventLoopBlocked',
    {
      fires: { [`nodejs_eventloop_lag_p99_seconds${A}`]: '0.5x60' },
      not: { 'nodejs_eventloop_lag_p99_seconds{job="another"}': '0.5x60' },
      at: '30m',
      labels: here,
    },
  ],
  [
    'TetraMemory',
    {
      fires: { [`process_resident_memory_bytes${A}`]: '600000000x60' },
      not: { 'process_resident_memory_bytes{job="another"}': '600000000x60' },
      at: '30m',
      labels: here,
    },
  ],
  ['TetraApiKeysBroken', gauge('tetra_api_keys_good', 0, 1, '10m')],
  ['TetraArchiveFails', gauge('tetra_archiver_failing', 1, 0, '30m')],
  [
    'TetraArchiveLate',
    {
      fires: {
        [`tetra_archiver_enabled${A}`]: '1x100',
        [`tetra_archiver_last_archived_timestamp_seconds${A}`]: '0x100',
      },
      not: { [`tetra_archiver_enabled${A}`]: '0x100', [`tetra_archiver_last_archived_timestamp_seconds${A}`]: '0x100' },
      at: '2d',
      hourly: true,
    },
  ],
  ['TetraWalGrows', gauge('tetra_wal_bytes', 30e9, 1e9, '60m')],
  ['TetraSlotInactive', gauge('tetra_replication_slot_active', 0, 1, '90m', { slot: 's' })],
  ['TetraTransactionIds', gauge('tetra_transaction_id_age', 1.1e9, 2e8, '90m')],
  ['TetraLongTransaction', gauge('tetra_oldest_transaction_seconds', 4000, 30, '30m')],
  ['TetraConnectionsNearLimit', { fires: connections(95), not: connections(50), at: '30m' }],
  ['TetraLockTableNearlyFull', { fires: held(22_000), not: held(9_000), at: '30m' }],
  ['TetraJobFails', gauge('tetra_job_failed', 1, 0, '150m', { name: 'policy_compression', relation: 'r' })],
  ['TetraColumnFault', gauge('tetra_column_faults', 2, 0, '10m', { relation: 'r' })],
  ['TetraOddRows', gauge('tetra_odd_rows', 1, 0, '30m', { relation: 'r', kind: 'future' })],
  ['TetraDailyDefinition', gauge('tetra_daily_utc_days', 0, 1, '30m')],
  ['TetraArchiveUnreadable', gauge('tetra_archive_readable', 0, 1, '30m')],
  ['TetraRetentionPaused', gauge('tetra_retention_paused', 1, 0, '90m')],
  ['TetraRetentionFailed', gauge('tetra_retention_failed', 1, 0, '30m')],
  [
    'TetraRetentionLate',
    {
      fires: { [`tetra_retention_last_success_timestamp_seconds${A}`]: '0x150' },
      not: { [`tetra_retention_paused${A}`]: '0x150' },
      at: '5d',
      hourly: true,
    },
  ],
  [
    'TetraBackupOld',
    {
      fires: { [BACKUP]: '0x100' },
      not: { [BACKUP]: `0x20 ${DAY}x80` },
      at: '2d',
      hourly: true,
      labels: { database: 'tetra' },
    },
  ],
  ['TetraBackupOld', { fires: {}, not: { [BACKUP]: '0x100' }, at: '3h', hourly: true }],
  [
    'TetraBaseBackupOld',
    { fires: { [BASE]: '0x400' }, not: { [BASE]: `0x100 ${7 * DAY}x300` }, at: '10d', hourly: true },
  ],
  ['TetraBaseBackupOld', { fires: {}, not: { [BASE]: '0x100' }, at: '3h', hourly: true }],
];

describeWith(PROMTOOL, 'deploy/prometheus', () => {
  const rules = FILES.flatMap((file) => {
    const { groups } = load(readFileSync(new URL(file, folder), 'utf8')) as { groups: { rules: Rule[] }[] };
    return groups.flatMap((group) => group.rules);
  });
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'tetra-alerts-'));
    for (const file of FILES) writeFileSync(join(dir, file), readFileSync(new URL(file, folder)));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('has a state for each alert in which it fires, and one in which it does not', () => {
    expect([...new Set(CASES.map(([alert]) => alert))].sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });

  it('fires in these states, and not in those', async () => {
    const tests = CASES.flatMap(([alertname, { fires, not, at, hourly = false, labels = {} }]) => {
      const rule = rules.find(({ alert }) => alert === alertname)!;
      const shown = (text: string): string =>
        text.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? '');
      const annotations = Object.entries(rule.annotations).map(([name, text]) => [name, shown(text)]);
      const expected = { exp_labels: { ...rule.labels, ...labels }, exp_annotations: Object.fromEntries(annotations) };
      return [fires, not].map((state) => ({
        name: `${alertname} ${state === fires ? 'fires' : 'does not fire'}`,
        interval: hourly ? '4m' : '1m',
        input_series: Object.entries(state).map(([series, values]) => ({
          series,
          values: hourly ? values.replace(/x(\d+)/g, (_, count: string) => `x${Number(count) * 15}`) : values,
        })),
        alert_rule_test: [{ eval_time: at, alertname, exp_alerts: state === fires ? [expected] : [] }],
      }));
    });
    // Days are told in hours: a rule that is asked every minute of them takes minutes to test.
    for (const [step, every] of [
      ['1m', '1m'],
      ['4m', '20m'],
    ]) {
      const file = join(dir, `${step}.yml`);
      const some = tests.filter(({ interval }) => interval === step);
      writeFileSync(file, dump({ rule_files: FILES, evaluation_interval: every, tests: some }));
      own(dir);
      const { status, stderr, stdout } = await run(PROMTOOL, ['test', 'rules', file]);
      expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: expect.stringContaining('SUCCESS') });
    }
  }, 600_000);
});

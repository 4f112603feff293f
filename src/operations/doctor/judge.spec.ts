import { describe, expect, it } from '@jest/globals';
import { intervalMs, judge, judgeInstances, older } from './judge.js';
import { exitCode, type Facts } from './report.js';

const NOW = Date.parse('2025-11-01T00:00:00Z');
const good: Facts = {
  server: {
    version: '15.18',
    number: 150018,
    database: 'tetra',
    system: '1',
    started: '2025-01-01T00:00:00Z',
    standby: false,
    timeline: 1,
    position: '0/3000000',
    encrypted: true,
    maxConnections: 100,
    maxLocksPerTransaction: 256,
    timescaledb: '2.28.3',
    statStatements: true,
  },
  role: { name: 'tetra_reader', mayDo: [], elsewhere: [] },
  data: [
    {
      name: 'market_data.ohlcv',
      exists: true,
      readable: true,
      unique: true,
      rows: 367_371,
      first: '2015-01-02T00:00:00Z',
      last: '2025-10-31T00:00:00Z',
    },
  ],
  aggregate: {
    kind: 'continuous',
    materializedThrough: '2025-10-31T00:00:00Z',
    realTime: true,
    historyComplete: true,
    note: null,
    lastRefreshAt: '2025-10-31T23:00:00Z',
  },
  chunks: 566,
  policies: [],
  mixed: { days: 0, example: null },
  stray: null,
  care: {
    upkeep: {
      archives: true,
      lastArchivedAt: '2025-10-31T23:00:00Z',
      archiveFailures: '0',
      lastArchiveFailureAt: null,
      archiveFails: false,
      logBytes: '80000000',
      oldestTransactionSeconds: 0,
      transactionIdAge: 1_000_000,
      sessions: 20,
      locks: 40,
      lockSlots: 25_600,
    },
    lockHolders: [],
    slots: [{ name: 'standby_1', active: true, logStatus: 'reserved', retainedBytes: '0' }],
    columnFaults: [],
    oddRows: [],
    retention: null,
    archiveAllowed: true,
    utcDays: true,
    newsIndexed: true,
  },
  skewMs: 3,
};
const retained = {
  keep: '2 years',
  paused: false,
  archivedThrough: '2023-10-26T00:00:00Z',
  lastStartedAt: '2025-10-31T03:00:00Z',
  lastFinishedAt: '2025-10-31T03:01:00Z',
  lastError: null,
};
const few = (lockSlots: number): Partial<Facts> => ({
  server: { ...good.server, maxLocksPerTransaction: 64 },
  care: { ...good.care, upkeep: { ...good.care.upkeep, lockSlots } },
});
const holding = (role: string, application: string, locks: number): Partial<Facts> => ({
  care: { ...good.care, lockHolders: [{ role, application, sessions: 1, locks, statement: null }] },
});
const codes = (facts: Partial<Facts>): string[] => judge({ ...good, ...facts }, NOW).map(({ code }) => code);

describe('judge', () => {
  it('has nothing to say of a database as it should be', () => {
    expect(judge(good, NOW)).toEqual([]);
    expect(exitCode([])).toBe(0);
  });

  it.each<[string, Partial<Facts>]>([
    ['no_timescaledb', { server: { ...good.server, timescaledb: null } }],
    ['versions_do_not_work', { server: { ...good.server, version: '15.20 (Debian 15.20-1)' } }],
    ['stray_bars', { stray: '1970-01-01' }],
    ['odd_rows', { care: { ...good.care, oddRows: [{ relation: 'r', future: true, infinite: false }] } }],
    ['archive_fails', { care: { ...good.care, upkeep: { ...good.care.upkeep, archiveFails: true } } }],
    ['slot_inactive', { care: { ...good.care, slots: [{ ...good.care.slots[0]!, active: false }] } }],
    ['log_grows', { care: { ...good.care, upkeep: { ...good.care.upkeep, logBytes: '30000000000' } } }],
    ['transaction_ids', { care: { ...good.care, upkeep: { ...good.care.upkeep, transactionIdAge: 1.5e9 } } }],
    ['long_transaction', { care: { ...good.care, upkeep: { ...good.care.upkeep, oldestTransactionSeconds: 7200 } } }],
    ['retention_paused', { care: { ...good.care, retention: { ...retained, paused: true } } }],
    ['retention_failed', { care: { ...good.care, retention: { ...retained, lastError: 'no space' } } }],
    ['retention_late', { care: { ...good.care, retention: { ...retained, lastFinishedAt: '2025-10-20T03:00:00Z' } } }],
    ['old_timescaledb', { server: { ...good.server, timescaledb: '2.28.0' } }],
    ['few_locks', few(6_400)],
    ['many_locks', holding('tetra_dashboards', 'Superset', 3_399)],
    ['clock_skew', { skewMs: -90_000 }],
    ['role_may_write', { role: { name: 'postgres', mayDo: ['everything (superuser)'], elsewhere: [] } }],
    ['mixed_timeframes', { mixed: { days: 2, example: 'AAPL on 2025-10-30: 1d, 1m' } }],
    ['no_rows', { data: [{ ...good.data[0]!, rows: 0, first: null, last: null }] }],
    ['no_aggregate', { aggregate: { ...good.aggregate, kind: null } }],
    ['aggregate_not_documented', { aggregate: { ...good.aggregate, note: 'Its days are those of Asia/Tokyo.' } }],
    ['aggregate_without_history', { aggregate: { ...good.aggregate, historyComplete: false } }],
    ['aggregate_not_real_time', { aggregate: { ...good.aggregate, realTime: false } }],
    ['retention_deletes', { policies: [policy('policy_retention', { drop_after: '2 years' })] }],
    ['job_failed', { policies: [{ ...policy('policy_compression', {}), lastStatus: 'Failed' }] }],
  ])('warns: %s', (code, facts) => {
    expect(codes(facts)).toEqual([code]);
    expect(exitCode(judge({ ...good, ...facts }, NOW))).toBe(1);
  });

  it('recommends the indexes of news where many articles have none', () => {
    const articles = (rows: number): Partial<Facts> => ({
      data: [{ ...good.data[0]!, name: 'news.news_articles', rows }],
      care: { ...good.care, newsIndexed: false },
    });
    expect(codes(articles(6_000))).toEqual([]);
    const found = judge({ ...good, ...articles(43_200) }, NOW);
    expect(found).toMatchObject([{ level: 'ok', code: 'news_not_indexed' }]);
    expect(found[0]!.fix).toContain('db/optional/news-search.sql');
  });

  it('mentions the databases that the role may connect to, too', () => {
    const found = judge({ ...good, role: { name: 'tetra_reader', mayDo: [], elsewhere: ['postgres'] } }, NOW);
    expect(found).toMatchObject([{ level: 'ok', code: 'connects_elsewhere' }]);
    expect(exitCode(found)).toBe(0);
  });

  it.each<[string, Partial<Facts>]>([
    ['column_differs', { care: { ...good.care, columnFaults: [{ relation: 'r', column: 'c', type: null }] } }],
    ['archive_unreadable', { care: { ...good.care, archiveAllowed: false } }],
    ['aggregate_not_utc_days', { care: { ...good.care, utcDays: false } }],
    ['no_table', { data: [{ ...good.data[0]!, exists: false }] }],
    ['no_select', { data: [{ ...good.data[0]!, readable: false }] }],
  ])('fails: %s', (code, facts) => {
    expect(codes(facts)).toEqual([code]);
    expect(exitCode(judge({ ...good, ...facts }, NOW))).toBe(2);
  });

  it('lets a retention policy be that has nothing to delete', () => {
    expect(codes({ policies: [policy('policy_retention', { drop_after: '20 years' })] })).toEqual([]);
  });

  it('lets a dump, the API itself and a few locks be', () => {
    for (const [application, locks] of [
      ['pg_dump', 5_000],
      ['tetra-pages', 5_000],
      ['Superset', 900],
    ] as const)
      expect(codes(holding('somebody', application, locks))).toEqual([]);
  });

  it('names a number of locks that is enough', () => {
    const [finding] = judge({ ...good, ...few(6_400) }, NOW);
    expect(finding!.fix).toContain('max_locks_per_transaction = 128');
  });
});

describe('judgeInstances', () => {
  const at = (place: string, system: string | null, reason: string | null = null) =>
    ({ at: place, reachable: reason !== 'refused', system, reason }) as const;

  it('sees that two addresses are two servers', () => {
    expect(judgeInstances([at('127.0.0.1:5432', '1'), at('[::1]:5432', '2')])[0]?.code).toBe('two_instances');
  });

  it('suspects a second address that lets nobody in', () => {
    const found = judgeInstances([at('127.0.0.1:5432', '1'), at('[::1]:5432', null, 'auth')]);
    expect(found[0]?.code).toBe('perhaps_two_instances');
  });

  it('is content with one server at several addresses, and with nobody at the other', () => {
    expect(judgeInstances([at('127.0.0.1:5432', '1'), at('[::1]:5432', '1'), at('/tmp', '1')])).toEqual([]);
    expect(judgeInstances([at('127.0.0.1:5432', '1'), at('[::1]:5432', null, 'refused')])).toEqual([]);
  });
});

describe('reading versions and intervals', () => {
  it.each([
    ['2.28.0', '2.28.1', true],
    ['2.28.1', '2.28.1', false],
    ['2.9.3', '2.28.1', true],
    ['2.29.0-dev', '2.28.1', false],
    ['3.0.0', '2.28.1', false],
  ])('%s is older than %s: %s', (version, than, expected) => expect(older(version, than)).toBe(expected));

  it.each([
    ['2 years', 2 * 365.25 * 86_400_000],
    ['1 mon 3 days', 33.4375 * 86_400_000],
    ['30 days', 30 * 86_400_000],
    ['01:30:00', 5_400_000],
    ['1 day 12:00:00', 129_600_000],
    ['a while', null],
  ])('%s', (text, ms) => expect(intervalMs(text)).toBe(ms));
});

function policy(name: string, config: Record<string, unknown>): Facts['policies'][number] {
  return {
    name,
    on: 'market_data.ohlcv',
    config,
    lastSuccess: null,
    lastStatus: 'Success',
    lastError: null,
    nextStart: null,
  };
}

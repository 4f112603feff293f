import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { networkInterfaces } from 'node:os';
import pg from 'pg';
import { doctor } from '../../src/bin/doctor.js';
import type { Diagnosis, Finding } from '../../src/operations/doctor/report.js';
import { WRITTEN_DATA_SETS } from '../../src/sql/data-sets.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { describeWith, PGBIN } from './support/tools.js';

const PASSWORD = 'secret-of-the-reader';
const ipv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

/** Runs the doctor; its words, as JSON and as text. */
async function examine(...urls: string[]): Promise<{ code: number; codes: string[]; text: string; first: Diagnosis }> {
  let json = '';
  let text = '';
  const code = await doctor(['--json', ...urls], (part) => (json += part));
  expect(await doctor(urls, (part) => (text += part))).toBe(code);
  expect(json + text).not.toContain(PASSWORD);
  const report = JSON.parse(json) as { code: number; diagnoses: Diagnosis[]; findings: Finding[] };
  expect(report.code).toBe(code);
  const all = [...report.diagnoses.flatMap(({ findings }) => findings), ...report.findings];
  return { code, codes: all.map((finding) => finding.code), text, first: report.diagnoses[0]! };
}

describeWith(PGBIN, 'tetra doctor', () => {
  let home: Home;
  let cluster: Cluster;
  let reader: string;

  beforeAll(async () => {
    home = makeHome();
    cluster = await Cluster.create(home, 'cluster');
    cluster.allow(
      'host all tetra_reader 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\nhost all all ::1/128 trust\n',
    );
    await cluster.start();
    await cluster.addSample(PASSWORD);
    reader = cluster.url('tetra', 'tetra_reader', PASSWORD);
  });

  afterAll(async () => {
    await cluster?.stop();
    home?.remove();
  });

  it('names a dashboard that holds thousands of locks, its share, and to those who may see it what it runs', async () => {
    const dashboard = new pg.Client({ connectionString: cluster.url('tetra', 'postgres') });
    await dashboard.connect();
    try {
      await dashboard.query(`set application_name = 'a dashboard'`);
      await dashboard.query(`do $$ begin
        create schema panels;
        for i in 1..1200 loop execute format('create table panels.t%s ()', i); end loop;
      end $$`);
      expect((await examine(reader)).codes).not.toContain('many_locks');
      const tables = Array.from({ length: 1200 }, (_, i) => `panels.t${i + 1}`);
      await dashboard.query('begin');
      await dashboard.query(`lock table ${tables.join(', ')} in access share mode`);
      const { codes, text, code } = await examine(reader);
      expect(codes).toContain('many_locks');
      expect(code).toBe(1);
      const [, held, share, all] =
        /application "a dashboard", holds (\d+) locks in one session, (\d+) % of the (\d+)/.exec(text)!;
      // A few of a session's locks are not in the table that all share.
      expect(Number(held)).toBeGreaterThan(1150);
      expect(Number(held)).toBeLessThanOrEqual(1200);
      expect(Number(share)).toBe(Math.round((100 * Number(held)) / Number(all)));
      expect(text).not.toContain('lock table panels.t1');
      expect((await examine(cluster.url('tetra', 'postgres'))).text).toContain('lock table panels.t1, panels.t2');
      await dashboard.query('rollback');
      expect((await examine(reader)).codes).not.toContain('many_locks');
    } finally {
      await dashboard.end();
    }
  });

  it('tells which server, role and data these are', async () => {
    const { code, codes, text, first } = await examine(reader);
    expect(codes).toEqual(['no_timescaledb', 'connects_elsewhere']);
    expect(code).toBe(1);
    expect(first.facts).toMatchObject({
      server: { database: 'tetra', standby: false, timescaledb: null },
      role: { name: 'tetra_reader', mayDo: [] },
      aggregate: { kind: 'view' },
    });
    expect(Math.abs(first.facts!.skewMs)).toBeLessThan(2_000);
    const [bars] = await cluster.sql<{ rows: number; first: string; last: string }>(
      `select count(*)::int as rows, min(timestamp)::date::text as first, max(timestamp)::date::text as last from market_data.ohlcv`,
      'tetra',
    );
    const [set] = first.facts!.data;
    expect(set!.rows).toBe(bars!.rows);
    expect([set!.first!.slice(0, 10), set!.last!.slice(0, 10)]).toEqual([bars!.first, bars!.last]);
    expect(text).toContain(`market_data.ohlcv: ~${bars!.rows} rows, ${bars!.first} to ${bars!.last}`);
    expect(text).toContain('tetra_reader, may only read');
  });

  it('names the databases of the server that a reader has no business in, and how to close them', async () => {
    const { first, code } = await examine(reader);
    const { level, fix } = first.findings.find((finding) => finding.code === 'connects_elsewhere')!;
    expect([level, code, first.facts!.role.elsewhere]).toEqual(['ok', 1, ['postgres', 'template1']]);
    await cluster.sql(fix!.split(';', 1)[0]!);
    expect((await examine(reader)).codes).toEqual(['no_timescaledb']);
    for (const database of ['postgres', 'template1']) {
      const login = new pg.Client({ connectionString: cluster.url(database, 'tetra_reader', PASSWORD) });
      await expect(login.connect()).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('warns of a role that may write', async () => {
    expect((await examine(cluster.url('tetra'))).codes).toContain('role_may_write');
    const app = cluster.url('tetra', 'tetra_app');
    const { first } = await examine(app);
    expect(first.facts!.role.mayDo).toContain('insert market_data.ohlcv');
  });

  it('fails where nobody answers, the password is wrong, or the tables are not there', async () => {
    const nobody = await examine('postgres://tetra_reader@127.0.0.1:1/tetra');
    expect([nobody.code, nobody.codes]).toEqual([2, ['no_answer']]);
    const wrong = await examine(cluster.url('tetra', 'tetra_reader', 'not-it'));
    expect([wrong.code, wrong.codes]).toEqual([2, ['no_answer']]);
    expect(wrong.text).not.toContain('not-it');
    expect(wrong.text).toContain('--reader-password-file');
    const empty = await examine(cluster.url('postgres'));
    expect(empty.code).toBe(2);
    expect(empty.codes.filter((code) => code === 'no_table')).toHaveLength(WRITTEN_DATA_SETS.length);
  });

  it('warns of a table whose rows no index keeps apart', async () => {
    await cluster.sql('alter table events.event_data drop constraint event_data_pkey', 'tetra');
    try {
      const { codes, text } = await examine(reader);
      expect(codes).toContain('key_not_unique');
      expect(text).toContain('events.event_data has no unique index');
    } finally {
      await cluster.sql('alter table events.event_data add primary key (id)', 'tetra');
    }
  });

  it('warns of bars of several timeframes on one recent day', async () => {
    await cluster.sql(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       select symbol, timestamp + interval '1 second', open, high, low, close, volume, '7m', source
       from market_data.ohlcv order by timestamp desc limit 1`,
      'tetra',
    );
    try {
      expect((await examine(reader)).codes).toContain('mixed_timeframes');
    } finally {
      await cluster.sql(`delete from market_data.ohlcv where timeframe = '7m'`, 'tetra');
    }
  });

  (ipv6 ? it : it.skip)('sees the trap of two servers behind localhost, and compares several URLs', async () => {
    const other = await Cluster.create(home, 'other').then(({ dir }) => Cluster.at(dir, cluster.port));
    await other.start('::1');
    try {
      const { codes, text } = await examine(reader.replace('127.0.0.1', 'localhost'));
      expect(codes.filter((code) => /two_instances/.test(code))).toHaveLength(1);
      expect(text).toContain(`[::1]:${cluster.port}`);
      const both = await examine(cluster.url('tetra'), `postgres://postgres@[::1]:${cluster.port}/postgres`);
      expect(both.codes).toEqual(expect.arrayContaining(['two_instances', 'different_servers']));
    } finally {
      await other.stop();
    }
  });
});

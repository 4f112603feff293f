import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { doctor } from '../../src/bin/doctor.js';
import type { Diagnosis, Finding } from '../../src/operations/doctor/report.js';
import { applySetup } from '../../src/setup/apply.js';
import { asAdmin } from '../support/database.js';
import { ApiProcess } from './support/api.js';
import { Accident } from './support/accidents.js';
import { checksums } from './support/checksums.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { describeWith, freePort, must, own, PGBIN, until } from './support/tools.js';

const PASSWORD = 'secret-of-the-reader';
const LOST = 'Written to one standby only, then the primary died';
const KEPT = 'Written after the promotion';

/** The handbook's runbook, with its commands, on a primary and two standbys. */
describeWith(PGBIN, 'failover', () => {
  let home: Home;
  let primary: Cluster;
  let heir: Cluster;
  let other: Cluster;
  let api: ApiProcess;
  let port: number;
  const read = (cluster: Cluster): string => cluster.url('tetra', 'tetra_reader', PASSWORD);
  const nameOf = (cluster: Cluster): string => `127.0.0.1:${cluster.port}`;
  const article = (cluster: Cluster, title: string): Promise<unknown> =>
    cluster.sql(
      `insert into news.news_articles (title, url, published_at) values ('${title}', 'x:${title.length}', now())`,
      'tetra',
    );
  const startApi = async (to: Cluster, standbys: Cluster[]): Promise<void> => {
    api = new ApiProcess(port, {
      DATABASE_URL: read(to),
      DATABASE_REPLICA_URLS: standbys.map(read).join(','),
      DATABASE_REPLICA_MAX_LAG_MS: '3600000',
      LOG_LEVEL: 'info',
    });
    await api.start();
  };
  const state = async (cluster: Cluster): Promise<string> => {
    const text = await (await fetch(`${api.url}/metrics`)).text();
    return new RegExp(`tetra_replica_state\\{replica="${nameOf(cluster)}",state="(\\w+)"\\} 1`).exec(text)?.[1] ?? '';
  };
  const becomes = (cluster: Cluster, wanted: string): Promise<void> =>
    until(`${nameOf(cluster)} is ${wanted}`, async () => (await state(cluster)) === wanted);
  /** Titles of the newest articles, each time as another request, so that none is shared. */
  const titles = async (): Promise<string[]> => {
    const seen: string[] = [];
    for (let limit = 2; limit < 22; limit++) {
      const answer = (await (await fetch(`${api.url}/v1/news?limit=${limit}`)).json()) as { data: { title: string }[] };
      seen.push(...answer.data.map(({ title }) => title));
    }
    return seen;
  };
  const diagnose = async (...clusters: Cluster[]): Promise<string[]> => {
    let json = '';
    await doctor(['--json', ...clusters.map(read)], (part) => (json += part));
    const report = JSON.parse(json) as { diagnoses: Diagnosis[]; findings: Finding[] };
    return report.findings.map(({ code, message }) => `${code}: ${message}`);
  };

  beforeAll(async () => {
    home = makeHome();
    port = await freePort();
    primary = await Cluster.create(home, 'primary', {
      wal_level: 'replica',
      max_wal_senders: '8',
      max_replication_slots: '4',
      wal_log_hints: 'on',
      wal_keep_size: '64MB',
    });
    await primary.start();
    await primary.sql('create database tetra');
    await asAdmin(primary.url('tetra'), async (client) => {
      await applySetup(client, { readerPassword: PASSWORD });
      await client.query(`insert into news.news_articles (title, url, published_at)
        select 'Before ' || n, 'x:before ' || n, now() - n * interval '1 hour' from generate_series(1, 500) as n`);
    });
    [heir, other] = (await Promise.all(
      ['heir', 'other'].map(async (name) => {
        await primary.sql(`select pg_create_physical_replication_slot('${name}')`);
        const dir = join(home.path, name);
        await must(
          join(PGBIN, 'pg_basebackup'),
          ['-D', dir, '-R', '-X', 'stream', '-c', 'fast', '-S', name],
          primary.env,
        );
        const standby = await Cluster.at(dir);
        await standby.start();
        return standby;
      }),
    )) as [Cluster, Cluster];
    await startApi(primary, [heir, other]);
    for (const standby of [heir, other]) await becomes(standby, 'used');
  }, 600_000);

  afterAll(async () => {
    api?.kill();
    for (const cluster of [heir, other, primary]) await cluster?.stop();
    home?.remove();
  });

  it('never answers from history that was lost, from the promotion to the rebuilt old primary', async () => {
    // One standby has what the other, which will be promoted, never gets.
    await heir.sql(`alter system set primary_conninfo = ''`);
    await heir.sql('select pg_reload_conf()');
    await until('the heir is cut off', async () => (await heir.sql('select from pg_stat_wal_receiver')).length === 0);
    await article(primary, LOST);
    const [{ at }] = (await primary.sql<{ at: string }>('select pg_current_wal_lsn()::text as at')) as [{ at: string }];
    await until('the other one has it', async () => {
      const [row] = await other.sql<{ has: boolean }>(`select pg_last_wal_replay_lsn() >= '${at}' as has`);
      return row?.has;
    });
    const accident = new Accident(
      'the primary lost, with a row that the promoted standby never got',
      await checksums(primary.url('tetra')),
    );
    await primary.stop();
    await until('the lag is not known', async () => {
      const text = await (await fetch(`${api.url}/metrics`)).text();
      return !text.includes(`tetra_replica_lag_seconds{replica="${nameOf(other)}"}`);
    });

    // Promote. From here on the other standby has lost history, and the API knows it before it is told.
    await must(join(PGBIN, 'pg_ctl'), ['-D', heir.dir, 'promote', '-w']);
    await becomes(other, 'another_timeline');
    expect(await state(heir)).toBe('not_a_standby');
    expect(api.log).toContain(`standby ${nameOf(other)} is not used: another_timeline`);

    // Re-point. The new primary's log passes the diverged standby's, which must not make it look well.
    await api.stop();
    await startApi(heir, [other]);
    accident.over(await checksums(heir.url('tetra')));
    await article(heir, KEPT);
    await heir.sql(
      'create table filler as select repeat(md5(n::text), 50) as t from generate_series(1, 20000) n',
      'tetra',
    );
    await becomes(other, 'another_timeline');
    const seen = await titles();
    expect(seen).toContain(KEPT);
    expect(seen).not.toContain(LOST);
    expect((await diagnose(heir, other)).join()).toMatch(/other_timeline/);

    // The old primary comes back by mistake: two servers that take writes.
    await primary.start();
    expect((await diagnose(heir, primary)).join()).toMatch(/two_primaries/);
    await primary.stop();

    // Rebuild: the standby by a new base backup, the old primary by pg_rewind.
    await other.stop();
    await heir.sql(`select pg_create_physical_replication_slot('rebuilt')`);
    const again = join(home.path, 'other-again');
    await must(
      join(PGBIN, 'pg_basebackup'),
      ['-D', again, '-R', '-X', 'stream', '-c', 'fast', '-S', 'rebuilt'],
      heir.env,
    );
    other = await Cluster.at(again, other.port);
    await other.start();
    await must(join(PGBIN, 'pg_rewind'), [
      ...['-D', primary.dir, '-R', `--source-server=host=127.0.0.1 port=${heir.port} user=postgres dbname=postgres`],
    ]);
    await heir.sql(`select pg_create_physical_replication_slot('old_primary')`);
    appendFileSync(join(primary.dir, 'postgresql.auto.conf'), `primary_slot_name = 'old_primary'\n`);
    own(primary.dir);
    await primary.start();
    await heir.sql('checkpoint');
    for (const standby of [other, primary]) {
      await until('it follows', async () => {
        const [row] = await standby.sql<{ has: boolean }>(
          `select pg_is_in_recovery() and count(*) > 0 as has from news.news_articles where title = '${KEPT}'`,
          'tetra',
        );
        return row?.has;
      });
      await standby.sql('checkpoint');
    }

    await api.stop();
    await startApi(heir, [other, primary]);
    for (const standby of [other, primary]) await becomes(standby, 'used');
    const last = await titles();
    expect(last).toContain(KEPT);
    expect(last).not.toContain(LOST);
    const [right] = [await checksums(heir.url('tetra'))];
    for (const standby of [other, primary]) expect(await checksums(standby.url('tetra'))).toEqual(right);
    expect(await diagnose(heir, other, primary)).toEqual([]);
  }, 600_000);

  it('says so where DATABASE_URL still leads to the old primary', async () => {
    await other.stop();
    await must(join(PGBIN, 'pg_ctl'), ['-D', primary.dir, 'promote', '-w']);
    try {
      await until('the API says it', async () =>
        (await (await fetch(`${api.url}/metrics`)).text()).includes('tetra_primary_superseded 1'),
      );
      expect(api.log).toContain('another server was promoted');
    } finally {
      await other.start();
    }
  });
});

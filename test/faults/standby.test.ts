import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { applySetup } from '../../src/setup/apply.js';
import { loadSample } from '../../src/setup/sample/sample.js';
import { Cluster, type Home, makeHome } from '../operations/support/cluster.js';
import { describeWith, must, PGBIN } from '../operations/support/tools.js';
import { asAdmin } from '../support/database.js';
import { afterwards, Api, type Reply } from './support/api.js';
import { CANARY, slowNews } from './support/cluster.js';
import { slowPath } from './support/load.js';
import { figure, until } from './support/wait.js';

const COUNT = 10;
/** A lock that nothing else may share; replay needs it on the standby too, at once. */
const LOCK = 'lock table news.articles_kept in access exclusive mode';

describeWith(PGBIN, 'a standby that cancels statements since they are in the way of replay', () => {
  let home: Home;
  let primary: Cluster;
  let standby: Cluster;
  let api: Api;
  const backends = {
    backends: () =>
      primary.sql<{ pid: number; query: string; application: string }>(
        `select pid, query, application_name as application from pg_stat_activity where usename = 'tetra_reader'`,
      ),
  };

  beforeAll(async () => {
    home = makeHome();
    primary = await Cluster.create(home, 'primary', { wal_level: 'replica', max_wal_senders: '4' });
    await primary.start();
    await primary.sql('create database tetra');
    await asAdmin(primary.url('tetra'), async (client) => {
      await applySetup(client, { readerPassword: CANARY, timescaledb: 'never' });
      await loadSample(client);
      await slowNews(client);
    });
    const dir = join(home.path, 'standby');
    await must(join(PGBIN, 'pg_basebackup'), ['-D', dir, '-R', '-X', 'stream', '-c', 'fast'], primary.env);
    standby = await Cluster.at(dir);
    standby.configure({
      track_activity_query_size: '16384',
      max_standby_streaming_delay: '0',
      hot_standby_feedback: 'off',
    });
    await standby.start();
    api = await Api.start(primary.url('tetra', 'tetra_reader', CANARY), {
      // All requests of the cases are of one client.
      CLIENT_SHARE: '1',
      DATABASE_REPLICA_URLS: standby.url('tetra', 'tetra_reader', CANARY),
    });
    await until('the standby is used', () => api.output.some((line) => line.includes('is used')), 30_000);
    await afterwards(api, backends, 10_000);
  }, 120_000);
  afterAll(async () => {
    await api?.stop();
    await standby?.stop();
    await primary?.stop();
    home?.remove();
  });

  const slow = async (seconds: number): Promise<void> => {
    await primary.sql(`update faults.slow set seconds = ${seconds}`, 'tetra');
    await until('the standby knows', async () => {
      const [row] = await standby.sql<{ seconds: number }>('select seconds from faults.slow', 'tetra');
      return row!.seconds === seconds;
    });
  };
  /** Requests whose statements sleep on the standby. */
  const sleepingOnStandby = async (): Promise<Promise<Reply>[]> => {
    await slow(2);
    const requests = Array.from({ length: COUNT }, () => api.call(slowPath()));
    await until('they run on the standby', async () => {
      const rows = await standby.sql(`select from pg_stat_activity
        where usename = 'tetra_reader' and state = 'active' and query like '%news_articles%'`);
      return rows.length >= COUNT;
    });
    return requests;
  };
  /** Statements that the standby cancelled for replay. */
  const conflicts = async (): Promise<number> => {
    const { text } = await api.call('/metrics');
    const series = `tetra_statement_duration_seconds_count{server="127.0.0.1:${standby.port}",outcome="40001"}`;
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(series))
        ?.slice(series.length) ?? 0,
    );
  };

  it('costs no request: the primary answers', async () => {
    const before = await conflicts();
    const requests = await sleepingOnStandby();
    await primary.sql(`begin; ${LOCK}; commit`, 'tetra');
    const replies = await Promise.all(requests);
    expect(replies.map(({ status }) => status)).toEqual(Array(COUNT).fill(200));
    expect((await conflicts()) - before).toBe(COUNT);
    expect(api.log().filter(({ msg }) => msg.includes('a statement failed: 40001'))).toHaveLength(1);
    await slow(0);
    figure('standby in conflict with recovery', {
      requests: COUNT,
      failed: 0,
      'longest ms': Math.max(...replies.map(({ ms }) => Math.round(ms))),
      'recovery ms': await afterwards(api, backends),
    });
  });

  it('is 503 with Retry-After, never 500, where the primary cannot answer either', async () => {
    const before = await conflicts();
    const requests = await sleepingOnStandby();
    await asAdmin(primary.url('tetra'), async (client) => {
      await client.query(`begin; ${LOCK}`);
      // What is not yet on disk is not sent to the standby; the end of a file is.
      await primary.sql('select pg_switch_wal()');
      const replies = await Promise.all(requests);
      await client.query('rollback');
      expect(replies.map(({ status }) => status)).toEqual(Array(COUNT).fill(503));
      expect(replies.filter(({ headers }) => headers['retry-after'] === undefined)).toEqual([]);
    });
    expect((await conflicts()) - before).toBe(COUNT);
    await slow(0);
    figure('the same with the primary locked', { 'recovery ms': await afterwards(api, backends, 10_000) });
  });
});

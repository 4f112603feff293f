import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { ApiProcess } from './support/api.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { Load } from './support/load.js';
import { describeWith, freePort, PGBIN, until } from './support/tools.js';

const PASSWORD = 'secret-of-the-reader';
/** Each another one, since the same requests at the same time share a statement. */
const PATHS = Array.from({ length: 30 }, (_, i) => [
  `/v1/market-data/bars/%5EGSPC?limit=${50 + i}`,
  `/v1/events?limit=${5 + i}`,
]).flat();

describeWith(PGBIN, 'read replicas', () => {
  let home: Home;
  let primary: Cluster;
  let standbys: Cluster[];
  let api: ApiProcess;

  const metric = async (series: string, from = api): Promise<number | null> => {
    const text = await (await fetch(`${from.url}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return line ? Number(line.slice(series.length + 1)) : null;
  };
  const nameOf = ({ port }: Cluster): string => `127.0.0.1:${port}`;
  const served = async (server: string): Promise<number> =>
    (await metric(`tetra_statement_duration_seconds_count{server="${server}",outcome="ok"}`)) ?? 0;
  const used = (standby: Cluster, expected: boolean): Promise<void> =>
    until(`${nameOf(standby)} is ${expected ? '' : 'not '}used`, async () => {
      return (await metric(`tetra_replica_used{replica="${nameOf(standby)}"}`)) === Number(expected);
    });
  const read = (cluster: Cluster): string => cluster.url('tetra', 'tetra_reader', PASSWORD);
  /** Does something under load; every request of the load must have been answered well. */
  const underLoad = async (work: (more: () => Promise<void>) => Promise<void>): Promise<void> => {
    const load = new Load(
      16,
      PATHS.map((path) => `${api.url}${path}`),
    );
    const more = async (): Promise<void> => {
      const now = load.answered(200);
      await until('requests are served', () => load.answered(200) > now + 100);
    };
    await more();
    await work(more);
    await more();
    const { statuses, errors } = await load.stop();
    expect([[...statuses.keys()], [...errors.keys()]]).toEqual([[200], []]);
  };

  beforeAll(async () => {
    home = makeHome();
    primary = await Cluster.create(home, 'primary', { wal_level: 'replica', max_wal_senders: '8' });
    await primary.start();
    await primary.addSample(PASSWORD);
    standbys = [];
    for (const name of ['first', 'second']) {
      const standby = await primary.standby(home, name);
      standbys.push(standby);
    }
    api = new ApiProcess(await freePort(), {
      DATABASE_URL: read(primary),
      DATABASE_REPLICA_URLS: standbys.map(read).join(','),
      DATABASE_REPLICA_MAX_LAG_MS: '2000',
      DATABASE_POOL_SIZE: '10',
      LOG_LEVEL: 'info',
    });
    await api.start();
  });

  afterEach(async () => {
    for (const standby of standbys) await used(standby, true);
  });

  afterAll(async () => {
    api?.kill();
    for (const standby of standbys ?? []) await standby.stop();
    await primary?.stop();
    home?.remove();
  });

  it('spreads reads over both standbys and spares the primary', async () => {
    for (const standby of standbys) await used(standby, true);
    const counts = (): Promise<number[]> => Promise.all(['primary', ...standbys.map(nameOf)].map(served));
    const [onPrimary, ...onStandbys] = await counts();
    // Requests share statements, so that statements are counted and not requests.
    await underLoad(() =>
      until('both standbys serve', async () => {
        const [, ...now] = await counts();
        return now.every((count, i) => count > onStandbys[i]! + 50);
      }),
    );
    expect((await counts())[0]).toBe(onPrimary);
    expect(api.log).not.toContain(PASSWORD);
  });

  it('takes a stopped standby out without failing a request, and back when it goes on', async () => {
    const [first] = standbys as [Cluster, Cluster];
    await underLoad(async (more) => {
      first.signal('SIGSTOP');
      try {
        await used(first, false);
        await more();
      } finally {
        first.signal('SIGCONT');
      }
      await used(first, true);
    });
  });

  it('takes a dead standby out without failing a request, and back when it was started', async () => {
    const [, second] = standbys as [Cluster, Cluster];
    await underLoad(async (more) => {
      await second.stop();
      await used(second, false);
      await more();
      await second.start();
      await used(second, true);
    });
  });

  it('takes a standby out that is too far behind, and back when it has caught up', async () => {
    const [first] = standbys as [Cluster, Cluster];
    await first.sql('select pg_wal_replay_pause()');
    await primary.sql(
      `update news.news_articles set title = title where id in (select id from news.news_articles limit 1)`,
      'tetra',
    );
    await used(first, false);
    expect(await metric(`tetra_replica_lag_seconds{replica="${nameOf(first)}"}`)).toBeGreaterThan(2);
    expect(api.log).toContain(`standby ${nameOf(first)} is not used: behind`);
    await first.sql('select pg_wal_replay_resume()');
    await used(first, true);
  });

  it('takes a standby out that was cut off from its primary, though it replayed all that it has', async () => {
    const [first] = standbys as [Cluster, Cluster];
    await first.sql(`alter system set primary_conninfo = 'host=127.0.0.1 port=1'`);
    await first.sql('select pg_reload_conf()');
    await until('it is cut off', async () => (await first.sql('select from pg_stat_wal_receiver')).length === 0);
    await primary.sql('create table cut_off (n int); drop table cut_off', 'tetra');
    await used(first, false);
    await first.sql(`alter system set primary_conninfo = 'user=postgres host=127.0.0.1 port=${primary.port}'`);
    await first.sql('select pg_reload_conf()');
    await used(first, true);
  });

  it('falls back to the primary when no standby is left', async () => {
    await underLoad(async (more) => {
      await Promise.all(standbys.map((standby) => standby.stop()));
      for (const standby of standbys) await used(standby, false);
      await more();
      const before = await served('primary');
      await more();
      expect(await served('primary')).toBeGreaterThan(before);
      await Promise.all(standbys.map((standby) => standby.start()));
    });
  });

  it('goes on with the standbys while the primary is down', async () => {
    await primary.stop();
    try {
      await until('health notices', async () => (await fetch(`${api.url}/health/database`)).status === 503);
      for (const path of PATHS) expect((await fetch(`${api.url}${path}`)).status).toBe(200);
    } finally {
      await primary.start();
    }
  });

  it('never uses what is no standby of this primary', async () => {
    const other = new ApiProcess(await freePort(), {
      DATABASE_URL: read(primary),
      DATABASE_REPLICA_URLS: read(primary),
      LOG_LEVEL: 'info',
    });
    await other.start();
    try {
      await until('it says so', () => other.log.includes('is not used: not_a_standby'));
      expect((await fetch(`${other.url}${PATHS[0]}`)).status).toBe(200);
      expect(await metric(`tetra_replica_used{replica="${nameOf(primary)}"}`, other)).toBe(0);
    } finally {
      other.kill();
    }
  });
});

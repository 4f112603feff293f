import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { account, describeWith, own } from '../operations/support/tools.js';
import { afterwards, Api } from './support/api.js';
import { CANARY, Cluster, freePort } from './support/cluster.js';
import { Load, slowPath } from './support/load.js';
import { figure, until } from './support/wait.js';

const PGBOUNCER = '/usr/sbin/pgbouncer';
const PATHS = ['/v1/market-data/latest/AAPL', '/v1/market-data/bars/AAPL?limit=50', '/v1/news?limit=5', '/v1/events'];

describeWith(PGBOUNCER, 'behind PgBouncer, which lends a connection for a transaction only', () => {
  const home = mkdtempSync(join(tmpdir(), 'tetra-pgbouncer-'));
  let cluster: Cluster;
  let bouncer: ChildProcess;
  let url: string;

  beforeAll(async () => {
    cluster = await Cluster.start();
    const port = await freePort();
    writeFileSync(join(home, 'users'), `"tetra_reader" "${CANARY}"\n`);
    writeFileSync(
      join(home, 'pgbouncer.ini'),
      `[databases]
tetra = host=127.0.0.1 port=${cluster.port} dbname=tetra
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(home, 'users')}
pool_mode = transaction
default_pool_size = 8
max_client_conn = 200
`,
    );
    own(home);
    bouncer = spawn(PGBOUNCER, [join(home, 'pgbouncer.ini')], { ...account, cwd: '/', stdio: 'ignore' });
    const through = new URL(cluster.url(port));
    through.searchParams.set('pgbouncer', 'true');
    url = through.href;
  });
  afterAll(async () => {
    const gone = new Promise((resolve) => bouncer?.once('exit', resolve));
    bouncer?.kill('SIGINT');
    await gone;
    await cluster?.remove();
    rmSync(home, { recursive: true, force: true });
  });

  const role = (sql: string): Promise<unknown> =>
    cluster.admin((client) => client.query(`alter role tetra_reader ${sql}`));
  /** PgBouncer keeps sessions of the server, which know nothing of what the role was given since. */
  const anew = (): Promise<unknown> =>
    cluster.admin((client) =>
      client.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tetra_reader'`),
    );

  it('requests, exports and GraphQL are served, and answers are those of a direct connection', async () => {
    const api = await Api.start(url);
    const direct = await Api.start(cluster.url());
    await afterwards(api, cluster, 10_000, 2);
    for (const path of [...PATHS, '/v1/market-data/bars/AAPL?limit=all&format=csv']) {
      const [through, straight] = await Promise.all([api.call(path), direct.call(path)]);
      expect([path, through.status, through.text]).toEqual([path, 200, straight.text]);
    }
    let i = 0;
    const load = new Load(api, () => PATHS[i++ % PATHS.length]!, 16);
    await until('a thousand requests', () => load.outcomes.length > 1000, 30_000);
    await load.stop();
    expect(load.counts).toEqual({ 200: load.outcomes.length });
    const { text } = await api.graphql(
      '{ latest(symbols: ["AAPL"]) { bar { close } } news(first: 1) { nodes { id } } }',
    );
    expect(JSON.parse(text)).toEqual({ data: expect.anything() });
    figure('behind PgBouncer', { requests: load.outcomes.length, failed: 0 });
    await direct.stop();
    await api.stop();
  });

  it('a client that leaves frees the database, and the time limit of the role holds', async () => {
    const api = await Api.start(url);
    await afterwards(api, cluster, 10_000);
    await cluster.slow(4);
    const leaving = new AbortController();
    const left = api.call(slowPath(), { signal: leaving.signal }).catch((error: unknown) => (error as Error).name);
    const runs = async (): Promise<boolean> =>
      (await cluster.backends('active')).some(({ query }) => query.includes('news_articles'));
    await until('its statement runs', runs);
    leaving.abort();
    const freed = await until('no statement runs', async () => !(await runs()), 2500);
    expect(await left).toBe('AbortError');
    await cluster.slow(60);
    expect((await api.call(slowPath())).status).toBe(504);
    await cluster.slow(0);
    figure('behind PgBouncer, client left', {
      'database free ms': freed,
      'recovery ms': await afterwards(api, cluster),
    });
    await api.stop();
  });

  it('a role without the settings that answers depend on is 503, and the log says which', async () => {
    await role(`set statement_timeout = 0`);
    await anew();
    const api = await Api.start(url);
    expect((await api.call(PATHS[0]!)).status).toBe(503);
    await until('the log says so', () => api.output.some((line) => line.includes(`SET statement_timeout = '5s'`)));
    await role(`set statement_timeout = '5s'`);
    await anew();
    await afterwards(api, cluster, 5000);
    await api.stop();
  });
});

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiProcess } from './support/api.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { Load } from './support/load.js';
import { describeWith, freePort, must, own, PGBIN, run, until } from './support/tools.js';

const FIRST = 'the-first-password';
const SECOND = 'the-second-password';
const PATH = '/v1/market-data/bars/%5EGSPC?limit=5';
const HBA = `hostssl all tetra_reader 127.0.0.1/32 scram-sha-256
host all postgres 127.0.0.1/32 trust
host all all all reject
`;

describeWith(PGBIN, 'secrets', () => {
  let home: Home;
  let cluster: Cluster;
  const inHome = (name: string): string => join(home.path, name);
  const reader = (parameters: string, password = ''): string =>
    `${cluster.url('tetra', 'tetra_reader', password)}${parameters}`;
  const api = async (env: NodeJS.ProcessEnv): Promise<ApiProcess> => {
    const process = new ApiProcess(await freePort(), { LOG_LEVEL: 'debug', DATABASE_POOL_SIZE: '4', ...env });
    await process.start();
    return process;
  };
  const openssl = (...args: string[]): Promise<string> => must('openssl', args);

  beforeAll(async () => {
    home = makeHome();
    cluster = await Cluster.create(home, 'cluster');
    // Two authorities, and a certificate of the first for the server's address.
    for (const name of ['ca', 'other']) {
      await openssl(
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=Test ${name}`],
        ...['-keyout', inHome(`${name}.key`), '-out', inHome(`${name}.crt`)],
      );
    }
    await openssl(
      ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=tetra-postgres'],
      ...['-keyout', join(cluster.dir, 'server.key'), '-out', inHome('server.csr')],
    );
    writeFileSync(inHome('names'), 'subjectAltName = IP:127.0.0.1\n');
    await openssl(
      ...['x509', '-req', '-in', inHome('server.csr'), '-CA', inHome('ca.crt'), '-CAkey', inHome('ca.key')],
      ...['-CAcreateserial', '-days', '2', '-extfile', inHome('names'), '-out', join(cluster.dir, 'server.crt')],
    );
    chmodSync(join(cluster.dir, 'server.key'), 0o600);
    cluster.configure({ ssl: 'on', password_encryption: 'scram-sha-256' });
    cluster.allow(HBA);
    await cluster.start();
    await cluster.addSample(FIRST);
    writeFileSync(inHome('password'), `${FIRST}\n`);
  });

  afterAll(async () => {
    await cluster?.stop();
    home?.remove();
  });

  it('connects over TLS and checks the certificate against the given authority', async () => {
    const server = await api({ DATABASE_URL: reader(`?sslmode=verify-full&sslrootcert=${inHome('ca.crt')}`, FIRST) });
    try {
      expect((await fetch(`${server.url}${PATH}`)).status).toBe(200);
      const sessions = await cluster.sql<{ application_name: string; ssl: boolean; version: string }>(
        `select application_name, ssl, version from pg_stat_activity join pg_stat_ssl using (pid) where usename = 'tetra_reader'`,
      );
      expect(sessions.map(({ application_name }) => application_name)).toEqual(
        expect.arrayContaining(['tetra-api', 'tetra-health']),
      );
      for (const session of sessions) expect(session).toMatchObject({ ssl: true, version: 'TLSv1.3' });
    } finally {
      await server.stop();
    }
    expect(server.log).not.toContain(FIRST);
  });

  it.each([
    ['another authority', () => `?sslmode=verify-full&sslrootcert=${inHome('other.crt')}`],
    ['no encryption', () => ''],
  ])('does not connect with %s, and says so as an outage', async (_, parameters) => {
    const env = { DATABASE_URL: reader(parameters(), FIRST), DATABASE_POOL_SIZE: '1' };
    const server = new ApiProcess(await freePort(), env);
    const started = server.start().catch(() => undefined);
    try {
      await until('it answers', async () => (await fetch(`${server.url}/health/live`)).ok);
      const answer = await fetch(`${server.url}${PATH}`);
      expect(answer.status).toBe(503);
      const text = await answer.text();
      expect(JSON.parse(text)).toMatchObject({ code: 'database_unavailable' });
      expect(text).not.toMatch(/certificate|pg_hba|127\.0\.0\.1/);
      expect((await fetch(`${server.url}/health/database`)).status).toBe(503);
    } finally {
      server.kill();
      await started;
    }
  });

  it('loses no request while a password is rotated and every connection is made anew', async () => {
    const server = await api({
      DATABASE_URL: reader(`?sslmode=verify-full&sslrootcert=${inHome('ca.crt')}`),
      DATABASE_PASSWORD_FILE: inHome('password'),
      DATABASE_POOL_RECYCLE: '1',
      // Each request has a connection, however few the machine makes in a second.
      DATABASE_POOL_TIMEOUT: '10',
      MAX_EVENT_LOOP_DELAY_MS: '60000',
    });
    const file = (...lines: string[]): void => writeFileSync(inHome('password'), `${lines.join('\n')}\n`);
    try {
      const load = new Load(4, [
        `${server.url}${PATH}`,
        `${server.url}/v1/news?limit=5`,
        `${server.url}/health/database`,
      ]);
      /** All connections are of after now, and requests were served by them. */
      const renewed = async (): Promise<void> => {
        const [{ at }] = (await cluster.sql(`select clock_timestamp()::text as at`)) as [{ at: string }];
        const before = load.answered(200);
        await until('every connection is a new one', async () => {
          const [{ old, all }] = (await cluster.sql<{ old: number; all: number }>(
            `select (count(*) filter (where backend_start < '${at}'))::int as old, count(*)::int as all
             from pg_stat_activity where usename = 'tetra_reader' and application_name = 'tetra-api'`,
          )) as [{ old: number; all: number }];
          return old === 0 && all > 0 && load.answered(200) > before + 50;
        });
      };
      // The order of docs/operations.md.
      await renewed();
      file(SECOND, FIRST);
      await renewed();
      await cluster.sql(`alter role tetra_reader password '${SECOND}'`);
      await renewed();
      file(SECOND);
      await renewed();
      const { statuses, errors } = await load.stop();
      expect([[...statuses.keys()], [...errors.keys()]]).toEqual([[200], []]);
      process.stderr.write(`rotation of the password: ${statuses.get(200)} requests, none failed\n`);
      expect(server.log).not.toMatch(new RegExp(`${FIRST}|${SECOND}`));
    } finally {
      await server.stop();
      await cluster.sql(`alter role tetra_reader password '${FIRST}'`);
      file(FIRST);
    }
  });

  it('takes a rotated password from its file without a restart and without a failed request', async () => {
    const server = await api({
      DATABASE_URL: reader(`?sslmode=verify-full&sslrootcert=${inHome('ca.crt')}`),
      DATABASE_PASSWORD_FILE: inHome('password'),
    });
    try {
      const load = new Load(4, [`${server.url}${PATH}`]);
      const more = async (): Promise<void> => {
        const now = load.answered(200);
        await until('requests are served', () => load.answered(200) > now + 50);
      };
      await more();
      // Connections that are open go on, new ones take the file's.
      await cluster.sql(`alter role tetra_reader password '${SECOND}'`);
      writeFileSync(inHome('password'), `${SECOND}\n`);
      await more();
      const { statuses, errors } = await load.stop();
      expect([[...statuses.keys()], [...errors.keys()]]).toEqual([[200], []]);

      // Now every connection has to be made anew, with the new password.
      await cluster.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tetra_reader'`);
      await until('it serves again', async () => (await fetch(`${server.url}${PATH}`)).status === 200);
      await until('health is good', async () => (await fetch(`${server.url}/health/database`)).status === 200);
      const old = await run('psql', [reader('', FIRST), '-c', 'select 1']);
      expect(old.stderr).toMatch(/authentication failed/);
      expect(server.log).not.toMatch(new RegExp(`${FIRST}|${SECOND}`));
    } finally {
      await server.stop();
      await cluster.sql(`alter role tetra_reader password '${FIRST}'`);
      writeFileSync(inHome('password'), `${FIRST}\n`);
    }
  });

  it('db/init.sh gives new roles the passwords of their files', async () => {
    cpSync(new URL('../../db', import.meta.url), inHome('db'), { recursive: true });
    own(inHome('db'));
    writeFileSync(inHome('init-reader'), "of the \\ reader's own\r\n");
    writeFileSync(inHome('init-app'), 'of-the-pipeline\n');
    await cluster.sql('create database made');
    const said = await must('sh', [inHome('db/init.sh')], {
      ...cluster.env,
      ...{ POSTGRES_DB: 'made', TETRA_DB_DIR: inHome('db') },
      ...{ TETRA_READER_PASSWORD_FILE: inHome('init-reader'), TETRA_APP_PASSWORD_FILE: inHome('init-app') },
    });
    expect(said).not.toMatch(/reader's|of-the-pipeline/);
    const url = cluster.url('made', 'tetra_reader');
    const login = (PGPASSWORD: string): Promise<{ status: number | null; stdout: string }> =>
      run('psql', ['-At', url, '-c', 'select count(*) from market_data.ohlcv'], { PGPASSWORD });
    expect(await login("of the \\ reader's own")).toMatchObject({ status: 0, stdout: '0\n' });
    expect((await login(FIRST)).status).not.toBe(0);
    await cluster.sql(`alter role tetra_reader password '${FIRST}'`);
    await cluster.sql('drop database made');
  });

  it('does not start with a password file that is not there, and names the variable', async () => {
    const server = new ApiProcess(await freePort(), {
      DATABASE_URL: reader(''),
      DATABASE_PASSWORD_FILE: inHome('no-such-file'),
    });
    await expect(server.start()).rejects.toThrow();
    expect(server.log).toContain('DATABASE_PASSWORD_FILE cannot be read: ENOENT');
  });

  it('deploy/pg_hba.conf.example is one that PostgreSQL accepts, and its last line refuses the rest', async () => {
    cluster.allow(`${HBA}${readFileSync(new URL('../../deploy/pg_hba.conf.example', import.meta.url), 'utf8')}`);
    const rules = await cluster.sql<{ type: string; auth_method: string; error: string | null }>(
      'select type, auth_method, error from pg_hba_file_rules',
    );
    cluster.allow(HBA);
    expect(rules.map(({ error }) => error).filter(Boolean)).toEqual([]);
    expect(rules.at(-1)).toMatchObject({ type: 'host', auth_method: 'reject' });
    expect(rules.filter(({ auth_method }) => auth_method === 'trust')).toHaveLength(1);
  });
});

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiProcess } from './support/api.js';
import { setup } from './support/commands.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { describeWith, freePort, must, own, PGBIN, run } from './support/tools.js';

interface Status {
  slowest_statements: unknown[] | null;
  unseen: { field: string; remedy: string }[];
}

/** What Debian puts on PATH: wrappers of the clients, none of the server's programs. */
const DEBIAN = { PATH: '/usr/bin:/bin', PGBIN: '' };

describeWith(PGBIN, 'the first steps of an operator', () => {
  let home: Home;
  let cluster: Cluster;

  beforeAll(async () => {
    home = makeHome();
    cluster = await Cluster.create(home, 'cluster', { wal_level: 'replica' });
    await cluster.start();
  });

  afterAll(async () => {
    await cluster?.stop();
    home?.remove();
  });

  it('db:setup says that the database has to be made, and which role has no password yet', async () => {
    const missing = await setup(cluster.url('nowhere'));
    expect(missing).toMatchObject({ status: 1, stdout: '' });
    expect(missing.stderr).toMatch(/^db:setup: .*database "nowhere" does not exist; createdb makes it\n$/);

    await cluster.sql('create database tetra');
    const file = join(home.path, 'reader.password');
    writeFileSync(file, 'first\n');
    own(file);
    const first = await setup(cluster.url('tetra'), '--reader-password-file', file);
    expect(first.stdout).toContain('Role tetra_reader: reads; password set\n');
    expect(first.stdout).toContain('password none yet: --app-password-file gives it one\n');
    const second = await setup(cluster.url('tetra'));
    expect(second.stdout).toContain('Role tetra_reader: reads; password not touched\n');
  });

  it('db:setup tells TimescaleDB that is not preloaded from none at all', async () => {
    const { stdout } = await setup(cluster.url('tetra'));
    const installed = existsSync(join(PGBIN, '../lib/timescaledb.so'));
    expect(stdout).toMatch(installed ? /TimescaleDB: installed but not preloaded/ : /TimescaleDB: not found/);
  });

  it('a base backup and a recovery need no PGBIN on Debian', async () => {
    const bases = join(home.path, 'bases');
    const archive = join(home.path, 'archive');
    for (const dir of [bases, archive]) {
      mkdirSync(dir);
      own(dir);
    }
    await must('bash', [home.script('base-backup.sh'), '--dir', bases], { ...cluster.env, ...DEBIAN });
    const [base] = readdirSync(bases);
    const said = await must(
      'bash',
      [
        home.script('restore-to-time.sh'),
        ...['--base', join(bases, base!), '--wal', archive, '--latest', '--to', join(home.path, 'recovered')],
      ],
      DEBIAN,
    );
    expect(said).toContain('is ready to recover');
  });

  it('what the monitoring says to do about slow statements leaves a server that starts and shows them', async () => {
    const api = new ApiProcess(await freePort(), { DATABASE_URL: cluster.url('tetra', 'tetra_reader') });
    const status = async (): Promise<Status> => {
      await api.start();
      try {
        const answer = await fetch(`${api.url}/v1/monitoring/database`);
        return ((await answer.json()) as { data: Status }).data;
      } finally {
        await api.stop();
      }
    };
    const before = await status();
    expect(before.slowest_statements).toBeNull();
    const { remedy } = before.unseen.find(({ field }) => field === 'slowest_statements')!;
    await cluster.sql(remedy.split(';')[0]!);
    expect(readFileSync(join(cluster.dir, 'postgresql.auto.conf'), 'utf8')).toContain('pg_stat_statements');
    await cluster.stop();
    await cluster.start();
    expect((await status()).slowest_statements).not.toBeNull();
  });

  it('a list of two libraries is given so that ALTER SYSTEM takes it as two', async () => {
    const source = new URL('../../docs/operations.md', import.meta.url);
    const given = readFileSync(source, 'utf8').match(/ALTER SYSTEM SET shared_preload_libraries = [^;`]*/)![0];
    const other = await Cluster.create(home, 'libraries');
    await other.start();
    try {
      await other.sql(given);
      const [row] = await other.sql<{ value: string }>(
        `select setting as value from pg_file_settings where name = 'shared_preload_libraries'`,
      );
      expect(row!.value).toBe('timescaledb, pg_stat_statements');
    } finally {
      await other.stop();
    }
  });

  it('put-back.sh refuses the database itself and a table that is none', async () => {
    const script = home.script('put-back.sh');
    const from = `host=127.0.0.1 port=${cluster.port} user=postgres dbname=`;
    const itself = await run('bash', [script, '--from', `${from}tetra`, 'tetra'], cluster.env);
    expect(itself).toMatchObject({ status: 1, stderr: 'put-back.sh: --from is tetra itself\n' });
    await cluster.sql('create database copy template tetra');
    const none = await run('bash', [script, '--from', `${from}copy`, '--table', 'pg_class', 'tetra'], cluster.env);
    expect(none.status).toBe(1);
    expect(none.stderr).toContain('pg_class is not a table of the data');
  });
});

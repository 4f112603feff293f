import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Accident } from './support/accidents.js';
import { checksums } from './support/checksums.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { describeWith, must, own, PGBIN, run } from './support/tools.js';

describeWith(PGBIN, 'backup.sh and restore.sh', () => {
  let home: Home;
  let cluster: Cluster;
  let backups: string;
  let dump: string;

  beforeAll(async () => {
    home = makeHome();
    cluster = await Cluster.create(home, 'cluster');
    await cluster.start();
    await cluster.addSample('secret-of-the-reader');
    backups = join(home.path, 'backups');
    mkdirSync(backups);
    own(backups);
    await must('bash', [home.script('backup.sh'), '--dir', backups, 'tetra'], cluster.env);
    dump = join(
      backups,
      readdirSync(backups).find((name) => name.endsWith('.dump'))!,
    );
  });

  afterAll(async () => {
    await cluster?.stop();
    home?.remove();
  });

  it('brings every row back after the database was dropped', async () => {
    const before = await checksums(cluster.url('tetra'));
    const accident = new Accident('the database dropped', before);
    await cluster.sql('drop database tetra with (force)');
    await cluster.sql('create database tetra');
    await must('bash', [home.script('restore.sh'), dump, 'tetra'], cluster.env);
    const after = await checksums(cluster.url('tetra'));
    accident.over(after);
    expect(after).toEqual(before);
    const [right] = await cluster.sql<{ can: boolean }>(
      `select has_table_privilege('tetra_reader', 'market_data.ohlcv', 'select') as can`,
      'tetra',
    );
    expect(right!.can).toBe(true);
  });

  it('makes the roles that another server lacks, and writes no password', async () => {
    expect(readFileSync(dump.replace(/dump$/, 'roles.sql'), 'utf8')).not.toMatch(/password/i);
    const other = await Cluster.create(home, 'other');
    await other.start();
    try {
      await other.sql('create database elsewhere');
      await must('bash', [home.script('restore.sh'), dump, 'elsewhere'], other.env);
      expect(await checksums(other.url('elsewhere'))).toEqual(await checksums(cluster.url('tetra')));
      const [role] = await other.sql(`select rolconfig::text as settings from pg_roles where rolname = 'tetra_reader'`);
      expect(role?.settings).toContain('default_transaction_read_only=on');
    } finally {
      await other.stop();
    }
  });

  it('refuses a database that is not empty, and leaves it as it was', async () => {
    await cluster.sql('create database used');
    await cluster.sql('create table mine (n int); insert into mine values (1)', 'used');
    const { status, stderr } = await run('bash', [home.script('restore.sh'), dump, 'used'], cluster.env);
    expect(status).toBe(1);
    expect(stderr).toMatch(/used is not empty \(1 relations\): nothing was changed/);
    expect(await cluster.sql(`select to_regclass('market_data.ohlcv')::text as bars, n from mine`, 'used')).toEqual([
      { bars: null, n: 1 },
    ]);
  });

  it.each<[string, (copy: string) => void]>([
    ['cut short', (copy) => truncateSync(copy, 100_000)],
    ['changed in one byte', (copy) => flipByte(copy)],
    ['not a dump at all', (copy) => writeFileSync(copy, 'select 1;\n')],
  ])('notices a backup that is %s, with its checksum and without', async (_, damage) => {
    await cluster.sql('create database damaged');
    try {
      const copy = join(home.path, 'damaged.dump');
      for (const part of ['dump', 'sha256']) {
        const text = readFileSync(dump.replace(/dump$/, part));
        writeFileSync(
          copy.replace(/dump$/, part),
          part === 'dump' ? text : String(text).replace(/\S+$/m, 'damaged.dump'),
        );
      }
      damage(copy);
      own(home.path);
      for (const checksum of [true, false]) {
        if (!checksum) writeFileSync(copy.replace(/dump$/, 'sha256'), `${await sum(copy)}  damaged.dump\n`);
        const { status, stderr } = await run('bash', [home.script('restore.sh'), copy, 'damaged'], cluster.env);
        expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('damaged') });
      }
      const tables = await cluster.sql(`select from pg_tables where schemaname = 'market_data'`, 'damaged');
      expect(tables).toHaveLength(0);
    } finally {
      await cluster.sql('drop database damaged with (force)');
    }
  });

  it('deletes only old backups of the same database, and only after a new one succeeded', async () => {
    const dir = join(home.path, 'kept');
    mkdirSync(dir);
    const old = new Date(Date.now() - 40 * 86_400_000);
    const recent = new Date(Date.now() - 20 * 86_400_000);
    const files: [string, Date][] = [
      ['tetra_20200101T050000Z.dump', old],
      ['tetra_20200101T050000Z.sha256', old],
      ['tetra_20200120T050000Z.dump', recent],
      ['tetra_app_20200101T050000Z.dump', old],
      ['tetra_20200101.dump', old],
      ['notes.txt', old],
    ];
    for (const [name, time] of files) {
      writeFileSync(join(dir, name), 'x');
      utimesSync(join(dir, name), time, time);
    }
    own(dir);
    const failed = await run('bash', [home.script('backup.sh'), '--dir', dir, 'no_such_database'], cluster.env);
    expect(failed.status).toBe(1);
    expect(readdirSync(dir).sort()).toEqual(files.map(([name]) => name).sort());

    await must('bash', [home.script('backup.sh'), '--dir', dir, 'tetra'], cluster.env);
    const gone = files.map(([name]) => name).filter((name) => !existsSync(join(dir, name)));
    expect(gone).toEqual(['tetra_20200101T050000Z.dump', 'tetra_20200101T050000Z.sha256']);
    expect(readdirSync(dir).filter((name) => /^\./.test(name))).toEqual([]);
  });

  it('leaves no file behind when the server goes away, and says so', async () => {
    const dir = join(home.path, 'nothing');
    mkdirSync(dir);
    own(dir);
    const env = { ...cluster.env, PGPORT: '1' };
    const { status, stderr } = await run('bash', [home.script('backup.sh'), '--dir', dir, 'tetra'], env);
    expect(status).toBe(1);
    expect(stderr).toMatch(/cannot ask tetra/);
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each(['backup.sh', 'restore.sh', 'base-backup.sh', 'archive-wal.sh', 'restore-to-time.sh'])(
    '%s explains itself, and refuses an option that it does not know',
    async (name) => {
      expect(await must(home.script(name), ['--help'])).toMatch(/\S/);
      const { status, stderr } = await run(home.script(name), ['--no-such-option']);
      expect(status).not.toBe(0);
      expect(stderr).toContain('--help');
    },
  );
});

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = bytes[at]! ^ 0xff;
  writeFileSync(file, bytes);
}

async function sum(file: string): Promise<string> {
  return (await must('sha256sum', [file])).split(' ')[0]!;
}

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asAdmin } from '../support/database.js';
import { checksums } from './support/checksums.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { describeWith, freePort, must, own, PGBIN, run, until } from './support/tools.js';

describeWith(PGBIN, 'base-backup.sh, archive-wal.sh and restore-to-time.sh', () => {
  let home: Home;
  let cluster: Cluster;
  let archive: string;
  let bases: string;
  const inHome = (name: string): string => {
    const path = join(home.path, name);
    mkdirSync(path);
    own(path);
    return path;
  };

  beforeAll(async () => {
    home = makeHome();
    archive = inHome('archive');
    bases = inHome('bases');
    cluster = await Cluster.create(home, 'cluster', {
      wal_level: 'replica',
      archive_mode: 'on',
      archive_command: `${home.script('archive-wal.sh')} ${archive} %p %f`,
    });
    await cluster.start();
    await cluster.addSample('secret-of-the-reader');
  });

  afterAll(async () => {
    await cluster?.stop();
    home?.remove();
  });

  it('brings rows back that were deleted by mistake, and none that came later', async () => {
    await must('bash', [home.script('base-backup.sh'), '--dir', bases], cluster.env);
    const base = join(bases, readdirSync(bases)[0]!);

    // After the base backup: only the archived log knows of it.
    await cluster.sql(
      `insert into news.news_articles (title, url, published_at) values ('After the base backup', 'x:after', now())`,
      'tetra',
    );
    const before = await checksums(cluster.url('tetra'));
    const [{ time }] = (await cluster.sql<{ time: string }>(`select clock_timestamp()::text as time`)) as [
      { time: string },
    ];
    await cluster.sql('delete from news.news_articles; delete from market_data.ohlcv', 'tetra');
    await cluster.sql('select pg_switch_wal()');
    const [{ segment }] = (await cluster.sql<{ segment: string }>(
      `select pg_walfile_name(pg_switch_wal()) as segment`,
    )) as [{ segment: string }];
    await cluster.sql('checkpoint');
    await until('the log is archived', async () => {
      const [row] = await cluster.sql<{ done: boolean }>(
        `select coalesce(last_archived_wal, '') >= '${segment.slice(0, 24)}' or failed_count > 0 as done from pg_stat_archiver`,
      );
      return row?.done;
    });

    const to = join(home.path, 'recovered');
    const port = await freePort();
    const said = await must(
      'bash',
      [
        home.script('restore-to-time.sh'),
        ...['--base', base, '--wal', archive, '--time', time, '--to', to, '--start', '--port', String(port)],
      ],
      cluster.env,
    );
    try {
      expect(said).toContain(`recovered to ${time}`);
      expect(await checksums(`postgres://postgres@127.0.0.1:${port}/tetra`)).toEqual(before);
      // The accident is still there where it happened.
      expect((await checksums(cluster.url('tetra')))['market_data.ohlcv']).toMatch(/^0 rows/);
      const settings = await asAdmin(`postgres://postgres@127.0.0.1:${port}/tetra`, async (client) => {
        const { rows } = await client.query<{ archive: string; recovering: boolean }>(
          `select current_setting('archive_mode') as archive, pg_is_in_recovery() as recovering`,
        );
        return rows[0];
      });
      expect(settings).toEqual({ archive: 'off', recovering: false });
    } finally {
      await must(join(PGBIN, 'pg_ctl'), ['-D', to, '-m', 'immediate', 'stop']);
    }
  });

  it('fails when the archive ends before the time, and says where to look', async () => {
    const base = join(bases, readdirSync(bases)[0]!);
    const to = join(home.path, 'too-late');
    const { status, stderr } = await run('bash', [
      home.script('restore-to-time.sh'),
      ...['--base', base, '--wal', archive, '--time', '2199-01-01 00:00:00+00', '--to', to],
      ...['--start', '--port', String(await freePort())],
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain('recovery ended before configured recovery target was reached');
    expect(stderr).toContain('recovery.log');
  });

  it('refuses a directory in use, a damaged base backup, and a time before it began', async () => {
    const base = join(bases, readdirSync(bases)[0]!);
    const attempt = (options: Record<string, string>): Promise<{ status: number | null; stderr: string }> => {
      const all = { base, wal: archive, time: '2199-01-01 00:00:00+00', to: join(home.path, 'never'), ...options };
      const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
      return run('bash', [home.script('restore-to-time.sh'), ...args]);
    };
    expect(await attempt({ to: cluster.dir })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('not empty: nothing was changed'),
    });
    expect(await attempt({ time: '2001-01-01 00:00:00+00' })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('take an older one'),
    });
    const copy = join(home.path, 'damaged-base');
    await must('cp', ['-a', base, copy]);
    const file = join(copy, 'global', 'pg_control');
    const bytes = readFileSync(file);
    bytes[0] = bytes[0]! ^ 0xff;
    writeFileSync(file, bytes);
    expect(await attempt({ base: copy })).toMatchObject({ status: 1, stderr: expect.stringContaining('is damaged') });
    expect(existsSync(join(home.path, 'never'))).toBe(false);
    rmSync(copy, { recursive: true });
  });

  it('never overwrites an archived segment, and takes the same one twice', async () => {
    const dir = inHome('segments');
    const segment = join(home.path, 'segment');
    const name = '000000010000000000000001';
    writeFileSync(segment, 'first');
    own(segment);
    const archiveIt = (): ReturnType<typeof run> => run(home.script('archive-wal.sh'), [dir, segment, name]);
    expect((await archiveIt()).status).toBe(0);
    expect((await archiveIt()).status).toBe(0);
    writeFileSync(segment, 'other');
    expect(await archiveIt()).toMatchObject({ status: 1, stderr: expect.stringContaining('other content') });
    expect(readFileSync(join(dir, name), 'utf8')).toBe('first');
    expect(readdirSync(dir)).toEqual([name]);
    const gone = await run(home.script('archive-wal.sh'), [join(dir, 'not-mounted'), segment, name]);
    expect(gone).toMatchObject({ status: 1, stderr: expect.stringContaining('not a directory') });
  });

  it('deletes old base backups, and the segments that no kept one needs', async () => {
    const old = join(bases, 'base_20200101T050000Z');
    await must('cp', ['-a', join(bases, readdirSync(bases)[0]!), old]);
    const time = new Date(Date.now() - 40 * 86_400_000);
    utimesSync(join(old, 'backup_label'), time, time);
    const segments = readdirSync(archive).filter((name) => /^[0-9A-F]{24}$/.test(name));
    await must('bash', [home.script('base-backup.sh'), '--dir', bases, '--wal', archive], cluster.env);
    expect(existsSync(old)).toBe(false);
    const [oldest] = readdirSync(bases).sort();
    const label = readFileSync(join(bases, oldest!, 'backup_label'), 'utf8');
    const first = /\(file ([0-9A-F]{24})\)/.exec(label)![1]!;
    const left = readdirSync(archive).filter((name) => /^[0-9A-F]{24}$/.test(name));
    expect(left.every((name) => name >= first)).toBe(true);
    expect(segments.filter((name) => name >= first).every((name) => left.includes(name))).toBe(true);
    expect(segments.some((name) => name < first)).toBe(true);
  });
});

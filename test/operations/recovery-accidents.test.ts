import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asAdmin } from '../support/database.js';
import { Accident } from './support/accidents.js';
import { checksums } from './support/checksums.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { describeWith, freePort, must, type Outcome, own, PGBIN, run, until } from './support/tools.js';

describeWith(PGBIN, 'recovery from accidents that really lose data', () => {
  let home: Home;
  let cluster: Cluster;
  let archive: string;
  let base: string;
  const running: string[] = [];
  const inHome = (name: string): string => {
    const path = join(home.path, name);
    mkdirSync(path);
    own(path);
    return path;
  };
  const now = async (): Promise<string> => {
    const [row] = await cluster.sql<{ at: string }>('select clock_timestamp()::text as at');
    return row!.at;
  };
  const article = (title: string): Promise<unknown> =>
    cluster.sql(
      `insert into news.news_articles (title, url, published_at) values ('${title}', 'x:${title}', now())`,
      'tetra',
    );
  const port = new Map<string, number>();
  const at = (to: string): string => `postgres://postgres@127.0.0.1:${port.get(to)}/tetra`;
  const recover = async (to: string, ...options: string[]): Promise<Outcome> => {
    const dir = join(home.path, to);
    if (!port.has(to)) port.set(to, await freePort());
    running.push(dir);
    return run(
      'bash',
      [
        home.script('restore-to-time.sh'),
        ...['--base', base, '--wal', archive, '--to', dir, '--start', '--port', String(port.get(to))],
        ...options,
      ],
      cluster.env,
    );
  };
  const stop = (dir: string): Promise<Outcome> =>
    run(join(PGBIN, 'pg_ctl'), ['-D', dir, '-m', 'immediate', '-w', 'stop']);

  beforeAll(async () => {
    home = makeHome();
    // A name that a shell would read something into.
    archive = inHome('archive $HOME `id`');
    const bases = inHome('bases');
    cluster = await Cluster.create(home, 'cluster', {
      wal_level: 'replica',
      archive_mode: 'on',
      archive_command: `${home.script('archive-wal.sh')} '${archive}' %p %f`,
    });
    await cluster.start();
    await cluster.addSample('secret-of-the-reader');
    await must('bash', [home.script('base-backup.sh'), '--dir', bases], cluster.env);
    base = join(bases, readdirSync(bases)[0]!);
  });

  afterAll(async () => {
    for (const dir of running) if (existsSync(dir)) await stop(dir);
    await cluster?.stop();
    home?.remove();
  });

  it('rows deleted a moment ago: switches the segment itself', async () => {
    await article('before the accident');
    const before = await checksums(cluster.url('tetra'));
    const time = await now();
    const accident = new Accident('rows deleted', before);
    await cluster.sql('truncate market_data.ohlcv, news.news_articles', 'tetra');
    expect((await checksums(cluster.url('tetra')))['market_data.ohlcv']).toMatch(/^0 rows/);
    expect(await recover('moment', '--time', time, '--switch')).toMatchObject({ status: 0, stderr: '' });
    expect(await checksums(at('moment'))).toEqual(before);
    // The pipeline's rows come back from there.
    const dump = join(home.path, 'rows.sql');
    const from = ['-h', '127.0.0.1', '-p', String(port.get('moment')), '-U', 'postgres'];
    await must(join(PGBIN, 'pg_dump'), [
      ...[...from, '-a', '-t', 'market_data.ohlcv', '-t', 'news.news_articles', '-f', dump, 'tetra'],
    ]);
    await must(join(PGBIN, 'psql'), ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', dump, 'tetra'], cluster.env);
    const after = await checksums(cluster.url('tetra'));
    accident.over(after);
    expect(after).toEqual(before);
  });

  it('a time that is not archived yet: the try is repeated without another copy', async () => {
    const before = await checksums(cluster.url('tetra'));
    await article('so that the log goes on');
    const with_ = await checksums(cluster.url('tetra'));
    const time = await now();
    const accident = new Accident('a schema dropped, the log not archived yet', with_);
    await cluster.sql('drop schema events cascade', 'tetra');
    const first = await recover('again', '--time', time);
    expect(first).toMatchObject({ status: 1, stderr: expect.stringContaining('is not copied again') });
    const { ino } = statSync(join(home.path, 'again', 'PG_VERSION'));
    expect(await recover('again', '--time', time, '--switch')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('goes on from an earlier try'),
    });
    expect(statSync(join(home.path, 'again', 'PG_VERSION')).ino).toBe(ino);
    expect(await checksums(at('again'))).toEqual(with_);
    expect(with_).not.toEqual(before);
    // The events' schema comes back, so that the next accident finds it whole.
    const dump = join(home.path, 'events.sql');
    const from = ['-h', '127.0.0.1', '-p', String(port.get('again')), '-U', 'postgres'];
    await must(join(PGBIN, 'pg_dump'), [...from, '-n', 'events', '-f', dump, 'tetra']);
    await must(
      join(PGBIN, 'psql'),
      ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', dump, 'tetra'],
      cluster.env,
    );
    const after = await checksums(cluster.url('tetra'));
    accident.over(after);
    expect(after).toEqual(with_);
  });

  it('a standby built from the recovered server stays one, and nothing of the recovery is left in its settings', async () => {
    const source = join(home.path, 'again');
    expect(readFileSync(join(source, 'postgresql.auto.conf'), 'utf8')).not.toMatch(/recovery_|restore_command/);
    const standby = join(home.path, 'its-standby');
    await must(join(PGBIN, 'pg_basebackup'), [
      '-D',
      standby,
      '-R',
      '-X',
      'stream',
      '-c',
      'fast',
      '-h',
      '127.0.0.1',
      '-p',
      String(port.get('again')),
      '-U',
      'postgres',
    ]);
    const its = await Cluster.at(standby);
    await its.start();
    try {
      await asAdmin(at('again'), (client) => client.query('create table written_later (n int)'));
      await until('it has that, too', async () => {
        const [row] = await its.sql<{ has: boolean }>(
          `select to_regclass('written_later') is not null and pg_is_in_recovery() as has`,
          'tetra',
        );
        return row?.has;
      });
    } finally {
      await its.stop();
    }
  });

  it('a promoted server is refused by the archive of the old one, and taken by one of its own', async () => {
    const history = join(home.path, '00000002.history');
    writeFileSync(history, '1\t0/3000000\tno recovery target specified\n');
    own(history);
    const script = home.script('archive-wal.sh');
    expect(await run(script, [archive, history, '00000002.history'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('an archive of its own'),
    });
    expect((await run(script, [inHome('archive-2'), history, '00000002.history'])).status).toBe(0);
  });

  it('another history in the archive: --timeline says which one', async () => {
    const before = await checksums(cluster.url('tetra'));
    const time = await now();
    await article('after the time');
    // What a promoted server left there that was not refused, with an older script.
    const stray = join(archive, '00000002.history');
    writeFileSync(stray, '1\t0/1000000\tno recovery target specified\n');
    own(stray);
    const latest = await recover('stray', '--time', time, '--switch');
    expect(latest).toMatchObject({ status: 1, stderr: expect.stringContaining('--timeline') });
    expect(await recover('stray', '--time', time, '--timeline', 'current')).toMatchObject({ status: 0 });
    expect(await checksums(at('stray'))).toEqual(before);
  });

  it('the whole server lost: --latest, with the log that was not archived, has the last commit', async () => {
    await article('the very last commit');
    const before = await checksums(cluster.url('tetra'));
    const withDisk = new Accident('the server lost, its disk read', before);
    cluster.signal('SIGKILL');
    await cluster.stop();
    // Its disk is read from elsewhere; only what was being written is not in the archive.
    const saved = join(home.path, 'saved-pg-wal');
    await must('cp', ['-a', join(cluster.dir, 'pg_wal'), saved]);
    await must('rm', ['-rf', cluster.dir]);
    const options = ['--latest', '--timeline', 'current'];
    expect(await recover('latest', ...options, '--pg-wal', saved)).toMatchObject({ status: 0 });
    const after = await checksums(at('latest'));
    withDisk.over(after);
    expect(after).toEqual(before);
    const withoutDisk = new Accident('the server lost with its disk', before);
    expect(await recover('archive-only', ...options)).toMatchObject({ status: 0 });
    const archived = await checksums(at('archive-only'));
    withoutDisk.over(archived);
    expect(archived).not.toEqual(before);
    const title = `select title from news.news_articles order by published_at desc limit 1`;
    const { rows } = await asAdmin(at('latest'), (client) => client.query<{ title: string }>(title));
    expect(rows).toEqual([{ title: 'the very last commit' }]);
  });
});

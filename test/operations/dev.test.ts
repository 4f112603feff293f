import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import {
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
  'scripts',
  'dist',
  'package.json',
  'package-lock.json',
  'nest-cli.json',
  'tsconfig.json',
  '.swcrc',
];
const CHANGED = 'src/operations/health/health.controller.ts';

let directory: string;
let dev: ChildProcess;
let log = '';

/** Processes that were started in the directory. */
function processes(): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(directory);
    } catch {
      return false;
    }
  });
}

/** Waits until something is so, as long as the test may take. */
async function until<T>(found: () => Promise<T | null> | T | null): Promise<T> {
  for (;;) {
    const value = await found();
    if (value !== null) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What the newest process says of itself once it says something else than before. */
async function statusAfter(before: string | null): Promise<string> {
  return until(async () => {
    const urls = [...log.matchAll(/Tetra Query API on (http:\/\/[\d.:]+)/g)];
    if (urls.length === 0) return null;
    const answer = await fetch(`${urls.at(-1)![1]!}/health/live`).catch(() => null);
    const status = answer && ((await answer.json()) as { status: string }).status;
    return status === before ? null : status;
  });
}

function change(from: string, to: string): void {
  const file = join(directory, CHANGED);
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tetra-dev-'));
  for (const part of PARTS) cpSync(join(root, part), join(directory, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  // The build that comes before it is here already.
  dev = spawn('npm', ['run', 'dev', '--ignore-scripts'], {
    cwd: directory,
    env: { ...process.env, PORT: '0', DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', LOG_FORMAT: 'json' },
    detached: true,
  });
  for (const stream of [dev.stdout!, dev.stderr!])
    stream.on('data', (chunk) => (log += stripVTControlCharacters(String(chunk))));
});

afterAll(() => {
  for (const name of processes()) process.kill(Number(name), 'SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

describe('npm run dev', () => {
  it('answers with what was saved last, again and again, without an error in its log', async () => {
    expect(await statusAfter(null)).toBe('live');
    change(`status: 'live'`, `status: 'once'`);
    expect(await statusAfter('live')).toBe('once');
    change(`status: 'once'`, `status: 'twice'`);
    expect(await statusAfter('once')).toBe('twice');
    const errors = log.split('\n').filter((line) => /"level":"(error|fatal)"|Error|NOT_FOUND/.test(line));
    // It has no database here, and says so.
    expect(errors.filter((line) => !line.includes('"the database cannot be used'))).toEqual([]);
  });

  it('tells of an error of types with its place, and runs on', async () => {
    change(`status: 'twice'`, `status: 'wrong' as number`);
    await until(() => (/health\.controller\.ts:\d+:\d+ - error TS2352/.test(log) ? true : null));
    expect(await statusAfter('twice')).toBe('wrong');
  });

  it('leaves nothing running', async () => {
    process.kill(-dev.pid!, 'SIGINT');
    if (dev.exitCode === null && dev.signalCode === null) await once(dev, 'exit');
    await until(() => (processes().length === 0 ? true : null));
  });
});

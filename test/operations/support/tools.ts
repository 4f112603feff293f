import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe } from '@jest/globals';
import { serverAccount } from '../../../src/setup/embedded/binaries.js';

/** Debian's PostgreSQL 15, server and client: what an operator's machine has. */
export const PGBIN = '/usr/lib/postgresql/15/bin';
/** Debian's HAProxy. */
export const HAPROXY = '/usr/sbin/haproxy';
/** PostgreSQL refuses root: the account that servers and scripts run under here. */
export const account = serverAccount();

/** A suite that needs a program; where it is not installed the suite says so and is skipped. */
export function describeWith(program: string, name: string, suite: () => void): void {
  if (existsSync(program)) return describe(name, suite);
  process.stderr.write(`${name}: skipped, ${program} is not installed\n`);
  describe.skip(name, suite);
}

/** What a program said and how it ended. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program as the servers' account without stopping this process, and waits for its end. */
export function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...account,
      cwd: '/',
      env: { PATH: `${PGBIN}:/usr/bin:/bin`, LC_ALL: 'C.UTF-8', TZ: 'UTC', PGBIN, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** The same for a step that must succeed; answers what it said. */
export async function must(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { status, stdout, stderr } = await run(program, args, env);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stderr}${stdout}`);
  return stdout;
}

/** Gives a path to the servers' account. */
export function own(path: string): void {
  if (account.uid === undefined) return;
  spawnSync('chown', ['-R', `${account.uid}:${account.gid}`, path]);
}

/** A port of 127.0.0.1 that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = server.address() as { port: number };
        server.close(() => resolve(port));
      });
  });
}

/** What ends a wait at once: it can never come true any more. */
export class Hopeless extends Error {}

/** Waits until a condition holds; what it threw last is told when it never does. */
export async function until(what: string, holds: () => unknown, limit = 60_000): Promise<void> {
  const end = performance.now() + limit;
  let last: unknown;
  do {
    try {
      if (await holds()) return;
      last = undefined;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = error;
    }
    await pause(50);
  } while (performance.now() < end);
  throw new Error(`never came true: ${what}`, { cause: last });
}

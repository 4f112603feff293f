import { type ChildProcess, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, Socket } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { type Account, binaries, type Binaries, serverAccount } from './binaries.js';

export interface EmbeddedPostgresOptions {
  /** Cluster directory, made when absent; the superuser's password is kept beside it in `<dataDir>.password`. */
  dataDir: string;
  /** TCP port on 127.0.0.1; a free one when absent. */
  port?: number;
  /** Trades durability for speed, and removes the directory at stop. */
  ephemeral?: boolean;
  /** Makes a new cluster even where there is one. */
  fresh?: boolean;
  /** Extra settings of the server, by name. */
  settings?: Record<string, string>;
  log?: (line: string) => void;
  /** Other programs than the package's. */
  programs?: Binaries;
  /** Starts it again when it ends by itself, on the same port; told when that does not help. */
  onLost?: (error: Error) => void;
}

export interface EmbeddedPostgres {
  port: number;
  /** Connection URL of a database (`postgres` when absent) as the superuser. */
  url(database?: string): string;
  /** Disconnects everyone and ends the server. Safe to call twice. */
  stop(): Promise<void>;
}

export const SUPERUSER = 'postgres';

const ATTEMPTS = 3;
/** How often a server that ended by itself is tried to start again, and how long between two tries, in milliseconds. */
const MAX_RESTARTS = 20;
const RESTART_PAUSE_MS = 250;
/** A server that ran for less, in milliseconds, counts as a try that failed. */
const STEADY_AFTER_MS = 10_000;

/** Runs "$0" "$@" until it ends or this shell's own input does; then ends the other. */
export const SUPERVISE = `trap : TERM; exec 3<&0; "$0" "$@" </dev/null 3<&- & p=$!
{ cat <&3 >/dev/null; kill -INT $p; } 2>/dev/null & wait $p; c=$?; kill -TERM 0; exit $c`;

/**
 * Starts a real PostgreSQL on 127.0.0.1 with a cluster of its own; answers when it accepts connections. It ends with
 * this process, however that ends. A server that a killed process left on `dataDir` is ended first, so the caller sees
 * to it that no other live process uses `dataDir`. Rejects with the server's own words when it does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const passwordFile = `${dataDir}.password`;
  const account = serverAccount();
  const programs = options.programs ?? (await binaries(account, options.log ?? (() => undefined)));
  const end = (): void => endOrphan(programs, account, dataDir);

  end();
  if (options.fresh || !existsSync(join(dataDir, 'PG_VERSION')) || !existsSync(passwordFile)) {
    initialise(programs, account, { ...options, dataDir }, passwordFile);
  }
  const password = readFileSync(passwordFile, 'utf8');
  const launched = await launch(programs, account, { ...options, dataDir });
  const { port } = launched;
  let { child } = launched;

  let stopped: Promise<void> | undefined;
  let tries = 0;
  const keep = (lost: (error: Error) => void): void => {
    const started = performance.now();
    child.once('exit', (code, signal) => {
      if (stopped) return;
      options.log?.(`The built-in PostgreSQL ended (${String(signal ?? code)}) and is started again`);
      tries = performance.now() - started > STEADY_AFTER_MS ? 0 : tries + 1;
      again(lost).catch(lost);
    });
  };
  // The first tries may meet processes of the old server that are just ending.
  const again = async (lost: (error: Error) => void): Promise<void> => {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, tries === 0 ? 0 : RESTART_PAUSE_MS).unref());
      if (stopped) return;
      try {
        end();
        ({ child } = await launch(programs, account, { ...options, dataDir, port }));
        keep(lost);
        return;
      } catch (error) {
        tries += 1;
        if (tries > MAX_RESTARTS) throw error;
      }
    }
  };
  if (options.onLost) keep(options.onLost);
  const stop = async (): Promise<void> => {
    if (running(child)) {
      child.ref();
      const gone = new Promise((done) => child.once('exit', done));
      child.stdin?.end();
      await gone;
    }
    // Only where the supervisor was killed: the server outlives it.
    end();
    if (options.ephemeral) for (const path of [dataDir, passwordFile]) rmSync(path, { recursive: true, force: true });
  };
  return {
    port,
    url: (database = 'postgres') => `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`,
    stop: () => (stopped ??= stop()),
  };
}

const running = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

function initialise(
  programs: Binaries,
  account: Account,
  { dataDir, ephemeral }: EmbeddedPostgresOptions,
  passwordFile: string,
): void {
  const parent = dirname(dataDir);
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    if (name === basename(dataDir) || name.startsWith(`${basename(dataDir)}.new-`)) remove(join(parent, name));
  }
  // Under a name of its own until it is whole: an initdb that outlived a killed process may still be writing to its
  // own.
  const fresh = `${dataDir}.new-${randomBytes(6).toString('hex')}`;
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  // initdb reads the password as the server's account; afterwards it is this process's alone.
  own(fresh, account);
  own(passwordFile, account);
  run(programs.initdb, account, [
    ...['-D', fresh, '-U', SUPERUSER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
    ...['--encoding=UTF8', '--locale=C', ephemeral ? '--no-sync' : '--data-checksums'],
  ]);
  own(passwordFile, { uid: process.getuid?.(), gid: process.getgid?.() });
  renameSync(fresh, dataDir);
}

function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
}

function own(path: string, { uid, gid }: Account): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

function run(program: string, account: Account, args: string[]): void {
  // Where it could not be started, it has said nothing.
  const done: SpawnSyncReturns<string | null> = spawnSync(program, args, { ...account, encoding: 'utf8', cwd: '/' });
  if (done.status !== 0) {
    throw new Error(`${basename(program)} failed: ${done.error?.message ?? ''}${done.stderr ?? ''}`.trim());
  }
}

/** Ends the server that still runs on `dataDir`, and only that: the number in a stale file may be anyone's by now. */
function endOrphan(programs: Binaries, account: Account, dataDir: string): void {
  const file = join(dataDir, 'postmaster.pid');
  for (const mode of ['fast', 'immediate']) {
    if (!existsSync(file)) return;
    if (!commandLine(readFileSync(file, 'utf8').split('\n', 1)[0]!).includes(dataDir)) break;
    spawnSync(programs.pg_ctl, ['stop', '-D', dataDir, '-m', mode, '-w', '-t', '20'], { ...account, cwd: '/' });
  }
  rmSync(file, { force: true });
}

function commandLine(pid: string): string {
  if (process.platform !== 'linux') return spawnSync('ps', ['-o', 'command=', '-p', pid], { encoding: 'utf8' }).stdout;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function launch(
  programs: Binaries,
  account: Account,
  options: EmbeddedPostgresOptions,
): Promise<{ child: ChildProcess; port: number }> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_preload_libraries: 'pg_stat_statements',
    ...(options.ephemeral ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
    ...options.settings,
  };
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const child = spawn(
      '/bin/sh',
      [
        ...['-c', SUPERVISE, programs.postgres, '-D', options.dataDir, '-p', String(port)],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { ...account, cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'pipe'] },
    );
    try {
      await ready(child);
    } catch (error) {
      // Someone else may have taken the free port in between.
      const taken = options.port === undefined && /could not (bind|create any TCP)/.test(String(error));
      if (taken && attempt < ATTEMPTS) continue;
      throw error;
    }
    child.unref();
    // A child's pipes are sockets, which the types do not say; a server must not keep this process alive.
    for (const pipe of [child.stdin, child.stderr]) if (pipe instanceof Socket) pipe.unref();
    return { child, port };
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolveReady, reject) => {
    let words = '';
    // Writing to a supervisor that has gone is no news: `exit` tells.
    child.stdin?.on('error', () => undefined);
    child.stderr?.on('data', (bytes: Buffer) => {
      words = (words + bytes.toString()).slice(-4000);
      if (words.includes('ready to accept connections')) resolveReady();
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`PostgreSQL ended with ${String(code)}: ${words.trim()}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolvePort(typeof address === 'object' && address ? address.port : 0));
      });
  });
}

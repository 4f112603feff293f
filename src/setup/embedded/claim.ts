import { spawnSync } from 'node:child_process';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** A directory is in use by another live process. */
export class InUseError extends Error {}

/** A takeover lasts milliseconds; one this old belongs to a process that was killed in the middle. */
const TAKEOVER_MS = 10_000;

/**
 * Makes `file` the sign that this process, and no other, uses what is beside it; answers how to give it back. A sign
 * left by a dead process is taken over. Throws `InUseError` while another process, or this one, holds it.
 */
export function claim(file: string): () => void {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (place(file)) return () => release(file);
    const holder = read(file);
    if (holder === undefined) continue;
    if (alive(holder)) throw new InUseError(`in use by process ${holder.split(' ', 1)[0]!}`);
    takeOver(file, holder);
  }
  throw new InUseError('in use by a process that is just starting');
}

const self = (): string => `${process.pid} ${started(process.pid)}`;

/** A link appears with its content or not at all. */
function place(file: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, self(), { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** One at a time, so that nobody removes the sign that a faster process has just placed. */
function takeOver(file: string, dead: string): void {
  const turn = `${file}.takeover`;
  if (!place(turn)) {
    if (age(turn) > TAKEOVER_MS) rmSync(turn, { force: true });
    return;
  }
  try {
    if (read(file) === dead) rmSync(file, { force: true });
  } finally {
    rmSync(turn, { force: true });
  }
}

function release(file: string): void {
  if (read(file) === self()) rmSync(file, { force: true });
}

function alive(holder: string): boolean {
  const [pid] = holder.split(' ', 1);
  return started(Number(pid)) !== '' && holder === `${pid!} ${started(Number(pid))}`;
}

/**
 * When a process began, so that a number given out again is not taken for the same process; empty when none runs. One
 * that was killed and waits for its parent to notice does not run.
 */
function started(pid: number): string {
  const fields =
    process.platform === 'linux'
      ? afterName(read(`/proc/${pid}/stat`) ?? '')
      : spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
          .stdout.trim()
          .split(/ +/);
  const [state] = fields;
  if (state === undefined || fields.length < 2 || /^[ZX]/.test(state)) return '';
  return process.platform === 'linux' ? (fields[19] ?? '') : fields.slice(1).join(' ');
}

/** Field 3, the state, and on; field 2, the name in brackets, may hold blanks itself. Field 22 is the start. */
function afterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function age(file: string): number {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** What a process has used up to now. */
export interface Usage {
  /** Seconds of CPU, in user and in system mode. */
  readonly cpu: number;
  /** Bytes of resident memory. */
  readonly resident: number;
}

/** A server that this run started. */
export interface Server {
  readonly pid: number;
  /** Such as http://127.0.0.1:40001. */
  readonly url: string;
  /** From the start of the process to its first good answer, in milliseconds. */
  readonly readyMs: number;
  /** What it uses; null where there is no /proc. */
  usage(): Usage | null;
  end(): Promise<void>;
}

/** How a server is started. */
export interface ServerOptions {
  readonly name: string;
  readonly script: string;
  /** Flags of Node. */
  readonly flags?: readonly string[];
  readonly cwd: string;
  /** Its environment, given the port that it is to listen on. */
  readonly env: (port: number) => Record<string, string>;
  /** A request that is answered by 200 when it is ready. */
  readonly ready: { path: string; body?: string };
  /** Receives each line that it prints. */
  readonly line?: (text: string) => void;
}

/** A server ends with this run, however that ends: its standard input does. */
const LEASH = 'data:text/javascript,process.stdin.on("end",()=>process.exit()).resume().unref?.()';
const READY_WITHIN = 60_000;
const END_WITHIN = 5_000;
/** Clock ticks a second in /proc, a constant of Linux's interface. */
const TICKS = 100;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Lets a process end with this run. */
export function keep(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child)).once('error', () => running.delete(child));
}

/** Starts a server and waits until it is ready. Rejects with its own words when it is not. */
export async function startServer({ name, script, flags = [], cwd, env, ready, line }: ServerOptions): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const started = performance.now();
  const child = spawn(process.execPath, [...flags, '--import', LEASH, script], {
    cwd,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env(port) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  let words = '';
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2000)));
  }
  if (line) createInterface(child.stdout).on('line', line);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void gone.then(() => running.delete(child));
  child.once('error', (error) => (words = String(error)));
  const end = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN);
    await gone;
    clearTimeout(timer);
  };
  while (!(await answers(url + ready.path, ready.body))) {
    if (child.exitCode !== null || performance.now() - started > READY_WITHIN) {
      child.kill('SIGKILL');
      throw new Error(`${name} does not start: ${words.trim()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { pid: child.pid!, url, readyMs: performance.now() - started, usage: () => usageOf(child.pid!), end };
}

/** Runs a program to its end; the milliseconds that took. Rejects with its own words when it fails. */
export async function runProgram(command: string, args: string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  running.add(child);
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => running.delete(child));
  if (code !== 0) throw new Error(`${command} failed: ${words.trim()}`);
  return performance.now() - started;
}

/** Runs work and answers what it yields and the most resident memory that the server had in the meantime. */
export async function watchMemory<T>(server: Server, work: () => Promise<T>): Promise<{ result: T; peak: number }> {
  let peak = server.usage()?.resident ?? 0;
  const timer = setInterval(() => (peak = Math.max(peak, server.usage()?.resident ?? 0)), 20);
  try {
    return { result: await work(), peak };
  } finally {
    clearInterval(timer);
  }
}

async function answers(url: string, body?: string): Promise<boolean> {
  try {
    const init = body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': 'application/json' } };
    const response = await fetch(url, init);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

function usageOf(pid: number): Usage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
    return { cpu: (Number(user) + Number(system)) / TICKS, resident: Number(resident) * 1024 };
  } catch {
    return null;
  }
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

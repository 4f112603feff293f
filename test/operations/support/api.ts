import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Hopeless, until } from './tools.js';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** One process of the API, as an operator runs it. */
export class ApiProcess {
  #child: ChildProcess | undefined;
  #log = '';

  constructor(
    readonly port: number,
    private readonly env: NodeJS.ProcessEnv,
    private readonly main = MAIN,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Its number. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What it wrote so far. */
  get log(): string {
    return this.#log;
  }

  /** Starts it and waits until it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [this.main], {
      env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', ...this.env, PORT: String(this.port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const out of [child.stdout, child.stderr]) {
      out.on('data', (bytes: Buffer) => (this.#log = (this.#log + bytes.toString()).slice(-100_000)));
    }
    await until(`${this.url} is ready`, async () => {
      if (child.exitCode !== null || child.signalCode !== null) throw new Hopeless(this.#log);
      return (await fetch(`${this.url}/health/ready`)).ok;
    });
  }

  /** Tells it to end, as an orchestrator does; its exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    return gone;
  }

  /** Ends it at once. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }
}

import cluster, { type Worker } from 'node:cluster';
import type { Log } from '../../base/log.js';

/** A worker that ends sooner than this after its start, in milliseconds, is started again only after a pause. */
const QUICK_END_MS = 5_000;
const RESTART_PAUSE_MS = 1_000;

/**
 * Several processes of the API that share one port, for machines with more than one core. One that dies is replaced; a
 * signal is passed on, and the whole ends when the last has drained. When none ever came up, the start has failed. When
 * this process is killed, Node ends the workers.
 */
export class Workers {
  readonly #running = new Map<number, Worker>();
  #stopping = false;
  #listened = false;
  #code = 0;

  /**
   * @param count  how many
   * @param env    what they find in their environment beside our own
   * @param ended  told once when the last has ended: what went before, and the exit code
   */
  constructor(
    count: number,
    private readonly env: Record<string, string>,
    private readonly log: Log,
    private readonly ended: (code: number) => void,
  ) {
    cluster.on('listening', () => (this.#listened = true));
    for (let index = 0; index < count; index++) this.#start(index);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#stop());
  }

  #start(index: number): void {
    const started = performance.now();
    const worker = cluster.fork({ ...this.env, TETRA_WORKER: String(index) });
    this.#running.set(index, worker);
    worker.once('exit', (code: number, signal: string | null) => this.#gone(index, started, signal ?? code));
  }

  #gone(index: number, started: number, how: number | string): void {
    this.#running.delete(index);
    if (typeof how === 'number') this.#code = Math.max(this.#code, this.#stopping || !this.#listened ? how : 0);
    if (!this.#stopping && !this.#listened) this.#stop();
    if (this.#stopping) {
      if (this.#running.size === 0) this.ended(this.#code);
      return;
    }
    this.log.error(`worker ${index} ended (${how}) and is started again`, 'Workers');
    const wait = performance.now() - started < QUICK_END_MS ? RESTART_PAUSE_MS : 0;
    setTimeout(() => {
      if (!this.#stopping) this.#start(index);
      else if (this.#running.size === 0) this.ended(this.#code);
    }, wait);
  }

  #stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const { process: worker } of this.#running.values()) worker.kill('SIGTERM');
  }
}

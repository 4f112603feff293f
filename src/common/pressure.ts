import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Config } from '../config/config.js';

/** How often the delay is looked at, and how finely it is measured, in milliseconds. */
const LOOK_EVERY = 250;
const RESOLUTION = 10;

/**
 * Knows when this process has more to do than it can: then further requests are refused at once, which costs next to
 * nothing, so that those already let in are answered in time.
 */
export class Pressure {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  readonly #timer: NodeJS.Timeout;
  #late = false;
  #running = 0;

  constructor(private readonly limits: Pick<Config, 'MAX_REQUESTS' | 'MAX_EVENT_LOOP_DELAY_MS'>) {
    this.#delay.enable();
    this.#timer = setInterval(() => {
      const mean = this.#delay.mean / 1e6 - RESOLUTION;
      this.#late = mean > limits.MAX_EVENT_LOOP_DELAY_MS;
      this.#delay.reset();
    }, LOOK_EVERY).unref();
  }

  /** Whether a further request should be refused. */
  get overloaded(): boolean {
    return this.#late || this.#running >= this.limits.MAX_REQUESTS;
  }

  /** A request is at work. */
  enter(): void {
    this.#running += 1;
  }

  /** A request that entered is done. */
  leave(): void {
    this.#running -= 1;
  }

  /** Stops to measure. */
  close(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }
}

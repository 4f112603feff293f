import type { Config } from '../config/config.js';
import { ApiError } from '../base/errors.js';

/** Made once: where it was made is of no interest, and costs more than all the rest of a refusal. */
export const BUSY = new ApiError('overloaded', 'The server is busy. Try again shortly.');

/** How often the event loop is looked at, in milliseconds. */
const LOOK_EVERY = 20;
/** Looks that are late in a row before it counts: one alone may be a garbage collection. */
const IN_ROW = 2;
/** Once late, it counts as late for so long after the last time it was, in milliseconds. */
const LASTS = 1000;

/**
 * Knows when this process has more to do than it can: then further requests are refused at once, which costs next to
 * nothing, so that those let in are answered in time. While its event loop is late only as many are let in as there are
 * database connections: more would not be answered sooner, each only later.
 */
export class Pressure {
  readonly #timer: NodeJS.Timeout;
  /** How many requests may be at work. */
  #most: number;
  #running = 0;

  constructor(limits: Readonly<Config>) {
    const all = limits.MAX_REQUESTS;
    const few = Math.min(all, limits.DATABASE_POOL_SIZE + limits.DATABASE_MAX_OVERFLOW);
    this.#most = all;
    let looked = performance.now();
    let late = 0;
    let lateUntil = 0;
    this.#timer = setInterval(() => {
      const now = performance.now();
      late = now - looked - LOOK_EVERY > limits.MAX_EVENT_LOOP_DELAY_MS ? late + 1 : 0;
      looked = now;
      if (late >= IN_ROW) lateUntil = now + LASTS;
      this.#most = now < lateUntil ? few : all;
    }, LOOK_EVERY).unref();
  }

  /** Whether a further request should be refused. */
  get overloaded(): boolean {
    return this.#running >= this.#most;
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
  }
}

import type { Config } from '../config/config.js';

/** How often the event loop is looked at, in milliseconds. */
const LOOK_EVERY = 20;
/** Looks that are late in a row before it counts: one alone may be a garbage collection. */
const IN_ROW = 2;
/** Once late, it counts as late for so long after the last time it was, in milliseconds. */
const LASTS = 1000;

/**
 * Knows when this process has more to do than it can: then further requests are refused at once, which costs next to
 * nothing, so that those let in are answered in time. While its event loop is late only as many are let in as there are
 * database connections to keep: more would not be answered sooner, each only later.
 */
export class Pressure {
  readonly #timer: NodeJS.Timeout;
  /** How many requests may be at work. */
  #most: number;
  #running = 0;

  constructor(limits: Pick<Config, 'MAX_REQUESTS' | 'MAX_EVENT_LOOP_DELAY_MS' | 'DATABASE_POOL_SIZE'>) {
    const all = limits.MAX_REQUESTS;
    const few = Math.min(all, limits.DATABASE_POOL_SIZE);
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

  /** A request is at work; what it returns is called when it is done, once or more often. */
  enter(): () => void {
    this.#running += 1;
    let running = true;
    return () => {
      if (running) this.#running -= 1;
      running = false;
    };
  }

  /** Stops to measure. */
  close(): void {
    clearInterval(this.#timer);
  }
}

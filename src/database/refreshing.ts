import { outsideRequest } from './request-scope.js';

/**
 * A value that is read from the database now and then. While it is fresh it costs nothing; when it is older than its
 * age it is given as it is while one reader renews it; only when it is too old does anybody wait.
 */
export class Refreshing<T> {
  #value: { readonly at: number; readonly cost: number; readonly value: T } | null = null;
  #running: Promise<T> | null = null;

  /**
   * @param read    reads it
   * @param fresh   age in milliseconds up to which it is used as it is
   * @param usable  age in milliseconds from which readers wait for a new one
   */
  constructor(
    private readonly read: () => Promise<T>,
    private readonly fresh: number,
    private readonly usable: number,
  ) {}

  /** The value, at most `usable` milliseconds old; one that is dear to read is renewed less often. */
  get(): Promise<T> {
    const last = this.#value;
    if (!last) return this.renew();
    const age = performance.now() - last.at;
    const patience = Math.max(1, (last.cost * 20) / this.fresh);
    if (age > this.usable * patience) return this.renew();
    // A failed renewal leaves the old value in use; whoever must wait sees the error.
    if (age > this.fresh * patience) this.renew().catch(() => undefined);
    return Promise.resolve(last.value);
  }

  /** Reads it now, or waits for the reading under way. */
  renew(): Promise<T> {
    this.#running ??= outsideRequest(async () => {
      const started = performance.now();
      const value = await this.read();
      const at = performance.now();
      this.#value = { at, cost: at - started, value };
      return value;
    }).finally(() => (this.#running = null));
    return this.#running;
  }

  /** The value as last read, however old. */
  get last(): T | null {
    return this.#value?.value ?? null;
  }
}

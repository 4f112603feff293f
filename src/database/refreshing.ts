import { currentRequest, enterRequest, SharedScope } from './request-scope.js';

/**
 * A value that is read from the database now and then. While it is fresh it costs nothing; when it is older than its
 * age it is given as it is while one reader renews it; only when it is too old does anybody wait.
 */
export class Refreshing<T> {
  #value: { readonly at: number; readonly cost: number; readonly value: T } | null = null;
  #running: { readonly value: Promise<T>; readonly scope: SharedScope } | null = null;

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
  async renew(): Promise<T> {
    const began = performance.now();
    const { value, scope } = (this.#running ??= this.#read());
    try {
      return await value;
    } finally {
      const waiting = currentRequest();
      if (waiting) {
        waiting.databaseMs += performance.now() - began;
        waiting.statements += scope.statements;
      }
    }
  }

  #read(): { readonly value: Promise<T>; readonly scope: SharedScope } {
    const scope = new SharedScope('');
    const value = enterRequest(scope, async () => {
      const started = performance.now();
      const value = await this.read();
      const at = performance.now();
      this.#value = { at, cost: at - started, value };
      return value;
    }).finally(() => (this.#running = null));
    return { value, scope };
  }

  /** The value as last read, however old. */
  get last(): T | null {
    return this.#value?.value ?? null;
  }
}

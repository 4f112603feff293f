import { ApiError } from '../common/errors.js';
import { Shared } from './flights.js';
import { currentRequest, enterRequest, SharedScope } from './request-scope.js';

/** A reading under way. */
interface Reading<T> {
  readonly value: Promise<T>;
  readonly shared: Shared<T>;
  readonly scope: SharedScope;
  /** Whether it goes on when no request waits for it. */
  kept: boolean;
}

/**
 * A value that is read from the database now and then. While it is fresh it costs nothing; when it is older than its
 * age it is given as it is while one reader renews it; only when it is too old does anybody wait. A reading that only
 * requests wait for is cancelled when the last of them has ended.
 */
export class Refreshing<T> {
  #value: { readonly at: number; readonly cost: number; readonly value: T } | null = null;
  #reading: Reading<T> | null = null;

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
    if (age > this.fresh * patience) this.#keep().value.catch(() => undefined);
    return Promise.resolve(last.value);
  }

  /** Reads it now, or waits for the reading under way. */
  async renew(): Promise<T> {
    const request = currentRequest();
    if (!request) return this.#keep().value;
    const { shared, value, scope } = (this.#reading ??= this.#read());
    const began = performance.now();
    try {
      return await shared.wait(value, request);
    } finally {
      request.databaseMs += performance.now() - began;
      request.statements += scope.statements;
    }
  }

  /** The reading under way, or a new one, which goes on whoever leaves. */
  #keep(): Reading<T> {
    const reading = (this.#reading ??= this.#read());
    reading.kept = true;
    return reading;
  }

  #read(): Reading<T> {
    const scope = new SharedScope('');
    const value = enterRequest(scope, async () => {
      const started = performance.now();
      const found = await this.read();
      const at = performance.now();
      this.#value = { at, cost: at - started, value: found };
      return found;
    });
    const end = (): void => {
      if (this.#reading === reading) this.#reading = null;
    };
    const shared = new Shared<T>(() => {
      if (reading.kept) return;
      end();
      scope.end(new ApiError('client_closed_request', 'The last client left.'));
    });
    const reading: Reading<T> = { value, shared, scope, kept: false };
    value.then(end, end);
    return reading;
  }

  /** The value as last read, however old. */
  get last(): T | null {
    return this.#value?.value ?? null;
  }
}

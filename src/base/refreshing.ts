import { setTimeout } from 'node:timers/promises';
import { ApiError } from './errors.js';
import { Shared } from './cancellation.js';
import { currentRequest, enterRequest, SharedScope } from './request.js';

/** How long a request waits for a first reading, in milliseconds. */
const FIRST_WAIT_MS = 5_000;

/**
 * What a first reading gives. A request does not wait for a long one, which goes on without it.
 * @param late  says what is not there yet
 * @throws what `late` gives, where the reading takes longer than five seconds
 */
export async function firstReading<T extends object>(reading: Promise<T>, late: () => ApiError): Promise<T> {
  const read = await Promise.race([reading, setTimeout(FIRST_WAIT_MS, null, { ref: false })]);
  if (read) return read;
  throw late();
}

/** A reading under way. */
interface Reading<T> {
  readonly began: number;
  readonly value: Promise<T>;
  readonly shared: Shared<T>;
  readonly scope: SharedScope;
  /** Whether it goes on when no request waits for it. */
  kept: boolean;
}

/**
 * A value that is read from the database now and then and shared by all who ask. While it is fresh it costs nothing;
 * when it is older it is given as it is while one reader renews it; when it is too old whoever asks waits for a new
 * one. Its age counts from the moment at which reading it began. A reading that only requests wait for is cancelled
 * when the last of them has ended.
 */
export class Refreshing<T> {
  #value: { readonly began: number; readonly cost: number; readonly value: T } | null = null;
  #reading: Reading<T> | null = null;

  /**
   * @param read    reads it
   * @param fresh   age in milliseconds up to which it is used without being renewed
   * @param usable  age in milliseconds beyond which nobody is given it
   */
  constructor(
    private readonly read: () => Promise<T>,
    private readonly fresh: number,
    private readonly usable: number,
  ) {}

  /**
   * The value, never older than `usable` milliseconds or, where reading it takes longer than that, than this call. One
   * that is expensive to read is renewed less often: reading it takes a twentieth of the time, as far as `usable`
   * allows.
   * A failed renewal leaves the old value in use for as long as it is usable; then whoever asks sees the error.
   */
  async get(): Promise<T> {
    const asked = performance.now();
    const last = this.#usable(asked);
    if (last) return last.value;
    // A reading under way may have begun too long ago.
    const reading = this.#reading;
    if (reading && asked - reading.began > this.usable) await reading.value.catch(() => undefined);
    return this.renew();
  }

  /** The value where {@link get} would not wait for it, otherwise null; it is renewed when it is due either way. */
  get present(): T | null {
    const last = this.#usable(performance.now());
    if (!last) this.#keep().value.catch(() => undefined);
    return last?.value ?? null;
  }

  /** The value while it is usable, which is renewed when it is due. */
  #usable(at: number): { readonly value: T } | null {
    const last = this.#value;
    if (!last || at - last.began > this.usable) return null;
    if (at - last.began > Math.max(this.fresh, last.cost * 20)) this.#keep().value.catch(() => undefined);
    return last;
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
      for (const label of scope.labels) request.ran({ label, backend: null });
      for (const backend of scope.backends) request.backends.add(backend);
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
    const began = performance.now();
    const value = enterRequest(scope, async () => {
      const found = await this.read();
      this.#value = { began, cost: performance.now() - began, value: found };
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
    const reading: Reading<T> = { began, value, shared, scope, kept: false };
    value.then(end, end);
    return reading;
  }

  /** The value as last read, however old. */
  get last(): T | null {
    return this.#value?.value ?? null;
  }
}

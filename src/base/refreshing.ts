import { setTimeout } from 'node:timers/promises';
import { ApiError } from './errors.js';
import { Shared } from './cancellation.js';
import { currentRequest, enterRequest, SharedScope } from './request.js';

/** A value is renewed after so many times as long as reading it takes. */
const RENEW_COST = 20;
/** How long a request waits for a reading, and the age from which it waits although there is one, in milliseconds. */
const [WAIT_MS, OLD_MS] = [5_000, 60_000];

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
    if (at - last.began > Math.max(this.fresh, last.cost * RENEW_COST)) this.#keep().value.catch(() => undefined);
    return last;
  }

  /** Whether there is none, or it is older than so many milliseconds and was not renewed when that was due. */
  isOlderThan(age: number): boolean {
    const last = this.#value;
    return !last || performance.now() - last.began > Math.max(age, last.cost * RENEW_COST);
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

/**
 * What is kept, as it is now or was less than a minute ago. When nobody asked for it for longer, it is read again
 * first. A request does not wait for a long reading, which goes on without it: it is given what there is.
 * @param late  says what is not there yet
 * @throws what `late` gives, where there is nothing and the reading takes longer than five seconds
 */
export async function upToDate<T extends object>(kept: Refreshing<T>, late: () => ApiError): Promise<T> {
  const { present } = kept;
  if (present && !kept.isOlderThan(OLD_MS)) return present;
  const reading = present ? kept.renew().catch(() => present) : kept.get();
  const read = await Promise.race([reading, setTimeout(WAIT_MS, null, { ref: false })]);
  if (read) return read;
  // Nobody waits for it any more.
  reading.catch(() => undefined);
  if (present) return present;
  throw late();
}

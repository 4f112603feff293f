import { ApiError } from '../../base/errors.js';
import { currentRequest, type RequestScope } from '../../base/request.js';

/** How many may wait for each piece of work that may run; whoever comes later is told so at once. */
const QUEUE_PER_SLOT = 8;

const BUSY = new ApiError('overloaded', 'Too many searches are under way. Try again shortly.');

interface Waiting {
  readonly scope: RequestScope | undefined;
  readonly start: () => void;
}

/** Lets a few expensive pieces of work run at a time, and only one of each request. */
export class ConcurrencyLimit {
  readonly #waiting = new Set<Waiting>();
  readonly #scopes = new Set<RequestScope>();
  #running = 0;

  /** @param most  how many run at a time */
  constructor(private readonly most: number) {}

  /**
   * Runs work once it may run.
   * @throws ApiError overloaded when too many wait already; why the request ended, when it ended meanwhile
   */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const scope = currentRequest();
    if (this.#free(scope)) this.#begin(scope);
    else await this.#wait(scope);
    try {
      if (scope?.ended) throw scope.ended;
      return await work();
    } finally {
      this.#running -= 1;
      if (scope) this.#scopes.delete(scope);
      this.#next();
    }
  }

  #free(scope: RequestScope | undefined): boolean {
    return this.#running < this.most && !(scope && this.#scopes.has(scope));
  }

  #begin(scope: RequestScope | undefined): void {
    this.#running += 1;
    if (scope) this.#scopes.add(scope);
  }

  async #wait(scope: RequestScope | undefined): Promise<void> {
    if (this.#waiting.size >= this.most * QUEUE_PER_SLOT) throw BUSY;
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        scope,
        start: () => {
          this.#waiting.delete(waiting);
          stop?.();
          this.#begin(scope);
          resolve();
        },
      };
      this.#waiting.add(waiting);
      const stop = scope?.onEnd((reason) => {
        this.#waiting.delete(waiting);
        reject(reason);
      });
    });
  }

  #next(): void {
    for (const waiting of this.#waiting) if (this.#free(waiting.scope)) waiting.start();
  }
}

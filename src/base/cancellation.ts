import type { RequestScope, StatementRun } from './request.js';

/**
 * Aborts a statement that nobody waits for any more: what an AbortController is, without an event for each statement.
 */
export class Cancellation {
  /** Why it was aborted; null while somebody waits for the statement. */
  reason: Error | null = null;
  /** Called by {@link abort} while the statement runs. */
  onAbort: (() => void) | null = null;

  /** What runs, once it has a connection. */
  ran: StatementRun | null = null;

  abort(reason: Error): void {
    this.reason = reason;
    this.onAbort?.();
  }
}

/** What requests wait for together; its statement is cancelled when all that wait have ended. */
export class Shared<T> {
  readonly cancellation = new Cancellation();
  #waiting = 0;

  /** @param onAbandoned  called when nobody waits any more, so that whoever comes now is not cancelled with those */
  constructor(private readonly onAbandoned: () => void) {}

  /** The outcome, for one request. */
  wait(outcome: Promise<T>, scope: RequestScope): Promise<T> {
    this.#waiting += 1;
    return new Promise<T>((resolve, reject) => {
      const note = (): void => {
        if (this.cancellation.ran) scope.ran(this.cancellation.ran);
      };
      const stop = scope.onEnd((reason) => {
        note();
        reject(reason);
        if (--this.#waiting > 0) return;
        this.onAbandoned();
        this.cancellation.abort(reason);
      });
      outcome.then(
        (value) => {
          stop();
          note();
          resolve(value);
        },
        (error: unknown) => {
          stop();
          note();
          reject(error);
        },
      );
    });
  }
}

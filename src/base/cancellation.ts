import type { RequestScope, StatementRun } from './request.js';

/** How those who wait for a statement let go of it. */
export class Leash {
  /** Why nobody waits any more; null while somebody does. */
  gone: Error | null = null;
  /** Called when the last one lets go while the statement runs. */
  onGone: (() => void) | null = null;

  /** What runs, once it has a connection. */
  ran: StatementRun | null = null;

  letGo(reason: Error): void {
    this.gone = reason;
    this.onGone?.();
  }
}

/** What requests wait for together; its statement is cancelled when all that wait have ended. */
export class Shared<T> {
  readonly leash = new Leash();
  #waiting = 0;

  /** @param onAbandoned  called when nobody waits any more, so that whoever comes now is not cancelled with those */
  constructor(private readonly onAbandoned: () => void) {}

  /** The outcome, for one request. */
  wait(outcome: Promise<T>, scope: RequestScope): Promise<T> {
    this.#waiting += 1;
    return new Promise<T>((resolve, reject) => {
      const note = (): void => {
        if (this.leash.ran) scope.ran(this.leash.ran);
      };
      const stop = scope.onEnd((reason) => {
        note();
        reject(reason);
        if (--this.#waiting > 0) return;
        this.onAbandoned();
        this.leash.letGo(reason);
      });
      outcome.then(
        (value) => {
          stop();
          note();
          resolve(value);
        },
        (error: Error) => {
          stop();
          note();
          reject(error);
        },
      );
    });
  }
}

import type { CompiledQuery } from 'kysely';
import type { RequestScope } from './request-scope.js';
import { statementName } from './template.js';

/** How those who wait for a statement let go of it. */
export class Leash {
  /** Why nobody waits any more; null while somebody does. */
  gone: Error | null = null;
  /** Called when the last one lets go while the statement runs. */
  onGone: (() => void) | null = null;

  letGo(reason: Error): void {
    this.gone = reason;
    this.onGone?.();
  }
}

/** Runs a statement until its leash is let go. */
export type Run = <Row>(query: CompiledQuery<Row>, leash: Leash) => Promise<Row[]>;

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
      const stop = scope.onEnd((reason) => {
        reject(reason);
        if (--this.#waiting > 0) return;
        this.onAbandoned();
        this.leash.letGo(reason);
      });
      outcome.then(
        (value) => {
          stop();
          resolve(value);
        },
        (error: Error) => {
          stop();
          reject(error);
        },
      );
    });
  }
}

interface Flight {
  /** Null when it has ended: V8 keeps what was deleted from a Map until it collects the old generation. */
  rows: Promise<unknown[]> | null;
  readonly shared: Shared<unknown[]>;
}

/** Runs of a statement that requests share: whoever asks the same before the first has its answer gets that one too. */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  constructor(private readonly run: Run) {}

  /** The rows of a statement for one request. */
  join<Row>(query: CompiledQuery<Row>, scope: RequestScope): Promise<Row[]> {
    const key = `${statementName(query.sql) ?? query.sql} ${JSON.stringify(query.parameters)}`;
    const { rows, shared } = this.#flights.get(key) ?? this.#start(key, query);
    return shared.wait(rows!, scope) as Promise<Row[]>;
  }

  #start(key: string, query: CompiledQuery): Flight {
    const end = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
      flight.rows = null;
    };
    const shared = new Shared<unknown[]>(end);
    const rows = this.run(query, shared.leash);
    const flight: Flight = { shared, rows };
    this.#flights.set(key, flight);
    rows.then(end, end);
    return flight;
  }
}

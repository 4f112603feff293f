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

interface Flight {
  readonly rows: Promise<unknown[]>;
  readonly leash: Leash;
  waiting: number;
}

/** Runs of a statement that requests share: whoever asks the same before the first has its answer gets that one too. */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  /** @param run  runs a statement until its leash is let go */
  constructor(private readonly run: <Row>(query: CompiledQuery<Row>, leash: Leash) => Promise<Row[]>) {}

  /** The rows of a statement for one request; it is cancelled when all that wait for it have ended. */
  join<Row>(query: CompiledQuery<Row>, scope: RequestScope): Promise<Row[]> {
    const key = `${statementName(query.sql) ?? query.sql} ${JSON.stringify(query.parameters)}`;
    const flight = this.#flights.get(key) ?? this.#start(key, query);
    flight.waiting += 1;
    return new Promise<Row[]>((resolve, reject) => {
      const stop = scope.onEnd((reason) => {
        reject(reason);
        if (--flight.waiting > 0) return;
        // Whoever comes now must not be cancelled with those who left.
        this.#end(key, flight);
        flight.leash.letGo(reason);
      });
      flight.rows.then(
        (rows) => {
          stop();
          resolve(rows as Row[]);
        },
        (error: Error) => {
          stop();
          reject(error);
        },
      );
    });
  }

  #start(key: string, query: CompiledQuery): Flight {
    const leash = new Leash();
    const rows = this.run(query, leash);
    const flight: Flight = { rows, leash, waiting: 0 };
    this.#flights.set(key, flight);
    const end = (): void => this.#end(key, flight);
    rows.then(end, end);
    return flight;
  }

  #end(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}

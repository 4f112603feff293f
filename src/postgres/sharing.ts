import { type Leash, Shared } from '../base/cancellation.js';
import type { RequestScope } from '../base/request.js';
import type { NamedQuery } from '../base/named-query.js';

/** Runs a statement until its leash is let go. */
export type Run = <Row>(query: NamedQuery<Row>, leash: Leash) => Promise<Row[]>;

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
  join<Row>(query: NamedQuery<Row>, scope: RequestScope): Promise<Row[]> {
    const key = `${query.name ?? query.sql} ${JSON.stringify(query.parameters)}`;
    const { rows, shared } = this.#flights.get(key) ?? this.#start(key, query);
    return shared.wait(rows!, scope) as Promise<Row[]>;
  }

  #start(key: string, query: NamedQuery): Flight {
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

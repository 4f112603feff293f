import { type Cancellation, Shared } from '../base/cancellation.js';
import type { RequestScope } from '../base/request.js';
import type { NamedQuery } from '../base/named-query.js';

/** Runs a statement unless it is aborted. */
export type Run<T> = (query: NamedQuery, cancellation: Cancellation) => Promise<T>;

interface Flight<T> {
  /** Null when it has ended: V8 keeps what was deleted from a Map until it collects the old generation. */
  rows: Promise<T> | null;
  readonly shared: Shared<T>;
}

/** Runs of a statement that requests share: whoever asks the same before the first has its answer gets that one too. */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();

  constructor(private readonly run: Run<T>) {}

  /** What a statement gives, for one request. */
  join(query: NamedQuery, scope: RequestScope): Promise<T> {
    const key = `${query.name ?? query.sql} ${JSON.stringify(query.parameters)}`;
    const { rows, shared } = this.#flights.get(key) ?? this.#start(key, query);
    return shared.wait(rows!, scope);
  }

  #start(key: string, query: NamedQuery): Flight<T> {
    const end = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
      flight.rows = null;
    };
    const shared = new Shared<T>(end);
    const rows = this.run(query, shared.cancellation);
    const flight: Flight<T> = { shared, rows };
    this.#flights.set(key, flight);
    rows.then(end, end);
    return flight;
  }
}

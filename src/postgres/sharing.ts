import { type Cancellation, Shared } from '../base/cancellation.js';
import type { RequestScope } from '../base/request.js';
import type { NamedQuery } from '../base/named-query.js';

/** Runs a statement unless it is aborted. */
export type Run<T> = (query: NamedQuery, cancellation: Cancellation) => Promise<T>;

interface SharedRun<T> {
  /** Null when it has ended: V8 keeps what was deleted from a Map until it collects the old generation. */
  rows: Promise<T> | null;
  readonly shared: Shared<T>;
}

/** Runs of a statement that requests share: whoever asks the same before the first has its answer gets that one too. */
export class SharedRuns<T> {
  readonly #runs = new Map<string, SharedRun<T>>();

  constructor(private readonly run: Run<T>) {}

  /** What a statement gives, for one request. */
  join(query: NamedQuery, scope: RequestScope): Promise<T> {
    const key = `${query.name ?? query.sql} ${JSON.stringify(query.parameters)}`;
    const { rows, shared } = this.#runs.get(key) ?? this.#start(key, query);
    return shared.wait(rows!, scope);
  }

  #start(key: string, query: NamedQuery): SharedRun<T> {
    const end = (): void => {
      if (this.#runs.get(key) === run) this.#runs.delete(key);
      run.rows = null;
    };
    const shared = new Shared<T>(end);
    const rows = this.run(query, shared.cancellation);
    const run: SharedRun<T> = { shared, rows };
    this.#runs.set(key, run);
    rows.then(end, end);
    return run;
  }
}

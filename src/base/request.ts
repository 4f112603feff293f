import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceSpan } from './tracing.js';

/** Statements that one request may have running at a time, so that no dashboard takes the whole pool. */
const AT_ONCE = 4;

/** A statement as the log knows it. */
export interface StatementRun {
  readonly label: string;
  /** Process of the server that it ran in, as PostgreSQL's own log has it; behind a pooler, the pooler's. */
  readonly backend: number | null;
}

/** Statements and backends that a request's line in the log names at most. */
const MAX_NAMED = 20;

/** What one request carries down to its statements, and what they leave behind. */
export class RequestScope {
  /** Time spent waiting for the database, in milliseconds. */
  databaseMs = 0;
  statements = 0;
  /** Who asks, where there are keys. */
  client: string | null = null;
  /** Address of the client; null where it had left before its request was read. */
  address: string | null = null;
  /** Whose share this request takes of: the name of a key, otherwise an address. Empty for the server itself. */
  caller = '';
  /** Where it went: the path and the query, as the client wrote them. */
  url = '';
  /** Whether it is answered from sample data. */
  sample = false;
  /** Whether only the headers of its answer are sent: then no export is begun. */
  headersOnly = false;
  /** Whether its answer is an export, which holds one of few connections while it is sent. */
  exporting = false;
  /** When it began to be told of changes, in milliseconds after its start: from then on it may go on for hours. */
  listeningAfterMs: number | null = null;
  /** Whether its key still holds; true where there are none. */
  holdsKey: () => boolean = () => true;
  /** What statements are part of in a trace, where the request is traced. */
  trace: TraceSpan | null = null;
  /** The error that answered it, or the first of those that its GraphQL answer holds; null where none did. */
  problem: { readonly code: string; readonly status: number; readonly message: string } | null = null;
  /** What broke the answer after its first byte had been sent; null where nothing did. */
  broken: Error | null = null;
  /** Names of the statements that answered it, those it shared with others included. */
  readonly labels = new Set<string>();
  /** The backends that they ran in. */
  readonly backends = new Set<number>();
  #ended: Error | null = null;
  readonly #listeners = new Set<(reason: Error) => void>();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param condition  the request's `If-None-Match` */
  constructor(
    readonly id: string,
    readonly condition?: string,
  ) {}

  /** Why the request is over: its client left or its time is up. Null while it goes on. */
  get ended(): Error | null {
    return this.#ended;
  }

  /** Notes a statement that ran for it. */
  ran({ label, backend }: StatementRun): void {
    if (this.labels.size < MAX_NAMED) this.labels.add(label);
    if (backend !== null && this.backends.size < MAX_NAMED) this.backends.add(backend);
  }

  /** Ends everything that runs for this request; those who wait see `reason`. */
  end(reason: Error): void {
    if (this.#ended) return;
    this.#ended = reason;
    for (const listener of this.#listeners) listener(reason);
    this.#listeners.clear();
  }

  /** Calls back when the request ends early; what it returns stops that. */
  onEnd(listener: (reason: Error) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Whether it has had a statement: it then waits for a connection with those that are half done. */
  get begun(): boolean {
    return this.statements > 0;
  }

  /** Runs one statement's work in its turn, and adds its time to the request's account. */
  async account<T>(work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await this.turn(work);
    } finally {
      this.databaseMs += performance.now() - started;
      this.statements += 1;
    }
  }

  /** Runs one statement's work when fewer than {@link AT_ONCE} of this request run. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      if (this.#ended) throw this.#ended;
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The turn passes on as it is.
      if (next) next();
      else this.#running -= 1;
    }
  }
}

/** What several requests wait for together: it belongs to none of them, and has no turn to wait for. */
export class SharedScope extends RequestScope {
  override get begun(): boolean {
    return true;
  }

  override turn<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }
}

const storage = new AsyncLocalStorage<RequestScope>();

/** Runs the rest of a request inside its scope. */
export function enterRequest<T>(scope: RequestScope, run: () => T): T {
  return storage.run(scope, run);
}

/** The scope of the request being served, if one is. */
export function currentRequest(): RequestScope | undefined {
  return storage.getStore();
}

/** Runs work that several requests share: it ends with none of them. */
export function outsideRequest<T>(run: () => T): T {
  return storage.exit(run);
}

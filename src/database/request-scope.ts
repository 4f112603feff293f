import { AsyncLocalStorage } from 'node:async_hooks';

/** What one request carries down to its statements, and what they leave behind. */
export interface RequestScope {
  readonly id: string;
  /** Aborted when the client leaves: running statements are cancelled. */
  readonly signal: AbortSignal;
  /** Time spent waiting for the database, in milliseconds. */
  databaseMs: number;
  statements: number;
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

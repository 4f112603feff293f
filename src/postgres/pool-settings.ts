import type { Passwords } from './address.js';

/** How a pool behaves; the names follow SQLAlchemy's, which the pipeline uses. Times in milliseconds. */
export interface PoolSettings {
  readonly url: string;
  readonly passwords?: Passwords;
  readonly applicationName: string;
  /** Connections that are kept. */
  readonly size: number;
  /** Further ones under load, closed again when idle. */
  readonly overflow: number;
  /** How long a request waits for a connection, the time to open one included. */
  readonly acquireTimeout: number;
  /** Age at which a connection is replaced. */
  readonly recycle: number;
  /** Whether a connection that may have been lost is asked before it is used. */
  readonly prePing: boolean;
  readonly lockTimeout: number;
  readonly statementTimeout: number;
  /** How long a reply may take before the connection counts as lost; longer than a statement may run. 0: no limit. */
  readonly replyTimeout: number;
  readonly onError: (error: Error) => void;
  /** What one client may hold of it while others are there. */
  readonly clientShare?: number;
  /** What each connection is used for, in words. */
  readonly uses?: 'statements' | 'exports';
}

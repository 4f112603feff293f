import type { HeldLocks } from '../monitoring/upkeep.sql.js';
import type { ColumnFault, OddRows, ReplicationSlot, Retention, Upkeep } from '../monitoring/upkeep.model.js';

/** How a command that writes is told where. */
export const ADMIN = 'DATABASE_ADMIN_URL=postgres://admin@host/database';

/** How much a finding matters: nothing to do, look at it, or the API cannot serve like this. */
export const Level = { OK: 'ok', WARNING: 'warning', ERROR: 'error' } as const;
export type Level = (typeof Level)[keyof typeof Level];

/** One thing that the doctor looked at, and what to do about it. */
export interface Finding {
  readonly level: Level;
  /** Stable name for scripts. */
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
}

/** A server as one address of it showed itself. */
export interface Instance {
  /** Where it was reached: `127.0.0.1:5432`, `[::1]:5432` or a socket's directory. */
  readonly at: string;
  readonly reachable: boolean;
  /** PostgreSQL's identifier of the cluster, or null where it did not let us in. */
  readonly system: string | null;
  /** Why nothing more is known: `refused`, `auth`, `timeout` or `error`. */
  readonly reason: string | null;
}

/** What one data set holds; null where it is missing or may not be read. */
export interface DataSet {
  readonly name: string;
  readonly exists: boolean;
  readonly readable: boolean;
  /** Whether an index of it keeps its key unique, so that no page repeats or skips a row. */
  readonly unique: boolean;
  /** Approximate: from statistics, never by counting a hypertable. */
  readonly rows: number | null;
  /** UTC instants. */
  readonly first: string | null;
  readonly last: string | null;
}

/** A background job of TimescaleDB on our tables. */
export interface Policy {
  readonly name: string;
  readonly on: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly lastSuccess: string | null;
  readonly lastStatus: string | null;
  /** Why it last failed; null where the role may not see it. */
  readonly lastError: string | null;
  readonly nextStart: string | null;
}

/** What a server said about itself, us, and the data. */
export interface Facts {
  readonly server: {
    readonly version: string;
    readonly number: number;
    readonly database: string;
    readonly system: string;
    readonly started: string;
    readonly standby: boolean;
    /** The history that it writes or follows, and how far, in the log. */
    readonly timeline: number;
    readonly position: string;
    readonly encrypted: boolean;
    readonly maxConnections: number;
    readonly maxLocksPerTransaction: number;
    readonly timescaledb: string | null;
    readonly statStatements: boolean;
  };
  readonly role: {
    readonly name: string;
    /** `superuser`, `create roles`, `insert into news.news_articles` and so on: empty for a reader. */
    readonly mayDo: readonly string[];
    /** Of the databases that every server has, those that it may connect to. */
    readonly elsewhere: readonly string[];
  };
  readonly data: readonly DataSet[];
  readonly aggregate: {
    readonly kind: 'continuous' | 'view' | null;
    readonly materializedThrough: string | null;
    readonly realTime: boolean;
    readonly historyComplete: boolean;
    /** Why its stored days are not used; null where they are. */
    readonly note: string | null;
    readonly lastRefreshAt: string | null;
  };
  readonly chunks: number;
  readonly policies: readonly Policy[];
  /** Days of one symbol in the newest fortnight that have bars of several timeframes, and an example. */
  readonly mixed: { readonly days: number; readonly example: string | null };
  /** The last of the few first days with bars that lie years before all others; null where there are none such. */
  readonly stray: string | null;
  /** Archive, log, slots, columns, odd rows and retention, as monitoring shows them. */
  readonly care: {
    readonly upkeep: Upkeep;
    readonly lockHolders: readonly HeldLocks[];
    readonly slots: readonly ReplicationSlot[];
    readonly columnFaults: readonly ColumnFault[];
    readonly oddRows: readonly OddRows[];
    readonly retention: Retention | null;
    /** Whether the role may read all of the archive of bars; also where there is none. */
    readonly archiveAllowed: boolean;
    /** Whether the daily aggregate's rows are UTC days; null where there is none. */
    readonly utcDays: boolean | null;
    /** Whether searches of news have their indexes; null where that cannot be seen. */
    readonly newsIndexed: boolean | null;
  };
  /** Server's clock minus ours, in milliseconds, as exact as the round trip lets us tell. */
  readonly skewMs: number;
}

/** What was found behind one connection URL. */
export interface Diagnosis {
  /** Host, port and database; never the password. */
  readonly target: string;
  readonly facts: Facts | null;
  readonly instances: readonly Instance[];
  readonly findings: readonly Finding[];
}

/** 0 when all is well, 1 with a warning, 2 with an error. */
export function exitCode(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ level }) => level === 'error')) return 2;
  return findings.some(({ level }) => level === 'warning') ? 1 : 0;
}

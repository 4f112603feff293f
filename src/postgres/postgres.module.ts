import { Global, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { throttled } from '../base/log.js';
import { type Config, replicaUrls, REPLY_GRACE_MS } from '../config/config.js';
import type { Tracing } from '../base/tracing.js';
import { Cancels } from './cancel.js';
import { passwordsOf } from './address.js';
import { codeOf, Database } from './database.js';
import { Exports } from './exports.js';
import { Traffic } from './pace.js';
import { Pool } from './pool.js';
import { Replicas, Standby } from './replicas.js';

/** What the database module needs to know. */
export interface DatabaseOptions {
  readonly url: string;
  readonly config: Readonly<Config>;
  /** Whether it is the built-in database with sample data, which every answer then says. */
  readonly sample?: boolean;
  /** Where statements are traced. */
  readonly tracing?: Tracing | null;
}

/** The connections: one pool for pages, a small one for exports. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    private readonly db: Database,
    private readonly exports: Exports,
  ) {}

  static forRoot({ url, config, tracing = null }: DatabaseOptions): {
    module: typeof DatabaseModule;
    providers: object[];
    exports: unknown[];
  } {
    const log = new Logger('Database');
    const warn = throttled((line) => log.warn(line));
    const passwords = passwordsOf(config);
    const common = {
      passwords,
      acquireTimeout: config.DATABASE_POOL_TIMEOUT * 1000,
      recycle: config.DATABASE_POOL_RECYCLE * 1000,
      prePing: config.DATABASE_POOL_PRE_PING,
      lockTimeout: config.DATABASE_LOCK_TIMEOUT_MS,
      clientShare: config.CLIENT_SHARE,
      onError: (error: Error) => warn(`a connection was lost: ${codeOf(error)}`),
    };
    const cancels = new Cancels();
    const pages = (at: string): Pool =>
      new Pool({
        ...common,
        url: at,
        applicationName: 'tetra-api',
        size: config.DATABASE_POOL_SIZE,
        overflow: config.DATABASE_MAX_OVERFLOW,
        statementTimeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
        replyTimeout: config.DATABASE_STATEMENT_TIMEOUT_MS + REPLY_GRACE_MS,
      });
    const replicas = (): Replicas | null => {
      const standbys = replicaUrls(config).map((at) => new Standby(new URL(at).host, pages(at), at, passwords));
      if (standbys.length === 0) return null;
      return new Replicas(standbys, { url, passwords }, config.DATABASE_REPLICA_MAX_LAG_MS, (line) => log.log(line));
    };
    const db = (): Database =>
      new Database(pages(url), cancels, (code) => warn(`a statement failed: ${code}`), replicas(), tracing);
    const exports = (pages: Database): Exports =>
      new Exports(
        new Pool({
          ...common,
          url,
          applicationName: 'tetra-export',
          size: config.DATABASE_EXPORT_POOL_SIZE,
          overflow: 0,
          statementTimeout: config.DATABASE_EXPORT_TIMEOUT_MS,
          replyTimeout: 0,
          uses: 'exports',
        }),
        cancels,
        config.DATABASE_EXPORT_TIMEOUT_MS,
        new Traffic(() => pages.pool.uses),
        tracing,
      );
    return {
      module: DatabaseModule,
      providers: [
        { provide: Database, useFactory: db },
        { provide: Exports, useFactory: exports, inject: [Database] },
      ],
      exports: [Database, Exports],
    };
  }

  /** Last of all, when no request is left to need a connection. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.db.close(), this.exports.close()]);
  }
}

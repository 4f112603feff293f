import { Global, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Lists } from '../common/lists.js';
import type { Config } from '../config/config.js';
import { Database, openPool } from './database.js';
import { Exports } from './exports.js';

/** What the database module needs to know. */
export interface DatabaseOptions {
  readonly url: string;
  readonly config: Readonly<Config>;
}

/** The connections: one pool for pages, a small one for exports. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    private readonly db: Database,
    private readonly exports: Exports,
  ) {}

  static forRoot({ url, config }: DatabaseOptions): {
    module: typeof DatabaseModule;
    providers: object[];
    exports: unknown[];
  } {
    const log = new Logger('Database');
    const common = {
      url,
      acquireTimeout: config.DATABASE_POOL_TIMEOUT_MS,
      recycle: config.DATABASE_POOL_RECYCLE_SECONDS * 1000,
      lockTimeout: config.DATABASE_LOCK_TIMEOUT_MS,
      onError: (error: Error) => log.warn(`a connection was lost: ${(error as { code?: string }).code ?? error.name}`),
    };
    const db = (): Database =>
      new Database(
        openPool({
          ...common,
          applicationName: 'tetra-api',
          max: config.DATABASE_POOL_SIZE + config.DATABASE_MAX_OVERFLOW,
          statementTimeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
          replyTimeout: config.DATABASE_STATEMENT_TIMEOUT_MS + 1000,
        }),
      );
    const exports = (): Exports =>
      new Exports(
        openPool({
          ...common,
          applicationName: 'tetra-export',
          max: config.DATABASE_EXPORT_POOL_SIZE,
          statementTimeout: config.DATABASE_EXPORT_TIMEOUT_MS,
          replyTimeout: 0,
        }),
      );
    return {
      module: DatabaseModule,
      providers: [{ provide: Database, useFactory: db }, { provide: Exports, useFactory: exports }, Lists],
      exports: [Database, Exports, Lists],
    };
  }

  /** Last of all, when no request is left to need a connection. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.db.close(), this.exports.close()]);
  }
}

import { afterAll, beforeAll } from '@jest/globals';
import pg from 'pg';
import { startApp, type TestApp } from '../../support/app.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { Truth } from './truth.js';

/** An API on a database of its own, and who asks that database directly. */
export interface OwnDatabase {
  api: TestApp;
  truth: Truth;
}

/** Makes a database with its data before the tests of a file, and drops it after them. */
export function ownDatabase(insert: (sql: pg.Client) => Promise<void>): OwnDatabase {
  const own = {} as OwnDatabase;
  let database: TestDatabase;
  let sql: pg.Client;
  beforeAll(async () => {
    database = await createDatabase({ hostileZone: true });
    sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
    await sql.connect();
    await insert(sql);
    own.api = await startApp(database.urls.reader, { LOG_LEVEL: 'silent' });
    own.truth = new Truth(sql);
  }, 120_000);
  afterAll(async () => {
    await own.api?.close();
    await sql?.end();
    await database?.drop();
  });
  return own;
}

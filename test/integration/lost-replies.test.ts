import { expect, it } from '@jest/globals';
import { Database } from '../../src/postgres/database.js';
import { startApp } from '../support/app.js';
import { asAdmin, sharedDatabase } from '../support/database.js';

it('a connection whose backend does nothing for who waits is broken, one whose backend works is not', async () => {
  const api = await startApp(sharedDatabase().reader);
  const { pool } = api.app.get(Database, { strict: false });
  const [lost, working] = [await pool.take(), await pool.take()];
  const slow = working.query('select pg_sleep(3)');
  await asAdmin(sharedDatabase().admin, async (admin) => {
    const runs = `select from pg_stat_activity where query = 'select pg_sleep(3)' and state = 'active'`;
    while ((await admin.query(runs)).rowCount === 0);
  });
  await pool.breakLost(0);
  expect(lost.connection.stream.destroyed).toBe(true);
  expect(working.connection.stream.destroyed).toBe(false);
  await slow;
  pool.give(lost, true);
  pool.give(working, false);
  await api.close();
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { readFacts } from '../../src/operations/doctor/facts.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

describe('what the doctor says that a role may do', () => {
  const role = `tetra_test_role_${process.pid}`;
  let database: TestDatabase;
  /** From PostgreSQL 17 on there is a right to maintain a table, which lets its holder lock it. */
  let maintains: boolean;

  beforeAll(async () => {
    database = await createDatabase({ plain: true });
    await asAdmin(database.urls.admin, async (client) => {
      const { rows } = await client.query<{ maintains: boolean }>(
        `select current_setting('server_version_num')::int >= 170000 as maintains`,
      );
      maintains = rows[0]!.maintains;
      await client.query(`create role ${role} login password 'of-the-test' in role tetra_reader;
        grant update on economic_data.economic_data to ${role}`);
      if (maintains) await client.query(`grant maintain on market_data.ohlcv to ${role}`);
    });
  });

  afterAll(async () => {
    await asAdmin(database.urls.admin, (client) => client.query(`drop owned by ${role}; drop role ${role}`));
    await database.drop();
  });

  it('is what it may write, and what it may maintain where there is such a right', async () => {
    const url = new URL(database.urls.admin);
    url.username = role;
    url.password = 'of-the-test';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      expect((await readFacts(client)).role).toMatchObject({
        name: role,
        mayDo: ['update economic_data.economic_data', ...(maintains ? ['maintain market_data.ohlcv'] : [])],
      });
    } finally {
      await client.end();
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { columnFaults } from '../../src/operations/monitoring/upkeep.sql.js';
import { ALL_DATA_SETS, DATA_SCHEMAS, SCHEMAS, WRITTEN_DATA_SETS } from '../../src/sql/data-sets.js';
import { readStored } from '../../src/sql/tables.js';
import { sharedDatabase } from '../support/database.js';

let sql: pg.Client;
beforeAll(async () => {
  sql = new pg.Client({ connectionString: sharedDatabase().admin });
  await sql.connect();
});
afterAll(() => sql.end());

describe('the data sets', () => {
  it('have the columns of the real database', async () => {
    const { rows } = await sql.query<{ relation: string; column: string; type: string; nullable: boolean }>(
      `select n.nspname || '.' || c.relname as relation, a.attname as column, format_type(a.atttypid, null) as type, not a.attnotnull as nullable
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       where n.nspname || '.' || c.relname = any($1) and a.attnum > 0 and not a.attisdropped`,
      [ALL_DATA_SETS.map(({ name }) => name)],
    );
    const line = (column: string, nullable: boolean): string => `${column}${nullable ? '?' : ''}`;
    const declared = ALL_DATA_SETS.flatMap(({ name, columns }) =>
      Object.entries(columns).map(([column, as]) => line(`${name}.${column}`, readStored(as).nullable)),
    );
    expect(declared.sort()).toEqual(
      rows.map(({ relation, column, nullable }) => line(`${relation}.${column}`, nullable)).sort(),
    );
    expect(columnFaults(rows)).toEqual([]);
  });

  it.each(WRITTEN_DATA_SETS)('$name has a unique index on its key, and one that begins with its time', async (set) => {
    const { rows } = await sql.query<{ columns: string[]; unique: boolean }>(
      `select array(select a.attname::text from unnest(i.indkey) with ordinality as k (n, at)
         join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.n order by k.at) as columns,
         i.indisunique as unique from pg_index as i where i.indrelid = $1::regclass`,
      [set.name],
    );
    const sorted = (names: readonly string[]): string => names.toSorted().join();
    expect(rows.filter(({ unique }) => unique).map(({ columns }) => sorted(columns))).toContain(sorted(set.key));
    expect(rows.map(({ columns }) => columns[0])).toContain(set.time);
  });

  it('are in schemas that db/080-roles.sql grants', () => {
    const roles = readFileSync(new URL('../../db/080-roles.sql', import.meta.url), 'utf8');
    const [, granted] = /FOREACH data_schema IN ARRAY ARRAY\[(.*)\] LOOP/.exec(roles)!;
    expect(granted!.split(', ').map((name) => name.slice(1, -1))).toEqual(DATA_SCHEMAS);
  });

  it('have upstream’s seven schemas around them', async () => {
    const { rows } = await sql.query<{ name: string }>(
      `select nspname as name from pg_namespace where nspname = any($1) order by 1`,
      [SCHEMAS],
    );
    expect(rows).toHaveLength(7);
  });
});

describe('the role that this API logs in as', () => {
  let reader: pg.Client;
  beforeAll(async () => {
    reader = new pg.Client({ connectionString: sharedDatabase().reader });
    await reader.connect();
    // The walls must hold without the setting, which any session may turn off.
    await reader.query('set default_transaction_read_only = off');
  });
  afterAll(() => reader.end());

  it.each([
    `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source) values ('X', now(), 1, 1, 1, 1, 1, '1d', 'x')`,
    `update market_data.ohlcv set close = close`,
    `delete from news.news_articles`,
    `truncate events.event_data`,
    `create table public.t (a int)`,
    `create temp table t (a int)`,
    `create schema mine`,
    `select lo_create(0)`,
    `do $$ begin end $$`,
    `copy market_data.ohlcv to program 'true'`,
    `select pg_read_file('/etc/hostname')`,
    `alter table market_data.ohlcv add column x int`,
    `set role postgres`,
    `select pg_advisory_lock(1)`,
    `select pg_logical_emit_message(false, 'x', 'y')`,
  ])('may not %s', async (statement) => {
    await expect(reader.query(statement)).rejects.toMatchObject({ code: expect.stringMatching(/^42501$|^25006$/) });
  });

  it.each(ALL_DATA_SETS)('may read $name', async ({ name }) => {
    await expect(reader.query(`select 1 from ${name} limit 1`)).resolves.toBeTruthy();
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { sharedDatabase } from '../support/database.js';

let sql: pg.Client;
beforeAll(async () => {
  sql = new pg.Client({ connectionString: sharedDatabase().admin });
  await sql.connect();
});
afterAll(() => sql.end());

const KINDS: Record<string, string> = {
  uuid: 'Text',
  'character varying': 'Text',
  text: 'Text',
  numeric: 'Numeric',
  bigint: 'Int8',
  integer: 'Int4',
  boolean: 'Bool',
  'timestamp with time zone': 'Timestamptz',
};

/** What src/sql/tables.ts declares, as `relation.column: Type`. */
function declared(): string[] {
  const text = readFileSync(new URL('../../src/sql/tables.ts', import.meta.url), 'utf8');
  const relations = new Map(
    [...text.matchAll(/'([a-z_.]+)': (\w+);/g)].map(([, relation, type]) => [type!, relation!]),
  );
  return [...text.matchAll(/export interface (\w+) \{([^}]*)\}/g)].flatMap(([, type, body]) =>
    [...body!.matchAll(/^ {2}(\w+): (.+);$/gm)].flatMap(([, column, kind]) =>
      relations.has(type!) ? [`${relations.get(type!)}.${column}: ${kind}`] : [],
    ),
  );
}

describe('the declared tables', () => {
  it('are those of the real database, column by column', async () => {
    const { rows } = await sql.query<{ relation: string; column: string; type: string; nullable: boolean }>(
      `select n.nspname || '.' || c.relname as relation, a.attname as column, format_type(a.atttypid, null) as type, not a.attnotnull as nullable
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       where n.nspname || '.' || c.relname = any($1) and a.attnum > 0 and not a.attisdropped order by n.nspname, c.relname, a.attnum`,
      [
        [
          'market_data.ohlcv',
          'market_data.ohlcv_daily',
          'economic_data.economic_data',
          'news.news_articles',
          'events.event_data',
        ],
      ],
    );
    const real = rows.map(({ relation, column, type, nullable }) => {
      const kind = KINDS[type] ?? `no kind for ${type}`;
      return `${relation}.${column}: ${nullable ? `Nullable<${kind}>` : kind}`;
    });
    expect(declared().sort()).toEqual(real.sort());
  });

  it('have upstream’s seven schemas around them', async () => {
    const { rows } = await sql.query<{ name: string }>(
      `select nspname as name from pg_namespace where nspname = any($1) order by 1`,
      [['market_data', 'economic_data', 'news', 'events', 'derived', 'strategies', 'execution']],
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
  ])('may not %s', async (statement) => {
    await expect(reader.query(statement)).rejects.toMatchObject({ code: expect.stringMatching(/^42501$|^25006$/) });
  });

  it('may read the four data schemas', async () => {
    for (const relation of [
      'market_data.ohlcv_daily',
      'economic_data.economic_data',
      'news.news_articles',
      'events.event_data',
    ]) {
      await expect(reader.query(`select 1 from ${relation} limit 1`)).resolves.toBeTruthy();
    }
  });
});

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type pg from 'pg';
import { types, SafeClient } from '../../src/postgres/client.js';
import { fromTemplate, placeholder } from '../../src/sql/template.js';
import { sharedDatabase } from '../support/database.js';

let client: SafeClient;
beforeAll(async () => {
  client = new SafeClient({ connectionString: sharedDatabase().reader, types });
  await client.connect();
});
afterAll(() => client.end());

/** A statement of a text of its own that yields a value twice. */
function echo(text: string, value: unknown) {
  const make = () =>
    sql<{
      value: string;
      again: string;
    }>`select ${placeholder('value')}::text as value, ${placeholder('value')}::text as again, ${sql.lit(text)} as of`;
  return fromTemplate(['echo', text], make, { value });
}

async function prepared(): Promise<{ text: string; since: string }[]> {
  const plain: pg.ClientBase = client;
  const { rows } = await plain.query<{ text: string; since: string }>(
    `select statement as text, prepare_time::text as since from pg_prepared_statements where statement like '%as of%'`,
  );
  return rows;
}

const of = (name: string) => async () => (await prepared()).filter(({ text }) => text.includes(`'${name}' as of`));

it('is prepared on its second use, once', async () => {
  const first = of('first');
  await client.run(echo('first', 'a'));
  expect(await first()).toEqual([]);
  await client.run(echo('first', 'b'));
  const [statement] = await first();
  expect(await client.run(echo('first', 'c'))).toEqual([{ value: 'c', again: 'c', of: 'first' }]);
  expect(await first()).toEqual([statement]);
});

it('makes room for others when it is unused for longest, and is prepared again when it is used again', async () => {
  const [often, seldom] = [of('often'), of('seldom')];
  for (const name of ['often', 'often', 'seldom', 'seldom']) await client.run(echo(name, 1));
  const before = await often();
  for (let i = 0; i < 150; i++) {
    for (let use = 0; use < 2; use++) {
      expect(await client.run(echo(`other ${i}`, i))).toEqual([{ value: `${i}`, again: `${i}`, of: `other ${i}` }]);
    }
    await client.run(echo('often', i));
  }
  expect((await prepared()).length).toBe(50);
  expect(await often()).toEqual(before);
  expect(await seldom()).toEqual([]);
  expect(await client.run(echo('seldom', 2))).toEqual([{ value: '2', again: '2', of: 'seldom' }]);
  expect(await seldom()).toHaveLength(1);
});

it('that does not parse fails each time and leaves the connection usable', async () => {
  const wrong = () => fromTemplate(['wrong'], () => sql`select ${placeholder('value')}::no_such_type`, { value: 1 });
  for (let use = 0; use < 3; use++) await expect(client.run(wrong())).rejects.toMatchObject({ code: '42704' });
  expect(await client.run(echo('first', 'd'))).toEqual([{ value: 'd', again: 'd', of: 'first' }]);
});

it('whose value does not fit fails with it alone', async () => {
  const number = (value: string) =>
    fromTemplate<{ n: number }>(['number'], () => sql`select ${placeholder('value')}::int4 as n`, { value });
  for (const value of ['x', 'y', 'z']) await expect(client.run(number(value))).rejects.toMatchObject({ code: '22P02' });
  expect(await client.run(number('7'))).toEqual([{ n: 7 }]);
});

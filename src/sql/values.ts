import { type RawBuilder, sql } from 'kysely';
import type { PlainTable, Tables } from './data-sets.js';

/**
 * The different values of a column that has an index, at most `limit`, in the order of its collation: one step in the
 * index for each, however many rows there are. (A loose index scan; PostgreSQL wiki.)
 */
export function indexedValues<Table extends PlainTable>(
  relation: Table,
  column: keyof Tables[Table] & string,
  limit: number,
): RawBuilder<{ value: string }> {
  const value = sql.ref(`t.${column}`);
  const next = (after: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`(select ${value} as value from ${sql.table(relation)} as t where ${after} order by ${value} limit 1)`;
  return sql`with recursive step as (
    ${next(sql`${value} is not null`)}
    union all
    select ${next(sql`${value} > step.value`)} from step where step.value is not null
  )
  select step.value from step where step.value is not null limit ${limit}`;
}

/** The different values of a column without an index, at most `limit`: reads the whole table once. */
export function scannedValues<Table extends PlainTable>(
  relation: Table,
  column: keyof Tables[Table] & string,
  limit: number,
): RawBuilder<{ value: string }> {
  const value = sql.ref(`t.${column}`);
  return sql`select distinct ${value} as value from ${sql.table(relation)} as t where ${value} is not null limit ${limit}`;
}

import { type RawBuilder, sql } from 'kysely';
import { wireInstant } from './build.js';
import type { Tables } from './tables.js';

/** The first and the last instant of a table, as the wire has them; null where it holds no row. */
export interface Span {
  readonly first: string | null;
  readonly last: string | null;
}

/** A table that is no hypertable. */
export type PlainTable = Exclude<keyof Tables, 'market_data.ohlcv' | 'market_data.ohlcv_daily'>;

/**
 * The first and the last instant in an indexed column of a table that is no hypertable: two index look-ups. Instants
 * that the wire cannot name, infinity among them, do not count.
 */
export function spanOf<Table extends PlainTable>(
  relation: Table,
  column: keyof Tables[Table] & string,
): RawBuilder<Span> {
  const at = sql.ref(`t.${column}`);
  const bound = sql`${at} >= timestamptz '0001-01-01 00:00:00Z' and ${at} < timestamptz '9999-12-31 00:00:00Z'`;
  const end = (order: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`(select ${wireInstant(at)} from ${sql.table(relation)} as t where ${bound} order by ${at} ${order} limit 1)`;
  return sql<Span>`select ${end(sql`asc`)} as first, ${end(sql`desc`)} as last`;
}

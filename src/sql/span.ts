import { type RawBuilder, sql } from 'kysely';
import type { NamedQuery } from '../base/named-query.js';
import { build, wireInstant } from './build.js';
import { DATA_SETS, type PlainTable } from './data-sets.js';
import { instantOf } from './table-columns.js';

/** The first and the last instant of a table, as the wire has them; null where it holds no row. */
export interface Span {
  readonly first: string | null;
  readonly last: string | null;
}

/**
 * The first and the last instant of an ordinary table, by the index on its time: two look-ups. Instants that the wire
 * cannot name, infinity among them, do not count.
 */
export function spanOf(relation: PlainTable): RawBuilder<Span> {
  const at = sql.ref(`t.${DATA_SETS[relation].time}`);
  const bound = sql`${at} >= timestamptz '0001-01-01 00:00:00Z' and ${at} < timestamptz '9999-12-31 00:00:00Z'`;
  const end = (order: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`(select ${wireInstant(instantOf(relation))} from ${sql.table(relation)} as t where ${bound} order by ${at} ${order} limit 1)`;
  return sql<Span>`select ${end(sql`asc`)} as first, ${end(sql`desc`)} as last`;
}

/** The statement for {@link spanOf}, which the log tells from those that read rows. */
export function spanQuery(relation: PlainTable): NamedQuery<Span> {
  return { ...spanOf(relation).compile(build), label: `span ${relation}` };
}

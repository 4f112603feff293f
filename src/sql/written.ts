import { type RawBuilder, sql } from 'kysely';

/**
 * Whether a row was written after an instant: made, or changed where the table keeps when that was. A row of which
 * neither is known was not.
 * @param columns  those that say when it was written
 */
export function writtenAfter(after: RawBuilder<string>, ...columns: readonly string[]): RawBuilder<boolean> {
  return sql<boolean>`greatest(${sql.join(columns.map((column) => sql.ref(column)))}) > ${after}::timestamptz`;
}

import { type RawBuilder, sql } from 'kysely';

/** The instants between which every date has a name on the wire; the end is exclusive. */
export const FIRST = sql`timestamptz '0001-01-01 00:00:00Z'`;
export const END = sql`timestamptz '9999-12-31 00:00:00Z'`;

/** Whether an instant has a date that the wire can name: infinity and years of five digits have none. */
export function nameable(instant: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`${instant} >= ${FIRST} and ${instant} < ${END}`;
}

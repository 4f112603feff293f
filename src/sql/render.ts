import { type Expression, type RawBuilder, sql } from 'kysely';
import { wireDecimal, wireInstant } from './build.js';
import type { Column } from './columns.js';

/** What a list can be sent as. */
export const Format = { JSON: 'json', CSV: 'csv', NDJSON: 'ndjson', COLUMNS: 'columns' } as const;
export type Format = (typeof Format)[keyof typeof Format];

/** How decimals and big integers appear in JSON: as exact number literals, or as strings. */
export const Numbers = { NUMBER: 'number', STRING: 'string' } as const;
export type Numbers = (typeof Numbers)[keyof typeof Numbers];

/** How rows are to be rendered: which columns, in which format. */
export interface Rendering {
  readonly columns: readonly Column[];
  readonly format: Format;
  readonly numbers: Numbers;
}

const ref = (name: string): RawBuilder<unknown> => sql.ref(`q.${name}`);

/** A value of the rows `q` as the wire has it: statements yield decimals and instants as they are stored. */
function wireValue({ name, kind }: Pick<Column, 'name' | 'kind'>): RawBuilder<unknown> {
  if (kind === 'decimal') return wireDecimal(ref(name));
  return kind === 'instant' ? wireInstant(ref(name)) : ref(name);
}

/** Rows as objects: one a row, camelCase names. */
export function renderRows<Row>(rows: Expression<unknown>, columns: readonly Column[]): RawBuilder<Row> {
  const selected = columns.map((c) => sql`${wireValue(c)} as ${sql.ref(c.property)}`);
  return sql<Row>`select ${sql.join(selected)} from ${rows} as q`;
}

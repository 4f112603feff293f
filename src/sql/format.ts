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

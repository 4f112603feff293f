import type { Column } from './columns.js';

/** What rows can be sent as. */
export const RowFormat = { JSON: 'json', CSV: 'csv', NDJSON: 'ndjson', COLUMNS: 'columns' } as const;
export type RowFormat = (typeof RowFormat)[keyof typeof RowFormat];

/** What a list can be sent as: rows, or for some data sets what programs subscribe to. */
export const Format = { ...RowFormat, ICS: 'ics', ATOM: 'atom' } as const;
export type Format = (typeof Format)[keyof typeof Format];

/** How decimals and big integers appear in JSON: as exact number literals, or as strings. */
export const Numbers = { NUMBER: 'number', STRING: 'string' } as const;
export type Numbers = (typeof Numbers)[keyof typeof Numbers];

/** How rows are to be rendered: which columns, in which format. */
export interface Rendering {
  readonly columns: readonly Column[];
  readonly format: RowFormat;
  readonly numbers: Numbers;
}

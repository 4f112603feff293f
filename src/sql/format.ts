import type { Column } from './columns.js';

/** What rows can be sent as in text. */
export const TextFormat = { JSON: 'json', CSV: 'csv', NDJSON: 'ndjson', COLUMNS: 'columns' } as const;
export type TextFormat = (typeof TextFormat)[keyof typeof TextFormat];

/** What rows can be sent as in columns that have types. */
export const ColumnarFormat = { ARROW: 'arrow', PARQUET: 'parquet' } as const;
export type ColumnarFormat = (typeof ColumnarFormat)[keyof typeof ColumnarFormat];

/** What rows can be sent as. */
export const RowFormat = { ...TextFormat, ...ColumnarFormat } as const;
export type RowFormat = (typeof RowFormat)[keyof typeof RowFormat];

/** What a list can be sent as: rows, or for some data sets what programs subscribe to. */
export const Format = { ...RowFormat, ICS: 'ics', ATOM: 'atom' } as const;
export type Format = (typeof Format)[keyof typeof Format];

/** How decimals and big integers appear in JSON: as exact number literals, or as strings. */
export const Numbers = { NUMBER: 'number', STRING: 'string' } as const;
export type Numbers = (typeof Numbers)[keyof typeof Numbers];

interface RenderingAs<Of extends RowFormat> {
  readonly columns: readonly Column[];
  readonly format: Of;
  readonly numbers: Numbers;
}

/** How rows are to be rendered as text. */
export type TextRendering = RenderingAs<TextFormat>;

/** How rows are to be rendered as columns that have types. */
export type ColumnarRendering = RenderingAs<ColumnarFormat>;

/** How rows are to be rendered: which columns, in which format. */
export type Rendering = TextRendering | ColumnarRendering;

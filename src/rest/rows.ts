import { csvHeader, JSON_BETWEEN, type Rendering } from '../sql/render.js';
import { type Answer, listAnswer, type ListMeta, objectAnswer } from './answer.js';
import type { Cache } from '../contract/caching.js';
import { type OutputArgs, renderingOf, type RowsArgs } from '../contract/output.args.js';
import type { Column } from '../sql/columns.js';

/** What goes with rows that are objects. */
export interface RowsOptions {
  readonly args: RowsArgs & Partial<OutputArgs>;
  readonly model: abstract new () => object;
  readonly meta: ListMeta;
  readonly cache: Cache;
  /** Name of the file that a browser saves, without its ending. */
  readonly fileName: string;
  /** Where the next page starts, or null, for a list that comes in pages. */
  readonly token?: string | null;
}

/** The answer for a list whose rows are objects as GraphQL has them, in the format that was asked for. */
export function rowsAnswer(rows: readonly object[], options: RowsOptions): Answer {
  const { args, model, meta, cache, fileName, token } = options;
  const rendering = renderingOf(model, args);
  const text = rowsText(rows, rendering);
  if (rendering.format === 'json' || rendering.format === 'columns') {
    return { ...objectAnswer(text, meta, cache, [text], token), numbers: rendering.numbers };
  }
  const page = { body: Buffer.from(text), nextPageToken: token ?? null };
  return listAnswer(page, meta, rendering, cache, fileName);
}

/** The answer for one object: null or a JSON object in JSON, elsewhere a list of one row or none. */
export function rowAnswer(row: object | null, options: RowsOptions): Answer {
  const rendering = renderingOf(options.model, options.args);
  if (rendering.format !== 'json') return rowsAnswer(row === null ? [] : [row], options);
  const answer = objectAnswer(row === null ? 'null' : jsonRow(row, rendering), options.meta, options.cache);
  return { ...answer, numbers: rendering.numbers };
}

/** Rows as text, the same that a list has of its rows: see `lists/write.ts`. */
export function rowsText(rows: readonly object[], rendering: Rendering): string {
  const { columns, format } = rendering;
  switch (format) {
    case 'json':
      return `[${rows.map((row) => jsonRow(row, rendering)).join(JSON_BETWEEN)}]`;
    case 'ndjson':
      return rows.map((row) => `${jsonRow(row, rendering)}\n`).join('');
    case 'columns': {
      const values = (column: Column): string => rows.map((row) => jsonValue(row, column, rendering)).join(',');
      return `{${columns.map((column) => `${JSON.stringify(column.name)}:[${values(column)}]`).join(',')}}`;
    }
    case 'csv': {
      const alone = columns.length === 1;
      const lines = rows.map((row) => columns.map((column) => csvValue(row, column, alone)).join(','));
      return `${[csvHeader(columns), ...lines].join('\n')}\n`;
    }
  }
}

function jsonRow(row: object, rendering: Rendering): string {
  const members = rendering.columns.map(
    (column) => `${JSON.stringify(column.name)}:${jsonValue(row, column, rendering)}`,
  );
  return `{${members.join(',')}}`;
}

function valueOf(row: object, { property }: Column): unknown {
  return (row as Record<string, unknown>)[property] ?? null;
}

function jsonValue(row: object, column: Column, { numbers, format }: Rendering): string {
  const value = valueOf(row, column);
  if (typeof value !== 'string') return JSON.stringify(value);
  const exact = column.kind === 'decimal' || column.kind === 'bigint';
  if (exact && numbers === 'number') return value;
  return JSON.stringify(column.kind === 'instant' && format === 'ndjson' ? fixedInstant(value) : value);
}

/** A null alone in its line is an empty text, since readers skip empty lines. */
function csvValue(row: object, column: Column, alone: boolean): string {
  const value = valueOf(row, column);
  if (value === null) return alone ? '""' : '';
  if (typeof value !== 'string' && !Array.isArray(value)) return JSON.stringify(value);
  // Names as a list parameter takes them.
  const names = (list: readonly string[]): string =>
    list.map((name) => (/[",]/.test(name) ? quoted(name) : name)).join(',');
  const text = Array.isArray(value) ? names(value) : column.kind === 'instant' ? fixedInstant(value) : value;
  return text === '' || /[",\r\n]/.test(text) || (alone && text === '\\.') ? quoted(text) : text;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** An instant with all six digits of its fraction, so that every value of a column has one form. */
function fixedInstant(text: string): string {
  const [seconds = '', fraction = ''] = text.slice(0, -1).split('.');
  return `${seconds}.${fraction.padEnd(6, '0')}Z`;
}

import { Readable } from 'node:stream';
import { rowsOfColumns } from '../base/limits.js';
import { type OutputArgs, renderingOf, type RowsArgs } from '../contract/output.args.js';
import { columnsOf } from '../contract/wire.js';
import { rowsOfObjects } from '../lists/object-rows.js';
import { PageRows } from '../lists/page-rows.js';
import { columnarFile, type SentRows, sentOf } from '../lists/columnar/columnar.js';
import { isColumnar } from '../lists/columnar/schema.js';
import { headerLine, jsonObject, writeLines } from '../lists/write.js';
import type { Column } from '../sql/columns.js';
import type { Rendering, TextRendering } from '../sql/format.js';
import { type Answer, type Beside, objectAnswer, streamAnswer } from './answer.js';
import { described, pageAnswer } from './columnar-answer.js';

/** What goes with rows that are objects. */
export interface RowsOptions extends Beside {
  readonly args: RowsArgs & Partial<OutputArgs>;
  readonly model: abstract new () => object;
  /** Where the next page starts, or null, for a list that comes in pages. */
  readonly token?: string | null;
  /** Columns that the rows have beside those of the model. */
  readonly more?: readonly Column[];
}

/**
 * The answer for a list of rows, in the format that was asked for.
 * @param rows  objects as GraphQL has them, or rows as they were read, of all columns of the model
 */
export async function rowsAnswer(rows: readonly object[] | PageRows, options: RowsOptions): Promise<Answer> {
  const { args, model, token, more } = options;
  const rendering = renderingOf(model, args, more);
  const sent = rows instanceof PageRows ? rows : rowsOfObjects(rows, rendering.columns);
  return pageAnswer(sent, rendering, token, options);
}

/**
 * The answer for rows in parts, each of which can be written in one turn of the event loop: a page, or all of them as a
 * stream where they are more than one holds.
 */
export async function partsAnswer(
  parts: readonly PageRows[],
  options: RowsOptions & { readonly args: { first?: unknown } },
): Promise<Answer> {
  const { args, model, more = [] } = options;
  const sent = parts.flatMap((part) => part.sent.parts);
  const rows = new PageRows([...columnsOf(model), ...more], sent, 0);
  if (args.first !== 'all' || rows.count <= rowsOfColumns(rows.columns.length)) return rowsAnswer(rows, options);
  return partsStream(parts, rows.columns, renderingOf(model, args, more), options);
}

/**
 * A stream of rows in parts, each of which is written in one turn of the event loop.
 * @param columns  those of the parts
 */
export function partsStream(
  parts: Iterable<PageRows>,
  columns: readonly Column[],
  rendering: Rendering,
  { meta, cache, fileName }: Beside,
): Answer {
  const written = isColumnar(rendering)
    ? columnarFile(sentParts(parts), columns, described(rendering, meta, null))
    : linesOf(parts, rendering);
  return streamAnswer(Readable.from(written), meta, rendering, cache, fileName);
}

function* sentParts(parts: Iterable<PageRows>): Generator<SentRows> {
  for (const part of parts) yield* sentOf(part);
}

function* linesOf(parts: Iterable<PageRows>, rendering: TextRendering): Generator<string | Buffer> {
  yield headerLine(rendering);
  for (const part of parts) yield writeLines(part, rendering);
}

/**
 * The answer for one row: null or a JSON object in JSON, elsewhere a list of one row or none.
 * @param row  an object as GraphQL has it, or a row as it was read, of which no object is made
 */
export async function rowAnswer(row: object | PageRows | null, options: RowsOptions): Promise<Answer> {
  const rendering = renderingOf(options.model, options.args);
  if (rendering.format !== 'json') return rowsAnswer(objectsOf(row), options);
  const answer = objectAnswer(row === null ? 'null' : textOf(row, rendering), options.meta, options.cache);
  return { ...answer, numbers: rendering.numbers };
}

/** An object with the columns of its model as JSON, by their REST names and with exact digits. */
export function rowJson(model: abstract new () => object, row: object): string {
  return textOf(row, { columns: columnsOf(model), numbers: 'number' });
}

function objectsOf(row: object | PageRows | null): object[] {
  if (row === null) return [];
  return row instanceof PageRows ? row.reader<object>()(row.count) : [row];
}

function textOf(row: object, { columns, numbers }: Pick<Rendering, 'columns' | 'numbers'>): string {
  const rows = row instanceof PageRows ? row : rowsOfObjects([row], columns);
  return jsonObject(rows, columns, numbers).toString();
}

import type { Expression } from 'kysely';
import { ApiError } from '../base/errors.js';
import { LIMITS } from '../base/limits.js';
import type { Database } from '../postgres/database.js';
import { build } from '../sql/build.js';
import type { Column } from '../sql/columns.js';
import { rowsStatement, TEXT_BYTES, withTexts } from '../sql/page.js';
import { PageRows } from './page-rows.js';

/** Rows as objects, by GraphQL's names. */
export async function readObjects<Row extends object>(
  db: Database,
  rows: Expression<unknown>,
  columns: readonly Column[],
): Promise<Row[]> {
  const read = await db.raw(rowsStatement(rows, columns).compile(build));
  return new PageRows(columns, [read], 0).reader<Row>()(read.count);
}

/**
 * The same of rows with long texts.
 * @param texts  names of columns of long texts
 * @param bytes  what the long texts of all rows may have; where they have more none is read, and the answer is null
 */
export async function readWithTexts<Row extends object>(
  db: Database,
  rows: Expression<unknown>,
  columns: readonly Column[],
  texts: readonly string[],
  bytes: number,
): Promise<Row[] | null> {
  const long = columns.filter(({ name }) => texts.includes(name));
  const all = [...columns, TEXT_BYTES];
  const found = await readObjects<Row & { textBytes: string }>(db, withTexts(rows, columns, long, bytes), all);
  return Number(found[0]?.textBytes ?? 0) > bytes ? null : found;
}

/**
 * The error for a single row whose texts have more than {@link LIMITS.textBytes}.
 * @param what  the row and its verb, as in `The texts of event 1 have`
 * @param path  of an export that has it, but for its window
 */
export function textsTooLong(what: string, path: string): ApiError {
  return new ApiError('limit_exceeded', `${what} more than ${LIMITS.textBytes} bytes.`, {
    param: 'id',
    hint: `An export has it: ${path} with the window of its day.`,
  });
}

/** The row of each id, in the order of the ids; null where there is none. */
export function inOrder<Row extends { readonly id: string }>(
  ids: readonly string[],
  rows: readonly Row[],
): (Row | null)[] {
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

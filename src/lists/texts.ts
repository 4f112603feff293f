import type { Expression } from 'kysely';
import type { Database } from '../postgres/database.js';
import { build } from '../sql/build.js';
import type { Column } from '../sql/columns.js';
import { TEXT_BYTES, withTexts } from '../sql/page.js';
import { renderRows } from '../sql/render.js';

/**
 * Rows as objects, by GraphQL's names.
 * @param texts  names of columns of long texts
 * @param bytes  what the long texts of all rows may have; where they have more none is read, and the answer is null
 */
export async function rowsWithTexts<Row extends object>(
  db: Database,
  rows: Expression<unknown>,
  columns: readonly Column[],
  texts: readonly string[],
  bytes: number,
): Promise<Row[] | null> {
  const long = columns.filter(({ name }) => texts.includes(name));
  const all = [...columns, TEXT_BYTES];
  const statement = renderRows<Row & { textBytes: string }>(withTexts(rows, columns, long, bytes), all);
  const found = await db.rows(statement.compile(build));
  return Number(found[0]?.textBytes ?? 0) > bytes ? null : found;
}

/** The row of each id, in the order of the ids; null where there is none. */
export function inOrder<Row extends { readonly id: string }>(
  ids: readonly string[],
  rows: readonly Row[],
): (Row | null)[] {
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

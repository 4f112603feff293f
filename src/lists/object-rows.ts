import type { RawRows } from '../base/raw-rows.js';
import type { Column } from '../sql/columns.js';
import { PageRows } from './page-rows.js';
import { RowWriter } from './row-writer.js';

/**
 * Rows that are objects, as GraphQL has them, as PostgreSQL would have sent them: so there is one writer for all rows.
 * @param columns  what is taken of each object
 */
export function rowsOfObjects(objects: readonly object[], columns: readonly Column[]): PageRows {
  return new PageRows(columns, [rawRowsOf(objects, columns)], 0);
}

/** The same as bytes alone. */
export function rawRowsOf(objects: readonly object[], columns: readonly Column[]): RawRows {
  const writer = new RowWriter();
  for (const object of objects) {
    for (const { property, kind } of columns) {
      writer.text(sentText((object as Record<string, unknown>)[property] ?? null, kind));
    }
    writer.end();
  }
  return writer.rows;
}

/** The text that PostgreSQL sends of a value. */
function sentText(value: unknown, kind: Column['kind']): string | null {
  if (value === null) return null;
  if (kind === 'boolean') return value === true ? 't' : 'f';
  if (typeof value !== 'string') return JSON.stringify(value);
  return kind === 'instant' ? `${value.slice(0, -1).replace('T', ' ')}+00` : value;
}

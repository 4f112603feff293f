import type { RawRows } from '../base/raw-rows.js';
import type { Column } from '../sql/columns.js';
import { bytesOf, copy, Output } from './output.js';
import { DATA_ROW, LENGTH_BYTES, PageRows, ROW_HEADER_BYTES } from './page-rows.js';

/**
 * Rows that are objects, as GraphQL has them, as PostgreSQL would have sent them: so there is one writer for all rows.
 * @param columns  what is taken of each object
 */
export function rowsOfObjects(objects: readonly object[], columns: readonly Column[]): PageRows {
  return new PageRows(columns, [rawRowsOf(objects, columns)], 0);
}

/** The same as bytes alone. */
export function rawRowsOf(objects: readonly object[], columns: readonly Column[]): RawRows {
  const out = new Output();
  for (const object of objects) {
    const begin = out.length;
    let at = begin + ROW_HEADER_BYTES;
    for (const { property, kind } of columns) {
      const text = sentText((object as Record<string, unknown>)[property] ?? null, kind);
      const value = bytesOf(text ?? '');
      const target = out.room(at, LENGTH_BYTES + value.byteLength);
      target.setInt32(at, text === null ? -1 : value.byteLength);
      at = copy(target, at + LENGTH_BYTES, value);
    }
    const target = out.room(at, 0);
    target.setUint8(begin, DATA_ROW);
    target.setInt32(begin + 1, at - begin - 1);
    out.length = at;
  }
  return { bytes: out.view(), count: objects.length };
}

/** The text that PostgreSQL sends of a value. */
function sentText(value: unknown, kind: Column['kind']): string | null {
  if (value === null) return null;
  if (kind === 'boolean') return value === true ? 't' : 'f';
  if (typeof value !== 'string') return JSON.stringify(value);
  return kind === 'instant' ? `${value.slice(0, -1).replace('T', ' ')}+00` : value;
}

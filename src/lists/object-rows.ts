import type { RawRows } from '../base/raw-rows.js';
import type { Column } from '../sql/columns.js';
import { Output } from './output.js';
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
    out.byte(DATA_ROW);
    skip(out, ROW_HEADER_BYTES - 1);
    for (const { property, kind } of columns) {
      const text = sentText((object as Record<string, unknown>)[property] ?? null, kind);
      const value = Buffer.from(text ?? '');
      const at = skip(out, LENGTH_BYTES);
      // Only now: making room may have moved the bytes.
      out.bytes.writeInt32BE(text === null ? -1 : value.length, at);
      out.put(value);
    }
    out.bytes.writeInt32BE(out.length - begin - 1, begin + 1);
  }
  return { bytes: out.view(), count: objects.length };
}

/** Leaves room for so many bytes; where it begins. */
function skip(out: Output, bytes: number): number {
  out.reserve(bytes);
  const at = out.length;
  out.length += bytes;
  return at;
}

/** The text that PostgreSQL sends of a value. */
function sentText(value: unknown, kind: Column['kind']): string | null {
  if (value === null) return null;
  if (kind === 'boolean') return value === true ? 't' : 'f';
  if (typeof value !== 'string') return JSON.stringify(value);
  return kind === 'instant' ? `${value.slice(0, -1).replace('T', ' ')}+00` : value;
}

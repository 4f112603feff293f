import type { RawRows } from '../../base/raw-rows.js';
import type { Column } from '../../sql/columns.js';
import type { ColumnarRendering } from '../../sql/format.js';
import type { PageRows } from '../page-rows.js';
import { encoder } from './encoder.js';
import { fileHead } from './schema.js';

/** How rows become a file of columns, and what that says beside them, by names. */
export interface FileRendering extends ColumnarRendering {
  readonly about: Readonly<Record<string, string>>;
}

/** Some rows as they were sent, with as many values before those of the columns as are skipped. */
export interface SentRows extends RawRows {
  readonly skipped: number;
}

/** The rows of a page as a whole file. */
export async function columnarPage(rows: PageRows, rendering: FileRendering): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of columnarFile(sentOf(rows), rows.columns, rendering)) parts.push(part);
  return Buffer.concat(parts);
}

/** The rows of a page, no more than count. */
export function* sentOf(rows: PageRows): Iterable<SentRows> {
  const { parts, skipped } = rows.sent;
  let left = rows.count;
  for (const { bytes, count } of parts) {
    yield { bytes, skipped, count: Math.min(left, count) };
    left -= count;
    if (left <= 0) break;
  }
}

/**
 * A file of rows as they come: what is ready of it, which waits for its reader. When nobody reads it to its
 * end, nothing more is made of it.
 * @param sent    the columns whose values the rows have
 * @throws ApiError limit_exceeded where a value does not fit the type of its column
 */
export async function* columnarFile(
  rows: Iterable<SentRows> | AsyncIterable<SentRows>,
  sent: readonly Column[],
  rendering: FileRendering,
): AsyncIterable<Buffer> {
  const file = encoder.open(fileHead(rendering, sent, rendering.about));
  try {
    for await (const { bytes, skipped, count } of rows) {
      const ready = await file.add(bytes, skipped, count);
      if (ready.length > 0) yield ready;
    }
    yield await file.end();
  } finally {
    file.drop();
  }
}

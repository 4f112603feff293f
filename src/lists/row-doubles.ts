import type { RawRows } from '../base/raw-rows.js';
import { bytesOf, copy, Output } from './output.js';
import { DATA_ROW, LENGTH_BYTES, type PageRows, ROW_HEADER_BYTES } from './page-rows.js';

/**
 * Some rows of a page with doubles after their own values, as PostgreSQL would have sent them: their bytes are copied,
 * so that no value of theirs is read.
 * @param values  of each further column those of all rows of the page; null is sent for what is no number
 */
export function rowsWithDoubles(rows: PageRows, from: number, to: number, values: readonly Float64Array[]): RawRows {
  const out = new Output();
  const { sources, starts, lengths } = rows.places;
  const width = rows.columns.length;
  for (let row = from; row < to; row++) {
    const [first, last] = [row * width, row * width + width - 1];
    const [begin, end] = [starts[first]! - LENGTH_BYTES, starts[last]! + Math.max(lengths[last]!, 0)];
    const start = out.length;
    let at = start + ROW_HEADER_BYTES;
    at = copy(out.room(at, end - begin), at, sources[row]!.view, begin, end);
    for (const column of values) {
      const value = column[row]!;
      if (!Number.isFinite(value)) {
        out.room(at, LENGTH_BYTES).setInt32(at, -1);
        at += LENGTH_BYTES;
        continue;
      }
      const text = bytesOf(String(value));
      const target = out.room(at, LENGTH_BYTES + text.byteLength);
      target.setInt32(at, text.byteLength);
      at = copy(target, at + LENGTH_BYTES, text);
    }
    const target = out.room(at, 0);
    target.setUint8(start, DATA_ROW);
    target.setInt32(start + 1, at - start - 1);
    out.length = at;
  }
  return { bytes: out.view(), count: to - from };
}

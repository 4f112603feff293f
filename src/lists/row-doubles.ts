import { LENGTH_BYTES, type RawRows } from '../base/raw-rows.js';
import type { PageRows } from './page-rows.js';
import { RowWriter } from './row-writer.js';

/**
 * Some rows of a page with doubles after their own values, as PostgreSQL would have sent them: their bytes are copied,
 * so that no value of theirs is read.
 * @param own     how many of the columns are sent, the first ones
 * @param values  of each further column those of these rows; null is sent for what is no number
 */
export function rowsWithDoubles(
  rows: PageRows,
  from: number,
  to: number,
  own: number,
  values: readonly Float64Array[],
): RawRows {
  const writer = new RowWriter();
  const { sources, starts, lengths } = rows.places;
  const width = rows.columns.length;
  for (let row = from; row < to; row++) {
    const [first, last] = [row * width, row * width + own - 1];
    writer.sent(sources[row]!.view, starts[first]! - LENGTH_BYTES, starts[last]! + Math.max(lengths[last]!, 0));
    for (const column of values) writer.double(column[row - from]!);
    writer.end();
  }
  return writer.rows;
}

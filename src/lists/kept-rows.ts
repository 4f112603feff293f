import { setImmediate } from 'node:timers/promises';
import type { Column } from '../sql/columns.js';
import { rawRowsOf } from './object-rows.js';
import { PageRows } from './page-rows.js';

/** Rows that are turned into bytes in one turn of the event loop. */
const ROWS_AT_ONCE = 64;

/** Rows that are kept in memory, as objects and as bytes: a page of any of them is only copied together. */
export class KeptRows<Row extends object> {
  private constructor(
    readonly rows: readonly Row[],
    private readonly columns: readonly Column[],
    private readonly bytes: ReadonlyMap<Row, Buffer>,
  ) {}

  /** Keeps some rows. */
  static async of<Row extends object>(rows: readonly Row[], columns: readonly Column[]): Promise<KeptRows<Row>> {
    const bytes = new Map<Row, Buffer>();
    for (let first = 0; first < rows.length; first += ROWS_AT_ONCE) {
      const some = rows.slice(first, first + ROWS_AT_ONCE);
      const whole = Buffer.from(rawRowsOf(some, columns).bytes);
      let at = 0;
      for (const row of some) {
        const end = at + 1 + whole.readInt32BE(at + 1);
        bytes.set(row, whole.subarray(at, end));
        at = end;
      }
      await setImmediate();
    }
    return new KeptRows(rows, columns, bytes);
  }

  /** Some of the rows, in their order, as they are written. */
  page(rows: readonly Row[]): PageRows {
    const bytes = Buffer.concat(rows.map((row) => this.bytes.get(row)!));
    return new PageRows(this.columns, [{ bytes, count: rows.length }], 0);
  }
}

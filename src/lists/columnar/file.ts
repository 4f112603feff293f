import { LENGTH_BYTES, ROW_HEADER_BYTES } from '../../base/raw-rows.js';
import { ArrowStream } from './arrow.js';
import { ColumnValues } from './columns.js';
import type { FileWriter } from './file-writer.js';
import { ParquetFile } from './parquet.js';
import type { FileHead } from './schema.js';

/** A file that is being made of rows as PostgreSQL sent them. */
export class ColumnarFile {
  readonly #writer: FileWriter;
  readonly #columns: readonly ColumnValues[];
  #rows = 0;
  /** Where the values of a row are; one that is null ends before it begins. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(head: FileHead) {
    this.#writer = head.format === 'arrow' ? new ArrowStream(head) : new ParquetFile(head);
    this.#columns = head.columns.map((column) => new ColumnValues(column));
    this.#starts = new Int32Array(head.width);
    this.#ends = new Int32Array(head.width);
  }

  /**
   * Takes some rows, and returns what of the file is ready with them.
   * @param skipped  values of each row before those that are meant
   * @throws UnfitValue where a value does not fit the type of its column
   */
  add(rows: Buffer, skipped: number, count: number): Buffer {
    const parts: Buffer[] = [];
    for (let at = 0, row = 0; at < rows.length && row < count; row++) {
      this.#find(rows, at, skipped);
      for (const values of this.#columns) {
        const start = this.#starts[values.column.index]!;
        const end = this.#ends[values.column.index]!;
        if (end < start) values.addNull();
        else values.add(rows, start, end);
      }
      this.#rows += 1;
      at += 1 + rows.readInt32BE(at + 1);
      if (this.#full) parts.push(this.#write());
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** The rest of the file. */
  end(): Buffer {
    return Buffer.concat(this.#rows > 0 ? [this.#write(), this.#writer.end()] : [this.#writer.end()]);
  }

  get #full(): boolean {
    if (this.#rows >= this.#writer.rowsAtOnce) return true;
    let bytes = 0;
    for (const { size } of this.#columns) bytes += size;
    return bytes >= this.#writer.bytesAtOnce;
  }

  #write(): Buffer {
    const written = this.#writer.write(this.#columns, this.#rows);
    for (const values of this.#columns) values.clear();
    this.#rows = 0;
    return written;
  }

  #find(rows: Buffer, row: number, skipped: number): void {
    let at = row + ROW_HEADER_BYTES;
    for (let i = -skipped; i < this.#starts.length; i++) {
      const length = rows.readInt32BE(at);
      at += LENGTH_BYTES;
      if (i >= 0) {
        this.#starts[i] = at;
        this.#ends[i] = at + length;
      }
      if (length > 0) at += length;
    }
  }
}

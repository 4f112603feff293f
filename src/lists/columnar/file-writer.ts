import type { ColumnValues } from './columns.js';

/** Writes the columns of some rows after those of others. */
export interface FileWriter {
  /** Rows, and bytes of their columns, that are written at once. */
  readonly rowsAtOnce: number;
  readonly bytesAtOnce: number;
  /** What comes next of the file, with these rows. The columns are used again afterwards. */
  write(columns: readonly ColumnValues[], rows: number): Buffer;
  /** What the file ends with. */
  end(): Buffer;
}

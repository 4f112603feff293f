/**
 * Rows of a statement as PostgreSQL sent them: DataRow messages of its protocol, one after the other. Requests share
 * them, so nobody changes them.
 */
export interface RawRows {
  readonly bytes: Buffer;
  readonly count: number;
}

/** The type of a DataRow message. */
export const DATA_ROW = 0x44;
/** Bytes of it before its first value: its type, its length, then the number of its values. */
export const ROW_HEADER_BYTES = 7;
/** The length of a value, before it; -1 for null. */
export const LENGTH_BYTES = 4;

export const NO_ROWS: RawRows = { bytes: Buffer.alloc(0), count: 0 };

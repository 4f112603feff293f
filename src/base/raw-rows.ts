/**
 * Rows of a statement as PostgreSQL sent them: DataRow messages of its protocol, one after the other. Requests share
 * them, so nobody changes them.
 */
export interface RawRows {
  readonly bytes: Buffer;
  readonly count: number;
}

export const NO_ROWS: RawRows = { bytes: Buffer.alloc(0), count: 0 };

import { NO_ROWS, type RawRows } from '../base/raw-rows.js';
import type { Column } from '../sql/columns.js';
import { TEXT_BYTES } from '../sql/page.js';
import { jsonBytesOf, wireText } from './values.js';

/** Type and length of a DataRow message, then the number of its fields. */
export const ROW_HEADER_BYTES = 7;
/** The length of a value, before it; -1 for null. */
export const LENGTH_BYTES = 4;
/** The type of a DataRow message. */
export const DATA_ROW = 0x44;

/**
 * Rows of a page as PostgreSQL sent them, out of one statement or of several that follow each other. No value becomes
 * an object before somebody asks for it.
 */
export class PageRows {
  /**
   * @param columns  those that were read, in the order of their values
   * @param parts    the rows of each statement
   * @param skipped  values before those of the columns
   * @param count    how many of the rows count
   */
  constructor(
    readonly columns: readonly Column[],
    private readonly parts: readonly RawRows[],
    private readonly skipped: number,
    readonly count = parts.reduce((sum, part) => sum + part.count, 0),
  ) {}

  /** These rows and then others of the same columns. */
  append(next: PageRows): PageRows {
    const total = this.count + next.count;
    return new PageRows(this.columns, [...this.parts, ...next.parts], this.skipped, total);
  }

  /** The first so many. Rows after the last that counts may still be there, so nothing is appended to fewer. */
  first(count: number): PageRows {
    return count < this.count ? new PageRows(this.columns, this.parts, this.skipped, count) : this;
  }

  /**
   * How many rows have no more than so many bytes in columns of texts, as JSON has them; at least one, where there is
   * one. Their {@link TEXT_BYTES} tell of texts that were not read.
   */
  countWithin(bytes: number, columns: readonly Column[]): number {
    const [total, ...indexes] = [TEXT_BYTES, ...columns].map(({ name }) => this.indexOf(name)) as [number, ...number[]];
    const rows = this.cursor();
    const { starts, lengths } = rows;
    let count = 0;
    for (let sum = 0; rows.next(); count++) {
      const read = Number(rows.text(total, TEXT_BYTES.kind));
      for (const index of indexes) sum += jsonBytesOf(rows.bytes, starts[index]!, starts[index]! + lengths[index]!);
      if (Math.max(sum, read) > bytes && count > 0) break;
    }
    return count;
  }

  /** The place of a column among the values, by its name on the wire. */
  indexOf(name: string): number {
    return this.columns.findIndex((column) => column.name === name);
  }

  /** Goes from row to row. @param width  how many of the values are looked for */
  cursor(width = this.columns.length): RowCursor {
    return new RowCursor(this.parts, width, this.skipped, this.count);
  }

  /** The texts of some columns in one row. */
  textsAt(row: number, names: readonly string[]): (string | null)[] {
    const rows = this.cursor();
    for (let i = 0; i <= row; i++) rows.next();
    return names.map((name) => {
      const index = this.indexOf(name);
      return rows.text(index, this.columns[index]!.kind);
    });
  }

  /**
   * Makes objects of the rows, by GraphQL's names, from the first row on and as many at a time as are asked for.
   * Decimals and big integers are texts in them, so that they keep every digit.
   */
  reader<Row extends object>(): (count: number) => Row[] {
    const rows = this.cursor();
    return (count) => {
      const read: Row[] = [];
      while (read.length < count && rows.next()) read.push(this.#object(rows) as Row);
      return read;
    };
  }

  #object(rows: RowCursor): object {
    const object: Record<string, unknown> = {};
    const { columns } = this;
    for (let i = 0; i < columns.length; i++) {
      const { property, kind } = columns[i]!;
      const text = rows.text(i, kind);
      const read = READ[kind];
      object[property] = text === null || read === undefined ? text : read(text);
    }
    return object;
  }
}

/** Where one row after the other is. */
export class RowCursor {
  /** The bytes that the row is in. */
  bytes: Buffer = EMPTY;
  /** Where each value begins. */
  readonly starts: Int32Array;
  /** How long each value is; -1 for null. */
  readonly lengths: Int32Array;
  #part = -1;
  #at = 0;
  #left: number;

  constructor(
    private readonly parts: readonly RawRows[],
    private readonly width: number,
    private readonly skipped: number,
    count: number,
  ) {
    this.starts = new Int32Array(width);
    this.lengths = new Int32Array(width);
    this.#left = count;
  }

  /** Goes to the next row; whether there is one. */
  next(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    while (this.#at >= this.bytes.length) {
      this.#part += 1;
      this.bytes = this.parts[this.#part]!.bytes;
      this.#at = 0;
    }
    const { bytes, starts, lengths, width } = this;
    const begin = this.#at;
    let at = begin + ROW_HEADER_BYTES;
    for (let i = -this.skipped; i < width; i++) {
      const length = int32At(bytes, at);
      at += LENGTH_BYTES;
      if (i >= 0) {
        starts[i] = at;
        lengths[i] = length;
      }
      if (length > 0) at += length;
    }
    this.#at = begin + 1 + int32At(bytes, begin + 1);
    return true;
  }

  /** A value as the text that the wire has of its kind. */
  text(index: number, kind: Column['kind']): string | null {
    const start = this.starts[index]!;
    const length = this.lengths[index]!;
    if (length < 0) return null;
    return wireText(this.bytes.toString('utf8', start, start + length), kind);
  }
}

const EMPTY = Buffer.alloc(0);

function int32At(bytes: Buffer, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

const READ: Partial<Record<Column['kind'], (text: string) => unknown>> = {
  boolean: (text) => text === 't',
  integer: Number,
  float: Number,
  texts: (text) => JSON.parse(text) as string[],
};

/** What a page statement gave: what it saw, and the rows after that. */
export function splitPage({ bytes, count }: RawRows): { state: string; rows: RawRows } {
  const length = int32At(bytes, ROW_HEADER_BYTES);
  const start = ROW_HEADER_BYTES + LENGTH_BYTES;
  const end = 1 + int32At(bytes, 1);
  return {
    state: bytes.toString('latin1', start, start + length),
    rows: { bytes: bytes.subarray(end), count: count - 1 },
  };
}

/** What a statement for several owners gave: what it saw, and the rows of each owner in the order of the owners. */
export function splitPages(raw: RawRows, owners: number): { state: string; rows: RawRows[] } {
  const { state, rows } = splitPage(raw);
  const found: RawRows[] = Array.from({ length: owners }, () => NO_ROWS);
  // A null before the place.
  for (const [place, own] of splitByOwner(rows, LENGTH_BYTES)) found[place - 1] = own;
  return { state, rows: found };
}

/**
 * The rows of each owner that has some, with its place; they follow each other.
 * @param before  bytes of a row before the value that is the place
 */
export function* splitByOwner({ bytes }: RawRows, before = 0): Iterable<[place: number, rows: RawRows]> {
  for (let at = 0; at < bytes.length;) {
    const place = placeAt(bytes, at + before);
    const from = at;
    let count = 0;
    do {
      at += 1 + int32At(bytes, at + 1);
      count += 1;
    } while (at < bytes.length && placeAt(bytes, at + before) === place);
    yield [place, { bytes: bytes.subarray(from, at), count }];
  }
}

/** The whole number that the first value of a row is. */
function placeAt(bytes: Buffer, at: number): number {
  const start = at + ROW_HEADER_BYTES;
  const length = int32At(bytes, start);
  let place = 0;
  for (let i = start + LENGTH_BYTES; i < start + LENGTH_BYTES + length; i++) place = place * 10 + bytes[i]! - 0x30;
  return place;
}

import { POWERS_OF_TEN } from '../base/decimals.js';
import { LENGTH_BYTES, NO_ROWS, type RawRows, ROW_HEADER_BYTES } from '../base/raw-rows.js';
import type { Column } from '../sql/columns.js';
import { TEXT_BYTES } from '../sql/page.js';
import { viewOf } from './output.js';
import { jsonBytesOf, wireText } from './value-writers.js';

/** What is between the values of an array in PostgreSQL's text. */
const [OPEN, CLOSED, COMMA] = [0x7b, 0x7d, 0x2c];

/** The bytes that a row is in. */
interface Source {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Where the values of some rows are: those of a row follow each other. */
export interface Places {
  /** Of each row. */
  readonly sources: readonly Source[];
  /** Where each value begins. */
  readonly starts: Int32Array;
  /** How long each value is; -1 for null. */
  readonly lengths: Int32Array;
}

/**
 * Rows of a page as PostgreSQL sent them, out of one statement or of several that follow each other. No value becomes
 * an object before somebody asks for it.
 */
export class PageRows {
  #places: Places | null = null;

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
    const { sources, starts, lengths } = this.places;
    const width = this.columns.length;
    const indexes = columns.map(({ name }) => this.indexOf(name));
    const total = this.indexOf(TEXT_BYTES.name);
    let count = 0;
    for (let sum = 0; count < this.count; count++) {
      for (const index of indexes) {
        const start = starts[count * width + index]!;
        sum += jsonBytesOf(sources[count]!.view, start, start + lengths[count * width + index]!);
      }
      if (Math.max(sum, Number(this.#text(count, total))) > bytes && count > 0) break;
    }
    return count;
  }

  /** The place of a column among the values, by its name on the wire. */
  indexOf(name: string): number {
    return this.columns.findIndex((column) => column.name === name);
  }

  /** The rows as they were sent; there may be some after the last that counts. */
  get sent(): { readonly parts: readonly RawRows[]; readonly skipped: number } {
    return { parts: this.parts, skipped: this.skipped };
  }

  /** Where the values are: found once, for the first who asks. */
  get places(): Places {
    return (this.#places ??= this.#find());
  }

  /** The texts of some columns in one row. */
  textsAt(row: number, names: readonly string[]): (string | null)[] {
    return names.map((name) => this.#text(row, this.indexOf(name)));
  }

  /** The values of a column in some rows as doubles; NaN where there is none. */
  doublesOf(index: number, from: number, to: number): Float64Array {
    const { sources, starts, lengths } = this.places;
    const width = this.columns.length;
    const values = new Float64Array(to - from);
    for (let row = from, place = from * width + index; row < to; row++, place += width) {
      const [start, length] = [starts[place]!, lengths[place]!];
      values[row - from] = length < 0 ? NaN : doubleOf(sources[row]!.bytes, start, start + length);
    }
    return values;
  }

  /** The numbers of an array of any dimensions, one after the other; NaN for null. */
  numbersAt(row: number, index: number): Float64Array {
    const { sources, starts, lengths } = this.places;
    const place = row * this.columns.length + index;
    const { bytes } = sources[row]!;
    const numbers: number[] = [];
    const end = starts[place]! + lengths[place]!;
    for (let from = starts[place]!, at = from; at < end; at++) {
      const byte = bytes[at];
      if (byte !== OPEN && byte !== CLOSED && byte !== COMMA) continue;
      if (at > from) numbers.push(doubleOf(bytes, from, at));
      from = at + 1;
    }
    return Float64Array.from(numbers);
  }

  /**
   * Makes objects of the rows, by GraphQL's names, from the first row on and as many at a time as are asked for.
   * Decimals and big integers are texts in them, so that they keep every digit.
   */
  reader<Row extends object>(): (count: number) => Row[] {
    let row = 0;
    return (count) => {
      const read: Row[] = [];
      while (read.length < count && row < this.count) read.push(this.#object(row++) as Row);
      return read;
    };
  }

  #object(row: number): object {
    const object: Record<string, unknown> = {};
    for (const [i, { property, kind }] of this.columns.entries()) {
      const text = this.#text(row, i);
      const read = READ[kind];
      object[property] = text === null || read === undefined ? text : read(text);
    }
    return object;
  }

  /** A value as the text that the wire has of its kind. */
  #text(row: number, index: number): string | null {
    const { sources, starts, lengths } = this.places;
    const place = row * this.columns.length + index;
    const start = starts[place]!;
    const length = lengths[place]!;
    if (length < 0) return null;
    return wireText(sources[row]!.bytes.toString('utf8', start, start + length), this.columns[index]!.kind);
  }

  #find(): Places {
    const { parts, skipped, count } = this;
    const width = this.columns.length;
    const sources: Source[] = [];
    const starts = new Int32Array(count * width);
    const lengths = new Int32Array(count * width);
    let place = 0;
    for (const { bytes } of parts) {
      const source = { bytes, view: viewOf(bytes) };
      const { view } = source;
      for (let row = 0; row < bytes.length && sources.length < count; row += 1 + view.getInt32(row + 1)) {
        let at = row + ROW_HEADER_BYTES;
        for (let i = -skipped; i < width; i++) {
          const length = view.getInt32(at);
          at += LENGTH_BYTES;
          if (i >= 0) {
            starts[place] = at;
            lengths[place++] = length;
          }
          if (length > 0) at += length;
        }
        sources.push(source);
      }
    }
    return { sources, starts, lengths };
  }
}

const READ: Partial<Record<Column['kind'], (text: string) => unknown>> = {
  boolean: (text) => text === 't',
  integer: Number,
  float: Number,
  texts: (text) => JSON.parse(text) as string[],
};

/**
 * The double next to a decimal. Where all of its digits are one exact double and so is the power of ten that divides
 * it, their quotient is rounded once and right (Clinger 1990, "How to read floating point numbers accurately").
 */
function doubleOf(bytes: Buffer, from: number, to: number): number {
  let digits = 0;
  let decimals = -1;
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x30 && byte <= 0x39) {
      digits = digits * 10 + byte - 0x30;
      if (decimals >= 0) decimals++;
    } else if (byte === 0x2e && decimals < 0) {
      decimals = 0;
    } else {
      return Number(bytes.toString('latin1', from, to));
    }
  }
  const exact = digits <= Number.MAX_SAFE_INTEGER && decimals < POWERS_OF_TEN.length;
  return exact ? digits / POWERS_OF_TEN[Math.max(decimals, 0)]! : Number(bytes.toString('latin1', from, to));
}

/** What a page statement gave: what it saw, and the rows after that. */
export function splitPage({ bytes, count }: RawRows): { state: string; rows: RawRows } {
  const length = bytes.readInt32BE(ROW_HEADER_BYTES);
  const start = ROW_HEADER_BYTES + LENGTH_BYTES;
  const end = 1 + bytes.readInt32BE(1);
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
      at += 1 + bytes.readInt32BE(at + 1);
      count += 1;
    } while (at < bytes.length && placeAt(bytes, at + before) === place);
    yield [place, { bytes: bytes.subarray(from, at), count }];
  }
}

/** The whole number that the first value of a row is. */
function placeAt(bytes: Buffer, at: number): number {
  const start = at + ROW_HEADER_BYTES;
  const length = bytes.readInt32BE(start);
  let place = 0;
  for (let i = start + LENGTH_BYTES; i < start + LENGTH_BYTES + length; i++) place = place * 10 + bytes[i]! - 0x30;
  return place;
}

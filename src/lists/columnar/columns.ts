import { Growing } from './growing.js';
import type { ColumnType, FileColumn } from './schema.js';
import { endOfNumber, readDate, readDecimal, readInteger, readTimestamp, UNFIT, UNSAYABLE } from './values.js';

/** A value that its column cannot hold. */
export class UnfitValue extends Error {
  constructor(
    readonly column: FileColumn,
    readonly value: string,
  ) {
    super(value);
  }
}

/** Bytes of a value of each type that has as many in each row; booleans are packed when they are written. */
const WIDTHS: Partial<Record<ColumnType['is'], number>> = {
  ...{ decimal: 16, int64: 8, timestamp: 8, double: 8, int32: 4, date: 4, bool: 1 },
};

const SMALL_TEE = 0x74;

/** The values of a column in some rows, as Arrow has them in memory: those that are null have room, too. */
export class ColumnValues {
  count = 0;
  nulls = 0;
  /** A bit for each value that is there, the first in the lowest. */
  readonly #valid = new Growing();
  readonly #data = new Growing();
  /** Where each text ends, and for lists where each list does; empty for what has the same width in each row. */
  readonly #ends = new Growing();
  /** The items of lists. */
  readonly items: ColumnValues | null;
  readonly #width: number;
  readonly #ofNumbers: boolean;

  constructor(readonly column: FileColumn) {
    this.items = column.type.is === 'utf8s' ? new ColumnValues({ ...column, type: { is: 'utf8' } }) : null;
    this.#width = WIDTHS[column.type.is] ?? 0;
    this.#ofNumbers = column.type.is === 'utf8' && column.type.of === 'numbers';
    this.#ends.view.setInt32(0, 0, true);
  }

  /** Bytes that they take. */
  get size(): number {
    return this.#width > 0 ? this.count * this.#width : this.count * 4 + (this.items?.size ?? this.#end());
  }

  /** Their bits of what is there. */
  get valid(): Uint8Array {
    return this.#valid.bytes.subarray(0, Math.ceil(this.count / 8));
  }

  /** Their bytes, one after the other. */
  get data(): Uint8Array {
    return this.#data.bytes.subarray(0, this.#width > 0 ? this.count * this.#width : this.#end());
  }

  /** Where each text or list begins, and where the last one ends. */
  get offsets(): Int32Array {
    return new Int32Array(this.#ends.bytes.buffer, 0, this.count + 1);
  }

  /** Whether a value is there. */
  has(at: number): boolean {
    return ((this.#valid.bytes[at >> 3]! >> (at & 7)) & 1) === 1;
  }

  /** Forgets the values. */
  clear(): void {
    this.count = this.nulls = 0;
    this.items?.clear();
  }

  /**
   * Adds a value as PostgreSQL wrote it.
   * @throws UnfitValue where its type has no room for it
   */
  add(source: Buffer, from: number, to: number): void {
    if (this.#width > 0) this.#addFixed(source, from, to);
    else if (this.items) this.#addItems(source.toString('utf8', from, to));
    else if (this.#ofNumbers) this.#addNumber(source, from, to);
    else this.#addText(source, from, to);
  }

  /** Adds what is not there. */
  addNull(): void {
    if (this.#width > 0) this.#data.room((this.count + 1) * this.#width);
    if (this.#width > 0) this.#data.bytes.fill(0, this.count * this.#width, (this.count + 1) * this.#width);
    else this.#endAt(this.items?.count ?? this.#end());
    this.#note(false);
  }

  #addFixed(source: Buffer, from: number, to: number): void {
    const at = this.count * this.#width;
    this.#data.room(at + this.#width);
    const read = this.#read(source, from, to, at);
    if (read === UNSAYABLE) this.addNull();
    else if (read === UNFIT) throw new UnfitValue(this.column, source.toString('utf8', from, to));
    else this.#note(true);
  }

  #read(source: Buffer, from: number, to: number, at: number): unknown {
    const { type } = this.column;
    const { view } = this.#data;
    switch (type.is) {
      case 'decimal':
        return readDecimal(view, at, source, from, to, type);
      case 'timestamp':
        return readTimestamp(view, at, source, from, to);
      case 'date':
        return readDate(view, at, source, from, to);
      case 'double':
        view.setFloat64(at, Number(source.toString('latin1', from, to)), true);
        return undefined;
      case 'bool':
        view.setUint8(at, source[from] === SMALL_TEE ? 1 : 0);
        return undefined;
      default:
        return readInteger(view, at, source, from, to, this.#width);
    }
  }

  #addNumber(source: Buffer, from: number, to: number): void {
    const end = endOfNumber(source, from, to);
    if (end === UNSAYABLE) this.addNull();
    else this.#addText(source, from, end);
  }

  #addText(source: Uint8Array, from: number, to: number): void {
    const begin = this.#end();
    const end = begin + to - from;
    this.#data.room(end);
    this.#data.bytes.set(source.subarray(from, to), begin);
    this.#endAt(end);
    this.#note(true);
  }

  #addItems(json: string): void {
    for (const item of JSON.parse(json) as string[]) {
      const bytes = Buffer.from(item);
      this.items!.add(bytes, 0, bytes.length);
    }
    this.#endAt(this.items!.count);
    this.#note(true);
  }

  #end(): number {
    return this.#ends.view.getInt32(this.count * 4, true);
  }

  #endAt(end: number): void {
    this.#ends.room((this.count + 2) * 4);
    this.#ends.view.setInt32((this.count + 1) * 4, end, true);
  }

  #note(there: boolean): void {
    const byte = this.count >> 3;
    const bit = this.count & 7;
    if (bit === 0) {
      this.#valid.room(byte + 1);
      this.#valid.bytes[byte] = 0;
    }
    if (there) this.#valid.bytes[byte]! |= 1 << bit;
    else this.nulls += 1;
    this.count += 1;
  }
}

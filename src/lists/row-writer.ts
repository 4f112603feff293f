import { DATA_ROW, LENGTH_BYTES, type RawRows, ROW_HEADER_BYTES } from '../base/raw-rows.js';
import { DOUBLE_BYTES, writeDouble } from './double-writer.js';
import { copy, Output, roomForText, write } from './output.js';

/** Writes rows as PostgreSQL would have sent them. */
export class RowWriter {
  readonly #out = new Output();
  #start = 0;
  #at = ROW_HEADER_BYTES;
  #count = 0;

  /** Values with their lengths, as they were sent. */
  sent(source: DataView, from: number, to: number): void {
    this.#at = copy(this.#out.room(this.#at, to - from), this.#at, source, from, to);
  }

  /** A value of the row. */
  text(value: string | null): void {
    const text = value ?? '';
    const target = this.#out.room(this.#at, LENGTH_BYTES + roomForText(text));
    const start = this.#at + LENGTH_BYTES;
    const end = write(target, start, text);
    target.setInt32(this.#at, value === null ? -1 : end - start);
    this.#at = end;
  }

  /** A double of the row; null is sent for what is no number. */
  double(value: number): void {
    if (!Number.isFinite(value)) return this.text(null);
    const target = this.#out.room(this.#at, LENGTH_BYTES + DOUBLE_BYTES);
    const start = this.#at + LENGTH_BYTES;
    const end = writeDouble(target, start, value);
    target.setInt32(this.#at, end - start);
    this.#at = end;
  }

  /** Ends the row. */
  end(): void {
    const target = this.#out.room(this.#at, 0);
    target.setUint8(this.#start, DATA_ROW);
    target.setInt32(this.#start + 1, this.#at - this.#start - 1);
    this.#out.length = this.#start = this.#at;
    this.#at += ROW_HEADER_BYTES;
    this.#count += 1;
  }

  /** The rows that ended. */
  get rows(): RawRows {
    return { bytes: this.#out.view(), count: this.#count };
  }
}

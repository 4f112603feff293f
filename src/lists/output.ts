const START_BYTES = 1 << 16;
const KEPT_BYTES = 1 << 22;
/** What is no longer than this is copied byte by byte, which then takes less than a call. */
const SHORT_BYTES = 48;

/** Bytes that are being written. */
export class Output {
  bytes = Buffer.allocUnsafe(START_BYTES);
  length = 0;

  /** Empties it. Its memory is used again up to a limit: new memory for each page costs as much as writing it. */
  start(): this {
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafe(START_BYTES);
    this.length = 0;
    return this;
  }

  /** Makes room for so many more. */
  reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + bytes));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  put(source: Buffer, from = 0, to = source.length): void {
    const count = to - from;
    this.reserve(count);
    const { bytes } = this;
    let at = this.length;
    if (count <= SHORT_BYTES) for (let i = from; i < to; i++) bytes[at++] = source[i]!;
    else at += source.copy(bytes, at, from, to);
    this.length = at;
  }

  /** What was written, until something else is. */
  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** What was written, to be kept. */
  copy(): Buffer {
    return Buffer.from(this.view());
  }
}

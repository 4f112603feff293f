const WORD_BYTES = 4;
const START_BYTES = 1 << 16;
const KEPT_BYTES = 1 << 22;
/** What is longer than this is copied by the engine, whose call then takes less than a loop. */
const LONG_BYTES = 256;
/** What is no longer than this is written letter by letter, which takes less than making bytes of it. */
const SHORT_TEXT = 64;

/** The bytes of a buffer, to be read and written in words. */
export function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** A text as bytes, to be copied. */
export function bytesOf(text: string): DataView {
  return viewOf(Buffer.from(text));
}

/** A text that is written often: its bytes in words, and how many they are. */
export interface Label {
  readonly words: Int32Array;
  readonly length: number;
}

export function labelOf(text: string): Label {
  const bytes = Buffer.from(text);
  const padded = Buffer.concat([bytes, Buffer.alloc(WORD_BYTES)]);
  const words = Int32Array.from({ length: Math.ceil(bytes.length / WORD_BYTES) }, (_, i) =>
    padded.readInt32BE(i * WORD_BYTES),
  );
  return { words, length: bytes.length };
}

/** Writes a label and returns where it ends; there has to be room for it, and for a word more. */
export function writeLabel(target: DataView, at: number, { words, length }: Label): number {
  for (let i = 0; i < words.length; i++) target.setInt32(at + i * WORD_BYTES, words[i]!);
  return at + length;
}

/**
 * Copies bytes and returns where they end. There has to be room, and a word more: whole words are copied, so what
 * stands behind them in the source may stand behind them in the target, too, until something else is written there.
 */
export function copy(target: DataView, at: number, source: DataView, from = 0, to = source.byteLength): number {
  if (to - from > LONG_BYTES) return copyLong(target, at, source, from, to);
  const end = at + to - from;
  const whole = to + WORD_BYTES <= source.byteLength ? to : to - WORD_BYTES + 1;
  let [into, next] = [at, from];
  for (; next < whole; next += WORD_BYTES, into += WORD_BYTES) target.setInt32(into, source.getInt32(next));
  for (; next < to; next++) target.setInt8(into++, source.getInt8(next));
  return end;
}

/** Writes a text and returns where it ends. There has to be room for {@link roomForText}. */
export function write(target: DataView, at: number, text: string): number {
  if (text.length > SHORT_TEXT) return copy(target, at, bytesOf(text));
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return copy(target, at, bytesOf(text));
    target.setUint8(at + i, code);
  }
  return at + text.length;
}

/** Bytes that a text may have. */
export function roomForText(text: string): number {
  return text.length * 3;
}

function copyLong(target: DataView, at: number, source: DataView, from: number, to: number): number {
  const bytes = new Uint8Array(source.buffer, source.byteOffset + from, to - from);
  new Uint8Array(target.buffer, target.byteOffset).set(bytes, at);
  return at + bytes.length;
}

/** Bytes that are being written. */
export class Output {
  #bytes = Buffer.allocUnsafe(START_BYTES);
  #view = viewOf(this.#bytes);
  length = 0;

  /** Empties it. Its memory is used again up to a limit: new memory for each page costs as much as writing it. */
  start(): this {
    this.length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#replace(START_BYTES);
    return this;
  }

  /** Where to write, with room for so many bytes after the first `at`, and for a word more. */
  room(at: number, bytes: number): DataView {
    const needed = at + bytes + WORD_BYTES;
    if (needed > this.#bytes.length) {
      this.length = at;
      this.#replace(Math.max(this.#bytes.length * 2, needed));
    }
    return this.#view;
  }

  put(source: DataView): void {
    this.length = copy(this.room(this.length, source.byteLength), this.length, source);
  }

  /** What was written, until something else is. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** What was written, to be kept. */
  copy(): Buffer {
    return Buffer.from(this.view());
  }

  #replace(bytes: number): void {
    const written = this.view();
    this.#bytes = Buffer.allocUnsafe(bytes);
    this.#bytes.set(written);
    this.#view = viewOf(this.#bytes);
  }
}

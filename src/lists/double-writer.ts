import { POWERS_OF_TEN } from '../base/decimals.js';
import { write } from './output.js';

/** Bytes that the text of a double has at most. */
export const DOUBLE_BYTES = 25;

const [DASH, DOT, ZERO] = [0x2d, 0x2e, 0x30];
/** Doubles of so many significant digits are written digit by digit, which takes less than making a text of them. */
const DIGITS = 12;
/** What is smaller is written with an exponent. */
const SMALLEST = 1e-6;
/** Zeros that stand before the digits of the smallest. */
const ZEROS = 6;
const HALF = DIGITS / 2;
const POINT = ZEROS + DIGITS;

/** The three digits of each number below a thousand, the first in the lowest byte. */
const TRIPLES = Int32Array.from({ length: 1000 }, (_, n) =>
  Buffer.from(`${String(n).padStart(3, '0')}\0`).readInt32LE(),
);
/** Zeros and then digits, of the number that is being written; a word more, since whole words are copied from it. */
const scratch = new DataView(new ArrayBuffer(POINT + 4));
for (let i = 0; i < POINT; i++) scratch.setUint8(i, ZERO);

/**
 * Writes a number as `String` does and returns where it ends. There has to be room for {@link DOUBLE_BYTES}, and a word
 * more. A decimal of at most 15 significant digits is the shortest text of the double next to it, so those are the
 * digits.
 */
export function writeDouble(target: DataView, at: number, value: number): number {
  const size = Math.abs(value);
  const decimals = DIGITS - wholeDigitsOf(size);
  const power = POWERS_OF_TEN[decimals]!;
  const digits = Math.round(size * power);
  if (digits / power !== size || digits >= 1e12 || size < SMALLEST) return write(target, at, String(value));
  const high = Math.floor(digits / 1e6);
  const low = digits - high * 1e6;
  writeHalf(high | 0, ZEROS);
  writeHalf(low | 0, ZEROS + HALF);
  const point = POINT - decimals;
  let last = low === 0 ? POINT - HALF : POINT;
  while (last > point && scratch.getUint8(last - 1) === ZERO) last--;
  if (last < point) last = point;
  let end = at;
  if (value < 0) target.setUint8(end++, DASH);
  const first = Math.min(ZEROS, point - 1);
  // Whole words: what is copied beyond the digits is written over. A call of `copy` would take twice as long.
  for (let i = first; i < point; i += 4) target.setInt32(end + i - first, scratch.getInt32(i));
  end += point - first;
  if (last === point) return end;
  target.setUint8(end++, DOT);
  for (let i = point; i < last; i += 4) target.setInt32(end + i - point, scratch.getInt32(i));
  return end + last - point;
}

/** Digits before the point, at most {@link DIGITS}; of what is less than a tenth, less than none. */
function wholeDigitsOf(size: number): number {
  let digits = 0;
  if (size >= 1) while (digits < DIGITS && size >= POWERS_OF_TEN[digits]!) digits++;
  else while (digits > -ZEROS && size * POWERS_OF_TEN[1 - digits]! < 1) digits--;
  return digits;
}

/** Writes six digits. */
function writeHalf(half: number, at: number): void {
  const thousands = (half / 1000) | 0;
  scratch.setInt32(at, TRIPLES[thousands]!, true);
  const rest = TRIPLES[half - thousands * 1000]!;
  scratch.setInt16(at + 3, rest, true);
  scratch.setUint8(at + 5, rest >> 16);
}

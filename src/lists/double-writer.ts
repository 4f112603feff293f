import { POWERS_OF_TEN } from '../base/decimals.js';
import { write } from './output.js';

/** Bytes that the text of a double has at most. */
export const DOUBLE_BYTES = 25;

const [DASH, DOT, ZERO] = [0x2d, 0x2e, 0x30];
/** Doubles of so many significant digits are written digit by digit, which takes less than making a text of them. */
const DIGITS = 12;
/** Digits that are divided at once, as an integer of 32 bits. */
const HALF = DIGITS / 2;
/** What is smaller is written with an exponent. */
const SMALLEST = 1e-6;
/** Zeros that stand before the digits of the smallest. */
const ZEROS = 6;
/** Zeros and then digits, of the number that is being written. */
const scratch = new Uint8Array(ZEROS + DIGITS).fill(ZERO);

/**
 * Writes a number as `String` does and returns where it ends. There has to be room for {@link DOUBLE_BYTES}.
 * A decimal of at most 15 significant digits is the shortest text of the double next to it, so those are the digits.
 */
export function writeDouble(target: DataView, at: number, value: number): number {
  const size = Math.abs(value);
  const decimals = DIGITS - 1 - Math.floor(Math.log10(size));
  const power = size >= SMALLEST ? POWERS_OF_TEN[decimals] : undefined;
  const digits = power === undefined ? NaN : Math.round(size * power);
  if (digits / power! !== size || digits >= POWERS_OF_TEN[DIGITS]!) return write(target, at, String(value));
  const high = Math.floor(digits / POWERS_OF_TEN[HALF]!);
  writeHalf(high, ZEROS);
  writeHalf(digits - high * POWERS_OF_TEN[HALF]!, ZEROS + HALF);
  const point = scratch.length - decimals;
  let last = scratch.length;
  while (last > point && scratch[last - 1] === ZERO) last--;
  let end = at;
  if (value < 0) target.setUint8(end++, DASH);
  for (let i = Math.min(ZEROS, point - 1); i < last; i++) {
    if (i === point) target.setUint8(end++, DOT);
    target.setUint8(end++, scratch[i]!);
  }
  return end;
}

function writeHalf(half: number, start: number): void {
  let rest = half | 0;
  for (let i = start + HALF - 1; i >= start; i--) {
    const tenth = (rest / 10) | 0;
    scratch[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}

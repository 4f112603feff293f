import { POWERS_OF_TEN } from '../base/decimals.js';
import { write } from './output.js';

/** Bytes that the text of a double has at most. */
export const DOUBLE_BYTES = 25;

const [DASH, DOT, ZERO] = [0x2d, 0x2e, 0x30];
/** Doubles of so many significant digits are written digit by digit, which takes less than making a text of them. */
const DIGITS = 12;
/** What is smaller is written with an exponent. */
const SMALLEST = 1e-6;

/**
 * Writes a number as `String` does and returns where it ends. There has to be room for {@link DOUBLE_BYTES}.
 * A double has the digits of a decimal of at most 15 significant digits that is next to it, and of no shorter one.
 */
export function writeDouble(target: DataView, at: number, value: number): number {
  const size = Math.abs(value);
  let decimals = DIGITS - 1 - Math.floor(Math.log10(size));
  const power = size >= SMALLEST ? POWERS_OF_TEN[decimals] : undefined;
  let digits = power === undefined ? NaN : Math.round(size * power);
  if (digits / power! !== size) return write(target, at, String(value));
  for (let tenth = digits / 10; decimals > 0 && Number.isInteger(tenth); tenth /= 10, decimals--) digits = tenth;
  let start = at;
  if (value < 0) target.setUint8(start++, DASH);
  let length = Math.max(DIGITS, decimals) + 1;
  while (length > decimals + 1 && digits < POWERS_OF_TEN[length - 1]!) length--;
  const end = start + length + (decimals > 0 ? 1 : 0);
  for (let place = end - 1; place >= start; place--) {
    if (decimals > 0 && place === end - 1 - decimals) {
      target.setUint8(place, DOT);
      continue;
    }
    const rest = Math.floor(digits / 10);
    target.setUint8(place, ZERO + digits - rest * 10);
    digits = rest;
  }
  return end;
}

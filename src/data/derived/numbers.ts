import { POWERS_OF_TEN } from '../../base/decimals.js';

/** A number that JSON has; null for the others. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The mean of the values from one place up to another, which does not count; no number without any. */
export function meanOf(values: Float64Array, from = 0, to = values.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]!;
  return sum / (to - from);
}

/** A value in so many significant digits; one that is too large or too small for that as it is. */
export function rounded(value: number, digits: number): number {
  const power = POWERS_OF_TEN[digits - 1 - Math.floor(Math.log10(Math.abs(value)))];
  return power === undefined ? value : Math.round(value * power) / power;
}

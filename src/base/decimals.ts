/** The powers of ten that are doubles, from 10⁰ on. */
export const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));

/**
 * The exact difference of two decimals as PostgreSQL writes them, without zeros at its end; null where one of them is
 * NaN or an infinity.
 */
export function difference(a: string, b: string): string | null {
  if (!/\d$/.test(a) || !/\d$/.test(b)) return null;
  const digits = Math.max(fractionOf(a).length, fractionOf(b).length);
  const scaled = (text: string): bigint => BigInt(text.replace('.', '') + '0'.repeat(digits - fractionOf(text).length));
  const value = scaled(a) - scaled(b);
  const text = String(value < 0n ? -value : value).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const fraction = text.slice(text.length - digits).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`;
}

function fractionOf(text: string): string {
  const dot = text.indexOf('.');
  return dot === -1 ? '' : text.slice(dot + 1);
}

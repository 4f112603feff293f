/** What a reader of a value gives where the wire has no such value in any format: NaN, infinities, other years. */
export const UNSAYABLE = Symbol('unsayable');
/** What it gives where the value is one that its type has no room for. */
export const UNFIT = Symbol('unfit');

type Outcome = typeof UNSAYABLE | typeof UNFIT | undefined;

const [MINUS, DOT, ZERO, NINE, SPACE, PLUS, DASH] = [0x2d, 0x2e, 0x30, 0x39, 0x20, 0x2b, 0x2d];
const WORD = 0x100000000;
/** Digits of which a double holds every number. */
const SAFE_DIGITS = 15;
const MICROS_PER_SECOND = 1_000_000;
const SECONDS_PER_DAY = 86_400;
/** `YYYY-MM-DD`, and the same with ` HH:MM:SS`. */
const DAY_BYTES = 10;
const SECONDS_BYTES = 19;
const OFFSET_BYTES = 3;

const POWERS = Array.from({ length: 39 }, (_, n) => 10n ** BigInt(n));

/** Writes a whole number of at most 53 bits as one of 64, and returns what its further words are filled with. */
function setSafe(target: DataView, at: number, value: number): number {
  const high = Math.floor(value / WORD);
  target.setUint32(at, value - high * WORD, true);
  target.setInt32(at + 4, high, true);
  return value < 0 ? -1 : 0;
}

/**
 * Writes a decimal as a whole number of 128 bits: how many units of its last place it is.
 * @returns UNFIT where it has more digits than its type, before or behind the point
 */
export function readDecimal(
  target: DataView,
  at: number,
  source: Buffer,
  from: number,
  to: number,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): Outcome {
  const last = source[to - 1]!;
  if (last < ZERO || last > NINE) return UNSAYABLE;
  const negative = source[from] === MINUS;
  const begin = negative ? from + 1 : from;
  let point = source.indexOf(DOT, begin);
  if (point < 0 || point >= to) point = to;
  let end = to;
  if (point < to) while (source[end - 1] === ZERO) end--;
  const places = Math.max(0, end - point - 1);
  if (places > scale) return UNFIT;
  if (point - begin + scale <= SAFE_DIGITS) {
    let value = 0;
    for (let i = begin; i < point; i++) value = value * 10 + source[i]! - ZERO;
    for (let i = point + 1; i < end; i++) value = value * 10 + source[i]! - ZERO;
    value *= 10 ** (scale - places);
    const fill = setSafe(target, at, negative ? -value : value);
    target.setInt32(at + 8, fill, true);
    target.setInt32(at + 12, fill, true);
    return undefined;
  }
  const digits = source.toString('latin1', begin, point) + source.toString('latin1', point + 1, end);
  const whole = BigInt(digits) * POWERS[scale - places]!;
  if (whole >= POWERS[precision]!) return UNFIT;
  const value = negative ? -whole : whole;
  target.setBigUint64(at, BigInt.asUintN(64, value), true);
  target.setBigInt64(at + 8, value >> 64n, true);
  return undefined;
}

/** Where the text of a number ends without the zeros at the end of its fraction, as other formats have it. */
export function endOfNumber(source: Buffer, from: number, to: number): number | typeof UNSAYABLE {
  const last = source[to - 1]!;
  if (last < ZERO || last > NINE) return UNSAYABLE;
  const point = source.indexOf(DOT, from);
  if (point < 0 || point >= to) return to;
  let end = to;
  while (source[end - 1] === ZERO) end--;
  return end - 1 === point ? point : end;
}

/** Writes a whole number of so many bytes. */
export function readInteger(
  target: DataView,
  at: number,
  source: Buffer,
  from: number,
  to: number,
  width: number,
): Outcome {
  const text = source.toString('latin1', from, to);
  const value = Number(text);
  if (width === 4) {
    if ((value | 0) !== value) return UNFIT;
    target.setInt32(at, value, true);
  } else if (Number.isSafeInteger(value)) setSafe(target, at, value);
  else {
    if (!/^-?\d+$/.test(text)) return UNFIT;
    const large = BigInt(text);
    if (BigInt.asIntN(64, large) !== large) return UNFIT;
    target.setBigInt64(at, large, true);
  }
  return undefined;
}

function digitsAt(source: Buffer, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + source[i]! - ZERO;
  return value;
}

/** Days since 1970-01-01 of a day of the years 1 to 9999. (Howard Hinnant, "days_from_civil".) */
function daysAt(source: Buffer, from: number): number {
  const month = digitsAt(source, from + 5, from + 7);
  const year = digitsAt(source, from, from + 4) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const ofEra = year - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + digitsAt(source, from + 8, from + 10) - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

/** Writes a day as days since 1970-01-01. */
export function readDate(target: DataView, at: number, source: Buffer, from: number, to: number): Outcome {
  if (to - from !== DAY_BYTES || source[from + 4] !== DASH) return UNSAYABLE;
  target.setInt32(at, daysAt(source, from), true);
  return undefined;
}

/** Writes an instant, `2025-10-31 14:30:00.5+00`, as microseconds since 1970-01-01 UTC. */
export function readTimestamp(target: DataView, at: number, source: Buffer, from: number, to: number): Outcome {
  const end = to - OFFSET_BYTES;
  const sayable =
    end - from >= SECONDS_BYTES &&
    source[from + 4] === DASH &&
    source[from + DAY_BYTES] === SPACE &&
    source[end] === PLUS;
  if (!sayable) return UNSAYABLE;
  const seconds =
    daysAt(source, from) * SECONDS_PER_DAY +
    digitsAt(source, from + 11, from + 13) * 3600 +
    digitsAt(source, from + 14, from + 16) * 60 +
    digitsAt(source, from + 17, from + 19);
  const fraction = end - from - SECONDS_BYTES - 1;
  const micros = fraction > 0 ? digitsAt(source, end - fraction, end) * 10 ** (6 - fraction) : 0;
  const whole = seconds * MICROS_PER_SECOND + micros;
  if (Number.isSafeInteger(whole)) setSafe(target, at, whole);
  else target.setBigInt64(at, BigInt(seconds) * 1_000_000n + BigInt(micros), true);
  return undefined;
}

/** What stands for nothing. */
export const NONE = '–';
const MINUS = '−';

/** A decimal as a number; null for none. */
export const numberOf = (text: string | null): number | null => (text === null ? null : Number(text));

/** Numbers as they came, grouped as the reader is used to, with the digits that they have. */
export function exact(text: string | number | null | undefined): string {
  if (text === null || text === undefined) return NONE;
  const value = String(text);
  if (!/^-?\d+(\.\d+)?$/.test(value)) return value.replace('-', MINUS);
  const [whole = '', fraction] = value.replace('-', '').split('.');
  const grouped = BigInt(whole).toLocaleString();
  return (value.startsWith('-') ? MINUS : '') + grouped + (fraction === undefined ? '' : POINT + fraction);
}

const POINT = (1.5).toLocaleString().replace(/\d/g, '') || '.';

const formats = new Map<number, Intl.NumberFormat>();
const fixed = (digits: number): Intl.NumberFormat => {
  let format = formats.get(digits);
  if (!format) {
    format = new Intl.NumberFormat(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    formats.set(digits, format);
  }
  return format;
};

/** A number with so many digits after the point. */
export const digits = (value: number, count: number): string => {
  const text = fixed(count).format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
};

/** How many digits after the point a price of this size needs. */
export function digitsOf(value: number): number {
  const size = Math.abs(value);
  if (size >= 10 || size === 0) return 2;
  if (size >= 1) return 3;
  return Math.min(2 - Math.floor(Math.log10(size)), 12);
}

/** A price, at most ten characters of it: beyond that, about. */
export function price(value: number): string {
  const text = digits(value, digitsOf(value));
  return text.length > 10 && Math.abs(value) >= 1 ? `≈ ${short(value)}` : text;
}

/** A change: always with a sign. */
export function signed(value: number, count: number): string {
  const text = digits(value, count);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A share as percent, signed. */
export const percent = (share: number | null | undefined, count = 2): string =>
  share === null || share === undefined ? NONE : `${signed(100 * share, count)} %`;

const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 });
/** A large number in few characters. */
export const short = (value: number): string => compact.format(value).replace('-', MINUS);

/** up, down or nothing: the class of a change. */
export const way = (value: number | null | undefined): string => (!value ? '' : value > 0 ? 'up' : 'down');

/** Bytes for people. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${digits(size, size < 10 && unit > 0 ? 1 : 0)} ${units[unit]!}`;
}

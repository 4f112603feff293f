import { listItem } from '../base/identifiers.js';
import type { Column } from '../sql/columns.js';
import { Format, Numbers, type TextRendering } from '../sql/format.js';
import { bytesOf, copy } from './output.js';

const [QUOTE, COMMA, BACKSLASH, LINE_FEED, RETURN] = [0x22, 0x2c, 0x5c, 0x0a, 0x0d];
const [SPACE, PLUS, DASH, DOT, ZERO, NINE, TEE, ZULU] = [0x20, 0x2b, 0x2d, 0x2e, 0x30, 0x39, 0x54, 0x5a];
const SMALL_TEE = 0x74;
const [TRUE, FALSE] = [bytesOf('true'), bytesOf('false')];
export const NULL = bytesOf('null');
/** An empty text in CSV. */
export const EMPTY = bytesOf('""');
/** `\.`, by which COPY ends. */
const END_OF_DATA = 0x5c2e;
/** `YYYY-MM-DD`, the same with ` HH:MM:SS`, `+00`, and the digits of a fraction of a second. */
const DAY_BYTES = 10;
const SECONDS_BYTES = 19;
const OFFSET_BYTES = 3;
const FRACTION_DIGITS = 6;

/**
 * Writes a value that is not null, out of the bytes of a row, and returns where it ends in the target, which has
 * {@link roomFor} it.
 */
export type Writer = (target: DataView, at: number, bytes: DataView, from: number, to: number) => number;

/** What is no longer than this is not looked through for what makes it longer. */
const SHORT_BYTES = 1024;
/** Bytes that JSON makes of one at most, and what else stands beside a value: quotes, and the zeros of an instant. */
const MOST_OF_ONE = 6;
const MOST_BESIDE = 32;

/** Bytes that each of some values has at most, by what they have together; 0 where each has to be looked through. */
export function roomForShort(bytes: number): number {
  return bytes <= SHORT_BYTES ? MOST_BESIDE + bytes * MOST_OF_ONE : 0;
}

/** Bytes that a value has at most in any format. */
export function roomFor(bytes: DataView, from: number, to: number): number {
  return roomForShort(to - from) || MOST_BESIDE + jsonBytesOf(bytes, from, to);
}

function put(target: DataView, at: number, byte: number): number {
  target.setUint8(at, byte);
  return at + 1;
}

const plain: Writer = copy;

/** Whether a decimal is a number and not NaN or an infinity. */
function isNumber(bytes: DataView, to: number): boolean {
  const last = bytes.getUint8(to - 1);
  return last >= ZERO && last <= NINE;
}

/** A decimal without the zeros at its end; NaN and the infinities are no numbers on the wire. */
const decimal: Writer = (target, at, bytes, from, to) =>
  isNumber(bytes, to) ? copy(target, at, bytes, from, withoutTrailingZeros(bytes, from, to)) : copy(target, at, NULL);

export const quoted: Writer = (target, at, bytes, from, to) =>
  put(target, copy(target, put(target, at, QUOTE), bytes, from, to), QUOTE);

const quotedDecimal: Writer = (target, at, bytes, from, to) =>
  isNumber(bytes, to) ? quoted(target, at, bytes, from, withoutTrailingZeros(bytes, from, to)) : copy(target, at, NULL);

const boolean: Writer = (target, at, bytes, from) =>
  copy(target, at, bytes.getUint8(from) === SMALL_TEE ? TRUE : FALSE);

/** What JSON writes for a control character. */
const ESCAPES = Array.from({ length: 0x20 }, (_, code) =>
  bytesOf(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);

/** A text as a JSON string. */
const jsonText: Writer = (target, at, bytes, from, to) => {
  let end = put(target, at, QUOTE);
  let start = from;
  for (let i = from; i < to; i++) {
    const byte = bytes.getUint8(i);
    if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) continue;
    end = copy(target, end, bytes, start, i);
    start = i + 1;
    end = byte < 0x20 ? copy(target, end, ESCAPES[byte]!) : put(target, put(target, end, BACKSLASH), byte);
  }
  return put(target, copy(target, end, bytes, start, to), QUOTE);
};

/** Bytes of a text in JSON, without its quotes; a text that ends before it begins has none. */
export function jsonBytesOf(bytes: DataView, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) {
    const byte = bytes.getUint8(i);
    if (byte >= 0x20) count += byte === QUOTE || byte === BACKSLASH ? 2 : 1;
    else count += ESCAPES[byte]!.byteLength;
  }
  return count;
}

/** Whether a text of PostgreSQL's is a day of the years 1 to 9999. */
function isWireDay(from: number, to: number): boolean {
  return to - from === DAY_BYTES;
}

/** A day as a JSON string. */
const day: Writer = (target, at, bytes, from, to) =>
  isWireDay(from, to) ? quoted(target, at, bytes, from, to) : copy(target, at, NULL);

/** A day in CSV; nothing where the wire cannot say it. */
const csvDay: Writer = (target, at, bytes, from, to) => (isWireDay(from, to) ? copy(target, at, bytes, from, to) : at);

/** Whether a text of PostgreSQL's is an instant that the wire can say: in UTC, of the years 1 to 9999. */
function isWireInstant(bytes: DataView, from: number, to: number): boolean {
  return (
    to - from >= SECONDS_BYTES + OFFSET_BYTES &&
    bytes.getUint8(from + 4) === DASH &&
    bytes.getUint8(from + DAY_BYTES) === SPACE &&
    bytes.getUint8(to - OFFSET_BYTES) === PLUS
  );
}

/** `2025-10-31 14:30:00.5+00` with T, without its offset. */
function putInstant(target: DataView, at: number, bytes: DataView, from: number, to: number): number {
  const time = put(target, copy(target, at, bytes, from, from + DAY_BYTES), TEE);
  return copy(target, time, bytes, from + DAY_BYTES + 1, to - OFFSET_BYTES);
}

/** An instant as a JSON string; a fraction only where there is one. */
const instant: Writer = (target, at, bytes, from, to) => {
  if (!isWireInstant(bytes, from, to)) return copy(target, at, NULL);
  const end = putInstant(target, put(target, at, QUOTE), bytes, from, to);
  return put(target, put(target, end, ZULU), QUOTE);
};

/** An instant with all six digits of its fraction: readers take the form of a column from its first rows. */
const fixedInstant: Writer = (target, at, bytes, from, to) => {
  let end = putInstant(target, at, bytes, from, to);
  const digits = Math.max(0, to - OFFSET_BYTES - from - SECONDS_BYTES - 1);
  if (digits === 0) end = put(target, end, DOT);
  for (let i = digits; i < FRACTION_DIGITS; i++) end = put(target, end, ZERO);
  return put(target, end, ZULU);
};

const quotedInstant: Writer = (target, at, bytes, from, to) => {
  if (!isWireInstant(bytes, from, to)) return copy(target, at, NULL);
  return put(target, fixedInstant(target, put(target, at, QUOTE), bytes, from, to), QUOTE);
};

/** An instant in CSV; nothing where the wire cannot say it. */
const csvInstant: Writer = (target, at, bytes, from, to) =>
  isWireInstant(bytes, from, to) ? fixedInstant(target, at, bytes, from, to) : at;

/** A decimal in CSV; nothing for what is no number. */
const csvDecimal: Writer = (target, at, bytes, from, to) =>
  isNumber(bytes, to) ? decimal(target, at, bytes, from, to) : at;

/** A text as COPY writes it into CSV: quoted where it is empty or holds what CSV means something by. */
const csvText: Writer = (target, at, bytes, from, to) => {
  let special = from === to;
  for (let i = from; i < to && !special; i++) {
    const byte = bytes.getUint8(i);
    special = byte === QUOTE || byte === COMMA || byte === LINE_FEED || byte === RETURN;
  }
  if (!special) return copy(target, at, bytes, from, to);
  let end = put(target, at, QUOTE);
  for (let i = from; i < to; i++) {
    const byte = bytes.getUint8(i);
    if (byte === QUOTE) end = put(target, end, QUOTE);
    end = put(target, end, byte);
  }
  return put(target, end, QUOTE);
};

/** A value that is alone in its line: COPY also quotes what would end the data, and readers skip an empty line. */
function aloneInLine(write: Writer): Writer {
  return (target, at, bytes, from, to) => {
    if (to - from === 2 && bytes.getUint16(from) === END_OF_DATA) return quoted(target, at, bytes, from, to);
    const end = write(target, at, bytes, from, to);
    return end === at ? copy(target, at, EMPTY) : end;
  };
}

/** Names as a list parameter takes them. */
const csvTexts: Writer = (target, at, bytes, from, to) => {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString();
  const list = bytesOf((JSON.parse(json) as string[]).map(listItem).join(','));
  return csvText(target, at, list, 0, list.byteLength);
};

export function jsonWriter({ kind }: Column, { format, numbers }: Pick<TextRendering, 'format' | 'numbers'>): Writer {
  switch (kind) {
    case 'decimal':
      return numbers === Numbers.STRING ? quotedDecimal : decimal;
    case 'bigint':
      return numbers === Numbers.STRING ? quoted : plain;
    case 'integer':
    case 'float':
    case 'texts':
      return plain;
    case 'boolean':
      return boolean;
    case 'instant':
      return format === Format.NDJSON ? quotedInstant : instant;
    case 'day':
      return day;
    case 'text':
    case 'id':
      return jsonText;
  }
}

export function csvWriter({ kind }: Column, alone: boolean): Writer {
  const write = csvWriters(kind);
  return alone ? aloneInLine(write) : write;
}

function csvWriters(kind: Column['kind']): Writer {
  switch (kind) {
    case 'boolean':
      return boolean;
    case 'instant':
      return csvInstant;
    case 'day':
      return csvDay;
    case 'decimal':
      return csvDecimal;
    case 'text':
    case 'id':
      return csvText;
    case 'texts':
      return csvTexts;
    default:
      return plain;
  }
}

/** Where a decimal ends without the zeros at the end of its fraction. */
function withoutTrailingZeros(bytes: DataView, from: number, to: number): number {
  let end = to;
  while (end > from && bytes.getUint8(end - 1) === ZERO) end--;
  if (end === to) return to;
  for (let i = end - 1; i >= from; i--) if (bytes.getUint8(i) === DOT) return i === end - 1 ? i : end;
  return to;
}

/** The text of a value as the wire has it; null for what it cannot say. For what needs strings and not bytes. */
export function wireText(text: string, kind: Column['kind']): string | null {
  switch (kind) {
    case 'decimal':
      return wireDecimal(text);
    case 'instant':
      return wireInstant(text);
    case 'day':
      return isWireDay(0, text.length) ? text : null;
    default:
      return text;
  }
}

/** A decimal without zeros at its end; null for NaN and the infinities, which are no numbers on the wire. */
function wireDecimal(text: string): string | null {
  if (!/\d$/.test(text)) return null;
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** PostgreSQL's text of an instant in UTC, of the years 1 to 9999. */
const INSTANT = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00$/;

/** An instant as the wire has it; null where that cannot say it. */
function wireInstant(text: string): string | null {
  const [, day, time] = INSTANT.exec(text) ?? [];
  return day === undefined ? null : `${day}T${time!}Z`;
}

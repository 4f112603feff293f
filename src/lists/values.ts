import type { Column } from '../sql/columns.js';
import { Format, Numbers, type Rendering } from '../sql/render.js';
import type { Output } from './output.js';

const [QUOTE, COMMA, BACKSLASH, LINE_FEED, RETURN] = [0x22, 0x2c, 0x5c, 0x0a, 0x0d];
const [SPACE, PLUS, DASH, DOT, ZERO, NINE, TEE, ZULU] = [0x20, 0x2b, 0x2d, 0x2e, 0x30, 0x39, 0x54, 0x5a];
const [TRUE, FALSE] = [Buffer.from('true'), Buffer.from('false')];
export const NULL = Buffer.from('null');
/** `YYYY-MM-DD`, the same with ` HH:MM:SS`, `+00`, and the digits of a fraction of a second. */
const DAY_BYTES = 10;
const SECONDS_BYTES = 19;
const OFFSET_BYTES = 3;
const FRACTION_DIGITS = 6;

/** Writes a value that is not null, out of the bytes of a row. */
export type Writer = (out: Output, bytes: Buffer, from: number, to: number) => void;

export const plain: Writer = (out, bytes, from, to) => out.put(bytes, from, to);

/** Whether a decimal is a number and not NaN or an infinity. */
function isNumber(bytes: Buffer, to: number): boolean {
  const last = bytes[to - 1]!;
  return last >= ZERO && last <= NINE;
}

/** A decimal without the zeros at its end; NaN and the infinities are no numbers on the wire. */
const decimal: Writer = (out, bytes, from, to) => {
  if (!isNumber(bytes, to)) return out.put(NULL);
  out.put(bytes, from, to);
  for (let i = from; i < to; i++) {
    if (bytes[i] !== DOT) continue;
    out.length = withoutTrailingZeros(out.bytes, out.length);
    return;
  }
};

const quotedDecimal: Writer = (out, bytes, from, to) => {
  if (!isNumber(bytes, to)) return out.put(NULL);
  out.byte(QUOTE);
  decimal(out, bytes, from, to);
  out.byte(QUOTE);
};

export const quoted: Writer = (out, bytes, from, to) => {
  out.byte(QUOTE);
  out.put(bytes, from, to);
  out.byte(QUOTE);
};

const boolean: Writer = (out, bytes, from) => out.put(bytes[from] === 0x74 ? TRUE : FALSE);

/** What JSON writes for a control character. */
const ESCAPES = Array.from({ length: 0x20 }, (_, code) =>
  Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);

/** A text as a JSON string. */
const jsonText: Writer = (out, bytes, from, to) => {
  out.byte(QUOTE);
  let start = from;
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) continue;
    out.put(bytes, start, i);
    start = i + 1;
    if (byte < 0x20) out.put(ESCAPES[byte]!);
    else {
      out.byte(BACKSLASH);
      out.byte(byte);
    }
  }
  out.put(bytes, start, to);
  out.byte(QUOTE);
};

/** Bytes of a text in JSON, without its quotes; a text that ends before it begins has none. */
export function jsonBytesOf(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x20) count += byte === QUOTE || byte === BACKSLASH ? 2 : 1;
    else count += ESCAPES[byte]!.length;
  }
  return count;
}

/** Whether a text of PostgreSQL's is an instant that the wire can say: in UTC, of the years 1 to 9999. */
function isWireInstant(bytes: Buffer, from: number, to: number): boolean {
  return bytes[from + 4] === DASH && bytes[from + DAY_BYTES] === SPACE && bytes[to - OFFSET_BYTES] === PLUS;
}

/** `2025-10-31 14:30:00.5+00` with T and Z, without quotes. */
function putInstant(out: Output, bytes: Buffer, from: number, to: number): void {
  out.put(bytes, from, from + DAY_BYTES);
  out.byte(TEE);
  out.put(bytes, from + DAY_BYTES + 1, to - OFFSET_BYTES);
}

/** An instant as a JSON string; a fraction only where there is one. */
const instant: Writer = (out, bytes, from, to) => {
  if (!isWireInstant(bytes, from, to)) return out.put(NULL);
  out.byte(QUOTE);
  putInstant(out, bytes, from, to);
  out.byte(ZULU);
  out.byte(QUOTE);
};

/** An instant with all six digits of its fraction: readers take the form of a column from its first rows. */
const fixedInstant: Writer = (out, bytes, from, to) => {
  putInstant(out, bytes, from, to);
  const digits = Math.max(0, to - OFFSET_BYTES - from - SECONDS_BYTES - 1);
  if (digits === 0) out.byte(DOT);
  for (let i = digits; i < FRACTION_DIGITS; i++) out.byte(ZERO);
  out.byte(ZULU);
};

const quotedInstant: Writer = (out, bytes, from, to) => {
  if (!isWireInstant(bytes, from, to)) return out.put(NULL);
  out.byte(QUOTE);
  fixedInstant(out, bytes, from, to);
  out.byte(QUOTE);
};

/** An instant in CSV; nothing where the wire cannot say it. */
const csvInstant: Writer = (out, bytes, from, to) => {
  if (isWireInstant(bytes, from, to)) fixedInstant(out, bytes, from, to);
};

/** A decimal in CSV; nothing for what is no number. */
const csvDecimal: Writer = (out, bytes, from, to) => {
  if (isNumber(bytes, to)) decimal(out, bytes, from, to);
};

/** A text as COPY writes it into CSV: quoted where it is empty or holds what CSV means something by. */
const csvText: Writer = (out, bytes, from, to) => {
  let special = from === to;
  for (let i = from; i < to && !special; i++) {
    const byte = bytes[i]!;
    special = byte === QUOTE || byte === COMMA || byte === LINE_FEED || byte === RETURN;
  }
  if (!special) return out.put(bytes, from, to);
  out.byte(QUOTE);
  for (let i = from; i < to; i++) {
    if (bytes[i] === QUOTE) out.byte(QUOTE);
    out.byte(bytes[i]!);
  }
  out.byte(QUOTE);
};

/** A text that is alone in its line, where COPY also quotes what would end the data. */
const csvLine: Writer = (out, bytes, from, to) => {
  if (to - from === 2 && bytes[from] === BACKSLASH && bytes[from + 1] === DOT) return quoted(out, bytes, from, to);
  csvText(out, bytes, from, to);
};

/** Names as a list parameter takes them. */
const csvTexts: Writer = (out, bytes, from, to) => {
  const names = JSON.parse(bytes.toString('utf8', from, to)) as string[];
  const list = names.map((name) => (/[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(',');
  const text = Buffer.from(list);
  csvText(out, text, 0, text.length);
};

export function jsonWriter({ kind }: Column, { format, numbers }: Pick<Rendering, 'format' | 'numbers'>): Writer {
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
      return quoted;
    case 'text':
    case 'id':
      return jsonText;
  }
}

export function csvWriter({ kind }: Column, alone: boolean): Writer {
  switch (kind) {
    case 'boolean':
      return boolean;
    case 'instant':
      return csvInstant;
    case 'decimal':
      return csvDecimal;
    case 'text':
    case 'id':
      return alone ? csvLine : csvText;
    case 'texts':
      return csvTexts;
    default:
      return plain;
  }
}

/** Where a decimal with a fraction ends without the zeros at its end. */
function withoutTrailingZeros(bytes: Buffer, end: number): number {
  let at = end;
  while (bytes[at - 1] === ZERO) at--;
  return bytes[at - 1] === DOT ? at - 1 : at;
}

/** The text of a value as the wire has it; null for what it cannot say. For what needs strings and not bytes. */
export function wireText(text: string, kind: Column['kind']): string | null {
  if (kind === 'decimal') return wireDecimal(text);
  return kind === 'instant' ? wireInstant(text) : text;
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

import type { Column } from '../sql/columns.js';
import { Format, type Numbers, type Rendering } from '../sql/render.js';
import { Output, SHORT_BYTES } from './output.js';
import type { PageRows, RowCursor } from './page-rows.js';
import { csvWriter, decimal, isNumber, jsonText, jsonWriter, plain, quoted, type Writer } from './values.js';

/** What stands between the rows of a JSON array; none of them has a line break in it. */
export const JSON_BETWEEN = ',\n';

const [OPEN, CLOSED, CLOSED_OBJECT] = [0x5b, 0x5d, 0x7d];
const [QUOTE, COMMA, BACKSLASH, LINE_FEED] = [0x22, 0x2c, 0x5c, 0x0a];
const [DOT, ZERO] = [0x2e, 0x30];
const NULL = Buffer.from('null');

/** What every page is written into, one at a time. */
const OUTPUT = new Output();

/** A member of JSON objects: its name, and the column or the JSON that gives its value. */
export interface Member {
  readonly name: string;
  readonly value: Column | string;
}

/** How the bytes of a value are written: as they are, in quotes, or by a function of their own. */
const PLAIN = 0;
const DECIMAL = 1;
const QUOTED = 2;
const OTHER = 3;

interface Part {
  /** What is written before the value. */
  readonly label: Buffer;
  /** The place of the column; -1 where the label says it all. */
  readonly index: number;
  readonly write: Writer;
}

const WAYS = new Map<Writer, number>([
  [plain, PLAIN],
  [decimal, DECIMAL],
  [quoted, QUOTED],
  [jsonText, QUOTED],
]);

function partsOf(rows: PageRows, members: readonly Member[], how: Pick<Rendering, 'format' | 'numbers'>): Part[] {
  return members.map(({ name, value }, i) => {
    const label = `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    return typeof value === 'string'
      ? { label: Buffer.from(label + value), index: -1, write: plain }
      : { label: Buffer.from(label), index: rows.indexOf(value.name), write: jsonWriter(value, how) };
  });
}

/** What a value may take beside its own bytes and those that are escaped: quotes, a fraction, or a null. */
const EXTRA_BYTES = 16;

/** Writes the parts of each row. */
function writeRows(out: Output, rows: PageRows, parts: readonly Part[], between: Buffer, end: Buffer): void {
  const labels = parts.map(({ label }) => label);
  const indexes = Int32Array.from(parts, ({ index }) => index);
  const ways = Uint8Array.from(parts, ({ write }) => WAYS.get(write) ?? OTHER);
  const fixed = labels.reduce((sum, label) => sum + label.length + EXTRA_BYTES, between.length + end.length);
  out.reserve(rows.bytes + rows.count * fixed);
  const cursor = rows.cursor(1 + indexes.reduce((last, index) => Math.max(last, index), -1));
  for (let row = 0; cursor.next(); row++) {
    if (row > 0) out.put(between);
    for (let part = 0; part < parts.length; part++) {
      const at = copyValues(out.bytes, out.length, cursor, labels, indexes, ways, part);
      out.length = at;
      part = cursor.stopped;
      if (part === parts.length) break;
      const { index, write } = parts[part]!;
      const start = cursor.starts[index]!;
      write(out, cursor.bytes, start, start + cursor.lengths[index]!);
      // What it escaped took more room than was kept.
      out.reserve(cursor.size + fixed);
    }
    out.put(end);
  }
}

/**
 * Copies labels and values of a row from a part on, up to one that needs a closer look; the cursor then says which.
 * This is where a page spends its time: a call for each value would make it three times as long.
 * @returns where the bytes end
 */
function copyValues(
  bytes: Buffer,
  begin: number,
  cursor: RowCursor,
  labels: readonly Buffer[],
  indexes: Int32Array,
  ways: Uint8Array,
  first: number,
): number {
  const { bytes: source, starts, lengths } = cursor;
  const width = ways.length;
  let at = begin;
  for (let part = first; part < width; part++) {
    const label = labels[part]!;
    const labelBytes = label.length;
    for (let i = 0; i < labelBytes; i++) bytes[at++] = label[i]!;
    const index = indexes[part]!;
    if (index < 0) continue;
    const from = starts[index]!;
    const length = lengths[index]!;
    const to = from + length;
    const way = ways[part]!;
    if (length < 0) {
      for (let i = 0; i < NULL.length; i++) bytes[at++] = NULL[i]!;
    } else if (way === OTHER || length > SHORT_BYTES) {
      cursor.stopped = part;
      return at;
    } else if (way === PLAIN) {
      for (let i = from; i < to; i++) bytes[at++] = source[i]!;
    } else if (way === DECIMAL) {
      if (!isNumber(source, to)) {
        cursor.stopped = part;
        return at;
      }
      let hasFraction = false;
      for (let i = from; i < to; i++) {
        const byte = source[i]!;
        if (byte === DOT) hasFraction = true;
        bytes[at++] = byte;
      }
      if (hasFraction) {
        while (bytes[at - 1] === ZERO) at--;
        if (bytes[at - 1] === DOT) at--;
      }
    } else {
      const unquoted = at + 1;
      let plain = true;
      bytes[at++] = QUOTE;
      for (let i = from; i < to; i++) {
        const byte = source[i]!;
        if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) plain = false;
        bytes[at++] = byte;
      }
      if (!plain) {
        cursor.stopped = part;
        return unquoted - 1;
      }
      bytes[at++] = QUOTE;
    }
  }
  cursor.stopped = width;
  return at;
}

const NOTHING = Buffer.alloc(0);
const CLOSE = Buffer.from('}');
const LINE = Buffer.from('}\n');
const BETWEEN = Buffer.from(JSON_BETWEEN);
const BETWEEN_VALUES = Buffer.from(',');

/** The rows as a JSON array of objects, each on a line of its own. */
export function jsonObjects(rows: PageRows, members: readonly Member[], numbers: Numbers): string {
  const out = OUTPUT.start();
  writeObjects(out, rows, members, numbers);
  return out.text();
}

function writeObjects(out: Output, rows: PageRows, members: readonly Member[], numbers: Numbers): void {
  out.byte(OPEN);
  writeRows(out, rows, partsOf(rows, members, { format: Format.JSON, numbers }), BETWEEN, CLOSE);
  out.byte(CLOSED);
}

/** A column as a JSON array of its values. */
export function jsonArray(rows: PageRows, column: Column, numbers: Numbers): string {
  const out = OUTPUT.start();
  writeArray(out, rows, column, numbers);
  return out.text();
}

function writeArray(out: Output, rows: PageRows, column: Column, numbers: Numbers): void {
  const write = jsonWriter(column, { format: Format.COLUMNS, numbers });
  out.byte(OPEN);
  writeRows(out, rows, [{ label: NOTHING, index: rows.indexOf(column.name), write }], BETWEEN_VALUES, NOTHING);
  out.byte(CLOSED);
}

function writeCsv(out: Output, rows: PageRows, columns: readonly Column[]): void {
  const alone = columns.length === 1;
  const writers = columns.map((column) => csvWriter(column, alone));
  const indexes = columns.map(({ name }) => rows.indexOf(name));
  out.put(Buffer.from(`${columns.map(({ name }) => name).join(',')}\n`));
  const cursor = rows.cursor();
  const { starts, lengths } = cursor;
  while (cursor.next()) {
    for (let i = 0; i < writers.length; i++) {
      if (i > 0) out.byte(COMMA);
      const start = starts[indexes[i]!]!;
      const length = lengths[indexes[i]!]!;
      const begin = out.length;
      if (length >= 0) writers[i]!(out, cursor.bytes, start, start + length);
      // A null alone in its line is an empty text, since readers skip empty lines.
      if (alone && out.length === begin) quoted(out, cursor.bytes, 0, 0);
    }
    out.byte(LINE_FEED);
  }
}

/**
 * The rows of a page in a format: an array, an object of arrays, or lines. The bytes are good until the next page is
 * written.
 */
export function writePage(rows: PageRows, { columns, format, numbers }: Rendering): Buffer {
  const out = OUTPUT.start();
  const members = columns.map((column) => ({ name: column.name, value: column }));
  switch (format) {
    case Format.JSON:
      writeObjects(out, rows, members, numbers);
      break;
    case Format.CSV:
      writeCsv(out, rows, columns);
      break;
    case Format.NDJSON:
      writeRows(out, rows, partsOf(rows, members, { format, numbers }), NOTHING, LINE);
      break;
    case Format.COLUMNS:
      for (const [i, column] of columns.entries()) {
        out.put(Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(column.name)}:`));
        writeArray(out, rows, column, numbers);
      }
      out.byte(CLOSED_OBJECT);
  }
  return out.view();
}

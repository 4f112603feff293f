import type { Column } from '../sql/columns.js';
import { Format, type Numbers, type Rendering } from '../sql/render.js';
import { Output } from './output.js';
import type { PageRows, RowCursor } from './page-rows.js';
import { csvWriter, jsonWriter, NULL, plain, quoted, type Writer } from './values.js';

const [OPEN, CLOSED, CLOSED_OBJECT] = [0x5b, 0x5d, 0x7d];
const [COMMA, LINE_FEED] = [0x2c, 0x0a];

/** What every page is written into, one at a time. */
const OUTPUT = new Output();

/** A member of JSON objects: its name, and the column or the JSON that gives its value. */
export interface Member {
  readonly name: string;
  readonly value: Column | string;
}

interface Part {
  /** What is written before the value. */
  readonly label: Buffer;
  /** The place of the column; -1 where the label says it all. */
  readonly index: number;
  readonly write: Writer;
}

/** An object without members, which GraphQL's directives can ask for. */
const NO_MEMBERS: readonly Part[] = [{ label: Buffer.from('{'), index: -1, write: plain }];

function partsOf(
  rows: PageRows,
  members: readonly Member[],
  how: Pick<Rendering, 'format' | 'numbers'>,
): readonly Part[] {
  if (members.length === 0) return NO_MEMBERS;
  return members.map(({ name, value }, i) => {
    const label = `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    return typeof value === 'string'
      ? { label: Buffer.from(label + value), index: -1, write: plain }
      : { label: Buffer.from(label), index: rows.indexOf(value.name), write: jsonWriter(value, how) };
  });
}

/** Writes the parts of each row. */
function writeRows(out: Output, rows: PageRows, parts: readonly Part[], between: Buffer, end: Buffer): void {
  const cursor = rows.cursor(1 + parts.reduce((last, { index }) => Math.max(last, index), -1));
  for (let row = 0; cursor.next(); row++) {
    if (row > 0) out.put(between);
    for (const { label, index, write } of parts) {
      out.put(label);
      if (index >= 0) writeValue(out, cursor, index, write);
    }
    out.put(end);
  }
}

function writeValue(out: Output, { bytes, starts, lengths }: RowCursor, index: number, write: Writer): void {
  const start = starts[index]!;
  const length = lengths[index]!;
  if (length < 0) out.put(NULL);
  else write(out, bytes, start, start + length);
}

const NOTHING = Buffer.alloc(0);
const CLOSE = Buffer.from('}');
const LINE = Buffer.from('}\n');
/** What stands between the objects of a JSON array; none of them has a line break in it. */
const BETWEEN = Buffer.from(',\n');
const BETWEEN_VALUES = Buffer.from(',');

/** The rows as a JSON array of objects, each on a line of its own. */
export function jsonObjects(rows: PageRows, members: readonly Member[], numbers: Numbers): Buffer {
  const out = OUTPUT.start();
  writeObjects(out, rows, members, numbers);
  return out.copy();
}

/** The only row as a JSON object. */
export function jsonObject(rows: PageRows, columns: readonly Column[], numbers: Numbers): Buffer {
  const out = OUTPUT.start();
  writeRows(out, rows, partsOf(rows, membersOf(columns), { format: Format.JSON, numbers }), NOTHING, CLOSE);
  return out.view();
}

function writeObjects(out: Output, rows: PageRows, members: readonly Member[], numbers: Numbers): void {
  out.byte(OPEN);
  writeRows(out, rows, partsOf(rows, members, { format: Format.JSON, numbers }), BETWEEN, CLOSE);
  out.byte(CLOSED);
}

/** A column as a JSON array of its values. */
export function jsonArray(rows: PageRows, column: Column, numbers: Numbers): Buffer {
  const out = OUTPUT.start();
  writeArray(out, rows, column, numbers);
  return out.copy();
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

function membersOf(columns: readonly Column[]): Member[] {
  return columns.map((column) => ({ name: column.name, value: column }));
}

/** The first line of a format, which is there even when no row is; empty where there is none. */
export function headerLine({ columns, format }: Rendering): string {
  return format === Format.CSV ? `${columns.map(({ name }) => name).join()}\n` : '';
}

/** Some rows as lines, to be kept. */
export function writeLines(rows: PageRows, rendering: Rendering): Buffer {
  const out = OUTPUT.start();
  writeRowsIn(out, rows, rendering);
  return out.copy();
}

/**
 * The rows of a page in a format: an array, an object of arrays, or lines. The bytes are good until the next page is
 * written.
 */
export function writePage(rows: PageRows, rendering: Rendering): Buffer {
  const out = OUTPUT.start();
  out.put(Buffer.from(headerLine(rendering)));
  writeRowsIn(out, rows, rendering);
  return out.view();
}

function writeRowsIn(out: Output, rows: PageRows, { columns, format, numbers }: Rendering): void {
  switch (format) {
    case Format.JSON:
      writeObjects(out, rows, membersOf(columns), numbers);
      break;
    case Format.CSV:
      writeCsv(out, rows, columns);
      break;
    case Format.NDJSON:
      writeRows(out, rows, partsOf(rows, membersOf(columns), { format, numbers }), NOTHING, LINE);
      break;
    case Format.COLUMNS:
      for (const [i, column] of columns.entries()) {
        out.put(Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(column.name)}:`));
        writeArray(out, rows, column, numbers);
      }
      out.byte(CLOSED_OBJECT);
  }
}

import { type Column, wireName } from '../sql/columns.js';
import { Format, type Numbers, type TextRendering } from '../sql/format.js';
import { bytesOf, copy, Output } from './output.js';
import type { PageRows } from './page-rows.js';
import { csvWriter, EMPTY, jsonWriter, NULL, roomFor, type Writer } from './value-writers.js';

/** What every page is written into, one at a time. */
const OUTPUT = new Output();

/** A member of JSON objects: its name, and the column or the JSON that gives its value. */
export interface Member {
  readonly name: string;
  readonly value: Column | string;
}

/** What is written of each row, part by part. */
interface Part {
  /** What stands before the value. */
  readonly label: DataView;
  /** The place of the value among those of the row. */
  readonly index: number;
  readonly write: Writer;
  /** What stands for null. */
  readonly ifNull: DataView;
}

/** Writes no value: the label says it all. */
const nothing: Writer = (_target, at) => at;

const [OPEN, CLOSED, CLOSED_OBJECT] = [bytesOf('['), bytesOf(']'), bytesOf('}')];
const [NOTHING, COMMA, LINE_FEED] = [bytesOf(''), bytesOf(','), bytesOf('\n')];
/** What ends an object of NDJSON, and one of a JSON array before the next; none of them has a line break in it. */
const [CLOSED_LINE, CLOSED_COMMA] = [bytesOf('}\n'), bytesOf('},\n')];

/** An object without members, which GraphQL's directives can ask for. */
const NO_MEMBERS: Part = { label: bytesOf('{'), index: 0, write: nothing, ifNull: NOTHING };

function partsOf(rows: PageRows, members: readonly Member[], how: Pick<TextRendering, 'format' | 'numbers'>): Part[] {
  if (members.length === 0) return [NO_MEMBERS];
  return members.map(({ name, value }, i) => {
    const label = `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    return typeof value === 'string'
      ? { label: bytesOf(label + value), index: 0, write: nothing, ifNull: NOTHING }
      : { label: bytesOf(label), index: rows.indexOf(value.name), write: jsonWriter(value, how), ifNull: NULL };
  });
}

/** Writes the parts of each row, then what ends it: each but the last, and the last. */
function writeRows(out: Output, rows: PageRows, parts: readonly Part[], ends: DataView, last: DataView): void {
  const { sources, starts, lengths } = rows.places;
  const width = rows.columns.length;
  let at = out.length;
  for (let row = 0; row < rows.count; row++) {
    const { view } = sources[row]!;
    for (const { label, index, write, ifNull } of parts) {
      const start = starts[row * width + index]!;
      const end = start + lengths[row * width + index]!;
      const target = out.room(at, label.byteLength + roomFor(view, start, end));
      at = copy(target, at, label);
      at = end < start ? copy(target, at, ifNull) : write(target, at, view, start, end);
    }
    const end = row < rows.count - 1 ? ends : last;
    at = copy(out.room(at, end.byteLength), at, end);
  }
  out.length = at;
}

/** The rows as a JSON array of objects, each on a line of its own. */
export function jsonObjects(rows: PageRows, members: readonly Member[], numbers: Numbers): Buffer {
  const out = OUTPUT.start();
  writeObjects(out, rows, members, numbers);
  return out.copy();
}

/** The only row as a JSON object. */
export function jsonObject(rows: PageRows, columns: readonly Column[], numbers: Numbers): Buffer {
  const out = OUTPUT.start();
  writeRows(out, rows, partsOf(rows, membersOf(columns), { format: Format.JSON, numbers }), NOTHING, CLOSED_OBJECT);
  return out.view();
}

function writeObjects(out: Output, rows: PageRows, members: readonly Member[], numbers: Numbers): void {
  out.put(OPEN);
  writeRows(out, rows, partsOf(rows, members, { format: Format.JSON, numbers }), CLOSED_COMMA, CLOSED_OBJECT);
  out.put(CLOSED);
}

/** A column as a JSON array of its values. */
export function jsonArray(rows: PageRows, column: Column, numbers: Numbers): Buffer {
  const out = OUTPUT.start();
  writeArray(out, rows, column, numbers);
  return out.copy();
}

function writeArray(out: Output, rows: PageRows, column: Column, numbers: Numbers): void {
  const write = jsonWriter(column, { format: Format.COLUMNS, numbers });
  out.put(OPEN);
  writeRows(out, rows, [{ label: NOTHING, index: rows.indexOf(column.name), write, ifNull: NULL }], COMMA, NOTHING);
  out.put(CLOSED);
}

function writeCsv(out: Output, rows: PageRows, columns: readonly Column[]): void {
  const alone = columns.length === 1;
  const parts = columns.map((column, i) => ({
    label: i === 0 ? NOTHING : COMMA,
    index: rows.indexOf(column.name),
    write: csvWriter(column, alone),
    // One that is alone in its line is an empty text, since readers skip empty lines.
    ifNull: alone ? EMPTY : NOTHING,
  }));
  writeRows(out, rows, parts, LINE_FEED, LINE_FEED);
}

function membersOf(columns: readonly Column[]): Member[] {
  return columns.map((column) => ({ name: wireName(column), value: column }));
}

/** The first line of a format, which is there even when no row is; empty where there is none. */
export function headerLine({ columns, format }: TextRendering): string {
  return format === Format.CSV ? `${columns.map((column) => csvName(wireName(column))).join()}\n` : '';
}

/** A name in the header of CSV, quoted where it has to be (RFC 4180). */
function csvName(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

/** Some rows as lines, to be kept. */
export function writeLines(rows: PageRows, rendering: TextRendering): Buffer {
  const out = OUTPUT.start();
  writeRowsIn(out, rows, rendering);
  return out.copy();
}

/**
 * The rows of a page in a format: an array, an object of arrays, or lines. The bytes are good until the next page is
 * written.
 */
export function writePage(rows: PageRows, rendering: TextRendering): Buffer {
  const out = OUTPUT.start();
  out.put(bytesOf(headerLine(rendering)));
  writeRowsIn(out, rows, rendering);
  return out.view();
}

function writeRowsIn(out: Output, rows: PageRows, { columns, format, numbers }: TextRendering): void {
  switch (format) {
    case Format.JSON:
      writeObjects(out, rows, membersOf(columns), numbers);
      break;
    case Format.CSV:
      writeCsv(out, rows, columns);
      break;
    case Format.NDJSON:
      writeRows(out, rows, partsOf(rows, membersOf(columns), { format, numbers }), CLOSED_LINE, CLOSED_LINE);
      break;
    case Format.COLUMNS:
      for (const [i, column] of columns.entries()) {
        out.put(bytesOf(`${i === 0 ? '{' : ','}${JSON.stringify(wireName(column))}:`));
        writeArray(out, rows, column, numbers);
      }
      out.put(CLOSED_OBJECT);
  }
}

import { type Column, wireName } from '../sql/columns.js';
import { Format, type Numbers, type TextRendering } from '../sql/format.js';
import { bytesOf, copy, type Label, labelOf, Output, writeLabel } from './output.js';
import type { PageRows } from './page-rows.js';
import { csvWriter, EMPTY, jsonWriter, NULL, roomFor, roomForShort, type Writer } from './value-writers.js';

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
  readonly label: Label;
  /** The place of the value among those of the row. */
  readonly index: number;
  readonly write: Writer;
  /** What stands for null. */
  readonly ifNull: DataView;
}

/** Writes no value: the label says it all. */
const nothing: Writer = (_target, at) => at;

const [OPEN, CLOSED, CLOSED_OBJECT] = [bytesOf('['), bytesOf(']'), bytesOf('}')];
const NOTHING = bytesOf('');
const [NO_LABEL, COMMA, LINE_FEED] = [labelOf(''), labelOf(','), labelOf('\n')];
/** What ends an object of NDJSON, and one of a JSON array before the next; none of them has a line break in it. */
const [LAST_OBJECT, CLOSED_LINE, CLOSED_COMMA] = [labelOf('}'), labelOf('}\n'), labelOf('},\n')];

/** An object without members, which GraphQL's directives can ask for. */
const NO_MEMBERS: Part = { label: labelOf('{'), index: 0, write: nothing, ifNull: NOTHING };

function partsOf(rows: PageRows, members: readonly Member[], how: Pick<TextRendering, 'format' | 'numbers'>): Part[] {
  if (members.length === 0) return [NO_MEMBERS];
  return members.map(({ name, value }, i) => {
    const label = `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    return typeof value === 'string'
      ? { label: labelOf(label + value), index: 0, write: nothing, ifNull: NOTHING }
      : { label: labelOf(label), index: rows.indexOf(value.name), write: jsonWriter(value, how), ifNull: NULL };
  });
}

/** Writes the parts of each row, then what ends it: each but the last, and the last. */
function writeRows(out: Output, rows: PageRows, parts: readonly Part[], ends: Label, last: Label): void {
  const { sources, starts, lengths } = rows.places;
  const width = rows.columns.length;
  const labelBytes = parts.reduce((sum, { label }) => sum + label.length, Math.max(ends.length, last.length));
  let at = out.length;
  for (let row = 0, place = 0; row < rows.count; row++, place += width) {
    const { view } = sources[row]!;
    const bytes = starts[place + width - 1]! + lengths[place + width - 1]! - starts[place]!;
    const short = roomForShort(bytes);
    let target = out.room(at, labelBytes + short * parts.length);
    for (const { label, index, write, ifNull } of parts) {
      const start = starts[place + index]!;
      const end = start + lengths[place + index]!;
      at = writeLabel(target, at, label);
      if (short === 0) target = out.room(at, labelBytes + roomFor(view, start, end));
      at = end < start ? copy(target, at, ifNull) : write(target, at, view, start, end);
    }
    const end = row < rows.count - 1 ? ends : last;
    at = writeLabel(target, at, end);
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
  writeRows(out, rows, partsOf(rows, membersOf(columns), { format: Format.JSON, numbers }), NO_LABEL, LAST_OBJECT);
  return out.view();
}

function writeObjects(out: Output, rows: PageRows, members: readonly Member[], numbers: Numbers): void {
  out.put(OPEN);
  writeRows(out, rows, partsOf(rows, members, { format: Format.JSON, numbers }), CLOSED_COMMA, LAST_OBJECT);
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
  writeRows(out, rows, [{ label: NO_LABEL, index: rows.indexOf(column.name), write, ifNull: NULL }], COMMA, NO_LABEL);
  out.put(CLOSED);
}

function writeCsv(out: Output, rows: PageRows, columns: readonly Column[]): void {
  const alone = columns.length === 1;
  const parts = columns.map((column, i) => ({
    label: i === 0 ? NO_LABEL : COMMA,
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

import type { ColumnValues } from './columns.js';
import { packed } from './packed.js';
import { putVarint } from './thrift.js';

/** Which values are there, and in which lists, before the values of a page. */
export interface Levels {
  readonly levels: Buffer;
  /** Values, and what stands for those that are not there. */
  readonly values: number;
}

/** The levels of a column. */
export function levelsOf(column: ColumnValues): Levels {
  if (column.items) return listLevels(column, column.items);
  const { count, nulls, valid } = column;
  return { values: count, levels: nulls === 0 ? sized(repeated(count, 1)) : sized(bitPacked(valid, count, 1)) };
}

/** Of lists: 0 where there is none, 1 for one without items, 2 for an item; and 1 for each item after the first. */
function listLevels(column: ColumnValues, items: ColumnValues): Levels {
  const { offsets, count } = column;
  const most = count + items.count;
  const [repetitions, definitions] = [new Uint8Array(most), new Uint8Array(most)];
  let values = 0;
  for (let row = 0; row < count; row++) {
    const length = offsets[row + 1]! - offsets[row]!;
    if (length === 0) definitions[values++] = column.has(row) ? 1 : 0;
    for (let i = 0; i < length; i++) {
      repetitions[values] = i === 0 ? 0 : 1;
      definitions[values++] = 2;
    }
  }
  const [repeats, defines] = [repetitions.subarray(0, values), definitions.subarray(0, values)];
  const levels = [bitPacked(packed(repeats, 1), values, 1), bitPacked(packed(defines, 2), values, 2)].map(sized);
  return { values, levels: Buffer.concat(levels) };
}

/** Levels with their length before them. */
function sized(levels: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(levels.length);
  return Buffer.concat([length, levels]);
}

/** A run of the same small level. */
function repeated(count: number, level: number): Buffer {
  const out: number[] = [];
  putVarint(out, count * 2);
  out.push(level);
  return Buffer.from(out);
}

/** Levels of so many bits, in groups of eight; the last group is filled up. */
function bitPacked(bits: Uint8Array, count: number, width: number): Buffer {
  const groups = Math.ceil(count / 8);
  const out: number[] = [];
  putVarint(out, groups * 2 + 1);
  const body = Buffer.alloc(groups * width);
  body.set(bits);
  return Buffer.concat([Buffer.from(out), body]);
}

/**
 * The values that are there, as PLAIN encodes them.
 * @param bytes  those of a decimal, the highest first
 */
export function plainOf(column: ColumnValues, bytes: number): Uint8Array {
  switch (column.column.type.is) {
    case 'decimal':
      return decimals(column, bytes);
    case 'utf8':
      return texts(column);
    case 'utf8s':
      return texts(column.items!);
    case 'bool':
      return packed(present(column, 1), 1);
    case 'int32':
    case 'date':
      return present(column, 4);
    default:
      return present(column, 8);
  }
}

/** The values of a fixed width without those that are not there. */
function present(column: ColumnValues, width: number): Uint8Array {
  const { data, count, nulls } = column;
  if (nulls === 0) return data;
  const out = new Uint8Array((count - nulls) * width);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (!column.has(i)) continue;
    out.set(data.subarray(i * width, (i + 1) * width), at);
    at += width;
  }
  return out;
}

/** Of each 128 bits, the lowest first, the lowest bytes in the other order. */
function decimals(column: ColumnValues, bytes: number): Uint8Array {
  const { data, count, nulls } = column;
  const out = new Uint8Array((count - nulls) * bytes);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (!column.has(i)) continue;
    for (let byte = i * 16 + bytes - 1; byte >= i * 16; byte--) out[at++] = data[byte]!;
  }
  return out;
}

/** Texts, each after its length. */
function texts(column: ColumnValues): Uint8Array {
  const { data, offsets, count, nulls } = column;
  const out = Buffer.allocUnsafe(data.length + (count - nulls) * 4);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (!column.has(i)) continue;
    const [from, to] = [offsets[i]!, offsets[i + 1]!];
    at = out.writeUInt32LE(to - from, at);
    out.set(data.subarray(from, to), at);
    at += to - from;
  }
  return out;
}

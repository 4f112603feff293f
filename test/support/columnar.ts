import { DataType, type Field, type Schema, Table, tableFromIPC, type Vector } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';
import type request from 'supertest';
import type { Response } from 'supertest';
import { formatInstant } from '../../src/base/time.js';

/** A value as JSON has it with `numbers=string`. */
type Wire = string | number | boolean | string[] | null;

/** A file of columns as it was read: by apache-arrow, and Parquet by arrow-rs before that. */
export interface ColumnarFile {
  readonly schema: Schema;
  /** Types by the names of the columns, such as `Decimal(20, 8)`. */
  readonly types: Record<string, string>;
  readonly rows: Record<string, Wire>[];
  /** What it says beside its rows. */
  readonly about: Record<string, string>;
}

/** The same request, whose answer's body is taken as bytes: as text it would be changed. A problem stays JSON. */
export function asBytes(asked: request.Test): request.Test {
  return asked.buffer(true).parse((response, done) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    const isJson = String(response.headers['content-type']).includes('json');
    response.on('end', () => done(null, isJson ? JSON.parse(Buffer.concat(parts).toString()) : Buffer.concat(parts)));
  });
}

/** Reads the body of an answer, which is bytes. */
export function readColumnar({ type, body }: Pick<Response, 'type' | 'body'>): ColumnarFile {
  const file = body as Buffer;
  return type === 'application/vnd.apache.parquet' ? read(parquetAsArrow(file)) : read(new Uint8Array(file));
}

function parquetAsArrow(file: Buffer): Uint8Array {
  return readParquet(new Uint8Array(file)).intoIPCStream();
}

function read(ipc: Uint8Array): ColumnarFile {
  const table = tableFromIPC(ipc);
  const { fields, metadata } = table.schema;
  const columns = fields.map((field, i) => valuesOf(field, table.getChildAt(i)!));
  const rows = Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(fields.map(({ name }, i) => [name, columns[i]![row]!])),
  );
  const about = Object.fromEntries([...metadata].filter(([name]) => name !== 'ARROW:schema'));
  return {
    schema: table.schema,
    rows,
    about,
    types: Object.fromEntries(fields.map((f) => [f.name, nameOf(f.type as DataType)])),
  };
}

function nameOf(type: DataType): string {
  if (DataType.isDecimal(type)) return `Decimal(${type.precision}, ${type.scale})`;
  if (DataType.isTimestamp(type)) return `Timestamp(${['s', 'ms', 'us', 'ns'][type.unit]!}, ${type.timezone ?? ''})`;
  return String(type);
}

function valuesOf(field: Field, vector: Vector): Wire[] {
  const type = field.type as DataType;
  const values: Wire[] = [];
  for (const data of vector.data) {
    for (let i = 0; i < data.length; i++) {
      const at = data.offset + i;
      const valid = data.nullCount === 0 || ((data.nullBitmap[at >> 3]! >> (at & 7)) & 1) === 1;
      values.push(valid ? wireOf(type, data.values as unknown, i, () => vector.get(values.length)) : null);
    }
  }
  return values;
}

function wireOf(type: DataType, stored: unknown, at: number, value: () => unknown): Wire {
  if (DataType.isDecimal(type)) return decimalText(stored as Uint32Array, at, type.scale);
  if (DataType.isTimestamp(type)) return formatInstant((stored as BigInt64Array)[at]!);
  if (DataType.isDate(type)) return new Date(value() as number).toISOString().slice(0, 10);
  if (DataType.isList(type)) return [...(value() as Vector<DataType>)] as string[];
  const one = value() as string | number | boolean | bigint;
  return typeof one === 'bigint' ? String(one) : one;
}

/** A decimal without zeros at its end, out of its four words of 32 bits. */
function decimalText(words: Uint32Array, at: number, scale: number): string {
  const own = words.subarray(at * 4, at * 4 + 4);
  const unscaled = BigInt.asIntN(
    128,
    own.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n),
  );
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const text = `${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, '');
  return unscaled < 0n ? `-${text}` : text;
}

/** How many rows a file has that is whole; throws for one that is cut off. */
export function countRows(file: Buffer, format: 'arrow' | 'parquet'): number {
  const stream = format === 'parquet' ? parquetAsArrow(file) : new Uint8Array(file);
  return tableFromIPC(stream).numRows;
}

/** How many rows a stream of Arrow has in each of its batches. */
export function batchesOf(body: Buffer): number[] {
  return new Table(tableFromIPC(new Uint8Array(body)).batches).batches.map(({ numRows }) => numRows);
}

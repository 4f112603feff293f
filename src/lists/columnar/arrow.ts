import {
  AsyncByteQueue,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from 'apache-arrow';
import type { ColumnValues } from './columns.js';
import { Growing } from './growing.js';
import type { FileWriter } from './file-writer.js';
import { packed } from './packed.js';
import type { ColumnType, FileHead } from './schema.js';

/** What the writer writes into: a copy, since the columns are used again for the next rows. */
class Collected extends AsyncByteQueue {
  readonly #out = new Growing();
  #length = 0;

  override write(part: ArrayBufferView): void {
    this.#out.room(this.#length + part.byteLength);
    this.#out.bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), this.#length);
    this.#length += part.byteLength;
  }

  take(): Buffer {
    const all = Buffer.from(this.#out.bytes.slice(0, this.#length).buffer);
    this.#length = 0;
    return all;
  }
}

/** The stream format of Arrow's IPC: the schema, then a record batch for each turn. */
export class ArrowStream implements FileWriter {
  readonly rowsAtOnce = 16_384;
  readonly bytesAtOnce = 2 << 20;
  readonly #out = new Collected();
  readonly #writer = new RecordBatchStreamWriter({ autoDestroy: false });
  readonly #schema: Schema;
  readonly #types: readonly DataType[];

  constructor({ columns, about }: FileHead) {
    this.#types = columns.map(({ type }) => arrowType(type));
    const fields = columns.map(({ name }, i) => new Field(name, this.#types[i]!, true));
    this.#schema = new Schema(fields, new Map(Object.entries(about)));
    this.#writer.reset(this.#out, this.#schema);
  }

  write(columns: readonly ColumnValues[], rows: number): Buffer {
    const children = columns.map((column, i) => dataOf(column, this.#types[i]!));
    const struct = makeData({ type: new Struct(this.#schema.fields), length: rows, nullCount: 0, children });
    this.#writer.write(new RecordBatch(this.#schema, struct));
    return this.#out.take();
  }

  end(): Buffer {
    this.#writer.finish();
    return this.#out.take();
  }
}

function arrowType(type: ColumnType): DataType {
  switch (type.is) {
    case 'decimal':
      return new Decimal(type.scale, type.precision, 128);
    case 'int64':
      return new Int64();
    case 'int32':
      return new Int32();
    case 'double':
      return new Float64();
    case 'bool':
      return new Bool();
    case 'utf8':
      return new Utf8();
    case 'utf8s':
      return new List(new Field('item', new Utf8(), false));
    case 'timestamp':
      return new TimestampMicrosecond('UTC');
    case 'date':
      return new DateDay();
  }
}

/** The words of some bytes, which begin where their memory does. */
function words<T>(
  make: new (buffer: ArrayBuffer, at: number, length: number) => T,
  bytes: Uint8Array,
  each: number,
): T {
  return new make(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / each);
}

function dataOf(column: ColumnValues, type: DataType): Data {
  const { count: length, nulls: nullCount, data } = column;
  const shared = { length, nullCount, nullBitmap: nullCount > 0 ? column.valid : undefined };
  switch (column.column.type.is) {
    case 'decimal':
      return makeData({ ...shared, type: type as Decimal, data: words(Uint32Array, data, 4) });
    case 'int64':
      return makeData({ ...shared, type: type as Int64, data: words(BigInt64Array, data, 8) });
    case 'int32':
      return makeData({ ...shared, type: type as Int32, data: words(Int32Array, data, 4) });
    case 'double':
      return makeData({ ...shared, type: type as Float64, data: words(Float64Array, data, 8) });
    case 'bool':
      return makeData({ ...shared, type: type as Bool, data: packed(data, 1) });
    case 'utf8':
      return makeData({ ...shared, type: type as Utf8, valueOffsets: column.offsets, data });
    case 'timestamp':
      return makeData({ ...shared, type: type as TimestampMicrosecond, data: words(BigInt64Array, data, 8) });
    case 'date':
      return makeData({ ...shared, type: type as DateDay, data: words(Int32Array, data, 4) });
    case 'utf8s': {
      const child = dataOf(column.items!, new Utf8()) as Data<Utf8>;
      return makeData({ ...shared, type: type as List<Utf8>, valueOffsets: column.offsets, child });
    }
  }
}

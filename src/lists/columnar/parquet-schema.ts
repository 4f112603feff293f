import type { ColumnType, FileColumn } from './schema.js';
import type { ThriftField, ThriftValue } from './thrift.js';

/** How the values of each type are stored: BOOLEAN 0, INT32 1, INT64 2, DOUBLE 5, BYTE_ARRAY 6, fixed length 7. */
export const PHYSICAL: Record<ColumnType['is'], number> = {
  ...{ bool: 0, int32: 1, date: 1, int64: 2, timestamp: 2, double: 5, utf8: 6, utf8s: 6, decimal: 7 },
};

/** Whether a value is there in each row, may be absent, or may be there several times. */
const [REQUIRED, OPTIONAL, REPEATED] = [0, 1, 2];
/** What readers older than the logical types know. */
const [UTF8, LIST_OF, DECIMAL, DATE, TIMESTAMP_MICROS] = [0, 3, 5, 6, 10];

const i32 = (value: number): ThriftValue => ({ i32: value });
const struct = (...fields: ThriftField[]): ThriftValue => ({ struct: fields });
const EMPTY = struct();

/** Bytes that a decimal of so many digits needs. */
export function decimalBytes(precision: number): number {
  return Math.ceil((precision * Math.log2(10) + 1) / 8);
}

/** The columns as the tree that Parquet has of them, each node before those below it. */
export function schemaOf(columns: readonly FileColumn[]): ThriftValue[] {
  const root = struct([4, { text: 'schema' }], [5, i32(columns.length)]);
  return [root, ...columns.flatMap(nodesOf)];
}

function nodesOf({ name, type }: FileColumn): ThriftValue[] {
  if (type.is !== 'utf8s') return [leaf(name, type, OPTIONAL)];
  const list = struct(
    [3, i32(OPTIONAL)],
    [4, { text: name }],
    [5, i32(1)],
    [6, i32(LIST_OF)],
    [10, struct([3, EMPTY])],
  );
  const items = struct([3, i32(REPEATED)], [4, { text: 'list' }], [5, i32(1)]);
  return [list, items, leaf('element', { is: 'utf8' }, REQUIRED)];
}

function leaf(name: string, type: ColumnType, repetition: number): ThriftValue {
  const { converted, logical } = meaningOf(type);
  const decimal = type.is === 'decimal' ? type : null;
  return struct(
    [1, i32(PHYSICAL[type.is])],
    [2, decimal ? i32(decimalBytes(decimal.precision)) : undefined],
    [3, i32(repetition)],
    [4, { text: name }],
    [6, converted === undefined ? undefined : i32(converted)],
    [7, digitsOf(decimal?.scale)],
    [8, digitsOf(decimal?.precision)],
    [10, logical],
  );
}

function digitsOf(value: number | undefined): ThriftValue | undefined {
  return value === undefined ? undefined : i32(value);
}

/** What stored values mean, as older and as newer readers know it. */
function meaningOf(type: ColumnType): { converted?: number; logical?: ThriftValue } {
  switch (type.is) {
    case 'utf8':
      return { converted: UTF8, logical: struct([1, EMPTY]) };
    case 'decimal':
      return { converted: DECIMAL, logical: struct([5, struct([1, i32(type.scale)], [2, i32(type.precision)])]) };
    case 'date':
      return { converted: DATE, logical: struct([6, EMPTY]) };
    case 'timestamp':
      // Of UTC, in microseconds.
      return {
        converted: TIMESTAMP_MICROS,
        logical: struct([8, struct([1, { bool: true }], [2, struct([2, EMPTY])])]),
      };
    default:
      return {};
  }
}

/** A field of a Thrift struct; one without a value is left out. */
export type ThriftField = readonly [id: number, value: ThriftValue | undefined];

/** A value in Thrift's compact protocol. */
export type ThriftValue =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly list: readonly ThriftValue[] }
  | { readonly struct: readonly ThriftField[] };

/** Codes of the types in the compact protocol. */
const [TRUE, FALSE, I32, I64, BINARY, LIST, STRUCT] = [1, 2, 5, 6, 8, 9, 12];
/** Lists of fewer have their length beside the type. */
const SHORT_LIST = 15;

/** A struct as bytes. (Apache Thrift, "Thrift compact protocol encoding".) */
export function thriftStruct(fields: readonly ThriftField[]): Buffer {
  const out: number[] = [];
  putStruct(out, fields);
  return Buffer.from(out);
}

function putStruct(out: number[], fields: readonly ThriftField[]): void {
  let before = 0;
  for (const [id, value] of fields) {
    if (value === undefined) continue;
    // Ids are in order and near each other: all those of Parquet are.
    out.push(((id - before) << 4) | ('bool' in value ? (value.bool ? TRUE : FALSE) : typeOf(value)));
    before = id;
    if (!('bool' in value)) putValue(out, value);
  }
  out.push(0);
}

function typeOf(value: ThriftValue): number {
  if ('i32' in value) return I32;
  if ('i64' in value) return I64;
  if ('text' in value) return BINARY;
  return 'list' in value ? LIST : STRUCT;
}

function putValue(out: number[], value: ThriftValue): void {
  if ('i32' in value) putVarint(out, zigzag(value.i32));
  else if ('i64' in value) putVarint(out, zigzag(value.i64));
  else if ('text' in value) {
    const bytes = Buffer.from(value.text);
    putVarint(out, bytes.length);
    for (const byte of bytes) out.push(byte);
  } else if ('list' in value) {
    const { list } = value;
    const type = list[0] ? typeOf(list[0]) : STRUCT;
    out.push((Math.min(list.length, SHORT_LIST) << 4) | type);
    if (list.length >= SHORT_LIST) putVarint(out, list.length);
    for (const item of list) putValue(out, item);
  } else if ('struct' in value) putStruct(out, value.struct);
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** A whole number that is not negative, seven bits a byte, the lowest first. */
export function putVarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
}

import { type Column, wireName } from '../../sql/columns.js';
import { type ColumnarFormat, type ColumnarRendering, Numbers, type Rendering } from '../../sql/format.js';

/** What a column is in Arrow and in Parquet. */
export type ColumnType =
  | { readonly is: 'decimal'; readonly precision: number; readonly scale: number }
  /** Texts; of numbers those that other formats have as texts. */
  | { readonly is: 'utf8'; readonly of?: 'numbers' }
  | { readonly is: 'int64' | 'int32' | 'double' | 'bool' | 'utf8s' | 'timestamp' | 'date' };

/** A column of a file. */
export interface FileColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** The place of its values among those of a row that is sent. */
  readonly index: number;
}

/** A file before its rows are there. It crosses threads, so it is data alone. */
export interface FileHead {
  readonly format: ColumnarFormat;
  readonly columns: readonly FileColumn[];
  /** Values of each row that is sent. */
  readonly width: number;
  /** What is said beside the rows, by names. */
  readonly about: Readonly<Record<string, string>>;
}

/** What a row that does not fit its type is refused with. It crosses threads, so it is data alone. */
export interface Unfit {
  readonly column: string;
  readonly value: string;
  readonly type: string;
}

/** The digits of a decimal as it is stored, and as one has it that says nothing else. */
const STORED = [20, 8] as const;

/** Whether rows are sent as columns that have types. */
export function isColumnar(rendering: Rendering): rendering is ColumnarRendering {
  return rendering.format === 'arrow' || rendering.format === 'parquet';
}

/**
 * What a file begins with.
 * @param sent  the columns whose values are sent, in their order
 */
export function fileHead(
  { columns, numbers, format }: ColumnarRendering,
  sent: readonly Column[],
  about: Readonly<Record<string, string>>,
): FileHead {
  return {
    format,
    about,
    width: sent.length,
    columns: columns.map((column) => ({
      name: wireName(column),
      type: typeOf(column, numbers),
      index: sent.findIndex(({ name }) => name === column.name),
    })),
  };
}

/** The type of a column: exact ones for what is exact, texts where numbers are wanted as strings. */
function typeOf({ kind, digits = STORED }: Column, numbers: Numbers): ColumnType {
  switch (kind) {
    case 'decimal':
      return numbers === Numbers.STRING
        ? { is: 'utf8', of: 'numbers' }
        : { is: 'decimal', precision: digits[0], scale: digits[1] };
    case 'bigint':
      return numbers === Numbers.STRING ? { is: 'utf8', of: 'numbers' } : { is: 'int64' };
    case 'integer':
      return { is: 'int32' };
    case 'float':
      return { is: 'double' };
    case 'boolean':
      return { is: 'bool' };
    case 'text':
    case 'id':
      return { is: 'utf8' };
    case 'texts':
      return { is: 'utf8s' };
    case 'instant':
      return { is: 'timestamp' };
    case 'day':
      return { is: 'date' };
  }
}

/** A type in words. */
export function typeName(type: ColumnType): string {
  return type.is === 'decimal' ? `decimal(${type.precision}, ${type.scale})` : type.is;
}

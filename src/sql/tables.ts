import type { ColumnType } from 'kysely';

/** A column that statements read: what JavaScript gets of it, and the types that it may have in the database. */
interface Stored<Value> {
  readonly type: RegExp;
  /** Only the type of it counts. */
  readonly value?: Value;
}

function stored<Value>(type: RegExp): Stored<Value> {
  return { type };
}

/**
 * The kinds of columns. Every value that JavaScript could round (NUMERIC, BIGINT) or shift (timestamps) reaches us as
 * the text that PostgreSQL wrote.
 */
export const STORED = {
  uuid: stored<string>(/^uuid/),
  text: stored<string>(/^(text|character varying|character|citext)/),
  numeric: stored<string>(/^numeric/),
  /** A whole number that may be larger than JavaScript's. */
  whole: stored<string>(/^(smallint|integer|bigint|numeric)/),
  integer: stored<number>(/^(smallint|integer|bigint)/),
  boolean: stored<boolean>(/^boolean/),
  instant: stored<string>(/^timestamp with time zone/),
};

type Kind = keyof typeof STORED;

/** How a column is stored; with `?` where it may be null. */
export type StoredAs = Kind | `${Kind}?`;

/** The kind of a column, and whether it may be null. */
export function readStored(column: StoredAs): { kind: Kind; type: RegExp; nullable: boolean } {
  const kind = column.replace('?', '') as Kind;
  return { kind, type: STORED[kind].type, nullable: column.endsWith('?') };
}

type ValueOf<Name extends Kind> = NonNullable<(typeof STORED)[Name]['value']>;
type Selected<Column extends StoredAs> = Column extends `${infer Name extends Kind}?`
  ? ValueOf<Name> | null
  : Column extends Kind
    ? ValueOf<Column>
    : never;

/** A table as Kysely knows it; nothing of it can be written. */
export type TableOf<Columns extends Readonly<Record<string, StoredAs>>> = {
  -readonly [Name in keyof Columns]: ColumnType<Selected<Columns[Name]>, never, never>;
};

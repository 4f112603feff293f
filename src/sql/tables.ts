import { type ColumnType, type RawBuilder, sql } from 'kysely';

/** A column that statements read: what JavaScript gets of it, and the types that it may have in the database. */
interface Stored<Value> {
  readonly type: RegExp;
  /** What a parameter that is compared with it is cast to. */
  readonly cast: RawBuilder<unknown>;
  /** Only the type of it counts. */
  readonly value?: Value;
}

function stored<Value>(cast: RawBuilder<unknown>, type: RegExp): Stored<Value> {
  return { cast, type };
}

/**
 * The kinds of columns. Every value that JavaScript could round (NUMERIC, BIGINT) or shift (timestamps) reaches us as
 * the text that PostgreSQL wrote.
 */
export const STORED = {
  uuid: stored<string>(sql`uuid`, /^uuid/),
  text: stored<string>(sql`text`, /^(text|character varying|character|citext)/),
  numeric: stored<string>(sql`numeric`, /^numeric/),
  /** A whole number that may be larger than JavaScript's. */
  whole: stored<string>(sql`numeric`, /^(smallint|integer|bigint|numeric)/),
  integer: stored<number>(sql`bigint`, /^(smallint|integer|bigint)/),
  boolean: stored<boolean>(sql`boolean`, /^boolean/),
  instant: stored<string>(sql`timestamptz`, /^timestamp with time zone/),
  /** A day of the calendar. */
  day: stored<string>(sql`date`, /^date/),
};

/** How the values of a column are stored. */
export type Kind = keyof typeof STORED;

/** How a column is stored; with `?` where it may be null. */
export type StoredAs = Kind | `${Kind}?`;

/** The kind of a column, and whether it may be null. */
export function readStored(column: StoredAs): {
  kind: Kind;
  type: RegExp;
  cast: RawBuilder<unknown>;
  nullable: boolean;
} {
  const kind = column.replace('?', '') as Kind;
  const { type, cast } = STORED[kind];
  return { kind, type, cast, nullable: column.endsWith('?') };
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

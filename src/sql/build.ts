import {
  DummyDriver,
  type Expression,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
} from 'kysely';
import type { Tables } from './data-sets.js';
import { formatInstant, parseDay, startOfDay } from '../base/time.js';

const dialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};

/** Builds and compiles statements without a connection. It does not know the hypertable: see `barsIn` in bars.ts. */
export const build = new Kysely<Omit<Tables, 'market_data.ohlcv'>>({ dialect });

const FIRST = startOfDay(parseDay('0001-01-01')!);
const LAST = startOfDay(parseDay('9999-12-31')!);

/** An instant as microseconds after 1970-01-01, which TimescaleDB's catalog counts in. */
export function microsOf(instant: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(extract(epoch from ${instant}) * 1000000)::bigint`;
}

/** An instant as a constant of the statement; outside the years that text can say, infinity. */
export function instantLiteral(micros: bigint): RawBuilder<string> {
  const text = micros < FIRST ? '-infinity' : micros > LAST ? 'infinity' : formatInstant(micros);
  return sql<string>`${sql.lit(text)}::timestamptz`;
}

/** How rows are ordered. */
export function direction(sort: 'asc' | 'desc'): RawBuilder<unknown> {
  return sort === 'asc' ? sql`asc` : sql`desc`;
}

/** The end of a statement that yields at most so many rows; nothing where it yields all (null). */
export function atMost(limit: RawBuilder<number> | number | null): RawBuilder<unknown> {
  return limit === null ? sql`` : sql` limit ${limit}`;
}

/** A list of texts as one array parameter, so that its length does not change the statement. */
export function textArray(values: readonly string[]): RawBuilder<string[]> {
  return sql<string[]>`${values}::text[]`;
}

/**
 * An instant as the wire has it: UTC, `T` and `Z`, a fraction only when there is one, whatever the session's time
 * zone and date style are; null where text cannot say it. (JSON output of a timestamp is ISO 8601 by definition.)
 */
export function wireInstant(instant: Expression<unknown>): RawBuilder<string> {
  const text = sql`(to_json(${instant} at time zone 'UTC') #>> '{}') || 'Z'`;
  return sql<string>`case when ${instant} >= '0001-01-01 00:00:00Z' and ${instant} < '10000-01-01 00:00:00Z' then ${text} end`;
}

/** The UTC day of an instant: every session is in UTC. (`at time zone` looks the zone up for each row.) */
export function utcDay(instant: Expression<unknown>): RawBuilder<string> {
  return sql<string>`${instant}::date`;
}

/** The number of a day after 1970-01-01, of an instant that is midnight in UTC. */
export function dayNumber(instant: Expression<unknown>): RawBuilder<number> {
  return sql<number>`(date_part('epoch', ${instant}) / 86400)::int`;
}

/** The texts of an array of numbers in PostgreSQL's text, such as `{-1,2.50}`; none of null. */
export function textsOfArray(array: string | null): string[] {
  return array === null ? [] : array.slice(1, -1).split(',');
}

/** The columns of a row by their wire names; the compiler refuses one that is missing, misspelt or of another type. */
export function columnsAs<Row extends object>(columns: {
  readonly [Name in keyof Row]: Expression<Row[Name]>;
}): RawBuilder<unknown> {
  const named = Object.entries<Expression<unknown>>(columns).map(([name, value]) => sql`${value} as ${sql.id(name)}`);
  return sql.join(named, sql`, `);
}

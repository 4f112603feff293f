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

/** A list of texts as one array parameter, so that its length does not change the statement. */
export function textArray(values: readonly string[]): RawBuilder<string[]> {
  return sql<string[]>`${values}::text[]`;
}

/** A value of an instant, null where the instant is infinite or outside the years 1 to 9999, which text cannot say. */
function nameableOnly(instant: Expression<unknown>, value: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`case when ${instant} >= '0001-01-01 00:00:00Z' and ${instant} < '10000-01-01 00:00:00Z' then ${value} end`;
}

/**
 * An instant as the wire has it: UTC, `T` and `Z`, a fraction only when there is one, whatever the session's time
 * zone and date style are; null where text cannot say it. (JSON output of a timestamp is ISO 8601 by definition.)
 */
export function wireInstant(instant: Expression<unknown>): RawBuilder<string> {
  return nameableOnly(instant, sql`(to_json(${instant} at time zone 'UTC') #>> '{}') || 'Z'`);
}

/** The UTC day of an instant; as text `YYYY-MM-DD`, given the session's date style; null where that cannot say it. */
export function wireDay(instant: Expression<unknown>): RawBuilder<string> {
  return nameableOnly(instant, sql`(${instant} at time zone 'UTC')::date`);
}

/** A decimal without trailing zeros; NaN and the infinities, which have no scale, are no numbers on the wire. */
export function wireDecimal(value: Expression<unknown>): RawBuilder<string> {
  return sql<string>`case when scale(${value}) is not null then trim_scale(${value}) end`;
}

/** The columns of a row by their wire names; the compiler refuses one that is missing, misspelt or of another type. */
export function columnsAs<Row extends object>(columns: {
  readonly [Name in keyof Row]: Expression<Row[Name]>;
}): RawBuilder<unknown> {
  const named = Object.entries<Expression<unknown>>(columns).map(([name, value]) => sql`${value} as ${sql.id(name)}`);
  return sql.join(named, sql`, `);
}

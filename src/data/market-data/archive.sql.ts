import { type RawBuilder, sql } from 'kysely';
import type { TimeWindow } from '../../base/time.js';
import { instantLiteral, microsOf } from '../../sql/build.js';

/** A column of a relation of the archive. */
export interface ArchiveColumn {
  readonly relation: string;
  readonly name: string;
  readonly type: string;
  /** Whether this role may read it. */
  readonly readable: boolean;
}

/**
 * The columns of `market_data.ohlcv_archive` and of `market_data.ohlcv_retention`, the row by which `tetra retain`
 * works; none where they are not there.
 */
export function archiveColumns(): RawBuilder<ArchiveColumn> {
  return sql<ArchiveColumn>`
    select c.relname::text as relation, a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
      has_schema_privilege(n.oid, 'usage') and has_column_privilege(c.oid, a.attnum, 'select') as readable
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid
    where n.nspname = 'market_data' and c.relname in ('ohlcv_archive', 'ohlcv_retention')
      and a.attnum > 0 and not a.attisdropped`;
}

/** A stretch of time, in microseconds after 1970-01-01. */
export interface MicrosRange {
  readonly from: string;
  readonly to: string;
}

/** The years that have an archived bar: one step in the archive's index of time for each. */
export function archivedYears(): RawBuilder<MicrosRange> {
  const next = (after: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`(select min(old.timestamp) from market_data.ohlcv_archive as old where isfinite(old.timestamp) and ${after})`;
  const newYear = (years: 0 | 1): RawBuilder<unknown> =>
    sql`(date_trunc('year', step.first at time zone 'UTC') + ${sql.lit(years)} * interval '1 year') at time zone 'UTC'`;
  return sql<MicrosRange>`
    with recursive step as (
      select ${next(sql`true`)} as first
      union all
      select ${next(sql`old.timestamp >= ${newYear(1)}`)} from step where step.first is not null
    )
    select ${microsOf(newYear(0))}::text as from, ${microsOf(newYear(1))}::text as to
    from step
    where step.first is not null`;
}

/**
 * The days inside a window that have an archived bar and no row in the daily aggregate, by the first bar of each: one
 * step in the archive's index of time and a look into the aggregate's for each day.
 */
export function unstoredDays({ from, to }: TimeWindow): RawBuilder<MicrosRange> {
  const [first, end] = [instantLiteral(from), instantLiteral(to)];
  const day = sql`date_trunc('day', step.timestamp, 'UTC')`;
  const next = (after: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
      select old.symbol, old.timestamp
      from market_data.ohlcv_archive as old
      where old.timestamp >= ${after} and old.timestamp < ${end}
      order by old.timestamp
      limit 1)`;
  return sql<MicrosRange>`
    with recursive step as (
      ${next(first)}
      union all
      select next.* from step cross join lateral ${next(sql`${day} + interval '24 hours'`)} as next
    )
    select ${microsOf(day)}::text as from, ${microsOf(sql`${day} + interval '24 hours'`)}::text as to
    from step
    where (
      select true
      from market_data.ohlcv_daily as daily
      where daily.symbol = step.symbol and daily.day = ${day} and daily.day >= ${first} and daily.day < ${end}
      limit 1) is null`;
}

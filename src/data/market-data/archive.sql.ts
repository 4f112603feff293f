import { type RawBuilder, sql } from 'kysely';

/** A column of a relation of the archive. */
export interface ArchiveColumn {
  readonly relation: string;
  readonly name: string;
  readonly type: string;
}

/**
 * The columns that this role may read of `market_data.ohlcv_archive` and of `market_data.ohlcv_retention`, the row by
 * which `tetra retain` works; none where they are not there.
 */
export function archiveColumns(): RawBuilder<ArchiveColumn> {
  return sql<ArchiveColumn>`
    select c.relname::text as relation, a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid
    where n.nspname = 'market_data' and c.relname in ('ohlcv_archive', 'ohlcv_retention')
      and has_schema_privilege(n.oid, 'usage') and has_column_privilege(c.oid, a.attnum, 'select')
      and a.attnum > 0 and not a.attisdropped`;
}

import { type Expression, type RawBuilder, sql } from 'kysely';
import { symbolBySymbol } from '../../sql/bars.js';
import { atMost, columnsAs, utcDay } from '../../sql/build.js';
import type { RowOf } from '../../sql/columns.js';
import type { ComparedBar } from './compare.model.js';
import { IS_USABLE } from './closes.sql.js';
import { type DailySource, dailyRows, IS_PARTIAL } from './daily.sql.js';

/** A rebased close as its statements yield it. */
export type ComparedRow = RowOf<ComparedBar>;

/** What closes are rebased by. */
export interface Bases {
  /** Symbols, and the close of each that becomes `base`, as text; empty where it has none. */
  readonly symbols: RawBuilder<string[]>;
  readonly closes: RawBuilder<string[]>;
  readonly base: RawBuilder<number>;
}

/** Rebased closes of one symbol, oldest first. */
export function rebased(
  symbol: Expression<string>,
  source: DailySource,
  { symbols, closes, base }: Bases,
  limit: RawBuilder<number> | null,
): Expression<ComparedRow> {
  const columns = columnsAs<ComparedRow>({
    symbol: sql.ref('d.symbol'),
    day: utcDay(sql.ref('d.day')),
    close: sql.ref('d.close'),
    value: sql<number | null>`case when ${IS_USABLE} then d.close::float8 / b.close * ${base} end`,
    is_partial: IS_PARTIAL,
  });
  return sql<ComparedRow>`(
    select ${columns}
    from (select nullif((${closes})[array_position(${symbols}, ${symbol})], '')::float8 as close) as b
    cross join ${dailyRows(symbol, source)} as d
    order by d.day${atMost(limit)}
  )`;
}

/** Rebased closes of several symbols, symbol by symbol in alphabetical order. */
export function rebasedOf(
  symbols: RawBuilder<string[]>,
  source: DailySource,
  bases: Bases,
  limit: RawBuilder<number> | null,
): Expression<ComparedRow> {
  return symbolBySymbol(symbols, (symbol) => rebased(symbol, source, bases, limit), limit);
}

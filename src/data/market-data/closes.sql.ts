import { type RawBuilder, sql } from 'kysely';
import { dayNumber } from '../../sql/build.js';
import { type DailySource, dailyRows } from './daily.sql.js';

/** The closes of a symbol that are greater than zero, oldest first: arrays in PostgreSQL's text, null for none. */
export interface ClosesRow {
  readonly symbol: string;
  /** Days after 1970-01-01. */
  readonly days: string | null;
  /** As doubles, of which returns are made. */
  readonly closes: string | null;
  /** Days with a bar whose close is null, NaN, zero or less. */
  readonly unusable: string | null;
}

/** Whether the close of a daily row `d` is one that returns are made of. NaN is greater than every number. */
export const IS_USABLE = sql<boolean>`d.close > 0 and d.close <> 'NaN'`;

/** The closes of each of some symbols, from the daily rows of a source; the symbols in their order. */
export function closes(symbols: RawBuilder<string[]>, source: DailySource): RawBuilder<ClosesRow> {
  const day = dayNumber(sql.ref('d.day'));
  return sql<ClosesRow>`
    select asked.symbol, found.days, found.closes, found.unusable
    from unnest(${symbols}) with ordinality as asked (symbol, n)
    cross join lateral (
      select (array_agg(${day} order by d.day) filter (where ${IS_USABLE}))::text as days,
        (array_agg(d.close::float8 order by d.day) filter (where ${IS_USABLE}))::text as closes,
        (array_agg(${day} order by d.day) filter (where (${IS_USABLE}) is not true))::text as unusable
      from ${dailyRows(sql.ref('asked.symbol'), source)} as d
    ) as found
    order by asked.n`;
}

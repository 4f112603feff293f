import { type RawBuilder, sql } from 'kysely';
import { dayNumber } from '../../sql/build.js';
import { type DailySource, dailyRows } from './daily.sql.js';

/** A symbol and its days that have a bar: an array of numbers after 1970-01-01 in PostgreSQL's text, in any order. */
export interface PresentRow {
  readonly symbol: string;
  /** Null where there are none. */
  readonly days: string | null;
}

/** The days of each of some symbols that have a bar, from the daily rows of a source; the symbols in their order. */
export function presentDays(symbols: RawBuilder<string[]>, source: DailySource): RawBuilder<PresentRow> {
  return sql<PresentRow>`
    select asked.symbol, (
      select array_agg(${dayNumber(sql.ref('d.day'))})
      from ${dailyRows(sql.ref('asked.symbol'), source)} as d
    )::text as days
    from unnest(${symbols}) with ordinality as asked (symbol, n)
    order by asked.n`;
}

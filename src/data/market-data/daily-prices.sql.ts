import { type Expression, type RawBuilder, sql } from 'kysely';
import type { SortDirection } from '../../contract/sort.js';
import { columnsAs, direction } from '../../sql/build.js';
import { DAILY_COLUMNS, type DailyRow, dailyRows, type DailySource } from './daily.sql.js';

/** A price of a bar that indicators are made of. */
export type Price = 'high' | 'low' | 'close';

/** Prices of the daily bars before those of a page. */
export interface PricesBefore {
  /** The days before the page; of the newest bars first those of the page, too, since it ends among them. */
  readonly source: DailySource;
  /** Those that are wanted. */
  readonly prices: readonly Price[];
  /** Bars that are wanted, at most: those without all of their prices do not count. */
  readonly count: RawBuilder<number>;
}

/** A daily bar, or in the first row the prices before it: an array of the arrays of each price, the newest first. */
export type DailyRowAfterPrices = { readonly [Name in keyof DailyRow]: DailyRow[Name] | null } & {
  readonly before: string | null;
};

/** Whether a daily row `d` has all of its prices. In PostgreSQL's order NaN is above infinity. */
const IS_WHOLE = sql<boolean>`
  abs(d.high) < 'Infinity' and abs(d.low) < 'Infinity' and abs(d.close) < 'Infinity'`;

/**
 * Daily bars of one symbol in their order, after a row with the prices of the bars before them that have all of theirs.
 * Rows that are neither grouped nor joined keep the order of what they are read from.
 */
export function dailyAfterPrices(
  symbol: Expression<string>,
  source: DailySource,
  sort: SortDirection,
  limit: RawBuilder<number>,
  { source: older, prices, count }: PricesBefore,
): Expression<DailyRowAfterPrices> {
  const names = Object.keys(DAILY_COLUMNS);
  const beforePage = sql` and d.day < (select min(page.day) from page)`;
  return sql<DailyRowAfterPrices>`(
    with page as (
      select ${columnsAs<DailyRow>(DAILY_COLUMNS)}
      from ${dailyRows(symbol, source)} as d
      order by d.day ${direction(sort)} limit ${limit})
    select ${sql.join(names.map((name) => sql`null as ${sql.id(name)}`))},
      array[${sql.join(prices.map((price) => sql`array_agg(d.${sql.id(price)})`))}]::text as before
    from (
      select ${sql.join(prices.map((price) => sql`d.${sql.id(price)}`))}
      from ${dailyRows(symbol, older)} as d
      where ${IS_WHOLE}${sort === 'desc' ? beforePage : sql``}
      order by d.day desc limit ${count}) as d
    union all
    select page.*, null from page
  )`;
}

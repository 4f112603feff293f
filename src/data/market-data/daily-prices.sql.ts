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
  /** Bars that are wanted, at most. */
  readonly count: RawBuilder<number>;
}

/** A daily bar, or in the first row the prices before it: an array for each price, the newest first, as text. */
export type DailyRowAfterPrices = { readonly [Name in keyof DailyRow]: DailyRow[Name] | null } & {
  readonly before: string | null;
};

/** Whether a daily row `d` has a high and a low that are numbers. In PostgreSQL's order NaN is above infinity. */
const HAS_RANGE = sql<boolean>`abs(d.high) < 'Infinity' and abs(d.low) < 'Infinity'`;

/**
 * Daily bars of one symbol in their order, after a row with the prices before them. Closes alone are null where the bar
 * has no high or low: who wants closes alone leaves such bars out.
 */
export function dailyAfterPrices(
  symbol: Expression<string>,
  source: DailySource,
  sort: SortDirection,
  limit: RawBuilder<number>,
  { source: older, prices, count }: PricesBefore,
): Expression<DailyRowAfterPrices> {
  const names = Object.keys(DAILY_COLUMNS);
  const [only, ...others] = prices;
  const read =
    others.length > 0
      ? prices.map((price) => sql`d.${sql.id(price)}`)
      : [sql`case when ${HAS_RANGE} then d.${sql.id(only!)} end as ${sql.id(only!)}`];
  const beforePage = sql` where d.day < (select min(page.day) from page)`;
  return sql<DailyRowAfterPrices>`(
    with page as (
      select ${columnsAs<DailyRow>(DAILY_COLUMNS)}
      from ${dailyRows(symbol, source)} as d
      order by d.day ${direction(sort)} limit ${limit})
    select ${sql.join(names.map((name) => sql`null as ${sql.id(name)}`))},
      array[${sql.join(prices.map((price) => sql`array_agg(d.${sql.id(price)})`))}]::text as before
    from (
      select ${sql.join(read)}
      from ${dailyRows(symbol, older)} as d${sort === 'desc' ? beforePage : sql``}
      order by d.day desc limit ${count}) as d
    union all
    select page.*, null from page
  )`;
}

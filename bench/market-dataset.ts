import type pg from 'pg';
import { compress, isTimescale, schedulePolicies } from './dataset.ts';

/** Symbols of a whole market, and the weeks up to yesterday that it has: a chunk each. */
export const MARKET_SYMBOLS = 10_000;
export const MARKET_WEEKS = 148;
/** Days after which the set-up's policy compresses a chunk. */
const COMPRESSED_AFTER_DAYS = 30;

/**
 * Daily bars by fixed arithmetic: the first 130 symbols have the names of the other data sets. One symbol in 25 was
 * listed late, one in 25 was delisted, one bar in 400 is missing, and New Year, the fourth of July and Christmas are
 * holidays.
 */
const GENERATE = `
insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, trades_count, timeframe, source)
select 'S' || to_char(s, 'FM99000'), day, open, open * 1.01, open * 0.99, open * 1.005, 100000 + h, open, 1000 + h, '1d', 'generated'
from (
  select s, day, n, (n * 7919 + s * 104729::bigint) % 1000 as h, round((20 + s % 400 + 5 * sin(n / 100.0 + s))::numeric, 2) as open
  from generate_series($1::date::timestamp at time zone 'UTC', $2::date::timestamp at time zone 'UTC', '1 day') as day,
    generate_series(1, $3::int) as s, lateral (select extract(epoch from day)::bigint / 86400 as n) as place
  where extract(isodow from day at time zone 'UTC') < 6 and to_char(day at time zone 'UTC', 'MMDD') not in ('0101', '0704', '1225')
) as bars
where (n * 6101 + s * 15485863::bigint) % 400 <> 0
  and (s % 25 <> 0 or day >= $4::date + (s * 37) % 1000) and (s % 25 <> 1 or day < $4::date + 30 + (s * 53) % 1000)`;

/** Loads the bars of so many symbols, week by week, compresses what the policy would, and refreshes all daily bars. */
export async function loadMarket(client: pg.Client, symbols: number, log: (line: string) => void): Promise<void> {
  if (await isTimescale(client)) await schedulePolicies(client, false);
  const day = async (back: number): Promise<string> =>
    (await client.query<{ day: string }>(`select ((now() at time zone 'UTC')::date - $1::int)::text as day`, [back]))
      .rows[0]!.day;
  const firstDay = await day(7 * MARKET_WEEKS);
  for (let week = MARKET_WEEKS; week > 0; week--) {
    await client.query(GENERATE, [await day(7 * week), await day(7 * week - 6), symbols, firstDay]);
    if (week % 20 === 1) log(`${symbols} symbols: ${week - 1} weeks are left`);
  }
  if (await isTimescale(client)) {
    await compress(client, await day(COMPRESSED_AFTER_DAYS));
    await client.query(`call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`);
    await schedulePolicies(client, true);
  }
  await client.query('vacuum (analyze) market_data.ohlcv');
}

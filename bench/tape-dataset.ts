import type pg from 'pg';
import { compress, isTimescale, LAST_DAY, schedulePolicies, SYMBOLS } from './dataset.ts';

/** Symbols of the tape, and its bars of a session: one a minute, from 13:30 to 20:00 UTC. */
export const TAPE_SYMBOLS = SYMBOLS.slice(0, 50);
const [SESSION_BARS, SESSION_START] = [390, '13:30'];

/** One-minute bars by fixed arithmetic. */
const GENERATE = `
insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, trades_count, timeframe, source)
select 'S' || lpad(s::text, 3, '0'), day + interval '${SESSION_START}' + i * interval '1 minute', open, open * 1.001, open * 0.999,
  open * 1.0002, 1000 + h, open, 1 + h % 90, '1m', 'generated'
from generate_series($1::date::timestamp at time zone 'UTC', $2::date::timestamp at time zone 'UTC', '1 day') as day,
  generate_series(1, ${TAPE_SYMBOLS.length}) as s, generate_series(0, ${SESSION_BARS - 1}) as i,
  lateral (select extract(epoch from day)::bigint / 86400 * ${SESSION_BARS} + i as n) as place,
  lateral (select (n * 7919 + s * 104729::bigint) % 1000 as h,
    round((20 + s + s * 0.3 * sin(n / 6000.0 + s))::numeric, 4) as open) as numbers
where extract(isodow from day at time zone 'UTC') < 6`;

/** Loads so many bars that end with the last day, a quarter at a time, each compressed before the next. */
export async function loadTape(client: pg.Client, rows: number, log: (line: string) => void): Promise<void> {
  const timescale = await isTimescale(client);
  if (timescale) await schedulePolicies(client, false);
  const weekdays = Math.ceil(rows / TAPE_SYMBOLS.length / SESSION_BARS);
  const last = Date.parse(LAST_DAY);
  const day = (back: number): string => new Date(last - back * 86_400_000).toISOString().slice(0, 10);
  let left = Math.ceil((weekdays * 7) / 5);
  for (; left > 0; left -= 91) {
    const { rowCount } = await client.query(GENERATE, [day(left - 1), day(Math.max(0, left - 91))]);
    if (timescale) await compress(client, day(Math.max(0, left - 91)));
    log(`from ${day(left - 1)}: ${rowCount ?? 0} bars`);
  }
  if (timescale) {
    await compress(client, null);
    await client.query(`call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`);
    await schedulePolicies(client, true);
  }
  await client.query('vacuum (analyze) market_data.ohlcv');
}

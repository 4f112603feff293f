import type pg from 'pg';
import type { Random } from '../../../src/setup/sample/random.js';
import { chance, dayAfter, MORE_DAYS, MORE_SYMBOLS } from './seed.js';

/** Symbols that a URL, a collation, a CSV or a number could take for something else. */
export const SYMBOLS = ['A', 'a', '^IDX', 'BRK.B', 'BTC-USD', 'Z 1', '0042', 'ÄÖ'];
const TIMEFRAMES = ['1d', '1h', '5m'];
const SOURCES = ['alpha', 'beta'];

/** One bar, every value as SQL takes it. */
export interface NewBar {
  readonly symbol: string;
  readonly timestamp: string;
  readonly close: string;
  readonly volume: string;
  readonly vwap: string | null;
  readonly timeframe: string;
  readonly source: string;
}

/** A price with up to eight decimals, small and large ones. */
function price(rng: Random): string {
  const places = rng.integer(0, 8);
  return (rng.next() * 10 ** rng.integer(0, 6) + 0.01).toFixed(Math.max(places, 2));
}

/** A bar of a day, at its start or at any microsecond of it. */
export function barOn(rng: Random, symbol: string, day: string): NewBar {
  const micros = String(rng.integer(0, 86_399)).padStart(5, '0');
  const clock = new Date(Number(micros) * 1000).toISOString().slice(11, 19);
  const fraction = chance(rng, 0.2) ? `.${String(rng.integer(1, 999_999)).padStart(6, '0')}` : '';
  const midnight = chance(rng, 0.5);
  return {
    symbol,
    timestamp: `${day}T${midnight ? '00:00:00' : clock + fraction}Z`,
    close: price(rng),
    volume: chance(rng, 0.1)
      ? String(9_007_199_254_740_993n + BigInt(rng.integer(0, 1000)))
      : String(rng.integer(0, 1e6)),
    vwap: chance(rng, 0.2) ? null : chance(rng, 0.03) ? 'NaN' : price(rng),
    timeframe: midnight ? '1d' : rng.pick(TIMEFRAMES),
    source: rng.pick(SOURCES),
  };
}

/**
 * Bars of every symbol over some three years up to `newest`: weekdays with holes, one symbol at weekends too, one that
 * ended long ago, one with many bars a day, one with a bar at the first instant of each year.
 */
export function randomBars(rng: Random, newest: string): NewBar[] {
  const bars: NewBar[] = [];
  for (const [i, symbol] of SYMBOLS.entries()) {
    const length = rng.integer(200, 1200);
    const last = i === 3 ? dayAfter(newest, -rng.integer(400, 700)) : newest;
    const holes = rng.next() * 0.2;
    for (let back = length; back >= 0; back--) {
      const day = dayAfter(last, -back);
      const weekend = new Date(day).getUTCDay() % 6 === 0;
      if ((weekend && symbol !== 'BTC-USD') || (back > 0 && chance(rng, holes))) continue;
      const bar = day.endsWith('-01-01') ? { ...barOn(rng, symbol, day), timestamp: `${day}T00:00:00Z` } : null;
      bars.push(bar ?? barOn(rng, symbol, day));
      if (symbol === '^IDX') for (let n = rng.integer(0, 3); n > 0; n--) bars.push(barOn(rng, symbol, day));
    }
  }
  return bars;
}

/** Writes bars; one that is there already at the same instant stays. */
export async function insertBars(sql: pg.Client, bars: readonly NewBar[]): Promise<void> {
  const column = (of: (bar: NewBar) => string | null): (string | null)[] => bars.map(of);
  await sql.query(
    `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source)
     select b.symbol, b.at, b.close * 1.01, b.close * 1.02, b.close * 0.5, b.close, b.volume, b.vwap, b.timeframe, b.source
     from unnest($1::text[], $2::timestamptz[], $3::numeric[], $4::bigint[], $5::numeric[], $6::text[], $7::text[])
       as b (symbol, at, close, volume, vwap, timeframe, source)
     on conflict do nothing`,
    [
      column((bar) => bar.symbol),
      column((bar) => bar.timestamp),
      column((bar) => bar.close),
      column((bar) => bar.volume),
      column((bar) => bar.vwap),
      column((bar) => bar.timeframe),
      column((bar) => bar.source),
    ],
  );
}

/**
 * Daily bars of further symbols up to a day, by fixed arithmetic: weekdays, of which one in seventy is missing, and one
 * symbol in ten that ended before.
 */
export async function insertMoreSymbols(sql: pg.Client, newest: string): Promise<void> {
  await sql.query(
    `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
     select 'M' || lpad(s::text, 5, '0'), day, 10 + s % 90, 11 + s % 90, 9 + s % 90, 10.5 + s % 90, s * 7 % 1000, '1d', 'alpha'
     from generate_series(1, $1::int) as s,
       generate_series(($2::date - $3::int)::timestamp, $2::timestamp, '1 day') as at,
       lateral (select at at time zone 'UTC' as day, at::date - date '2000-01-01' as n) as place
     where extract(isodow from at) < 6 and (n * 6101 + s * 7919) % 70 <> 0
       and (s % 10 <> 0 or at < $2::timestamp - interval '40 days')`,
    [MORE_SYMBOLS, newest, MORE_DAYS],
  );
}

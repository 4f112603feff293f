import type pg from 'pg';
import type { Row } from './ask.js';

/** Every bar of the history, with those that only the aggregate still tells of. */
export const EVERY_BAR = '(select * from oracle.bars union all select * from oracle.dropped)';

/**
 * What the API should say, by the plainest SQL: no bound in time, no aggregate, no page. It reads a copy of the bars in
 * an ordinary table, since planning some hundred chunks for each question takes a second.
 */
export class Truth {
  constructor(private readonly sql: pg.Client) {}

  /** Copies the bars as they are now, which every later question is about. */
  async look(): Promise<void> {
    await this.sql.query(
      `create table if not exists oracle.bars (like market_data.ohlcv);
       truncate oracle.bars;
       insert into oracle.bars select * from market_data.ohlcv`,
    );
  }

  async #rows(text: string, values: unknown[] = []): Promise<Row[]> {
    const { rows } = await this.sql.query<Record<string, unknown>>(text, values);
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? '' : String(value)])),
    );
  }

  /** Bars of symbols, symbol by symbol, inside [from, to). */
  bars(
    symbols: readonly string[],
    from: string,
    to: string,
    timeframe: string | null,
    source: string | null,
    sort: 'asc' | 'desc',
  ): Promise<Row[]> {
    return this.#rows(
      `select symbol, ${instant('timestamp')} as timestamp, timeframe, ${decimals('open', 'high', 'low', 'close')},
         volume::text, ${decimals('vwap')}, trades_count, source
       from oracle.bars
       where symbol = any($1) and timestamp >= $2::timestamptz and timestamp < $3::timestamptz
         and ($4::text is null or timeframe = $4) and ($5::text is null or source = $5)
       order by symbol collate "C", bars.timestamp ${sort}`,
      [symbols, from, to, timeframe, source],
    );
  }

  /** Daily bars by upstream's definition, of what is stored and of what only the aggregate still has. */
  daily(condition: string, values: unknown[], order: string): Promise<Row[]> {
    return this.#rows(
      `with daily as (
         select symbol, date_trunc('day', timestamp, 'UTC') as at,
           (array_agg(open order by timestamp))[1] as open, max(high) as high, min(low) as low,
           (array_agg(close order by timestamp desc))[1] as close, sum(volume) as volume, avg(vwap) as vwap
         from ${EVERY_BAR} as bars where timestamp >= '0001-01-01' and timestamp < '9999-12-31' group by 1, 2
       )
       select symbol, to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, ${decimals('open', 'high', 'low', 'close')},
         volume::text, ${decimals('vwap')}, at + interval '24 hours' > now() as is_partial
       from daily where ${condition} order by ${order}`,
      values,
    );
  }

  /** The newest bar of a symbol that lies in a year which the wire can name. */
  latest(symbol: string, timeframe: string | null): Promise<Row[]> {
    return this.#rows(
      `select symbol, ${instant('timestamp')} as timestamp, ${decimals('close')}, volume::text
       from oracle.bars
       where symbol = $1 and timestamp < '9999-12-31' and ($2::text is null or timeframe = $2)
       order by bars.timestamp desc limit 1`,
      [symbol, timeframe],
    );
  }

  /** Days from `start` to `end`, both included, that have no bar: Monday to Friday, or all of them; never today. */
  async missingDays(symbol: string, start: string, end: string, weekdays: boolean): Promise<string[]> {
    const rows = await this.#rows(
      `select to_char(day, 'YYYY-MM-DD') as day from generate_series($2::timestamp, $3::timestamp, '1 day') as day
       where day < date_trunc('day', now() at time zone 'UTC')
         and (not $4::boolean or extract(dow from day) not in (0, 6))
         and to_char(day, 'YYYY-MM-DD') not in (
           select to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD') from ${EVERY_BAR} as bars where symbol = $1)
       order by day`,
      [symbol, start, end, weekdays],
    );
    return rows.map(({ day }) => day!);
  }

  /** How complete the days of each symbol are, `start` and `end` included: Monday to Friday, or all of them. */
  coverage(start: string, end: string, weekdays: boolean): Promise<Row[]> {
    return this.#rows(
      `with days as (
         select distinct symbol, (timestamp at time zone 'UTC')::date as day
         from ${EVERY_BAR} as bars
         where timestamp < '9999-12-31'
       ), expected as (
         select day::date from generate_series($1::timestamp, $2::timestamp, '1 day') as day
         where day < date_trunc('day', now() at time zone 'UTC')
           and (not $3::boolean or extract(dow from day) not in (0, 6))
       ), counted as (
         select symbol, (select count(*) from expected) as expected_days, count(expected.day) as present_days,
           min(day) as first_day, coalesce(max(day) filter (where day <= (now() at time zone 'UTC')::date), max(day)) as last_day
         from days left join expected using (day) group by symbol
       )
       select symbol, expected_days::text, present_days::text, first_day::text, last_day::text,
         trim_scale(round(present_days::numeric / nullif(expected_days, 0), 6))::text as coverage
       from counted order by symbol collate "C"`,
      [start, end, weekdays],
    );
  }

  /** Symbols with the first and last day on which they have a bar and how many days have one. */
  symbols(): Promise<Row[]> {
    return this.#rows(
      `select symbol, to_char(min(timestamp) at time zone 'UTC', 'YYYY-MM-DD') as first_day,
         to_char(max(timestamp) at time zone 'UTC', 'YYYY-MM-DD') as last_day,
         count(distinct date_trunc('day', timestamp, 'UTC'))::text as days
       from ${EVERY_BAR} as bars
       where timestamp < '9999-12-31' group by symbol order by symbol collate "C"`,
    );
  }

  /** Rows of any statement, every value as text. */
  rows(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.#rows(text, values);
  }
}

/** An instant as the wire has it, with microseconds. */
export function instant(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** Decimals without trailing zeros; NaN is null. */
export function decimals(...columns: string[]): string {
  return columns.map((column) => `trim_scale(nullif(${column}, 'NaN'))::text as ${column}`).join(', ');
}

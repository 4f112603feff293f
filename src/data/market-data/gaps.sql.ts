import { type RawBuilder, sql } from 'kysely';
import { formatDay } from '../../base/time.js';
import { type DailySource, dailyRows } from './daily.sql.js';
import type { Calendar } from './gaps.model.js';

/** The symbols, and for each the first and last day of its history as the directory knows them, and its calendar. */
export interface AskedSymbols {
  readonly names: RawBuilder<string[]>;
  readonly firstDays: RawBuilder<string[]>;
  readonly lastDays: RawBuilder<string[]>;
  readonly calendars: RawBuilder<string[]>;
}

/** What makes the days of a calendar other than weekdays and all. */
export interface CalendarDays {
  /** Weekdays without a session, and weekends with one. */
  readonly exceptions: RawBuilder<string[]>;
  /** Sessions on which hardly any symbol of the market has a bar. */
  readonly wholeMarketMissing: RawBuilder<string[]>;
  /** After this day no symbol of the market has a bar; null where that is of no account. */
  readonly marketNewest: RawBuilder<string | null>;
}

/** What the gap statement yields for one symbol; the gaps are JSON text. */
export interface GapRow {
  symbol: string;
  calendar: Calendar;
  expectedDays: number;
  presentDays: number;
  coverage: number | null;
  firstDay: string;
  lastDay: string;
  gaps: string;
}

const utcDay = (day: string): RawBuilder<string> => sql`(${sql.ref(day)} at time zone 'UTC')::date`;

/**
 * The symbols' expected days, present days and gaps, from the daily rows of the days `first` to `last`; the symbols in
 * the order they were asked in.
 *
 * Weekdays is upstream's documented query: Monday to Friday without a row. Other calendars are weekdays with
 * exceptions. Runs are islands of expected days (row number minus row number), so that a weekend does not cut one.
 */
export function gaps(
  symbols: AskedSymbols,
  calendar: CalendarDays,
  days: { first: number; last: number },
  source: DailySource,
): RawBuilder<GapRow> {
  // OFFSET 0 keeps the symbols apart: as a join, the planner would rather read every symbol's rows to find those of a
  // few.
  return sql<GapRow>`with
    asked as (
      select *
      from unnest(${symbols.names}, ${symbols.firstDays}::date[], ${symbols.lastDays}::date[], ${symbols.calendars})
        with ordinality as asked (symbol, first_day, last_day, calendar, n)
    ),
    present as materialized (
      select asked.n, ${utcDay('d.day')} as day
      from asked
      cross join lateral (select day from ${dailyRows(sql.ref('asked.symbol'), source)} as d offset 0) as d
    ),
    days as materialized (
      select d.day, d.weekday, d.weekday <> (exception.day is not null) as session,
        missing.day is not null or coalesce(d.day > ${calendar.marketNewest}::date, false) as whole_market
      from (
        select day::date as day, extract(isodow from day) < 6 as weekday
        from generate_series(${formatDay(days.first)}::date, ${formatDay(days.last)}::date, interval '1 day') as day
      ) as d
      left join unnest(${calendar.exceptions}::date[]) as exception (day) using (day)
      left join unnest(${calendar.wholeMarketMissing}::date[]) as missing (day) using (day)
    ),
    expected as materialized (
      select c.calendar, d.day, d.whole_market and c.calendar not in ('weekdays', 'all') as whole_market,
        row_number() over (partition by c.calendar order by d.day) as place
      from (select distinct calendar from asked) as c
      join days as d on case c.calendar when 'weekdays' then d.weekday when 'all' then true else d.session end
    ),
    span as materialized (
      select asked.n, asked.symbol, asked.calendar, least(asked.first_day, seen.first_day) as first_day,
        greatest(asked.last_day, seen.last_day) as last_day
      from asked
      left join (select n, min(day) as first_day, max(day) as last_day from present group by n) as seen using (n)
    ),
    lacking as (
      select span.n, e.day, e.place,
        case
          when e.day < span.first_day then 'before_first_bar'
          when e.whole_market and span.last_day >= least(e.day, ${calendar.marketNewest}::date) then 'whole_market_missing'
          when e.day > span.last_day then 'after_last_bar'
          else 'missing'
        end as reason
      from span
      join expected as e on e.calendar = span.calendar
      where not exists (select from present where present.n = span.n and present.day = e.day)
    ),
    islands as (
      select n, reason, day, place - row_number() over (partition by n, reason order by day) as island from lacking
    ),
    runs as (
      select n, min(day) as start, max(day) as "end", count(*) as missing_days, reason
      from islands
      group by n, reason, island
    ),
    found as (
      select n, sum(missing_days) as missing,
        json_agg(json_build_object('start', start, 'end', "end", 'missingDays', missing_days, 'reason', reason) order by start) as gaps
      from runs
      group by n
    ),
    totals as (select calendar, count(*) as days from expected group by calendar)
    select span.symbol, span.calendar, coalesce(totals.days, 0)::int as "expectedDays",
      (coalesce(totals.days, 0) - coalesce(found.missing, 0))::int as "presentDays",
      round(1 - coalesce(found.missing, 0) / totals.days, 6)::float8 as coverage,
      span.first_day::text as "firstDay", span.last_day::text as "lastDay", coalesce(found.gaps, '[]') as gaps
    from span
    left join found using (n)
    left join totals using (calendar)
    order by span.n`;
}

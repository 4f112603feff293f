import { type Expression, type RawBuilder, sql } from 'kysely';
import { dayOf, FIRST_DAY, type TimeWindow } from '../../base/time.js';
import { type BarRange, barsIn, VWAP_OUTSIDE } from '../../sql/bars.js';
import { undeclared } from '../../sql/columns.js';

/** What the bars of a symbol on a day are. */
export interface DayFacts {
  readonly symbol: string;
  readonly day: string;
  readonly bars: number;
  /** Times of day without a bar at which the symbol usually has one, and the first and the last of them. */
  readonly missing: number;
  readonly firstMissing: string | null;
  readonly lastMissing: string | null;
  /** Whether these are more than days around commonly lack. */
  readonly isPartial: boolean;
  /** What contradicts the rest, as a reason of a condition; null where nothing does. */
  readonly suspect: string | null;
  /** Whether a bar was written again long after the day. */
  readonly isCorrected: boolean;
  readonly lastModified: string | null;
}

/** The columns of {@link DayFacts}. */
export const FACT_COLUMNS = [
  ...[undeclared('symbol', 'text'), undeclared('day', 'day'), undeclared('bars', 'integer')],
  ...[undeclared('missing', 'integer'), undeclared('firstMissing', 'instant'), undeclared('lastMissing', 'instant')],
  ...[undeclared('isPartial', 'boolean'), undeclared('suspect', 'text'), undeclared('isCorrected', 'boolean')],
  undeclared('lastModified', 'instant'),
];

/** Weeks on either side of a day that its usual times are told by, and days of them that have to have a bar. */
const [WEEKS_AROUND, FEWEST_DAYS] = [1, 6];
/** Weeks before and after some days that are read: the days around those that they are compared with, too. */
export const WEEKS_READ = 2 * WEEKS_AROUND;

/** The number of the week of a day, a number after 1970-01-01: the first day of the year 1 was a Monday. */
const week = sql`(d.day + ${sql.lit(-FIRST_DAY)}) / 7`;
const around = sql.lit(WEEKS_AROUND);
const beside = sql.join(
  Array.from({ length: 2 * WEEKS_AROUND + 1 }, (_, i) => sql`(${sql.lit(i - WEEKS_AROUND)})`),
  sql`, `,
);
const startOf = (day: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`timestamptz 'epoch' + ${day} * interval '24 hours'`;

/**
 * For each of some symbols its days that have a bar. A time of day counts as usual in a week when more than half of the
 * other days of that week and of those next to it have a bar at it, and as missing on a day that has none there. What a
 * day has at times that are not usual makes up for those that it lacks: clocks change, and sessions move with them.
 *
 * Reads each bar of the range once and joins none with others: what a planner that knows little of the newest chunks
 * makes of such a join would take the square of the time. Times of a week hold the days that have a bar at them.
 * @param range     the days, and {@link WEEKS_READ} whole weeks before and after them
 * @param days      those that are wanted
 * @param halfDays  days whose session ends early: what is usual after their last bar is not missing
 */
export function dayFacts(
  symbols: RawBuilder<string[]>,
  range: BarRange,
  days: TimeWindow,
  halfDays: RawBuilder<string[]>,
): Expression<unknown> {
  return sql`(
    select asked.symbol, f.*
    from unnest(${symbols}) with ordinality as asked (symbol, n)
      cross join lateral ${factsOf(sql.ref('asked.symbol'), range, days, halfDays)} as f
    order by asked.n, f.day)`;
}

function factsOf(
  symbol: Expression<string>,
  range: BarRange,
  days: TimeWindow,
  halfDays: RawBuilder<string[]>,
): RawBuilder<unknown> {
  const read = ['symbol', 'timestamp', 'timeframe', 'source', 'low', 'high', 'volume', 'vwap', 'created_at'] as const;
  const bars = barsIn(range, symbol, [...read, 'updated_at']).select([
    sql`date_part('epoch', bar.timestamp)`.as('epoch'),
    sql`floor(date_part('epoch', bar.timestamp) / 86400)::int`.as('day'),
    ...(['bar.timeframe', 'bar.source', 'bar.volume'] as const),
    sql`greatest(bar.created_at, bar.updated_at)`.as('modified'),
    sql`bar.updated_at > bar.created_at and bar.updated_at >= bar.timestamp + interval '48 hours'`.as('corrected'),
    VWAP_OUTSIDE.as('outside'),
  ]);
  return sql`(
    with bar as materialized (
      select d.*, ${week} as week, (d.epoch - d.day * 86400.0)::int as at
      from (${bars}) as d
    ),
    whole as materialized (
      select day, week, count(*)::int as bars, sum(volume) as volume, max(at) as last, max(modified) as modified,
        bool_or(corrected) as corrected, bool_or(outside) as outside,
        min(timeframe) < max(timeframe) as timeframes, min(source) < max(source) as sources
      from bar group by day, week
    ),
    weeks as materialized (
      select week, array_agg(day) as days, array_agg(last) as lasts,
        sum(count(*)) over (order by week range between ${around} preceding and ${around} following) as near
      from whole group by week
    ),
    seen as (
      select week, at, array_agg(day) as days from bar group by week, at
    ),
    spread as (
      select seen.week + beside.by as week, seen.at, sum(cardinality(seen.days)) as near,
        max(seen.days) filter (where beside.by = 0) as days
      from seen cross join (values ${beside}) as beside (by)
      group by 1, 2
    ),
    usual as materialized (
      select spread.at, coalesce(spread.days, '{}') as held, weeks.days, weeks.lasts
      from spread join weeks using (week)
      where weeks.near >= ${sql.lit(FEWEST_DAYS)} and 2 * spread.near > weeks.near - 1
    ),
    held as (
      select day, count(*) as times from usual cross join unnest(usual.held) as day group by day
    ),
    missing as (
      select d.day, count(*) as times, min(usual.at) as first, max(usual.at) as last
      from usual cross join unnest(usual.days, usual.lasts) as d (day, last)
      where d.day <> all(usual.held)
        and ((date '1970-01-01' + d.day) <> all(${halfDays}::date[]) or usual.at <= d.last)
      group by d.day
    ),
    judged as materialized (
      select whole.*, coalesce(lacks.times, 0) as missing, lacks.first as first_at, lacks.last as last_at
      from whole left join (
        select missing.day, missing.times - others.times as times, missing.first, missing.last
        from missing
          join (
            select whole.day, whole.bars - coalesce(held.times, 0) as times from whole left join held using (day)
          ) as others on others.day = missing.day and missing.times > others.times
      ) as lacks using (day)
    )
    select date '1970-01-01' + l.day as day, l.bars, l.missing::int as missing,
      ${startOf(sql`l.day`)} + l.first_at * interval '1 second' as first_missing,
      ${startOf(sql`l.day`)} + l.last_at * interval '1 second' as last_missing,
      l.missing > 2 * coalesce(others.missing, 0) as is_partial,
      case
        when l.timeframes then 'several_timeframes'
        when l.sources then 'several_sources'
        when l.outside then 'vwap_outside_range'
        when l.volume = 0 and others.traded then 'zero_volume'
      end as suspect,
      coalesce(l.corrected, false) as is_corrected, l.modified as last_modified
    from judged as l cross join lateral (
      select percentile_disc(0.5) within group (order by other.missing) as missing,
        2 * count(*) filter (where other.volume > 0) > count(*) as traded
      from judged as other
      where other.day <> l.day
        and other.week between l.week - ${around} and l.week + ${around}
    ) as others
    where l.day >= ${sql.lit(dayOf(days.from))} and l.day < ${sql.lit(dayOf(days.to))})`;
}

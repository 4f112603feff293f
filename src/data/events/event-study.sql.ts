import { type RawBuilder, sql } from 'kysely';
import type { TimeWindow } from '../../base/time.js';
import { textArray, utcDay, wireInstant } from '../../sql/build.js';
import { within } from '../../sql/table-columns.js';
import { daysOf, ESTIMATION, RETURN_DAYS } from '../derived/event-study.js';
import { type DailySource, dailyRows } from '../market-data/daily.sql.js';
import type { EventTiming } from './event-study.model.js';

/** What a study has to know of an event. */
export interface TimedEvent {
  readonly id: string;
  /** Null where the event names none. */
  readonly symbol: string | null;
  readonly at: string;
  readonly timing: EventTiming;
  /** The day whose session is session 0, or the first session after it. */
  readonly anchor: string;
}

/** Days after its anchor within which the session of an event has to be. */
const LATEST_DAYS = 10;
const days = (count: number): RawBuilder<unknown> => sql`${sql.lit(`${count} days`)}::interval`;

const LOCAL = sql`(event_data.event_datetime at time zone 'America/New_York')`;
const HOUR_UNKNOWN = sql`event_data.event_datetime = date_trunc('day', event_data.event_datetime, 'UTC')`;

/** Midnight UTC stands for no hour; after the close of New York an event is of the next session. */
const timed = sql`
  select event_data.id, event_data.symbol, ${wireInstant(sql`event_data.event_datetime`)} as at,
    case
      when ${HOUR_UNKNOWN} then 'unknown'
      when ${LOCAL}::time < '09:30' then 'before_open'
      when ${LOCAL}::time < '16:00' then 'intraday'
      else 'after_close'
    end as timing,
    case
      when ${HOUR_UNKNOWN} then ${utcDay(sql`event_data.event_datetime`)}
      else (${LOCAL} + interval '8 hours')::date
    end::text as anchor
  from events.event_data
  where event_data.event_datetime >= '0001-01-02Z' and event_data.event_datetime < '9999-12-30Z'`;

/** Some events by their ids. */
export function timedEventsById(ids: readonly string[]): RawBuilder<TimedEvent> {
  return sql<TimedEvent>`${timed} and event_data.id = any(${textArray(ids)}::uuid[])`;
}

/** The events of some types inside a window in the order of time: those of some symbols or of any, and of none. */
export function timedEvents(
  window: TimeWindow,
  types: readonly string[],
  symbols: readonly string[] | null,
  limit: number,
): RawBuilder<TimedEvent> {
  const of =
    symbols === null ? sql`` : sql` and (event_data.symbol is null or event_data.symbol = any(${textArray(symbols)}))`;
  return sql<TimedEvent>`${timed} and ${within('events.event_data', window)}
    and event_data.event_type = any(${textArray(types)})${of}
    order by event_data.event_datetime, event_data.id
    limit ${limit}`;
}

/** What returns are compared with: the mean or the median of all symbols, or one of them. */
export type Benchmark =
  { readonly kind: 'mean' | 'median' } | { readonly kind: 'symbol'; readonly symbol: RawBuilder<string> };

/** Events beside the symbols in which they are looked at; each has a place. */
export interface Asked {
  readonly places: RawBuilder<string[]>;
  readonly symbols: RawBuilder<string[]>;
  readonly anchors: RawBuilder<string[]>;
  /** The symbols that are read where the benchmark is one; all where it is the market. */
  readonly read: RawBuilder<string[]>;
}

/** Sessions before and after that of the event. */
export interface Around {
  readonly before: number;
  readonly after: number;
}

/**
 * The events as `e` with the place of their session among those of their symbol, and the sessions as `a`, with return,
 * that of the benchmark and the difference. A session is a day on which the symbol has a close above zero. The session
 * of each event is found in one pass over events and sessions, the latest first: a minimum over those that follow
 * would be made anew for each.
 */
function aligned(source: DailySource, benchmark: Benchmark, asked: Asked): RawBuilder<unknown> {
  const some = benchmark.kind === 'symbol' ? sql` and d.symbol = any(${asked.read})` : sql``;
  const market = {
    mean: sql`select r.day, avg(r.return) as return from r where r.return is not null group by r.day`,
    median: sql`
      select r.day, percentile_cont(0.5) within group (order by r.return) as return
      from r where r.return is not null group by r.day`,
    symbol:
      benchmark.kind === 'symbol' ? sql`select r.day, r.return from r where r.symbol = ${benchmark.symbol}` : sql``,
  }[benchmark.kind];
  return sql`
    with r as materialized (
      select d.symbol, d.day, d.close, row_number() over w as i,
        case when d.day - lag(d.day) over w <= ${days(RETURN_DAYS)} then d.close::float8 / lag(d.close::float8) over w - 1
        end as return
      from ${dailyRows(null, source)} as d
      where d.close > 0 and d.close < 'Infinity'${some}
      window w as (partition by d.symbol order by d.day)
    ),
    m as materialized (${market}),
    asked as materialized (
      select place, symbol, day::timestamp at time zone 'UTC' as day
      from unnest(${asked.places}::int[], ${asked.symbols}, ${asked.anchors}::date[]) as asked (place, symbol, day)
    ),
    a as materialized (
      select r.symbol, r.day, r.close, r.i, r.return, m.return as benchmark, r.return - m.return as abnormal
      from r left join m on m.day = r.day
      where r.symbol in (select asked.symbol from asked)
    ),
    e as materialized (
      select found.place, found.symbol, found.i, found.day
      from (
        select u.place, u.symbol, u.day, min(u.i) over later as i, min(u.session) over later as session
        from (
          select null::int as place, a.symbol, a.day, a.day as session, a.i from a
          union all
          select asked.place, asked.symbol, asked.day, null, null from asked
        ) as u
        window later as (
          partition by u.symbol order by u.day desc, u.place is null desc rows unbounded preceding
        )
      ) as found
      where found.place is not null and found.session < found.day + ${days(LATEST_DAYS)}
    )`;
}

/**
 * The session of an event and those around it, as numbers from -before on; a session that is not there is left out, and
 * so is one that is so far away that another has to be missing: whether it was read depends on the other events.
 */
function sessions({ before, after }: Around): RawBuilder<unknown> {
  return sql`
    select e.place, k.session, a.day, a.close, a.return, a.benchmark, a.abnormal
    from e
    cross join generate_series(${sql.lit(-before)}::int, ${sql.lit(after)}) as k (session)
    join a on a.symbol = e.symbol and a.i = e.i + k.session
      and a.day between e.day - ${days(daysOf(before))} and e.day + ${days(daysOf(after))}`;
}

/** A session around an event, and what the sessions before those tell of the symbol. */
export interface ReactionRow {
  readonly place: number;
  readonly session: number;
  readonly day: string;
  readonly close: string;
  readonly return: number | null;
  readonly benchmark: number | null;
  readonly abnormal: number | null;
  /** Sample deviation of the abnormal returns before, and how many there are. */
  readonly deviation: number | null;
  readonly estimated: number;
}

/** The sessions around some events. */
export function reactions(
  source: DailySource,
  benchmark: Benchmark,
  asked: Asked,
  around: Around,
): RawBuilder<ReactionRow> {
  return sql<ReactionRow>`${aligned(source, benchmark, asked)}
    select c.place, c.session, ${utcDay(sql`c.day`)}::text as day, c.close::text as close, c.return, c.benchmark,
      c.abnormal, before.deviation, coalesce(before.estimated, 0) as estimated
    from (${sessions(around)}) as c
    left join (
      select e.place, stddev_samp(a.abnormal) as deviation, count(a.abnormal)::int as estimated
      from e
      join a on a.symbol = e.symbol
        and a.i between e.i - ${sql.lit(around.before + ESTIMATION.sessions)} and e.i - ${sql.lit(around.before + 1)}
        and a.day >= e.day - ${days(daysOf(around.before + ESTIMATION.sessions))}
      group by e.place
    ) as before on before.place = c.place
    order by c.place, c.session`;
}

/** What the events of a study add up to in one session; those that lack one of the sessions are left out. */
export interface StudyRow {
  readonly session: number;
  readonly events: number;
  readonly return: number;
  readonly benchmark: number;
  readonly abnormal: number;
  readonly cumulated: number;
  readonly squares: number;
  readonly positive: number;
}

/** The sums of some events, session by session. */
export function study(source: DailySource, benchmark: Benchmark, asked: Asked, around: Around): RawBuilder<StudyRow> {
  return sql<StudyRow>`${aligned(source, benchmark, asked)}
    select c.session, count(*)::int as events, sum(c.return) as return, sum(c.benchmark) as benchmark,
      sum(c.abnormal) as abnormal, sum(c.cumulated) as cumulated, sum(c.cumulated * c.cumulated) as squares,
      (count(*) filter (where c.cumulated > 0))::int as positive
    from (
      select s.*, sum(s.abnormal) over (partition by s.place order by s.session) as cumulated,
        count(s.abnormal) over (partition by s.place) as sessions
      from (${sessions(around)}) as s
    ) as c
    where c.sessions = ${sql.lit(around.before + around.after + 1)}
    group by c.session
    order by c.session`;
}

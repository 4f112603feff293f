import { type Expression, type RawBuilder, type Selectable, sql } from 'kysely';
import type { SortDirection } from '../../contract/sort.js';
import { atMost, build, columnsAs, direction, textArray, utcDay, wireInstant } from '../../sql/build.js';
import type { RowOf } from '../../sql/columns.js';
import type { Tables } from '../../sql/data-sets.js';
import { formatDay, formatInstant, parseDay, type TimeWindow } from '../../base/time.js';
import { writtenAfter } from '../../sql/written.js';
import { nameable } from './dated.js';
import { bounded, formula, LARGEST, precise, rounded } from './formulas.js';
import { type Frequency, monthsOf, rateOf, weeksOf } from './frequency.js';
import { observationsKnown } from './known-then.js';
import type { AggregationMethod, Observation, Units } from './observations.model.js';

/** An observation as its statements yield it. */
export type ObservationRow = RowOf<Observation>;

/** Which observations of a series are wanted. */
export interface Wanted {
  readonly seriesId: string;
  readonly window: TimeWindow;
  /** Fewest observations that the first and the last period of an aggregation need. */
  readonly fewest: number;
}

/** What is made of observations; all series of one statement share it. */
export interface Transformation {
  readonly units: Units;
  /** Frequency of the values that the units compare; null where it is unknown. */
  readonly frequency: Frequency | null;
  /** How observations become periods of that frequency; null where they are taken as they are. */
  readonly method: AggregationMethod | null;
  /** Only those that were written after an instant, of levels; else absent. */
  readonly updatedAfter?: string;
  /** The end of what is known, exclusive, see {@link observationsKnown}; null for everything. */
  readonly knownBefore: string | null;
}

/** An observation as it is stored. */
type KnownRow = Selectable<Tables['economic_data.economic_data']>;

/** What a value is compared with. */
type Base = 'previous' | 'year_ago' | null;

const BASE: Record<Units, Base> = {
  lin: null,
  chg: 'previous',
  ch1: 'year_ago',
  pch: 'previous',
  pc1: 'year_ago',
  pca: 'previous',
  cch: 'previous',
  cca: 'previous',
  log: null,
};

const interval = (length: string): RawBuilder<unknown> => sql`interval ${sql.lit(length)}`;

/** Length of the periods that follow each other without a hole in the calendar. */
function stepOf(frequency: Frequency | null): RawBuilder<unknown> | null {
  const months = monthsOf(frequency);
  return months === undefined ? null : interval(months === 12 ? '1 year' : `${months} months`);
}

/**
 * Frequency by whose periods values are told apart: a fortnight's observation by its week, since series differ in
 * which.
 */
function gridOf({ frequency, method }: Transformation): Frequency | null {
  return method === null && frequency !== null && rateOf(frequency) === 'bw' ? 'w' : frequency;
}

/** The first instant of the period in which an instant lies, both UTC without zone. */
function startOf(at: RawBuilder<unknown>, frequency: Frequency | null): RawBuilder<unknown> {
  const weeks = weeksOf(frequency);
  if (weeks) {
    // A first day of one in the year before the first that the wire can name: bins are counted forward from there.
    const first = parseDay(weeks.end)! + 1;
    const origin = formatDay(first - Math.floor((first - parseDay('0001-01-01')!) / weeks.days) * weeks.days);
    const length = interval(`${weeks.days} days`);
    return sql`date_bin(${length}, ${at}, timestamp ${sql.lit(origin)} - ${length})`;
  }
  switch (frequency) {
    case 'm':
      return sql`date_trunc('month', ${at})`;
    case 'q':
      return sql`date_trunc('quarter', ${at})`;
    case 'sa':
      return sql`date_trunc('year', ${at}) + case when extract(month from ${at}) > 6 then interval '6 months' else interval '0' end`;
    case 'a':
      return sql`date_trunc('year', ${at})`;
    default:
      return sql`date_trunc('day', ${at})`;
  }
}

/** The date, UTC without zone, of the period in which an instant, likewise, lies. */
function periodOf(at: RawBuilder<unknown>, frequency: Frequency | null): RawBuilder<unknown> {
  const weeks = weeksOf(frequency);
  return weeks ? sql`${startOf(at, frequency)} + ${interval(`${weeks.days - 1} days`)}` : startOf(at, frequency);
}

/** How long before a value that of a year ago is: the same period of the year before, for weeks and days 52 weeks. */
function yearOf(frequency: Frequency | null): RawBuilder<unknown> {
  const rate = frequency && rateOf(frequency);
  return interval(rate === 'd' || rate === 'w' || rate === 'bw' ? '364 days' : '1 year');
}

/**
 * What `p.value` is compared with. A year ago is the same period of the year before, for weeks and days 364 days
 * before, which is what FRED's 26 fortnights, 52 weeks and 260 weekdays are. The previous period is the one before in
 * the calendar where the frequency has one, so that a hole gives null; otherwise the last one with a value. Of several
 * values in one period the last counts.
 */
function baseOf(
  base: 'previous' | 'year_ago',
  { frequency, method, knownBefore }: Transformation,
  of: 'value' | 'revised_later',
): RawBuilder<unknown> {
  const last = sql.ref(method ? `p.${of}` : of === 'value' ? 'p.last' : 'p.last_revised');
  const before = (length: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`last_value(${last}) over (order by p.period range between ${length} preceding and ${length} preceding)`;
  if (base === 'year_ago') return before(yearOf(frequency));
  const step = stepOf(frequency);
  // A value that is lost is one: that before it is no stand-in.
  const none = knownBefore === null ? sql`p.value is null` : sql`p.value is null and not p.revised_later`;
  return step ? before(step) : sql`lag(${sql.ref(`p.${of}`)}) over (partition by ${none} order by p.period, p.at)`;
}

/**
 * The instants between which observations are read so that every row of the window has what it is made of: whole
 * periods, and those that they are compared with.
 */
function reach(transformation: Transformation): { from: RawBuilder<unknown>; to: RawBuilder<unknown> } {
  const { units, method, frequency, knownBefore } = transformation;
  const base = BASE[units];
  const grid = gridOf(transformation);
  const step = stepOf(frequency);
  const instant = (at: RawBuilder<unknown>): RawBuilder<unknown> => sql`(${at}) at time zone 'UTC'`;
  const start = startOf(sql`(s.since at time zone 'UTC')`, grid);
  const to = method ? sql`s.until + ${step ?? interval(`${weeksOf(grid)?.days ?? 1} days`)}` : sql`s.until`;
  if (base === null) return { from: method ? instant(start) : sql`s.since`, to };
  if (base === 'year_ago') return { from: instant(sql`${start} - ${yearOf(frequency)}`), to };
  if (step) return { from: instant(sql`${start} - ${step}`), to };
  const first = method ? instant(start) : sql`s.since`;
  const hasValue =
    knownBefore === null ? sql`abs(b.value) <= ${LARGEST}` : sql`(abs(b.value) <= ${LARGEST} or b.revised_later)`;
  const newest = sql`(
    select b.date
    from ${observationsKnown(knownBefore)} as b
    where b.symbol = s.series_id and b.date < ${first} and ${hasValue}
    order by b.date desc
    limit 1
  )`;
  const from = sql`coalesce(${newest}, ${first})`;
  return { from: method ? instant(startOf(sql`(${from} at time zone 'UTC')`, grid)) : from, to };
}

/** The values that the units apply to, as `at`, `period` and the rest: observations, or what they add up to. */
function periods(transformation: Transformation): RawBuilder<unknown> {
  const { method, knownBefore } = transformation;
  const { from, to } = reach(transformation);
  const known = observationsKnown(knownBefore);
  const revised = knownBefore === null ? sql`` : sql`, o.revised_later`;
  const grid = gridOf(transformation);
  const at = sql`(o.date at time zone 'UTC')`;
  const read = sql`
    select o.date as at, ${periodOf(at, grid)} as period, ${bounded(sql`o.value`)} as value,
      o.is_preliminary, o.revision_date, o.source${revised}
    from ${known} as o
    where o.symbol = s.series_id and ${nameable(sql`o.date`)} and o.date >= ${from} and o.date < ${to}`;
  if (method === null) {
    // Nulls first: the last of a period is the last with a value, even one that is lost.
    const hasValue = knownBefore === null ? sql`r.value is not null` : sql`r.value is not null or r.revised_later`;
    const last = sql`over (
          partition by r.period
          order by ${hasValue}, r.at
          rows between unbounded preceding and unbounded following
        )`;
    const lastRevised = knownBefore === null ? sql`` : sql`, last_value(r.revised_later) ${last} as last_revised`;
    return sql`(
      select r.*, last_value(r.value) ${last} as last${lastRevised}
      from (${read}) as r
    )`;
  }
  const value = {
    avg: sql`avg(${precise(sql`r.value`)})`,
    sum: sql`sum(r.value)`,
    eop: sql`(array_agg(r.value order by r.at desc) filter (where r.value is not null))[1]`,
  }[method];
  const edge = (direction: RawBuilder<unknown>): RawBuilder<unknown> =>
    periodOf(
      sql`((
        select o.date
        from ${known} as o
        where o.symbol = s.series_id and ${nameable(sql`o.date`)}
        order by o.date ${direction}
        limit 1
      ) at time zone 'UTC')`,
      grid,
    );
  const enough = sql`count(r.value) >= s.fewest or r.period not in (${edge(sql`asc`)}, ${edge(sql`desc`)})`;
  const whole = knownBefore === null ? enough : sql`(${enough}) and not bool_or(r.revised_later)`;
  const anyRevised = knownBefore === null ? sql`` : sql`, bool_or(r.revised_later) as revised_later`;
  return sql`(
    select r.period at time zone 'UTC' as at, r.period,
      case when ${whole} then ${value} end as value,
      bool_or(r.is_preliminary) as is_preliminary,
      max(r.revision_date) filter (where ${nameable(sql`r.revision_date`)}) as revision_date,
      (array_agg(r.source order by r.at desc))[1] as source${anyRevised}
    from (${read}) as r
    group by r.period
  )`;
}

/** Observations of the series in `s` with their levels, as they were written. */
function levels(
  { knownBefore, updatedAfter }: Transformation,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): Expression<ObservationRow> {
  return build
    .selectFrom(sql<KnownRow>`${observationsKnown(knownBefore)}`.as('o'))
    .where('o.symbol', '=', sql.ref<string>('s.series_id'))
    .where('o.date', '>=', sql.ref<string>('s.since'))
    .where('o.date', '<', sql.ref<string>('s.until'))
    .$if(updatedAfter !== undefined, (q) => q.where(writtenAfter(sql`${updatedAfter}`, 'o.created_at', 'o.updated_at')))
    .select((eb) => [
      utcDay(eb.ref('o.date')).as('date'),
      'o.value',
      'o.is_preliminary',
      'o.revision_date',
      'o.source',
      'o.created_at',
      'o.updated_at',
      sql<boolean | null>`${knownBefore === null ? sql`null::boolean` : sql`o.revised_later`}`.as('revised_later'),
      wireInstant(eb.ref('o.date')).as('at'),
    ])
    .orderBy('o.date', sort)
    .$if(limit !== null, (q) => q.limit(limit!));
}

/** Observations of the series in `s`, aggregated first and then in other units, rounded. */
function derived(
  transformation: Transformation,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): RawBuilder<ObservationRow> {
  const { units, frequency, knownBefore } = transformation;
  const base = BASE[units];
  const compared = base === null ? sql`` : sql`, ${baseOf(base, transformation, 'value')} as base`;
  const lost = base === null ? sql`false` : sql`coalesce(${baseOf(base, transformation, 'revised_later')}, false)`;
  const revised = knownBefore === null ? sql`null::boolean` : sql`p.revised_later or ${lost}`;
  const rows = sql`
    select p.at, p.value, p.is_preliminary, p.revision_date, p.source, ${revised} as revised_later${compared}
    from ${periods(transformation)} as p`;
  // The page is cut before anything is computed.
  const cut = sql`
    select *
    from (${rows}) as x
    where x.at >= s.since and x.at < s.until
    order by x.at ${direction(sort)}${atMost(limit)}`;
  const columns = columnsAs<ObservationRow>({
    date: utcDay(sql.ref('x.at')),
    value: rounded(formula(units, frequency)),
    is_preliminary: sql.ref('x.is_preliminary'),
    revision_date: sql.ref('x.revision_date'),
    source: sql.ref('x.source'),
    created_at: sql<string | null>`null::timestamptz`,
    updated_at: sql<string | null>`null::timestamptz`,
    revised_later: sql.ref('x.revised_later'),
    at: wireInstant(sql.ref('x.at')),
  });
  return sql<ObservationRow>`(select ${columns} from (${cut}) as x)`;
}

/**
 * For each of some series at most `limit` observations of its window, with `series_id`, one series after the other.
 * `at` is the instant of the observation, or the first of the day that dates a period: it tells each row from the next.
 */
export function observations(
  wanted: readonly Wanted[],
  transformation: Transformation,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): Expression<ObservationRow & { readonly series_id: string }> {
  const { units, method } = transformation;
  const plain = units === 'lin' && method === null;
  const each = plain ? levels(transformation, sort, limit) : derived(transformation, sort, limit);
  const ids = textArray(wanted.map(({ seriesId }) => seriesId));
  const since = textArray(wanted.map(({ window }) => formatInstant(window.from)));
  const until = textArray(wanted.map(({ window }) => formatInstant(window.to)));
  const fewest = textArray(wanted.map((w) => String(w.fewest)));
  return sql`(
    select s.series_id, each.*
    from unnest(${ids}, ${since}::timestamptz[], ${until}::timestamptz[], ${fewest}::int[])
      as s (series_id, since, until, fewest)
    cross join lateral ${each} as each
  )`;
}

import { type Expression, type RawBuilder, sql } from 'kysely';
import type { SortDirection } from '../common/sort.js';
import { build, textArray, wireDay, wireDecimal, wireInstant } from '../database/build.js';
import { formatInstant, type TimeWindow } from '../database/time.js';
import { type Frequency, PER_YEAR } from './frequency.js';
import type { AggregationMethod, Units } from './observations.model.js';

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
}

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

/** Length of the periods that follow each other without a hole in the calendar. */
const STEP: Partial<Record<Frequency, string>> = { m: '1 month', q: '3 months', sa: '6 months', a: '1 year' };

/** A value whose quotients have 30 decimals and not 16 digits: the 260th power of one still has its first eight right. */
const precise = (value: RawBuilder<unknown>): RawBuilder<unknown> => sql`round(${value}, 30)`;

const interval = (length: string): RawBuilder<unknown> => sql`interval ${sql.lit(length)}`;

/** The date, UTC without zone, of the period in which an instant, likewise, lies. */
function periodOf(at: RawBuilder<unknown>, frequency: Frequency | null): RawBuilder<unknown> {
  switch (frequency) {
    case 'w':
      return sql`date_trunc('week', ${at} + interval '2 days') + interval '4 days'`;
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

/**
 * FRED's formula for the units, of `x.value` and what it is compared with, `x.base`; null for division by zero and
 * for the logarithm of what is not positive.
 * Source: FRED help, "What formulas are used to calculate growth rates?"
 */
function formula(units: Units, frequency: Frequency | null): RawBuilder<unknown> {
  const perYear = sql`${sql.lit(frequency && PER_YEAR[frequency])}::numeric`;
  const ln = (x: RawBuilder<unknown>): RawBuilder<unknown> => sql`ln(case when ${x} > 0 then ${x} end)`;
  const [value, base] = [sql`x.value`, sql`x.base`];
  switch (units) {
    case 'lin':
      return value;
    case 'chg':
    case 'ch1':
      return sql`${value} - ${base}`;
    case 'pch':
    case 'pc1':
      return sql`(${value} - ${base}) * 100 / nullif(${base}, 0)`;
    case 'pca':
      return sql`(power(${precise(value)} / nullif(${base}, 0), ${perYear}) - 1) * 100`;
    case 'cch':
      return sql`(${ln(value)} - ${ln(base)}) * 100`;
    case 'cca':
      return sql`(${ln(value)} - ${ln(base)}) * 100 * ${perYear}`;
    case 'log':
      return ln(value);
  }
}

/**
 * What `p.value` is compared with. A year ago is the same period of the year before, for weeks and days 364 days
 * before, which is what FRED's 52 weeks and 260 weekdays are. The previous period is the one before in the calendar
 * where the frequency has one, so that a hole gives null; otherwise the last one with a value.
 */
function baseOf(base: 'previous' | 'year_ago', frequency: Frequency | null): RawBuilder<unknown> {
  const before = (length: string): RawBuilder<unknown> =>
    sql`last_value(p.value) over (order by p.period range between ${interval(length)} preceding and ${interval(length)} preceding)`;
  if (base === 'year_ago') return before(frequency === 'w' || frequency === 'd' ? '364 days' : '1 year');
  const step = frequency && STEP[frequency];
  return step ? before(step) : sql`lag(p.value) over (partition by p.value is null order by p.period)`;
}

/** The instants between which observations are read so that every row of the window has what it is made of. */
function reach({ units, frequency, method }: Transformation): { from: RawBuilder<unknown>; to: RawBuilder<unknown> } {
  const step = frequency && STEP[frequency];
  const to = method && step ? sql`s.until + ${interval(step)}` : sql`s.until`;
  const week = method && frequency === 'w' ? sql` - interval '6 days'` : sql``;
  switch (BASE[units]) {
    case null:
      return { from: sql`s.since${week}`, to };
    case 'year_ago':
      return { from: sql`s.since - interval '1 year' - ${interval(step ?? '7 days')}`, to };
    case 'previous': {
      if (step) return { from: sql`s.since - 2 * ${interval(step)}`, to };
      const newest = sql`(select b.date from economic_data.economic_data as b where b.symbol = s.series_id and b.date < s.since${week} and b.value <> 'NaN' order by b.date desc limit 1)`;
      return { from: sql`coalesce(${newest}, s.since)${week}`, to };
    }
  }
}

/** The values that the units apply to, as `date`, `period` and the rest: observations, or what they add up to. */
function periods(transformation: Transformation): RawBuilder<unknown> {
  const { frequency, method } = transformation;
  const { from, to } = reach(transformation);
  const at = sql`(o.date at time zone 'UTC')`;
  const read = sql`select o.date, ${periodOf(at, frequency)} as period, nullif(o.value, 'NaN') as value, o.is_preliminary, o.revision_date, o.source from economic_data.economic_data as o where o.symbol = s.series_id and o.date >= ${from} and o.date < ${to}`;
  if (method === null) return sql`(${read})`;
  const value = {
    avg: sql`avg(${precise(sql`r.value`)})`,
    sum: sql`sum(r.value)`,
    eop: sql`(array_agg(r.value order by r.date desc) filter (where r.value is not null))[1]`,
  }[method];
  const edge = (extreme: RawBuilder<unknown>): RawBuilder<unknown> =>
    periodOf(
      sql`((select ${extreme} from economic_data.economic_data as o where o.symbol = s.series_id) at time zone 'UTC')`,
      frequency,
    );
  const enough = sql`count(r.value) >= s.fewest or r.period not in (${edge(sql`min(o.date)`)}, ${edge(sql`max(o.date)`)})`;
  return sql`(select r.period at time zone 'UTC' as date, r.period, case when ${enough} then ${value} end as value, bool_or(r.is_preliminary) as is_preliminary, max(r.revision_date) as revision_date, (array_agg(r.source order by r.date desc))[1] as source from (${read}) as r group by r.period)`;
}

/** Observations of the series in `s` with their levels, as they were written. */
function levels(sort: SortDirection, limit: number | null): Expression<unknown> {
  return build
    .selectFrom('economic_data.economic_data as o')
    .where('o.symbol', '=', sql.ref<string>('s.series_id'))
    .where('o.date', '>=', sql.ref<string>('s.since'))
    .where('o.date', '<', sql.ref<string>('s.until'))
    .select((eb) => [
      wireDay(eb.ref('o.date')).as('date'),
      wireDecimal(eb.ref('o.value')).as('value'),
      'o.is_preliminary',
      wireInstant(eb.ref('o.revision_date')).as('revision_date'),
      'o.source',
    ])
    .orderBy('o.date', sort)
    .$if(limit !== null, (q) => q.limit(limit!));
}

/** Observations of the series in `s`, aggregated first and then in other units, rounded to eight decimals. */
function derived(transformation: Transformation, sort: SortDirection, limit: number | null): RawBuilder<unknown> {
  const { units, frequency } = transformation;
  const base = BASE[units];
  const compared = base === null ? sql`` : sql`, ${baseOf(base, frequency)} as base`;
  const order = sort === 'asc' ? sql`asc` : sql`desc`;
  const page = limit === null ? sql`` : sql` limit ${limit}`;
  return sql`(select ${wireDay(sql.ref('x.date'))} as date, trim_scale(round(${formula(units, frequency)}, 8)) as value, x.is_preliminary, ${wireInstant(sql.ref('x.revision_date'))} as revision_date, x.source from (select p.date, p.value, p.is_preliminary, p.revision_date, p.source${compared} from ${periods(transformation)} as p) as x where x.date >= s.since and x.date < s.until order by x.date ${order}${page})`;
}

/** For each of some series at most `limit` observations of its window, with `series_id`, one series after the other. */
export function observations(
  wanted: readonly Wanted[],
  transformation: Transformation,
  sort: SortDirection,
  limit: number | null,
): Expression<unknown> {
  const { units, method } = transformation;
  const each = units === 'lin' && method === null ? levels(sort, limit) : derived(transformation, sort, limit);
  const ids = textArray(wanted.map(({ seriesId }) => seriesId));
  const since = textArray(wanted.map(({ window }) => formatInstant(window.from)));
  const until = textArray(wanted.map(({ window }) => formatInstant(window.to)));
  const fewest = textArray(wanted.map((w) => String(w.fewest)));
  return sql`(select s.series_id, each.* from unnest(${ids}, ${since}::timestamptz[], ${until}::timestamptz[], ${fewest}::int[]) as s (series_id, since, until, fewest) cross join lateral ${each} as each)`;
}

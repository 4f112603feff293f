import { type Expression, type RawBuilder, sql } from 'kysely';
import { ARCHIVED_COLUMNS, type BarRange, barsIn } from '../../sql/bars.js';
import { atMost, columnsAs, direction, instantLiteral, wireInstant } from '../../sql/build.js';
import type { TimeWindow } from '../../base/time.js';
import type { SortDirection } from '../../contract/sort.js';
import type { BarRow } from './bars.sql.js';
import { dailyRows, type DailySource } from './daily.sql.js';
import { HOUR, type Interval } from './intervals.js';

/** Into which bars time is cut: an interval, in a time zone that PostgreSQL knows. */
export interface Cut {
  readonly interval: Interval;
  readonly tz: string;
}

/** An instant, and the time that a clock of the zone shows at it. */
const local = (instant: RawBuilder<unknown>, tz: string): RawBuilder<unknown> =>
  sql`(${instant} at time zone ${sql.lit(tz)})`;

const isUtc = ({ tz }: Cut): boolean => tz === 'UTC';

/**
 * Whether bars are told apart by their start itself, and not by the time that a clock shows at it. Those of whole hours
 * may go on over a change of the clocks; of others, such as 90 minutes, parts of two would then lie among each other.
 */
const isByInstant = ({ interval: { micros }, tz }: Cut): boolean =>
  micros !== null && (tz === 'UTC' || micros <= HOUR || micros % HOUR !== 0n);

/** The length of a bar. */
function lengthOf({ micros, unit }: Interval): RawBuilder<unknown> {
  if (micros !== null) return sql`interval ${sql.lit(`${micros} microseconds`)}`;
  return sql`interval ${sql.lit(unit === 'quarter' ? '3 months' : `1 ${unit}`)}`;
}

/** Into which bars PostgreSQL cuts what clocks show. */
function binned(shown: RawBuilder<unknown>, interval: Interval): RawBuilder<unknown> {
  return sql`date_bin(${lengthOf(interval)}, ${shown}, '2000-01-01 00:00:00')`;
}

/** What tells the bar in which an instant lies from all others. */
function bucketOf(instant: RawBuilder<unknown>, cut: Cut): RawBuilder<unknown> {
  const { interval, tz } = cut;
  if (isUtc(cut) && interval.unit === null)
    return sql`date_bin(${lengthOf(interval)}, ${instant}, '2000-01-01 00:00:00Z')`;
  const shown = local(instant, tz);
  if (interval.unit !== null) return sql`date_trunc(${sql.lit(interval.unit)}, ${shown})`;
  if (!isByInstant(cut)) return binned(shown, interval);
  // Local time repeats an hour when clocks go back: the start is as far from UTC as the instant itself.
  return sql`((${binned(shown, interval)} - (${shown} - ${local(instant, 'UTC')})) at time zone 'UTC')`;
}

/** The first minute of some at which something holds. */
function firstMinute(
  from: RawBuilder<unknown>,
  to: RawBuilder<unknown>,
  holds: (minute: RawBuilder<unknown>) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  const minute = sql`minute.at`;
  const minutes = sql`generate_series(${from}, ${to}, interval '1 minute') as minute (at)`;
  return sql`(select min(${minute}) from ${minutes} where ${holds(minute)})`;
}

/** The instant at which clocks first show a local time, or first show a later one where they skip it. */
function firstInstant(shown: RawBuilder<unknown>, tz: string): RawBuilder<unknown> {
  if (tz === 'UTC') return local(shown, tz);
  // Of a time that is shown twice PostgreSQL takes the second: the first is as far from UTC as the day before.
  const guess = local(shown, tz);
  const before = sql`(${guess} - interval '1 day')`;
  const first = sql`((${shown} - (${local(before, tz)} - ${local(before, 'UTC')})) at time zone 'UTC')`;
  return sql`(case
    when ${local(before, tz)} = ${shown} - interval '1 day' and ${local(guess, tz)} = ${shown} then ${guess}
    when ${local(first, tz)} = ${shown} then ${first}
    when ${local(guess, tz)} = ${shown} then ${guess}
    else ${firstMinute(before, guess, (minute) => sql`${local(minute, tz)} > ${shown}`)}
  end)`;
}

function startOf(bucket: RawBuilder<unknown>, cut: Cut): RawBuilder<string> {
  const { interval, tz } = cut;
  if (!isByInstant(cut)) return sql<string>`${firstInstant(bucket, tz)}`;
  if (isUtc(cut)) return sql<string>`${bucket}`;
  // A bar that begins with a change of the clocks would by their new time have begun before it.
  const within = sql`${bucket} + ${lengthOf(interval)}`;
  return sql<string>`(case
    when ${local(bucket, tz)} = ${binned(local(bucket, tz), interval)} then ${bucket}
    else ${firstMinute(bucket, within, (minute) => sql`${bucketOf(minute, cut)} = ${bucket}`)}
  end)`;
}

function endOf(bucket: RawBuilder<unknown>, cut: Cut): RawBuilder<unknown> {
  const end = sql`(${bucket} + ${lengthOf(cut.interval)})`;
  if (!isByInstant(cut)) return firstInstant(end, cut.tz);
  if (isUtc(cut)) return end;
  // It ends with a change of the clocks, unless it goes on after that or began with it.
  return sql`(case
    when ${bucketOf(sql`(${end} - interval '1 microsecond')`, cut)} = ${bucket} then ${end}
    else ${firstMinute(bucket, end, (minute) => sql`${bucketOf(minute, cut)} <> ${bucket}`)}
  end)`;
}

/** What the rows of a bucket `b` say, beside what they are made of. */
function intervalColumns(cut: Cut, from: RawBuilder<unknown>, trades: RawBuilder<string>): RawBuilder<unknown> {
  const bucket = sql`b.bucket`;
  return sql`
    select ${columnsAs<BarRow>({
      symbol: sql.ref('b.symbol'),
      timestamp: startOf(bucket, cut),
      timeframe: sql<string>`${sql.lit(cut.interval.name)}`,
      open: sql.ref('b.open'),
      high: sql.ref('b.high'),
      low: sql.ref('b.low'),
      close: sql.ref('b.close'),
      volume: sql.ref('b.volume'),
      vwap: sql.ref('b.vwap'),
      trades_count: trades,
      source: sql<string | null>`null::text`,
      created_at: sql<string | null>`null::timestamptz`,
      updated_at: sql<string | null>`null::timestamptz`,
      bars: sql.ref('b.bars'),
      is_partial: sql<boolean>`${endOf(bucket, cut)} > now()`,
    })}
    from ${from} as b`;
}

/**
 * Of bars in order, the bars that they add up to: the first open, the last close, the sum of the volumes, and the
 * average of the prices weighted by volume, over the bars that have one, in as many digits as a stored price has.
 *
 * The order is that of the rows themselves, since PostgreSQL 15 sorts again for each ORDER BY of an aggregate: that and
 * more took twice as long. They are grouped by what they are ordered by, so they are not sorted anew for it. Without
 * OFFSET the bounds of the window would be put to each of them.
 * @param at  when each begins
 */
function added(
  rows: RawBuilder<unknown>,
  at: RawBuilder<unknown>,
  cut: Cut,
  symbol: Expression<string>,
  more: RawBuilder<unknown> = sql``,
): RawBuilder<unknown> {
  return sql`(
      select ${symbol} as symbol, bar.bucket, (array_agg(bar.open))[1] as open, max(bar.high) as high,
        min(bar.low) as low, (array_agg(bar.close))[count(*)] as close, sum(bar.volume) as volume,
        round(sum(bar.vwap * bar.volume) / nullif(sum(bar.volume) filter (where bar.vwap is not null), 0), 8) as vwap,
        count(*)::integer as bars${more}
      from (select bar.*, ${bucketOf(at, cut)} as bucket from ${rows} as bar order by bucket, ${at}) as bar
      group by bar.bucket
      offset 0)`;
}

/** Rows that begin inside a window, in their order. */
function inOrder(
  rows: RawBuilder<unknown>,
  window: TimeWindow,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): Expression<BarRow> {
  return sql<BarRow>`(
    select each.*
    from (${rows}) as each
    where each.timestamp >= ${instantLiteral(window.from)} and each.timestamp < ${instantLiteral(window.to)}
    order by each.timestamp ${direction(sort)}${atMost(limit)}
  )`;
}

/** Which stored bars bars of an interval are made of. */
export interface StoredBase {
  readonly timeframe: RawBuilder<string>;
  readonly source?: RawBuilder<string>;
}

/**
 * Bars of an interval, made of the stored bars of one timeframe.
 * @param window  in which they begin
 * @param range   where the bars are that they are made of
 */
export function intervalBars(
  symbol: Expression<string>,
  cut: Cut,
  window: TimeWindow,
  range: BarRange,
  { timeframe, source }: StoredBase,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): Expression<BarRow> {
  const stored = barsIn(range, symbol, ARCHIVED_COLUMNS)
    .where('bar.timeframe', '=', timeframe)
    .$if(source !== undefined, (q) => q.where('bar.source', '=', source!))
    .select(['bar.timestamp', 'bar.open', 'bar.high', 'bar.low', 'bar.close', 'bar.volume', 'bar.vwap'])
    .select('bar.trades_count');
  const trades = sql`, sum(bar.trades_count) as trades_count`;
  const buckets = added(sql`${stored}`, sql.ref('bar.timestamp'), cut, symbol, trades);
  return inOrder(intervalColumns(cut, buckets, sql.ref('b.trades_count')), window, sort, limit);
}

/** Bars of days or longer in UTC, made of the daily bars. */
export function intervalDays(
  symbol: Expression<string>,
  cut: Cut,
  window: TimeWindow,
  source: DailySource,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): Expression<BarRow> {
  const buckets = added(sql`${dailyRows(symbol, source)}`, sql.ref('bar.day'), cut, symbol);
  return inOrder(intervalColumns(cut, buckets, sql<string>`null::bigint`), window, sort, limit);
}

/**
 * A window widened to whole bars, each edge null where text cannot say it; and how far the zone is from UTC in it, in
 * seconds, each offset once, as a JSON array.
 */
export interface EdgesRow {
  from: string | null;
  to: string | null;
  offsets: string;
}

/** The edges of the bars of which a window has at least a part; the offset is looked at once a month. */
export function edges(cut: Cut, { from, to }: TimeWindow): RawBuilder<EdgesRow> {
  const [first, end] = [instantLiteral(from), instantLiteral(to)];
  const last = sql`(${end} - interval '1 microsecond')`;
  const month = sql`month.at`;
  const offset = sql`extract(epoch from ${local(month, cut.tz)} - ${local(month, 'UTC')})::integer`;
  return sql<EdgesRow>`
    select
      ${wireInstant(startOf(sql.ref('bucket.first'), cut))} as from,
      ${wireInstant(sql`${endOf(sql.ref('bucket.last'), cut)}`)} as to,
      (select json_agg(distinct ${offset})::text from generate_series(${first}, ${end}, interval '1 month') as month (at))
        as offsets
    from (select ${bucketOf(first, cut)} as first, ${bucketOf(last, cut)} as last) as bucket`;
}

/** The names of the time zones that PostgreSQL knows. */
export function zoneNames(): RawBuilder<{ name: string }> {
  return sql<{ name: string }>`
    select name from pg_timezone_names where name !~ '^(posix|right)/' and name not in ('Factory', 'posixrules', 'localtime')`;
}

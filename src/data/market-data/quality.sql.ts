import { type Expression, type RawBuilder, sql } from 'kysely';
import type { TimeWindow } from '../../base/time.js';
import { type BarRange, barsIn, VWAP_OUTSIDE } from '../../sql/bars.js';
import { columnsAs, instantLiteral, utcDay } from '../../sql/build.js';
import type { RowOf } from '../../sql/columns.js';
import { type DailySource, dailyRows } from './daily.sql.js';
import type { QualityFinding } from './quality.model.js';

/** A finding as its statement yields it. */
export type FindingRow = RowOf<QualityFinding>;

/** Days before and after those of a statement that it reads, for what is usual and for runs that go on. */
export const DAYS_AROUND = 45;

/** Days before and after a day that tell what is usual, and other symbols that have to have a change on a day. */
const [ROWS_AROUND, FEWEST_PEERS] = [10, 3];
/** Times of what is usual from which a change is suspect, and the least that counts as usual, as a logarithm. */
const [SUSPECT_TIMES, LEAST_USUAL] = [8, 0.0025];
/** A spike comes back by three quarters; a split is not undone by half, and its ratio is met to three percent. */
const [SPIKE_LEFT, SPLIT_LEFT, RATIO_OFF] = [0.25, 0.5, 0.03];
/** Days with the same close that make a run. */
const FLAT_DAYS = 5;
/** Ratios of splits. */
const RATIOS = [[3, 2], ...[2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100].map((n) => [n, 1])] as const;

const around = sql`rows between ${sql.lit(ROWS_AROUND)} preceding and ${sql.lit(ROWS_AROUND)} following`;
const ratios = sql.join(RATIOS.map(([a, b]) => sql`(${sql.lit(a)}, ${sql.lit(b)})`));
const number = (value: RawBuilder<unknown>): RawBuilder<number> => sql<number>`round((${value})::numeric, 6)::float8`;
/** A price that has a logarithm; null for any other. */
const price = (column: string): RawBuilder<unknown> =>
  sql`case when ${sql.ref(column)} > 0 and ${sql.ref(column)} < 'Infinity' then ${sql.ref(column)} end`;

/**
 * What is suspect of a symbol on some days.
 *
 * A change of the close counts only as far as it is unusual in itself and against the median of the market that day,
 * which is told by the other symbols: what all do is no fault of one. Usual is the median of the same in the ten days
 * before and after, times 1.4826, as a standard deviation would be: in a turbulent month large changes are.
 *
 * @param peers   other symbols, by which the market of a day is told
 * @param source  the days, and {@link DAYS_AROUND} before and after them
 * @param range   the bars of these
 * @param days    those that are asked for; a run that goes on beyond them is named whole, and counted in them
 */
export function findings(
  symbol: Expression<string>,
  peers: RawBuilder<string[]>,
  source: DailySource,
  range: BarRange,
  days: TimeWindow,
): Expression<FindingRow> {
  const inside = insideOf('f.day', days);
  return sql<FindingRow>`(
    with own as materialized (
      select d.*, ln((d.close / d.before)::float8) as change, ln((d.open / d.before)::float8) as opening
      from (${closes(sql`${dailyRows(symbol, source)}`)}) as d
    ),
    market as materialized (
      select d.day, percentile_cont(0.5) within group (order by ln((d.close / d.before)::float8)) as change
      from unnest(${peers}) as peer (symbol)
        cross join lateral (${closes(sql`${dailyRows(sql.ref('peer.symbol'), source)}`)}) as d
      where d.close is not null and d.before is not null
      group by d.day
      having count(*) >= ${sql.lit(FEWEST_PEERS)}
    ),
    against as (
      select own.*, market.change as market, lead(own.change) over (order by own.day) as next,
        lag(own.change) over (order by own.day) as previous,
        case
          when market.change is null then own.change
          when own.change * (own.change - market.change) > 0
            then sign(own.change) * least(abs(own.change), abs(own.change - market.change))
          else 0
        end as excess
      from own left join market using (day)
    ),
    measured as (
      select a.*, array_agg(abs(a.excess)) over (order by a.day ${around} exclude current row) as around
      from against as a
    ),
    judged as materialized (
      select m.*, abs(m.excess) / greatest(${sql.lit(LEAST_USUAL)}, 1.4826 * (
          select percentile_cont(0.5) within group (order by v) from unnest(m.around) as v where v is not null
        )) as times
      from measured as m
    ),
    odd as (
      select j.*, abs(coalesce(j.change + j.next, j.change)) as left_over from judged as j where j.times > ${sql.lit(SUSPECT_TIMES)}
    ),
    split as (
      select odd.day, odd.change, odd.market, odd.times, nearest.ratio
      from odd cross join lateral (
        select case when odd.change < 0 then format('%s:%s', r.a, r.b) else format('%s:%s', r.b, r.a) end as ratio,
          least(abs(abs(odd.change) - ln(r.a::float8 / r.b)), abs(abs(odd.opening) - ln(r.a::float8 / r.b))) as off
        from (values ${ratios}) as r (a, b)
        order by 2
        limit 1
      ) as nearest
      where nearest.off < ${sql.lit(RATIO_OFF)} and odd.left_over >= ${sql.lit(SPLIT_LEFT)} * abs(odd.change)
        and coalesce(abs(odd.previous + odd.change) >= ${sql.lit(SPIKE_LEFT)} * abs(odd.change), true)
    ),
    runs as (
      select min(r.day) as first, max(r.day) as last, count(*) as rows, sum(count(*) - 1) over () as unchanged,
        sum(count(*)) over () as total, count(*) filter (where ${insideOf('r.day', days)}) as days
      from (
        select own.day, count(*) filter (where own.close is distinct from own.before) over (order by own.day) as run from own
      ) as r
      group by r.run
    ),
    told as materialized (
      select t.*, row_number() over (order by t.day) as n,
        2 * count(*) filter (where t.volume > 0) over (order by t.day ${around} exclude current row)
          > count(*) over (order by t.day ${around} exclude current row) as traded
      from (${tellings(symbol, range)}) as t
    ),
    said as (
      select told.day, told.n, f.finding, f.detail
      from told cross join lateral (
        values ('several_timeframes', told.timeframes, told.timeframes like '%, %'),
          ('several_sources', told.sources, told.sources like '%, %'),
          ('vwap_outside_range', null, told.outside), ('zero_volume', null, told.volume = 0 and told.traded)
      ) as f (finding, detail, holds)
      where f.holds
    )
    select ${columnsAs<FindingRow>({
      start: utcDay(sql.ref('f.start')),
      end: utcDay(sql.ref('f.end')),
      finding: sql<FindingRow['finding']>`f.finding`,
      days: sql<number>`f.days::int`,
      change: number(sql`exp(f.change) - 1`),
      market_change: number(sql`exp(f.market) - 1`),
      times_usual: sql<number>`round(f.times::numeric, 1)::float8`,
      detail: sql.ref('f.detail'),
    })}
    from (
      select f.day as start, f.day as end, 'split_like' as finding, 1 as days, f.change, f.market, f.times, f.ratio as detail
      from split as f where ${inside}
      union all
      select f.day, f.day, 'spike', 1, f.change, f.market, f.times, null
      from odd as f
      where ${inside} and f.next is not null and f.left_over < ${sql.lit(SPIKE_LEFT)} * abs(f.change)
      union all
      select runs.first, runs.last, 'flat_run', runs.days, null, null, null, null
      from runs
      where runs.rows >= ${sql.lit(FLAT_DAYS)} and runs.days > 0
        and 2 * (runs.unchanged - runs.rows + 1) < runs.total - runs.rows
      union all
      select min(run.day), max(run.day), run.finding, count(*) filter (where ${insideOf('run.day', days)}), null, null, null, run.detail
      from (
        select said.*, said.n - row_number() over (partition by said.finding, said.detail order by said.n) as run from said
      ) as run
      group by run.finding, run.detail, run.run
      having count(*) filter (where ${insideOf('run.day', days)}) > 0
    ) as f
    order by f.start, f.finding)`;
}

function insideOf(day: string, { from, to }: TimeWindow): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(day)} >= ${instantLiteral(from)} and ${sql.ref(day)} < ${instantLiteral(to)}`;
}

/** The prices of a symbol's days, each with the close of the day before. */
function closes(rows: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
      select d.day, ${price('d.open')} as open, ${price('d.close')} as close,
        lag(${price('d.close')}) over (order by d.day) as before
      from ${rows} as d`;
}

/** What the bars of a day tell: their timeframes, sources, vwaps and volume. */
function tellings(symbol: Expression<string>, range: BarRange): RawBuilder<unknown> {
  const read = ['symbol', 'timestamp', 'timeframe', 'source', 'low', 'high', 'volume', 'vwap'] as const;
  const bars = barsIn(range, symbol, read).select([
    sql`date_trunc('day', bar.timestamp, 'UTC')`.as('day'),
    ...(['bar.timeframe', 'bar.source', 'bar.volume'] as const),
    VWAP_OUTSIDE.as('outside'),
  ]);
  const names = (column: string): RawBuilder<unknown> => sql`string_agg(distinct ${sql.ref(column)}, ', ')`;
  return sql`
        select b.day, sum(b.volume) as volume, bool_or(b.outside) as outside,
          ${names('b.timeframe')} as timeframes, ${names('b.source')} as sources
        from (${bars}) as b group by b.day`;
}

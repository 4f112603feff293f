import { type RawBuilder, sql } from 'kysely';
import { columnsOf } from '../common/wire.js';
import { jsonNodes } from '../database/render.js';
import { formatDay } from '../database/time.js';
import { type DailySource, dailyRows } from './daily.sql.js';
import { type Calendar, ExcludedDay, Gap } from './gaps.model.js';

/** The symbols, and for each the first and last day of its whole history as the directory knows them. */
export interface AskedSymbols {
  readonly names: RawBuilder<string[]>;
  readonly firstDays: RawBuilder<string[]>;
  readonly lastDays: RawBuilder<string[]>;
}

/** What the gap statement yields for one symbol; the two lists are JSON text. */
export interface GapRow {
  symbol: string;
  calendar: Calendar;
  expectedDays: number;
  presentDays: number;
  coverage: number | null;
  firstDay: string;
  lastDay: string;
  gaps: string;
  excluded: string;
}

/** Days before and after the window in which a symbol counts as active around it. */
export const ACTIVE_AROUND_DAYS = 14;

/** Names in the JSON lists: REST's or GraphQL's. */
export type Naming = 'name' | 'property';

/** The rows `q` as a JSON array of what a model shows of them, in the order of a column. */
function jsonList(model: abstract new () => object, order: string, naming: Naming): RawBuilder<unknown> {
  const members = columnsOf(model).map((column) => ({ name: column[naming], value: column }));
  return jsonNodes(members, 'number', sql.ref(`q.${order}`));
}

const utcDay = (day: string): RawBuilder<string> => sql`(${sql.ref(day)} at time zone 'UTC')::date`;

/**
 * The days on which the market was open: at least half of the symbols that are active around a day have a bar; active
 * are those whose bars begin on or before that day and end on or after it. Reads each daily row once.
 */
function trading(market: DailySource): RawBuilder<unknown> {
  return sql`market as materialized (select d.symbol, ${utcDay('d.day')} as day, ${utcDay('d.first_day')} as first_day, ${utcDay('d.last_day')} as last_day, d.bars from (select symbol, day, min(day) as first_day, max(day) as last_day, count(*) as bars from ${dailyRows(null, market)} as d group by grouping sets ((symbol), (day))) as d),
    peers as (select symbol, first_day, last_day from market where symbol is not null),
    changes as (select day, sum(change) as change from (select first_day as day, 1 as change from peers union all select last_day + 1, -1 from peers union all select day, 0 from days) as c group by day),
    active as (select day, sum(change) over (order by day) as symbols from changes),
    trading as (select days.day, days.weekday, coalesce(traded.bars, 0) > 0 and 2 * coalesce(traded.bars, 0) >= active.symbols as open from days join active using (day) left join (select day, bars from market where day is not null) as traded using (day))`;
}

/**
 * The symbols' expected days, present days and gaps, from the daily rows of the days `first` to `last`; the symbols in
 * the order they were asked in.
 *
 * Weekdays is upstream's documented query: Monday to Friday without a row. Observed counts the days of {@link trading},
 * as seen from two weeks before the window to two weeks after, and needs three other symbols there. Runs are islands of
 * expected days (row number minus row number), so that a weekend does not cut one.
 *
 * @param market  daily rows of every symbol around the window, for the observed calendar only
 */
export function gaps(
  symbols: AskedSymbols,
  days: { first: number; last: number },
  calendar: Calendar,
  source: DailySource,
  market: DailySource | null,
  naming: Naming,
): RawBuilder<GapRow> {
  // OFFSET 0 keeps the symbols apart: as a join, the planner would rather read every symbol's rows to find those of a few.
  const present = sql`present as materialized (select asked.n, ${utcDay('d.day')} as day from asked cross join lateral (select day from ${dailyRows(sql.ref('asked.symbol'), source)} as d offset 0) as d)`;
  const used = market
    ? sql`case when (select count(*) from peers) - (peers.symbol is not null)::int >= 3 then 'observed' else 'weekdays' end`
    : sql.lit(calendar);
  const expected = market
    ? sql`select 'observed' as calendar, day from trading where open union all select 'weekdays', day from days where weekday`
    : sql`select ${sql.lit(calendar)} as calendar, day from days${calendar === 'weekdays' ? sql` where weekday` : sql``}`;
  const excluded = market
    ? sql`case when span.calendar = 'observed' then (select ${jsonList(ExcludedDay, 'day', naming)} from (select day, 'market_closed' as reason from trading where weekday and not open) as q) end`
    : sql`null`;
  return sql<GapRow>`with
    asked as (select * from unnest(${symbols.names}, ${symbols.firstDays}::date[], ${symbols.lastDays}::date[]) with ordinality as asked (symbol, first_day, last_day, n)),
    ${present},
    days as materialized (select day::date as day, extract(isodow from day) < 6 as weekday from generate_series(${formatDay(days.first)}::date, ${formatDay(days.last)}::date, interval '1 day') as day),
    ${market ? sql`${trading(market)},` : sql``}
    expected as materialized (select calendar, day, row_number() over (partition by calendar order by day) as place from (${expected}) as e),
    span as materialized (select asked.n, asked.symbol, ${used} as calendar, least(asked.first_day, seen.first_day) as first_day, greatest(asked.last_day, seen.last_day) as last_day from asked left join (select n, min(day) as first_day, max(day) as last_day from present group by n) as seen using (n)${market ? sql` left join peers on peers.symbol = asked.symbol` : sql``}),
    lacking as (select span.n, e.day, e.place, case when e.day < span.first_day then 'before_first_bar' when e.day > span.last_day then 'after_last_bar' else 'missing' end as reason from span join expected as e on e.calendar = span.calendar where not exists (select from present where present.n = span.n and present.day = e.day)),
    islands as (select n, reason, day, place - row_number() over (partition by n, reason order by day) as island from lacking),
    runs as (select n, min(day) as start, max(day) as "end", count(*) as missing_days, reason from islands group by n, reason, island),
    found as (select n, sum(missing_days) as missing, ${jsonList(Gap, 'start', naming)} as gaps from runs as q group by n),
    totals as (select calendar, count(*) as days from expected group by calendar)
    select span.symbol, span.calendar, coalesce(totals.days, 0)::int as "expectedDays", (coalesce(totals.days, 0) - coalesce(found.missing, 0))::int as "presentDays", round(1 - coalesce(found.missing, 0) / totals.days, 6)::float8 as coverage, span.first_day::text as "firstDay", span.last_day::text as "lastDay", coalesce(found.gaps, '[]') as gaps, coalesce(${excluded}, '[]') as excluded
    from span left join found using (n) left join totals using (calendar) order by span.n`;
}

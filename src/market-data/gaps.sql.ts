import { type RawBuilder, sql } from 'kysely';
import { columnsOf } from '../common/wire.js';
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

function jsonObject(model: abstract new () => object, from: string, naming: Naming): RawBuilder<unknown> {
  const pairs = columnsOf(model).map((c) => sql`${sql.lit(c[naming])}, ${sql.ref(`${from}.${c.name}`)}`);
  return sql`json_build_object(${sql.join(pairs)})`;
}

const utcDay = sql`(d.day at time zone 'UTC')::date`;

/**
 * The symbols' expected days, present days and gaps, from the daily rows of the days `first` to `last`.
 *
 * Weekdays is upstream's documented query: Monday to Friday without a row. Observed counts a day when at least half of
 * the symbols that are active around it have a bar; active are those whose bars begin on or before that day and end on
 * or after it, as seen from two weeks before the window to two weeks after. Runs are islands of expected days
 * (row number minus row number), so that a weekend does not cut one.
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
  const weekday = sql`extract(isodow from day) < 6`;
  const asked = sql`asked as (select * from unnest(${symbols.names}, ${symbols.firstDays}::date[], ${symbols.lastDays}::date[]) as asked (symbol, first_day, last_day))`;
  const present = sql`present as materialized (select asked.symbol, ${utcDay} as day from asked cross join lateral ${dailyRows(sql.ref('asked.symbol'), source)} as d)`;
  const span = sql`span as (select asked.symbol, least(asked.first_day, min(present.day)) as first_day, greatest(asked.last_day, max(present.day)) as last_day from asked left join present using (symbol) group by asked.symbol, asked.first_day, asked.last_day)`;
  const window = sql`days as (select day::date as day, ${weekday} as weekday from generate_series(${formatDay(days.first)}::date, ${formatDay(days.last)}::date, interval '1 day') as day)`;
  const observed = market
    ? sql`, peer_days as materialized (select d.symbol, ${utcDay} as day from ${dailyRows(null, market)} as d), peers as materialized (select symbol, min(day) as first_day, max(day) as last_day from peer_days group by symbol), changes as (select day, sum(change) as change from (select first_day as day, 1 as change from peers union all select last_day + 1, -1 from peers) as c group by day), traded as (select day, count(*) as bars from peer_days group by day), trading as (select days.day, coalesce(traded.bars, 0) > 0 and 2 * coalesce(traded.bars, 0) >= (select sum(change) from changes where changes.day <= days.day) as open from days left join traded using (day)), calendar as (select span.symbol, (select count(*) from peers where peers.symbol <> span.symbol) >= 3 as observed from span)`
    : sql``;
  const expects = {
    weekdays: sql`days.weekday`,
    all: sql`true`,
    observed: sql`case when calendar.observed then trading.open else days.weekday end`,
  }[calendar];
  const joins = market ? sql` join calendar using (symbol) join trading using (day)` : sql``;
  const used = market ? sql`case when calendar.observed then 'observed' else 'weekdays' end` : sql.lit(calendar);
  const expected = sql`judged as (select span.symbol, days.day, days.weekday, ${expects} as expected, ${used} as calendar, present.day is not null as present, case when days.day < span.first_day then 'before_first_bar' when days.day > span.last_day then 'after_last_bar' else 'missing' end as reason from span cross join days left join present using (symbol, day)${joins})`;
  const ordered = sql`ordered as (select symbol, day, present, reason, row_number() over (partition by symbol order by day) as place from judged where expected)`;
  const islands = sql`islands as (select symbol, reason, day, place - row_number() over (partition by symbol, reason order by day) as island from ordered where not present)`;
  const runs = sql`runs as (select symbol, min(day) as start, max(day) as "end", count(*) as missing_days, reason from islands group by symbol, reason, island)`;
  const totals = sql`totals as (select symbol, max(calendar) as calendar, count(*) filter (where expected)::int as expected, count(*) filter (where expected and present)::int as present from judged group by symbol)`;
  const closed = sql`closed as (select symbol, day, 'market_closed' as reason from judged where calendar = 'observed' and weekday and not expected)`;
  const list = (name: string, model: abstract new () => object, order: string): RawBuilder<unknown> =>
    sql`(select coalesce(json_agg(${jsonObject(model, name, naming)} order by ${sql.ref(order)}), '[]')::text from ${sql.table(name)} where ${sql.table(name)}.symbol = span.symbol)`;
  return sql<GapRow>`with ${sql.join([asked, present, span, window])}${observed}, ${sql.join([expected, ordered, islands, runs, totals, closed])} select span.symbol, totals.calendar, coalesce(totals.expected, 0) as "expectedDays", coalesce(totals.present, 0) as "presentDays", round(totals.present::numeric / nullif(totals.expected, 0), 6)::float8 as coverage, span.first_day::text as "firstDay", span.last_day::text as "lastDay", ${list('runs', Gap, 'runs.start')} as gaps, ${list('closed', ExcludedDay, 'closed.day')} as excluded from asked join span using (symbol) left join totals using (symbol) order by span.symbol`;
}

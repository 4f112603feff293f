import type pg from 'pg';
import type { Random } from '../../../src/setup/sample/random.js';
import { exactJson, type Row } from './ask.js';
import { compareValue } from './compare.js';
import { type MarketContext, quoted } from './market-context.js';
import { SYMBOLS } from './market-data.js';
import { nearly } from './performance-requests.js';
import { chance, dayAfter } from './seed.js';
import { EVERY_BAR } from './truth.js';

/** Events of symbols that have a bar on most days, half of them at an hour that is known. */
export async function insertEvents(sql: pg.Client, rng: Random, newest: string): Promise<void> {
  const events = Array.from({ length: 60 }, () => {
    const clock = chance(rng, 0.5) ? '00:00' : `${String(rng.integer(0, 23)).padStart(2, '0')}:30`;
    return { symbol: rng.pick(SYMBOLS), at: `${dayAfter(newest, -rng.integer(0, 900))}T${clock}Z` };
  });
  await sql.query(
    `insert into events.event_data (event_type, event_datetime, event_name, symbol, source)
     select 'oracle', at, 'oracle ' || n, symbol, 'oracle'
     from unnest($1::timestamptz[], $2::text[]) with ordinality as e (at, symbol, n)`,
    [events.map(({ at }) => at), events.map(({ symbol }) => symbol)],
  );
}

/**
 * The sessions around each event, numbered, with returns less those of the symbol $1, cumulated from $2 sessions before
 * to $3 after. Without a known hour session 0 is that of the day; from 16:00 in New York on that of the next day.
 */
const SESSIONS = `with daily as (
    select symbol, (timestamp at time zone 'UTC')::date as day, (array_agg(close order by timestamp desc))[1] as close
    from ${EVERY_BAR} as bars where timestamp > '0001-01-02' and timestamp < '9999-12-31' group by 1, 2
  ), returns as (
    select symbol, day, close, row_number() over w as i,
      case when day - lag(day) over w <= 31 then close::float8 / lag(close::float8) over w - 1 end as return
    from daily where close > 0 window w as (partition by symbol order by day)
  ), anchored as (
    select id, symbol, event_datetime, case when (event_datetime at time zone 'UTC')::time = '00:00'
        then (event_datetime at time zone 'UTC')::date
        else ((event_datetime at time zone 'America/New_York') + interval '8 hours')::date end as anchor
    from events.event_data where event_type = 'oracle'
  ), sessions as (
    select e.id, e.event_datetime, r.i - zero.i as session, r.day, r.close, r.return - m.return as abnormal,
      sum(r.return - m.return) over (partition by e.id order by r.i) as cumulated,
      count(r.return - m.return) over (partition by e.id) as counted
    from anchored as e
    join lateral (
      select i from returns as r where r.symbol = e.symbol and r.day >= e.anchor and r.day < e.anchor + 10
      order by r.day limit 1
    ) as zero on true
    join returns as r on r.symbol = e.symbol and r.i between zero.i - $2::int and zero.i + $3::int
      and r.day between e.anchor - ceil($2::int * 1.4)::int - 15 and e.anchor + ceil($3::int * 1.4)::int + 15
    left join returns as m on m.symbol = $1 and m.day = r.day
  )`;

/** The reaction to a random event, and what all of them have in common. */
export async function studies(context: MarketContext): Promise<void> {
  const { api, rng, truth, differences, settle, newest } = context;
  const benchmark = rng.pick(SYMBOLS.filter((symbol) => context.symbols.includes(symbol)));
  const [before, after] = [rng.integer(0, 5), rng.integer(0, 5)];
  const values = [benchmark, before, after];
  const asked = `before=${before}&after=${after}&benchmark=${encodeURIComponent(benchmark)}`;
  const args = `before: ${before}, after: ${after}, benchmark: ${quoted(benchmark)}`;
  if (chance(rng, 0.5)) {
    const events = await truth.rows(`select id from events.event_data where event_type = 'oracle' order by event_name`);
    const { id } = rng.pick(events);
    const rows = await truth.rows(
      `${SESSIONS} select session, day::text, trim_scale(close)::text as close, abnormal as abnormal_return
       from sessions where id = $4 order by session`,
      [...values, id],
    );
    const told = (found: Row[]): Row[] =>
      found.map((row, i) => ({
        session: row.session!,
        day: row.day!,
        close: row.close!,
        abnormal_return: nearly(rows[i]?.abnormal_return, row.abnormal_return),
      }));
    const path = `/v1/events/${id!}/reaction?${asked}`;
    const read = async (): Promise<unknown> =>
      told((exactJson((await api.get(path).expect(200)).text) as { data: Row[] }).data);
    return compareValue(`GET ${path}`, read, rows, differences, settle);
  }
  const [start, end] = [dayAfter(newest, -rng.integer(200, 900)), newest];
  const rows = await truth.rows(
    `${SESSIONS}
     select session, count(*)::text as events, avg(abnormal) as mean_abnormal, avg(cumulated) as mean_cumulated,
       avg((cumulated > 0)::int::float8) as hit_rate
     from sessions
     where counted = $2::int + $3::int + 1 and (event_datetime at time zone 'UTC')::date between $4 and $5
     group by session order by session`,
    [...values, start, end],
  );
  const names = ['session', 'events', 'mean_abnormal', 'mean_cumulated', 'hit_rate'];
  const told = (found: Row[]): Row[] =>
    found.map((row, i) => Object.fromEntries(names.map((name) => [name, nearly(rows[i]?.[name], row[name])])));
  if (chance(rng, 0.5)) {
    const path = `/v1/events/study?event_type=oracle&start=${start}&end=${end}&${asked}`;
    const read = async (): Promise<unknown> =>
      told((exactJson((await api.get(path).expect(200)).text) as { data: Row[] }).data);
    return compareValue(`GET ${path}`, read, rows, differences, settle);
  }
  const fields = 'session events mean_abnormal: meanAbnormal mean_cumulated: meanCumulated hit_rate: hitRate';
  const query = `{ eventStudy(types: ["oracle"], start: "${start}", end: "${end}", ${args}) { sessions { ${fields} } } }`;
  const read = async (): Promise<unknown> => {
    const body = exactJson((await api.graphql(query).expect(200)).text) as {
      data: { eventStudy: { sessions: Row[] } };
    };
    return told(body.data.eventStudy.sessions);
  };
  return compareValue(query, read, rows, differences, settle);
}

import { type RawBuilder, sql } from 'kysely';
import { barsIn, textArray, wireInstant } from '../database/build.js';
import type { TimeWindow } from '../database/time.js';
import { type DailySource, dailyRows } from './daily.sql.js';

/** One symbol and the days of its history that have a bar. */
export interface DirectoryRow {
  symbol: string;
  firstDay: string;
  lastDay: string;
  days: number;
}

/** Every symbol of a stretch with its first and last day and how many have a bar; for the background, never for a request. */
export function directory(source: DailySource): RawBuilder<DirectoryRow> {
  return sql<DirectoryRow>`select d.symbol, to_char(min(d.day) at time zone 'UTC', 'YYYY-MM-DD') as "firstDay", to_char(max(d.day) at time zone 'UTC', 'YYYY-MM-DD') as "lastDay", count(*)::int as days from ${dailyRows(null, source)} as d group by d.symbol`;
}

/** When the first and last bar inside a window are; null where there is none. */
export function extent(window: TimeWindow): RawBuilder<{ first: string | null; last: string | null }> {
  const bars = barsIn(window).select([sql`min(bar.timestamp)`.as('first'), sql`max(bar.timestamp)`.as('last')]);
  return sql`select ${wireInstant(sql.ref('found.first'))} as first, ${wireInstant(sql.ref('found.last'))} as last from ${bars} as found`;
}

/** Which of some symbols have a bar inside a window, and on which days the first and last of them lie. */
export function probe(symbols: readonly string[], window: TimeWindow): RawBuilder<DirectoryRow> {
  const day = sql`date_trunc('day', bar.timestamp, 'UTC')`;
  const found = barsIn(window)
    .where('bar.symbol', '=', sql.ref<string>('s.symbol'))
    .select([
      sql<string>`min(${day})`.as('first'),
      sql<string>`max(${day})`.as('last'),
      sql<number>`count(distinct ${day})::int`.as('days'),
    ]);
  return sql<DirectoryRow>`select s.symbol, to_char(found.first at time zone 'UTC', 'YYYY-MM-DD') as "firstDay", to_char(found.last at time zone 'UTC', 'YYYY-MM-DD') as "lastDay", found.days from unnest(${textArray(symbols)}) as s (symbol) cross join lateral ${found} as found where found.days > 0`;
}

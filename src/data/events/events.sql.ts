import { type Expression, type RawBuilder, sql } from 'kysely';
import { build, instantLiteral, textArray } from '../../sql/build.js';
import type { Key } from '../../lists/page-token.js';
import type { RowOf } from '../../sql/columns.js';
import { instantText, type TimeWindow } from '../../base/time.js';
import { writtenAfter } from '../../sql/written.js';
import { type TablePage, tableRows, tableRowsOf } from '../tables/table.sql.js';
import { type EventValue, FinancialEvent } from './events.model.js';

/** Which events of a window are wanted. */
export interface EventFilter {
  readonly types?: readonly string[];
  readonly countries?: readonly string[];
  readonly currencies?: readonly string[];
  readonly minImpact?: number;
  /** Only those that name no symbol. */
  readonly ofNoSymbol?: boolean;
  /** An instant after which they were written. */
  readonly updatedAfter?: string;
}

/** An event as its statements yield it. */
export type EventRow = RowOf<FinancialEvent>;

/** A value with its events; its place in the order is the key of its page. */
export type EventValueRow = RowOf<EventValue> & { readonly place: string };

/** Columns whose values the API lists. */
export type EventColumn = 'event_type' | 'country' | 'currency';

/**
 * Events inside a window in the order of time, those of the same instant by id.
 *
 * @param symbol  a symbol, a column with one, or nothing for events of any symbol and of none
 */
export function events(
  page: TablePage,
  { types, countries, currencies, minImpact, ofNoSymbol = false, updatedAfter }: EventFilter,
  symbol?: string | Expression<string>,
): Expression<EventRow> {
  const equal = { symbol, event_type: types, country: countries, currency: currencies };
  const where = [
    ...(ofNoSymbol ? [sql`event_data.symbol is null`] : []),
    ...(minImpact === undefined ? [] : [sql`event_data.impact_level >= ${minImpact}`]),
    ...(updatedAfter === undefined ? [] : [writtenAfter(sql`${instantText(updatedAfter)}`, 'event_data.created_at')]),
  ];
  return tableRows('events.event_data', FinancialEvent, page, equal, where);
}

/** For each of several symbols a page of its events. */
export function eventsOf(symbols: readonly string[], page: TablePage, filter: EventFilter): Expression<EventRow> {
  const each = events(page, filter, sql.ref('s.symbol'));
  return sql<EventRow>`(
    select each.*
    from unnest(${textArray(symbols)}) as s (symbol)
    cross join lateral ${each} as each
  )`;
}

/** Some events by their ids. */
export function eventsById(ids: readonly string[]): Expression<EventRow> {
  return tableRowsOf('events.event_data', FinancialEvent, { id: ids });
}

/** The values of a column with their events inside a window, in alphabetical order, events without one last. */
export function eventValues(
  column: EventColumn,
  window: TimeWindow,
  after: Key | null,
  limit: RawBuilder<number> | null,
): Expression<EventValueRow> {
  const value = sql.ref<string | null>(`event.${column}`);
  const counted = build
    .selectFrom('events.event_data as event')
    .where('event.event_datetime', '>=', instantLiteral(window.from))
    .where('event.event_datetime', '<', instantLiteral(window.to))
    .groupBy(value)
    .select((eb) => [
      value.as('value'),
      sql<number>`count(*)::int`.as('events'),
      eb.fn.min('event.event_datetime').as('first_event'),
      eb.fn.max('event.event_datetime').as('last_event'),
      sql<string>`case when ${value} is null then '1' else '0' || ${value} end`.as('place'),
    ]);
  return build
    .selectFrom(counted.as('v'))
    .$if(after !== null, (q) => q.where(sql<boolean>`v.place collate "C" > ${after![0]}::text`))
    .orderBy(sql`v.place collate "C"`)
    .$if(limit !== null, (q) => q.limit(limit!))
    .select(['v.value', 'v.events', 'v.first_event', 'v.last_event', 'v.place']);
}

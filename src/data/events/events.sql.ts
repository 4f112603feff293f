import { type Expression, type RawBuilder, sql } from 'kysely';
import { build, instantLiteral, textArray } from '../../sql/build.js';
import type { Key } from '../../lists/page-token.js';
import type { SortDirection } from '../../contract/sort.js';
import type { RowOf } from '../../sql/columns.js';
import type { TimeWindow } from '../../base/time.js';
import type { EventValue, FinancialEvent } from './events.model.js';

/** Which events of a window are wanted. */
export interface EventFilter {
  readonly types?: readonly string[];
  readonly countries?: readonly string[];
  readonly currencies?: readonly string[];
  readonly minImpact?: number;
  readonly sort: SortDirection;
}

/** An event as its statements yield it. */
export type EventRow = RowOf<FinancialEvent>;

/** A value with its events; its place in the order is the key of its page. */
export type EventValueRow = RowOf<EventValue> & { readonly place: string };

/** Columns whose values the API lists. */
export type EventColumn = 'event_type' | 'country' | 'currency';

/** Events as their wire columns. */
function wireEvents() {
  return build
    .selectFrom('events.event_data as event')
    .select([
      'event.id',
      'event.event_type',
      'event.event_datetime',
      'event.event_name',
      'event.description',
      'event.impact_level',
      'event.symbol',
      'event.currency',
      'event.country',
      'event.actual',
      'event.forecast',
      'event.previous',
      'event.source',
    ]);
}

/**
 * Events inside a window in the order of time, those of the same instant by id.
 *
 * @param symbol  a symbol, a column with one, or null for events of any symbol and of none
 */
export function events(
  window: TimeWindow,
  filter: EventFilter,
  symbol: Expression<string> | null,
  after: Key | null,
  limit: RawBuilder<number> | null,
): Expression<EventRow> {
  const { types, countries, currencies, minImpact, sort } = filter;
  const beyond = sort === 'asc' ? sql`>` : sql`<`;
  const one = (values: readonly string[]) => sql<string>`any(${textArray(values)})`;
  return wireEvents()
    .where('event.event_datetime', '>=', instantLiteral(window.from))
    .where('event.event_datetime', '<', instantLiteral(window.to))
    .$if(symbol !== null, (q) => q.where('event.symbol', '=', symbol!))
    .$if(types !== undefined, (q) => q.where('event.event_type', '=', one(types!)))
    .$if(countries !== undefined, (q) => q.where('event.country', '=', one(countries!)))
    .$if(currencies !== undefined, (q) => q.where('event.currency', '=', one(currencies!)))
    .$if(minImpact !== undefined, (q) => q.where('event.impact_level', '>=', minImpact!))
    .$if(after !== null, (q) =>
      q.where(sql<boolean>`(event.event_datetime, event.id) ${beyond} (${after![0]}::timestamptz, ${after![1]}::uuid)`),
    )
    .orderBy('event.event_datetime', sort)
    .orderBy('event.id', sort)
    .$if(limit !== null, (q) => q.limit(limit!));
}

/** For each of several symbols at most `limit` events. */
export function eventsOf(
  symbols: readonly string[],
  window: TimeWindow,
  filter: EventFilter,
  after: Key | null,
  limit: RawBuilder<number>,
): Expression<EventRow> {
  const each = events(window, filter, sql.ref('s.symbol'), after, limit);
  return sql<EventRow>`(
    select each.*
    from unnest(${textArray(symbols)}) as s (symbol)
    cross join lateral ${each} as each
  )`;
}

/** Some events by their ids. */
export function eventsById(ids: readonly string[]): Expression<EventRow> {
  return wireEvents().where('event.id', '=', sql<string>`any(${textArray(ids)}::uuid[])`);
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

import { type Expression, sql } from 'kysely';
import { build, instantLiteral, textArray, wireDecimal, wireInstant } from '../database/build.js';
import type { Key } from '../database/keyset.js';
import type { TimeWindow } from '../database/time.js';

/** Which events of a window are wanted. */
export interface EventFilter {
  readonly types?: readonly string[];
  readonly countries?: readonly string[];
  readonly currencies?: readonly string[];
  readonly minImpact?: number;
}

/** Events as their wire columns. */
function wireEvents() {
  return build
    .selectFrom('events.event_data as event')
    .select((eb) => [
      'event.id',
      'event.event_type',
      wireInstant(eb.ref('event.event_datetime')).as('event_datetime'),
      'event.event_name',
      'event.description',
      'event.impact_level',
      'event.symbol',
      'event.currency',
      'event.country',
      wireDecimal(eb.ref('event.actual')).as('actual'),
      wireDecimal(eb.ref('event.forecast')).as('forecast'),
      wireDecimal(eb.ref('event.previous')).as('previous'),
      'event.source',
    ]);
}

/**
 * Events inside a window in their order: oldest first, those of the same instant by id.
 *
 * @param symbol  a symbol, a column with one, or null for events of any symbol and of none
 */
export function events(
  window: TimeWindow,
  filter: EventFilter,
  symbol: Expression<string> | null,
  after: Key | null,
  limit: number | null,
): Expression<unknown> {
  const { types, countries, currencies, minImpact } = filter;
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
      q.where(sql<boolean>`(event.event_datetime, event.id) > (${after![0]}::timestamptz, ${after![1]}::uuid)`),
    )
    .orderBy('event.event_datetime')
    .orderBy('event.id')
    .$if(limit !== null, (q) => q.limit(limit!));
}

/** For each of several symbols at most `limit` events. */
export function eventsOf(
  symbols: readonly string[],
  window: TimeWindow,
  filter: EventFilter,
  after: Key | null,
  limit: number,
): Expression<unknown> {
  const each = events(window, filter, sql.ref('s.symbol'), after, limit);
  return sql`(select each.* from unnest(${textArray(symbols)}) as s (symbol) cross join lateral ${each} as each)`;
}

/** Some events by their ids. */
export function eventsById(ids: readonly string[]): Expression<unknown> {
  return wireEvents().where('event.id', '=', sql<string>`any(${textArray(ids)}::uuid[])`);
}

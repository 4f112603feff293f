import { sql } from 'kysely';
import { asRows, type Examples, instant, october, page, rendering, uuid } from '../../contract/examples.js';
import { EventValue, FinancialEvent } from './events.model.js';
import * as events from './events.sql.js';

/** The statements of events, for their snapshots. */
export const EXAMPLES: Examples<typeof events> = {
  events: {
    filtered: page(
      events.events(
        october,
        { types: ['earnings'], countries: ['US'], currencies: ['USD'], minImpact: 3, sort: 'asc' },
        sql.val('AAPL'),
        [instant, uuid],
        101,
      ),
      ['event_datetime', 'id'],
      rendering(FinancialEvent, 'json'),
    ),
  },
  eventsOf: { rows: asRows(events.eventsOf(['AAPL', 'MSFT'], october, { sort: 'desc' }, null, 101), FinancialEvent) },
  eventValues: { countries: asRows(events.eventValues('country', october, ['0DE'], 101), EventValue) },
  eventsById: { rows: asRows(events.eventsById([uuid]), FinancialEvent) },
};

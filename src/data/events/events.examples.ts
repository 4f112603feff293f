import { type Examples, instant, most, october, page, uuid, whole } from '../../contract/examples.js';
import { EventValue, FinancialEvent } from './events.model.js';
import * as events from './events.sql.js';

/** The statements of events, for their snapshots. */
export const EXAMPLES: Examples<typeof events> = {
  events: {
    filtered: page(
      events.events(
        { window: october, sort: 'asc', after: [instant, uuid], limit: most },
        { types: ['earnings'], countries: ['US'], currencies: ['USD'], minImpact: 3 },
        'AAPL',
      ),
      FinancialEvent,
      ['event_datetime', 'id'],
    ),
    ofNoSymbol: whole(
      events.events({ window: october, sort: 'desc', after: null, limit: most }, { minImpact: 3, ofNoSymbol: true }),
      FinancialEvent,
    ),
  },
  eventsOf: {
    rows: whole(
      events.eventsOf(['AAPL', 'MSFT'], { window: october, sort: 'desc', after: null, limit: most }, {}),
      FinancialEvent,
    ),
  },
  eventValues: { countries: whole(events.eventValues('country', october, ['0DE'], most), EventValue) },
  eventsById: { rows: whole(events.eventsById([uuid]), FinancialEvent) },
};

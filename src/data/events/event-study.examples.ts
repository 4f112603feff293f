import { sql } from 'kysely';
import { type Examples, october, raw, uuid } from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import { SOURCES } from '../market-data/daily.examples.js';
import * as eventStudy from './event-study.sql.js';

const asked = {
  places: textArray(['0']),
  symbols: textArray(['AAPL']),
  anchors: textArray(['2025-10-15']),
  read: textArray(['AAPL', 'SPY']),
};
const around = { before: 5, after: 5 };
const spy = { kind: 'symbol', symbol: sql.val('SPY') } as const;

/** The statements of event studies, for their snapshots. */
export const EXAMPLES: Examples<typeof eventStudy> = {
  timedEventsById: { rows: raw(eventStudy.timedEventsById([uuid])) },
  timedEvents: { of_symbols: raw(eventStudy.timedEvents(october, ['earnings'], ['AAPL'], 1001)) },
  reactions: {
    market: raw(eventStudy.reactions(SOURCES.stored, { kind: 'mean' }, asked, around)),
    symbol: raw(eventStudy.reactions(SOURCES.stored, spy, asked, around)),
  },
  study: { median: raw(eventStudy.study(SOURCES.corrected, { kind: 'median' }, asked, around)) },
};

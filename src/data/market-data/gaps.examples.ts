import { sql } from 'kysely';
import { day, type Examples, raw } from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import { SOURCES } from './daily.examples.js';
import * as gaps from './gaps.sql.js';

const { stored, corrected } = SOURCES;
const symbols = textArray(['AAPL', 'MSFT']);
const asked: gaps.AskedSymbols = {
  names: symbols,
  firstDays: textArray(['2015-01-02', '2015-01-02']),
  lastDays: textArray(['2025-10-31', '2025-10-31']),
  calendars: textArray(['weekdays', 'observed']),
};
const calendar: gaps.CalendarDays = {
  exceptions: textArray(['2025-10-13']),
  wholeMarketMissing: textArray(['2025-10-20']),
  marketNewest: sql.val('2025-10-31'),
};
const days = { first: day('2025-10-01'), last: day('2025-10-31') };

/** The statements of gaps, for their snapshots. */
export const EXAMPLES: Examples<typeof gaps> = {
  gaps: {
    stored: raw(gaps.gaps(asked, calendar, days, stored)),
    corrected: raw(gaps.gaps(asked, calendar, days, corrected)),
  },
};

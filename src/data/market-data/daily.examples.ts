import { sql } from 'kysely';
import {
  archivedBars,
  day,
  type Examples,
  instant,
  most,
  october,
  octoberBars,
  page,
  raw,
  whole,
} from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import { daysWindow } from '../../base/time.js';
import { DailyBar, WideDay } from './daily.model.js';
import * as daily from './daily.sql.js';

const aggregate = { window: october, lacking: [], partial: [], refilled: [], dimension: 1 };
const stored: daily.DailySource = { aggregate, bars: [] };
const wrong = [{ ...daysWindow(day('2025-10-06'), day('2025-10-07')), archive: false }];
const corrected: daily.DailySource = { aggregate: { ...aggregate, lacking: wrong }, bars: wrong };
const refilled: daily.DailySource = { aggregate: { ...aggregate, lacking: wrong, refilled: wrong }, bars: wrong };
const dropped: daily.DailySource = {
  aggregate: { ...aggregate, partial: [{ ...daysWindow(day('2025-10-01'), day('2025-10-01')), archive: false }] },
  bars: [],
};
const computed: daily.DailySource = { aggregate: null, bars: [octoberBars] };
const archived: daily.DailySource = { aggregate: null, bars: [archivedBars] };
const symbol = sql.val('AAPL');
const pair = textArray(['AAPL', 'MSFT']);

/** Where the examples of daily bars take their days from. */
export const SOURCES = { stored, corrected, dropped, computed };

/** The statements of daily bars, for their snapshots. */
export const EXAMPLES: Examples<typeof daily> = {
  dailyRows: {
    computed: raw(daily.dailyRows(null, computed)),
    dropped: raw(daily.dailyRows(symbol, dropped)),
    refilled: raw(daily.dailyRows(symbol, refilled)),
    archived: raw(daily.dailyRows(symbol, archived)),
  },
  daily: {
    stored: page(daily.daily(symbol, stored, 'asc', most), DailyBar, ['symbol', 'day']),
    closes: page(daily.daily(symbol, stored, 'asc', most), DailyBar, ['symbol', 'day'], ['close']),
    corrected: page(daily.daily(symbol, corrected, 'desc', most), DailyBar, ['symbol', 'day']),
    updated: page(daily.daily(symbol, stored, 'asc', most, { range: octoberBars, after: sql.val(instant) }), DailyBar, [
      'symbol',
      'day',
    ]),
  },
  dailyOf: { page: page(daily.dailyOf(textArray(['AAPL', 'MSFT']), stored, 'asc', most), DailyBar, ['symbol', 'day']) },
  marketDay: { rows: whole(daily.marketDay(stored, textArray(['AAPL']), sql.val('A'), most), DailyBar) },
  wideDaily: {
    stored: page(daily.wideDaily(pair, 2, 'close', stored, 'asc', most), WideDay, ['day']),
    corrected: page(daily.wideDaily(pair, 2, 'volume', corrected, 'desc', null), WideDay, ['day']),
  },
};

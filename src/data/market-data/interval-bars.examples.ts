import { sql } from 'kysely';
import { archivedBars, type Examples, most, october, octoberBars, page, raw } from '../../contract/examples.js';
import { Bar } from './bars.model.js';
import { SOURCES } from './daily.examples.js';
import * as bars from './interval-bars.sql.js';
import { intervalNamed } from './intervals.js';

const symbol = sql.val('AAPL');
const key = ['symbol', 'timestamp', 'timeframe'];
const cut = (name: string, tz = 'UTC'): bars.Cut => ({ interval: intervalNamed(name)!, tz });
const minutes = { timeframe: sql.val('1m') };
const fed = { ...minutes, source: sql.val('feed') };
const newYork = 'America/New_York';

/** The statements of bars of an interval, for their snapshots. */
export const EXAMPLES: Examples<typeof bars> = {
  intervalBars: {
    minutes: page(bars.intervalBars(symbol, cut('5m'), october, octoberBars, minutes, 'asc', most), Bar, key),
    hours: page(bars.intervalBars(symbol, cut('1h', newYork), october, octoberBars, fed, 'desc', most), Bar, key),
    days: page(bars.intervalBars(symbol, cut('1d', newYork), october, archivedBars, minutes, 'asc', most), Bar, key),
  },
  intervalDays: {
    weeks: page(bars.intervalDays(symbol, cut('1w'), october, SOURCES.stored, 'asc', most), Bar, key),
  },
  edges: { quarters: raw(bars.edges(cut('1q', newYork), october)) },
  zoneNames: { all: raw(bars.zoneNames()) },
};

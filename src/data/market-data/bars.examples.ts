import { sql } from 'kysely';
import { archivedBars, type Examples, instant, most, octoberBars, page, whole } from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import { Bar } from './bars.model.js';
import * as bars from './bars.sql.js';

const symbol = sql.val('AAPL');
const symbols = textArray(['AAPL', 'MSFT']);

/** The statements of bars, for their snapshots. */
export const EXAMPLES: Examples<typeof bars> = {
  bars: {
    page: page(bars.bars(symbol, octoberBars, {}, 'asc', most), Bar, ['symbol', 'timestamp']),
    archived: page(bars.bars(symbol, archivedBars, { source: sql.val('feed') }, 'desc', most), Bar, [
      'symbol',
      'timestamp',
    ]),
    updated: page(bars.bars(symbol, archivedBars, { updatedAfter: sql.val(instant) }, 'asc', most), Bar, [
      'symbol',
      'timestamp',
    ]),
    filtered: page(
      bars.bars(symbol, octoberBars, { timeframe: sql.val('1m'), source: sql.val('feed') }, 'desc', most),
      Bar,
      ['symbol', 'timestamp'],
      ['timestamp', 'close'],
    ),
  },
  barsOf: {
    archived: whole(bars.barsOf(symbols, archivedBars, {}, 'asc', most), Bar),
    rows: whole(bars.barsOf(symbols, octoberBars, {}, 'asc', most), Bar),
    export: whole(bars.barsOf(symbols, octoberBars, {}, 'asc', null), Bar),
  },
  latest: { rows: whole(bars.latest(symbol, octoberBars, {}), Bar) },
};

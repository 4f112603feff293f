import { sql } from 'kysely';
import { type Examples, most, raw } from '../../contract/examples.js';
import { SOURCES } from './daily.examples.js';
import * as prices from './daily-prices.sql.js';

const { stored, corrected } = SOURCES;
const symbol = sql.val('AAPL');
const count = sql.val(419);

/** The statements of daily bars after the prices before them, for their snapshots. */
export const EXAMPLES: Examples<typeof prices> = {
  dailyAfterPrices: {
    closes: raw(
      sql`${prices.dailyAfterPrices(symbol, stored, 'asc', most, { source: stored, prices: ['close'], count })}`,
    ),
    ranges: raw(
      sql`${prices.dailyAfterPrices(symbol, stored, 'desc', most, {
        source: corrected,
        prices: ['high', 'low', 'close'],
        count,
      })}`,
    ),
  },
};

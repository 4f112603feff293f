import { sql } from 'kysely';
import { type Examples, october, raw } from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import * as kinds from './bar-kinds.sql.js';

const symbol = sql.val('AAPL');
const symbols = textArray(['AAPL', 'MSFT']);

/** The statements of timeframes and sources, for their snapshots. */
export const EXAMPLES: Examples<typeof kinds> = {
  kinds: { row: raw(kinds.kinds(symbol, october)) },
  marketKinds: { row: raw(kinds.marketKinds(october, 5000)) },
  hasKind: { row: raw(kinds.hasKind(symbols, october, 'timeframe', sql.val('1h'))) },
};

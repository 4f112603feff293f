import { sql } from 'kysely';
import { archivedBars, type Examples, octoberBars, raw } from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import { rowsStatement } from '../../sql/page.js';
import * as kinds from './bar-kinds.sql.js';

const symbol = sql.val('AAPL');
const symbols = textArray(['AAPL', 'MSFT']);

/** The statements of timeframes and sources, for their snapshots. */
export const EXAMPLES: Examples<typeof kinds> = {
  kinds: {
    row: raw(rowsStatement(kinds.kinds(symbol, octoberBars), kinds.COLUMNS.kinds)),
    archived: raw(rowsStatement(kinds.kinds(symbol, archivedBars), kinds.COLUMNS.kinds)),
  },
  marketKinds: { row: raw(rowsStatement(kinds.marketKinds(octoberBars, 5000), kinds.COLUMNS.marketKinds)) },
  hasKind: {
    archived: raw(kinds.hasKind(symbols, archivedBars, 'source', sql.val('feed'))),
    row: raw(kinds.hasKind(symbols, octoberBars, 'timeframe', sql.val('1h'))),
  },
};

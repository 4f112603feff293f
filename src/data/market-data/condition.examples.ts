import { archivedBars, type Examples, october, octoberBars } from '../../contract/examples.js';
import { build, textArray } from '../../sql/build.js';
import { rowsStatement } from '../../sql/page.js';
import * as condition from './condition.sql.js';

const [symbols, halfDays] = [textArray(['AAPL', 'MSFT']), textArray(['2025-11-28'])];
const facts = (range: typeof octoberBars) => () =>
  rowsStatement(condition.dayFacts(symbols, range, october, halfDays), condition.FACT_COLUMNS).compile(build);

/** The statements of conditions, for their snapshots. */
export const EXAMPLES: Examples<typeof condition> = {
  dayFacts: { bars: facts(octoberBars), archived: facts(archivedBars) },
};

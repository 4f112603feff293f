import { sql } from 'kysely';
import { archivedBars, type Examples, october, octoberBars, whole } from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import { SOURCES } from './daily.examples.js';
import { QualityFinding } from './quality.model.js';
import * as quality from './quality.sql.js';

const [symbol, peers] = [sql.val('AAPL'), textArray(['MSFT', 'KO', 'XOM'])];

/** The statements of quality, for their snapshots. */
export const EXAMPLES: Examples<typeof quality> = {
  findings: {
    stored: whole(quality.findings(symbol, peers, SOURCES.stored, octoberBars, october), QualityFinding),
    archived: whole(quality.findings(symbol, peers, SOURCES.computed, archivedBars, october), QualityFinding),
  },
};

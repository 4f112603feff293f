import { type Examples, october, raw } from '../../contract/examples.js';
import * as search from './search.sql.js';

/** The statements of the search, for their snapshots. */
export const EXAMPLES: Examples<typeof search> = {
  readTerms: { rows: raw(search.readTerms(['AT&T', 'interest rates'])) },
  isIndexed: { row: raw(search.isIndexed()) },
  reachOf: { row: raw(search.reachOf(october, ['title', 'content'], 1_000_000)) },
};

import { type Examples, raw } from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import * as closes from './closes.sql.js';
import { SOURCES } from './daily.examples.js';

const { stored, corrected } = SOURCES;
const symbols = textArray(['AAPL', 'MSFT']);

/** The statements of closes, for their snapshots. */
export const EXAMPLES: Examples<typeof closes> = {
  closes: { stored: raw(closes.closes(symbols, stored)), corrected: raw(closes.closes(symbols, corrected)) },
};

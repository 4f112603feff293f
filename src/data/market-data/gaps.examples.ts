import { type Examples, raw } from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import { SOURCES } from './daily.examples.js';
import * as gaps from './gaps.sql.js';

const { stored, corrected } = SOURCES;
const symbols = textArray(['AAPL', 'MSFT']);

/** The statements of gaps, for their snapshots. */
export const EXAMPLES: Examples<typeof gaps> = {
  presentDays: {
    stored: raw(gaps.presentDays(symbols, stored)),
    corrected: raw(gaps.presentDays(symbols, corrected)),
  },
};

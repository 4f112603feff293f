import { sql } from 'kysely';
import { type Examples, raw } from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import * as board from './board.sql.js';
import { SOURCES } from './daily.examples.js';

const symbols = textArray(['AAPL', 'MSFT']);

/** The statement of the board, for its snapshots. */
export const EXAMPLES: Examples<typeof board> = {
  lastDays: {
    stored: raw(board.lastDays(symbols, SOURCES.stored, sql.val(378))),
    corrected: raw(board.lastDays(symbols, SOURCES.corrected, sql.val(378))),
  },
};

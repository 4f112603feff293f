import { archivedBars, type Examples, octoberBars, raw } from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import { SOURCES } from './daily.examples.js';
import * as directory from './directory.sql.js';

const { stored, computed } = SOURCES;

/** The statements of the directory of symbols, for their snapshots. */
export const EXAMPLES: Examples<typeof directory> = {
  stretch: { stored: raw(directory.stretch(stored)), computed: raw(directory.stretch(computed)) },
  symbolDays: { stored: raw(directory.symbolDays(textArray(['NEW']), stored)) },
  occupiedChunks: {
    rows: raw(directory.occupiedChunks(false)),
    archived: raw(directory.occupiedChunks(true)),
  },
  occupiedYears: {
    rows: raw(directory.occupiedYears(octoberBars)),
    archived: raw(directory.occupiedYears(archivedBars)),
  },
  unnamedBars: { row: raw(directory.unnamedBars()) },
  newestBar: { row: raw(directory.newestBar(octoberBars)) },
};

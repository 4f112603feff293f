import { type Examples, raw } from '../../contract/examples.js';
import * as changes from './changes.sql.js';

/** The statements that count changes, for their snapshots. */
export const EXAMPLES: Examples<typeof changes> = {
  changes: { tables: raw(changes.changes(false)), chunks: raw(changes.changes(true)) },
};

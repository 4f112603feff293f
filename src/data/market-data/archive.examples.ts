import { type Examples, october, raw } from '../../contract/examples.js';
import * as archive from './archive.sql.js';

/** The statements that look for the archive and at its days, for their snapshots. */
export const EXAMPLES: Examples<typeof archive> = {
  archiveColumns: { rows: raw(archive.archiveColumns()) },
  archivedYears: { rows: raw(archive.archivedYears()) },
  unstoredDays: { rows: raw(archive.unstoredDays(october)) },
};

import { type Examples, raw } from '../../contract/examples.js';
import * as archive from './archive.sql.js';

/** The statement that looks for the archive, for its snapshot. */
export const EXAMPLES: Examples<typeof archive> = {
  archiveColumns: { rows: raw(archive.archiveColumns()) },
};

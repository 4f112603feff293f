import { type Examples, raw } from '../../contract/examples.js';
import * as chunks from './chunks.sql.js';

/** The statements that find the chunks, for their snapshots. */
export const EXAMPLES: Examples<typeof chunks> = {
  hasChunks: { row: raw(chunks.hasChunks()) },
  chunkRanges: { row: raw(chunks.chunkRanges()) },
};

// Sends the heaviest requests that are accepted, and some that are refused, one at a time to a server with a heap of
// 256 MB; prints how long the longest turn of its event loop was for each, and the memory that it had. `--only WORDS`
// takes those whose name matches a pattern.
import { runOnce } from './support/run-once.mjs';

const at = process.argv.indexOf('--only');
const only = at > 0 ? process.argv[at + 1] : '';
if (only === undefined) throw new Error('--only takes a pattern');

runOnce('event-loop', { TETRA_EVENT_LOOP_ONLY: only });

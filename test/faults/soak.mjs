// Half of what the machine can serve, for half an hour or as long as --minutes says, with a fault a minute; prints what
// became of memory, handles and requests, and leaves it in RESULTS.md.
import { runOnce } from './support/run-once.mjs';

const at = process.argv.indexOf('--minutes');
const minutes = at > 0 ? Number(process.argv[at + 1]) : 30;
if (!(minutes > 0)) throw new Error('--minutes takes a number');

runOnce('soak', { TETRA_SOAK_MINUTES: String(minutes) });

// Sends the heaviest requests that are accepted, and some that are refused, one at a time to a server with a heap of
// 256 MB; prints how long the longest turn of its event loop was for each, and the memory that it had. `--only WORDS`
// takes those whose name matches a pattern.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const at = process.argv.indexOf('--only');
const only = at > 0 ? process.argv[at + 1] : '';
if (only === undefined) throw new Error('--only takes a pattern');
const root = fileURLToPath(new URL('../../', import.meta.url));
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    ...['-c', 'test/faults/jest.config.mjs', '--testRegex', '/test/faults/event-loop\\.ts$'],
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, TETRA_EVENT_LOOP_ONLY: only } },
);
process.exitCode = status ?? 1;

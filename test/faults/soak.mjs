// Half of what the machine can serve, for half an hour or as long as --minutes says, with a fault a minute; prints what
// became of memory, handles and requests, and leaves it in RESULTS.md.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const at = process.argv.indexOf('--minutes');
const minutes = at > 0 ? Number(process.argv[at + 1]) : 30;
if (!(minutes > 0)) throw new Error('--minutes takes a number');
const root = fileURLToPath(new URL('../../', import.meta.url));
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    ...['-c', 'test/faults/jest.config.mjs', '--testRegex', '/test/faults/soak\\.ts$'],
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, TETRA_SOAK_MINUTES: String(minutes) } },
);
process.exitCode = status ?? 1;

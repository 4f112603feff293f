import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs `test/faults/NAME.ts`, which the battery leaves out, with further variables; ends with its exit code. */
export function runOnce(name, variables) {
  const { status } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      ...['-c', 'test/faults/jest.config.mjs', '--testRegex', `/test/faults/${name}\\.ts$`],
    ],
    {
      cwd: fileURLToPath(new URL('../../../', import.meta.url)),
      stdio: 'inherit',
      env: { ...process.env, ...variables },
    },
  );
  process.exitCode = status ?? 1;
}

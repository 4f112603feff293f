import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the suites leave their figures, one JSON object a line. */
const FIGURES = join(tmpdir(), `tetra-faults-${process.pid}.ndjson`);
process.env.TETRA_FAULTS_FIGURES = FIGURES;

/** Prints what the battery measured, in plain lines, after jest's own report. */
export default class Summary {
  onRunComplete(_contexts, results) {
    let lines = [];
    try {
      lines = readFileSync(FIGURES, 'utf8').trim().split('\n').filter(Boolean);
    } catch {
      // No suite measured anything.
    }
    rmSync(FIGURES, { force: true });
    process.stdout.write('\nThe battery\n');
    for (const line of lines) {
      const { name, ...figures } = JSON.parse(line);
      const said = Object.entries(figures).map(([key, value]) => `${key} ${value}`);
      process.stdout.write(`  ${name}: ${said.join(', ')}\n`);
    }
    const { numPassedTests, numFailedTests, numPendingTests } = results;
    process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped\n`);
  }
}

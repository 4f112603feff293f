import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { circumstances, keepResults } from './results.mjs';

/** Where the suites leave their figures, one JSON object a line. */
const FIGURES = join(tmpdir(), `tetra-faults-${process.pid}.ndjson`);
process.env.TETRA_FAULTS_FIGURES = FIGURES;

const WHOLE = readdirSync(new URL('..', import.meta.url)).filter((name) => name.endsWith('.test.ts')).length;

/** Prints what the battery measured, in plain lines, after jest's own report; a whole run is kept in RESULTS.md. */
export default class Summary {
  onRunComplete(_contexts, results) {
    let lines = [];
    try {
      lines = readFileSync(FIGURES, 'utf8').trim().split('\n').filter(Boolean);
    } catch {
      // No suite measured anything.
    }
    rmSync(FIGURES, { force: true });
    const figures = lines.map((line) => JSON.parse(line));
    const said = figures.map(({ name, ...rest }) => {
      const words = Object.entries(rest).map(([key, value]) => `${key} ${value}`);
      return `${name}: ${words.join(', ')}`;
    });
    const { numPassedTests, numFailedTests, numPendingTests, numTotalTestSuites, startTime } = results;
    const most = (part) =>
      Math.max(
        0,
        ...figures.flatMap((each) => Object.entries(each).flatMap(([key, n]) => (key.includes(part) ? [n] : []))),
      );
    const total = [
      `${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`,
      `in ${Math.round((Date.now() - startTime) / 1000)} s`,
      `worst deadline overrun ${most('deadline overrun')} ms`,
      `longest recovery ${most('recovery ms')} ms`,
    ].join('; ');
    process.stdout.write(`\nThe battery\n${said.map((line) => `  ${line}\n`).join('')}${total}\n`);
    if (numTotalTestSuites < WHOLE) return;
    const text = `Written by \`npm run test:faults\` on ${circumstances()}; clients, API and database shared it.\n\n`;
    keepResults('The battery', `${text}${total}.\n\n${said.map((line) => `- ${line}`).join('\n')}`);
  }
}

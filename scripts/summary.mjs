// Prints one plain line over jest's own JSON reports: N passed, N failed, N skipped. Of a file that several reports of
// one run have (x-1.json, x-2.json) the last counts; other runs of it (on another server) count beside it. With
// --failed it prints instead the files that did not pass, one a line.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const reports = process.argv.slice(2).filter((argument) => argument !== '--failed');
const files = new Map();
for (const report of reports) {
  const run = basename(report).replace(/(-\d+)?\.json$/, '');
  for (const result of JSON.parse(readFileSync(report, 'utf8')).testResults) files.set(`${run} ${result.name}`, result);
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const { status, assertionResults } of files.values()) {
  const count = (...kinds) => assertionResults.filter((result) => kinds.includes(result.status)).length;
  total.passed += count('passed');
  // A file that broke before its first case has no failed case of its own.
  total.failed += Math.max(count('failed'), status === 'failed' ? 1 : 0);
  total.skipped += count('pending', 'skipped', 'todo', 'disabled');
}

if (process.argv.includes('--failed')) {
  for (const { name, status } of files.values()) if (status === 'failed') console.log(name);
} else {
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

// Refuses files of more than 300 lines and prose of more than 120 characters a line.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MAX_LINES = 300;
const MAX_PROSE = 120;
/** What programs write, and lists of facts. */
const EXEMPT =
  /(^|\/)(package-lock\.json|schema\.gql|openapi\.json|RESULTS\.md|(web\/src\/api|clients\/typescript)\/operations\.ts)$/;

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
const faults = [];
for (const file of files.trim().split('\n')) {
  if (EXEMPT.test(file) || !/\.(tsx?|mjs|cjs|md|css)$/.test(file)) continue;
  let lines;
  try {
    lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  } catch {
    continue;
  }
  const code = !file.endsWith('.md');
  if (code && lines.length > MAX_LINES) faults.push(`${file}: ${lines.length} lines, at most ${MAX_LINES}`);
  let fenced = false;
  for (const [i, line] of lines.entries()) {
    if (/^\s*```/.test(line)) fenced = !fenced;
    const prose = code ? /^\s*(\/\/|\*|\/\*\*?)\s/.test(line) : !fenced && !/^\s*\|/.test(line);
    if (prose && line.length > MAX_PROSE && !/\S{100}/.test(line))
      faults.push(`${file}:${i + 1}: ${line.length} characters`);
  }
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

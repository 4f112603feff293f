// Refuses documents that name what is not there: links, paths of the project, and npm scripts.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the project's paths begin, and files of its root. */
const PATH =
  /^((src|docs|test|scripts|db|deploy|bench|clients)\/[\w./^-]*|[A-Z]+\.md|\.env\.example|\.dependency-cruiser\.cjs)$/;
/** How a guide heads the text of a file that its reader makes. */
const NEW_FILE = /^`[^`]+`, a new file:$/;
/** What programs write. */
const EXEMPT = /RESULTS\.md$/;

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file) {
  const headings = readFileSync(file, 'utf8').match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function linkFault(file, link) {
  if (/^[a-z]+:/.test(link)) return null;
  const [path, anchor] = link.split('#');
  const target = path === '' ? file : join(dirname(file), path);
  if (!existsSync(target)) return `no ${target}`;
  return anchor && !anchorsOf(target).includes(anchor) ? `no heading #${anchor} in ${target}` : null;
}

/** What of a line is not there. */
function* faultsOf(file, line) {
  for (const [, link] of line.matchAll(/\]\(([^)\s]+)\)/g)) yield linkFault(file, link);
  for (const [, code] of line.matchAll(/`([^`]+)`/g)) {
    if (PATH.test(code) && !existsSync(code) && !NEW_FILE.test(line)) yield `no ${code}`;
  }
  for (const [, script] of line.matchAll(/npm run (?:-s )?([a-z][\w:]*)/g)) {
    if (!(script in scripts)) yield `no script ${script}`;
  }
}

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  encoding: 'utf8',
});
const faults = [];
for (const file of tracked.trim().split('\n')) {
  if (EXEMPT.test(file) || !existsSync(file)) continue;
  for (const [i, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    for (const fault of faultsOf(file, line)) if (fault) faults.push(`${file}:${i + 1}: ${fault}`);
  }
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

const FILE = new URL('../RESULTS.md', import.meta.url);

/** The machine that a run was made on, and when. */
export function circumstances() {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores (${model.trim()}) with ${memory} GB of memory`;
}

/** Keeps the results of a run in RESULTS.md, in the place of the last ones under the same title. */
export function keepResults(title, text) {
  let kept = '';
  try {
    kept = readFileSync(FILE, 'utf8');
  } catch {
    // The first.
  }
  const parts = kept.split(/^(?=# )/m).filter((part) => part.startsWith('# '));
  const mine = `# ${title}\n\n${text.trim()}\n`;
  const at = parts.findIndex((part) => part.startsWith(`# ${title}\n`));
  if (at >= 0) parts[at] = mine;
  else parts.push(mine);
  writeFileSync(FILE, parts.map((part) => part.trim()).join('\n\n') + '\n');
}

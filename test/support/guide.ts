import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A block of code of a guide, TypeScript or SQL, and where it goes. */
export interface Block {
  readonly file: string;
  readonly place: 'new' | 'end' | 'after' | 'before' | 'instead of';
  /** The line that the place is about, without the spaces around it. */
  readonly line: string;
  readonly code: string;
}

const FENCED = /^```(ts|sql)\n(.*?)^```$/gms;
const HEADING = /^`([^`]+)`, (?:(a new file)|(at the end)|(after|before|instead of) the line (`+)(.+?)\5):$/;

/**
 * Every block of code of a guide, in order.
 * @throws Error where the paragraph before a block does not say where it goes
 */
export function blocksOf(guide: string): Block[] {
  return [...guide.matchAll(FENCED)].map(({ 2: code, index }) => {
    const heading = guide.slice(0, index).trimEnd().split('\n\n').at(-1)!.replaceAll('\n', ' ');
    const [, file, isNew, isEnd, where, , line = ''] = HEADING.exec(heading) ?? [];
    if (file === undefined) throw new Error(`It does not say where this goes: ${heading}`);
    const place = isNew ? 'new' : isEnd ? 'end' : (where as Block['place']);
    return { file, place, line, code: code! };
  });
}

/**
 * Puts a block where it goes.
 * @param root  the project's folder, or a copy of it
 * @throws Error where a new file is there already, or the line is not there exactly once
 */
export function applyBlock(root: string, { file, place, line, code }: Block): void {
  const path = join(root, file);
  if (place === 'new') return writeFileSync(path, code, { flag: 'wx' });
  const text = readFileSync(path, 'utf8');
  if (place === 'end') return writeFileSync(path, `${text}\n${code}`);
  const lines = text.split('\n');
  const found = lines.flatMap((candidate, i) => (candidate.trim() === line ? [i] : []));
  if (found.length !== 1) throw new Error(`${file} has this line ${found.length} times: ${line}`);
  const at = place === 'after' ? found[0]! + 1 : found[0]!;
  lines.splice(at, place === 'instead of' ? 1 : 0, ...code.trimEnd().split('\n'));
  writeFileSync(path, lines.join('\n'));
}

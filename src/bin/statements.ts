import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { CompiledQuery } from 'kysely';
import type { Compiled } from '../contract/examples.js';

const SOURCE = new URL('../', import.meta.url);

interface ExamplesModule {
  readonly EXAMPLES: Record<string, Record<string, Compiled>>;
}

/**
 * Every statement that this API can send, by the name of its snapshot: out of each `x.examples.ts`. The type of
 * `EXAMPLES` makes the compiler refuse a function of an `x.sql.ts` that has no example.
 * @throws Error where an `x.sql.ts` has no `x.examples.ts` beside it
 */
export async function statements(): Promise<[name: string, compiled: CompiledQuery][]> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).sort();
  const without = files
    .filter((file) => file.endsWith('.sql.js') && !files.includes(file.replace('.sql.js', '.examples.js')))
    .join(', ');
  if (without !== '') throw new Error(`These have no examples beside them: ${without}`);
  const found: [string, CompiledQuery][] = [];
  for (const file of files.filter((name) => name.endsWith('.examples.js'))) {
    const { EXAMPLES } = (await import(new URL(file, SOURCE).href)) as ExamplesModule;
    const folder = `${basename(dirname(file))}/${basename(file, '.examples.js')}`;
    for (const [name, examples] of Object.entries(EXAMPLES)) {
      for (const [example, compile] of Object.entries(examples))
        found.push([`${folder}/${name}.${example}`, compile()]);
    }
  }
  return found;
}

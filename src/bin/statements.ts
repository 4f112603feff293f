import type { CompiledQuery } from 'kysely';
import type { Compiled } from '../contract/examples.js';
import { MARKET_DATA } from './examples/market-data.js';
import { OTHERS } from './examples/other.js';

const ALL: Record<string, Record<string, Record<string, Compiled>>> = { ...MARKET_DATA, ...OTHERS };

/**
 * Every statement that this API can send, by file name. The types above make the compiler refuse a function of an
 * `x.sql.ts` that has no example here, so every statement is read in review.
 */
export function* statements(): Iterable<[name: string, compiled: CompiledQuery]> {
  for (const [file, functions] of Object.entries(ALL)) {
    for (const [name, examples] of Object.entries(functions)) {
      for (const [example, compile] of Object.entries(examples)) yield [`${file}/${name}.${example}`, compile()];
    }
  }
}

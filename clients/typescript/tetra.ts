import type { Options } from './client.ts';
import { Operations } from './operations.ts';

export type { Answer, Events, List, Options } from './client.ts';
export * from './operations.ts';
export { Problem } from './problem.ts';
export type { Skipped, StreamEvent, StreamOptions } from './stream.ts';

/** The API at an address. With `exact` decimals and 64-bit integers are texts with every digit, otherwise doubles. */
export function tetra(options: Options & { readonly exact: true }): Operations<string>;
export function tetra(options: Options & { readonly exact?: false }): Operations<number>;
export function tetra(options: Options): Operations<number> | Operations<string> {
  return options.exact ? new Operations<string>(options) : new Operations<number>(options);
}

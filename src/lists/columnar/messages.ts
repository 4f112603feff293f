import type { FileHead, Unfit } from './schema.js';

/** What the thread is told of a file. */
export type Order =
  | { readonly file: number; readonly head: FileHead }
  | { readonly file: number; readonly rows: Uint8Array; readonly skipped: number; readonly count: number }
  | { readonly file: number; readonly last: boolean };

/** What it answers to rows, and to the end. */
export type Reply =
  | { readonly file: number; readonly bytes: Uint8Array }
  | { readonly file: number; readonly unfit: Unfit }
  | { readonly file: number; readonly failure: string };

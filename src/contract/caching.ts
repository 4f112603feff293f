import { currentRequest } from '../base/request.js';

/**
 * How long an answer may be reused without asking again: the newest bar a second, everything else ten. A window that is
 * over is no exception, since its rows may be corrected at any time; asking again with the tag is cheap.
 */
export const Cache = { LATEST: 'max-age=1', DEFAULT: 'max-age=10' } as const;
export type Cache = (typeof Cache)[keyof typeof Cache];

/** `Server-Timing` of a request that has taken so many milliseconds. */
export function serverTiming(total: number): string {
  const database = currentRequest()?.databaseMs ?? 0;
  return `db;dur=${database.toFixed(2)}, total;dur=${total.toFixed(2)}`;
}

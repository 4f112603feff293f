import { createHash } from 'node:crypto';
import { ApiError } from '../common/errors.js';
import { formatInstant, parseInstant, type TimeWindow } from './time.js';

/** Where a page ended: the ordering columns of its last row, as the text that PostgreSQL wrote. */
export type Key = readonly string[];

/** What a page token holds: the window that the first page resolved, and the key after which to go on. */
export interface Cursor {
  readonly window?: TimeWindow;
  readonly key: Key;
}

/** What a token is bound to: the resource and the arguments that decide which rows it lists, in which order. */
export type Binding = readonly unknown[];

function seal(binding: Binding, payload: string): string {
  return createHash('sha256')
    .update(JSON.stringify(binding))
    .update('\0')
    .update(payload)
    .digest('base64url')
    .slice(0, 16);
}

/** Writes an opaque token, the same for REST (`page_token`) and GraphQL (`after`). */
export function encodeCursor(binding: Binding, cursor: Cursor): string {
  const window = cursor.window && [formatInstant(cursor.window.from), formatInstant(cursor.window.to)];
  const payload = JSON.stringify(window ? [cursor.key, ...window] : [cursor.key]);
  return Buffer.from(seal(binding, payload) + payload).toString('base64url');
}

/**
 * Reads a token back. One that was changed, or that came from another query, is refused with
 * `invalid_page_token`: the seal covers the payload and the arguments.
 */
export function decodeCursor(binding: Binding, token: string, param = 'page_token'): Cursor {
  const refused = new ApiError(
    'invalid_page_token',
    `${param} does not belong to this query; start again without it.`,
    {
      param,
      hint: 'A page token goes with the same parameters as the page that gave it; only limit and the output options may change.',
    },
  );
  const text = Buffer.from(token, 'base64url').toString();
  const payload = text.slice(16);
  if (Buffer.from(text).toString('base64url') !== token || seal(binding, payload) !== text.slice(0, 16)) throw refused;
  const [key, from, to] = JSON.parse(payload) as [Key, string?, string?];
  if (from === undefined || to === undefined) return { key };
  return { key, window: { from: parseInstant(from)!, to: parseInstant(to)! } };
}

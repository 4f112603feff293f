import { createHash } from 'node:crypto';
import { STORABLE } from '../base/identifiers.js';
import { ApiError } from '../base/errors.js';
import { EVER, formatInstant, parseDay, parseInstant, startOfDay, type TimeWindow } from '../base/time.js';
import { isUuid } from '../base/identifiers.js';

/** Where a page ended: the ordering columns of its last row, as the text that PostgreSQL wrote. */
export type Key = readonly string[];

/**
 * The symbols that a list was asked for, in any order: what its page tokens are bound to, since one that does not exist
 * may do so when the next page is asked for. Null where they are not an argument.
 */
export function namesAsked(args: object): string[] | null {
  return 'symbols' in args && args.symbols ? [...new Set(args.symbols as string[])].sort() : null;
}

/** What a page token holds: the window that the first page resolved, and the key after which to go on. */
export interface Cursor {
  readonly window?: TimeWindow;
  readonly key: Key;
  readonly matched?: Matched;
}

/**
 * By argument, the values of the data that were found for what was asked, where they are written otherwise: pages go on
 * with them, whatever values have come since.
 */
export type Matched = Readonly<Record<string, readonly string[]>>;

/** What a token is bound to: the resource and the arguments that decide which rows it lists, in which order. */
export type Binding = readonly unknown[];

/** Whether a text may be the value of an ordering column, in a list that has this window. */
export type KeyColumn = (text: string, window: TimeWindow | undefined) => boolean;

/** The ordering columns there are. Instants and days lie inside the window of their list. */
export const KEY = {
  instant: (text: string, window: TimeWindow | undefined): boolean => lies(parseInstant(text), window),
  day: (text: string, window: TimeWindow | undefined): boolean => {
    const day = parseDay(text);
    return lies(day === null ? null : startOfDay(day), window);
  },
  uuid: (text: string): boolean => isUuid(text),
  decimal: (text: string): boolean => /^\d{1,20}(\.\d{1,60})?$/.test(text),
  /** A text that a column of this length, in characters, can hold. */
  text:
    (length: number): KeyColumn =>
    (text) =>
      [...text].length <= length && STORABLE.test(text),
  oneOf:
    (values: readonly string[]): KeyColumn =>
    (text) =>
      values.includes(text),
};

function lies(at: bigint | null, window: TimeWindow | undefined): boolean {
  return at !== null && (window === undefined || (window.from <= at && at < window.to));
}

/** What the tokens of a list may hold. */
export interface CursorShape {
  /** Its ordering columns. */
  readonly key: readonly KeyColumn[];
  /** Most days that its window may have; null where it has none. */
  readonly maxDays: number | null;
}

/**
 * What tokens mean: to be changed with any order, key or window rule of a list. Where two versions of the server run
 * side by side, one then refuses the other's tokens in place of going on at a wrong row.
 */
const TOKENS = '1';

function seal(binding: Binding, payload: string): string {
  return createHash('sha256')
    .update(TOKENS)
    .update(JSON.stringify(binding))
    .update('\0')
    .update(payload)
    .digest('base64url')
    .slice(0, 16);
}

/** Writes an opaque token, the same for REST (`page_token`) and GraphQL (`after`). */
export function encodeCursor(binding: Binding, cursor: Cursor): string {
  const window = cursor.window && [formatInstant(cursor.window.from), formatInstant(cursor.window.to)];
  const matched = Object.values(cursor.matched ?? {}).some((values) => values.length > 0) ? [cursor.matched] : [];
  const payload = JSON.stringify([cursor.key, ...(window ?? []), ...matched]);
  return Buffer.from(seal(binding, payload) + payload).toString('base64url');
}

/**
 * Reads a token back. One that was changed, or that came from another query, is refused with
 * `invalid_page_token`: the seal covers the payload and the arguments. The seal has no secret, so what is in it is
 * checked as arguments are: a token cannot ask for more than they can.
 */
export function decodeCursor(binding: Binding, token: string, shape: CursorShape, param = 'page_token'): Cursor {
  const cursor = readCursor(binding, token, shape);
  if (cursor !== null) return cursor;
  throw new ApiError('invalid_page_token', `${param} does not belong to this query; start again without it.`, {
    param,
    hint: 'A page token goes with the same parameters as the page that gave it; only limit and the output options may change.',
  });
}

/** The same; null for a token of another query. */
export function readCursor(binding: Binding, token: string, shape: CursorShape): Cursor | null {
  const text = Buffer.from(token, 'base64url').toString();
  const payload = text.slice(16);
  if (Buffer.from(text).toString('base64url') !== token || seal(binding, payload) !== text.slice(0, 16)) return null;
  return readPayload(payload, shape);
}

function readPayload(payload: string, { key: columns, maxDays }: CursorShape): Cursor | null {
  const { key, window, matched } = partsOf(payload);
  if ((maxDays === null) !== (window === undefined) || key?.length !== columns.length) return null;
  if (window && !isWithin(window, maxDays!)) return null;
  return columns.every((column, i) => column(key[i]!, window))
    ? { key, ...(window && { window }), ...(matched && { matched }) }
    : null;
}

/** The parts of a payload, as far as they are well formed. */
function partsOf(payload: string): Partial<Cursor> {
  let parts: unknown;
  try {
    parts = JSON.parse(payload);
  } catch {
    return {};
  }
  if (!Array.isArray(parts)) return {};
  const [key, ...rest] = parts as unknown[];
  const last = rest.at(-1);
  const matched = isMatched(last) ? last : undefined;
  const edges = matched ? rest.slice(0, -1) : rest;
  if (!isTexts(key) || !isTexts(edges)) return {};
  if (edges.length === 0) return { key, matched };
  const [from, to] = edges.map(parseInstant);
  return edges.length !== 2 || from == null || to == null ? {} : { key, window: { from, to }, matched };
}

function isMatched(value: unknown): value is Matched {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(areStorable)
  );
}

function areStorable(value: unknown): boolean {
  return isTexts(value) && value.every((text) => STORABLE.test(text));
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Whether arguments can ask for a window. */
function isWithin({ from, to }: TimeWindow, maxDays: number): boolean {
  return EVER.from <= from && from < to && to <= EVER.to && to - from <= startOfDay(maxDays);
}

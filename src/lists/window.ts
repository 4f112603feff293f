import { type Binding, type CursorShape, decodeCursor, type Key, type Matched } from './page-token.js';
import {
  dayOf,
  EVER,
  formatDay,
  formatInstant,
  now,
  parseDay,
  parseEnd,
  parseInstant,
  parseStart,
  startOfDay,
  type TimeWindow,
} from '../base/time.js';
import { ApiError, invalid } from '../base/errors.js';

/** How a window is completed when the client gave only part of it, or nothing. */
export interface WindowDefaults {
  /** The end when none is given, exclusive. */
  readonly end: bigint;
  /** Days back from the end when no start is given. */
  readonly days: number;
  /** Most days that a window may have whose start was given. */
  readonly maxDays: number;
  /** First day that has a row: where the window starts when the newest rows are counted back from its end. */
  readonly firstDay?: number;
}

/** What says whether a list counts back from its newest row. */
interface Counted {
  readonly start?: string;
  readonly sort?: 'asc' | 'desc';
  readonly updatedAfter?: string;
}

/** Whether it does. A filter of changes may let no row through, and then no page bounds it. */
function countsBack({ start, sort, updatedAfter }: Counted): boolean {
  return start === undefined && sort === 'desc' && updatedAfter === undefined;
}

/**
 * The first of some days where a list counts back from the newest row and no start is given: the limit of its pages
 * bounds it, not a default window. Undefined for every other list.
 */
export function countedBack(args: Counted, firstDays: readonly string[]): number | undefined {
  if (!countsBack(args) || firstDays.length === 0) return undefined;
  return Math.min(...firstDays.map((day) => parseDay(day)!));
}

/**
 * The half-open window that a client means: `start` is inclusive, a bare-date `end` includes that whole UTC day, an
 * instant `end` is exclusive.
 * @throws ApiError invalid_parameter where the end is before the start, window_too_large above the maximum
 */
export function resolveWindow(args: { start?: string; end?: string }, defaults: WindowDefaults): TimeWindow {
  const end = args.end === undefined ? later(defaults.end, args.start) : parseEnd(args.end)!;
  const to = end < EVER.to ? end : EVER.to;
  const start = args.start === undefined ? defaultStart(to, defaults) : parseStart(args.start)!;
  const from = start > EVER.from ? start : EVER.from;
  if (start >= EVER.to) throw invalid('start', `start must be before ${formatDay(dayOf(EVER.to))}.`);
  if (end <= EVER.from) throw invalid('end', `end must be after ${formatInstant(EVER.from)}.`);
  if (from >= to) {
    throw invalid('end', 'end is before start.', {
      hint: 'A bare date as end includes that whole UTC day; an instant is exclusive.',
    });
  }
  // What counts back from the newest row is bounded by its pages, or is asked for whole.
  const counted = args.start === undefined && defaults.firstDay !== undefined;
  if (!counted && to - from > startOfDay(defaults.maxDays)) {
    throw new ApiError('window_too_large', `The window from start to end has more than ${defaults.maxDays} days.`, {
      param: args.start === undefined ? 'end' : 'start',
      hint: 'Ask for the years one after the other.',
    });
  }
  return { from, to };
}

/** Days after its newest row for which data counts as alive: longer than a weekend with holidays around it. */
const ALIVE_DAYS = 7;

/** Whether rows are still to be expected of what has this newest day. */
export function isAlive(newestDay: number): boolean {
  return newestDay >= dayOf(now()) - ALIVE_DAYS;
}

/**
 * Where a default window ends, exclusive, given the newest day of what is asked: after that day, so that an archive
 * that stopped still answers; after today where the data is alive, since bars may have come since that day was read.
 */
export function endAfter(newestDay: number): bigint {
  return startOfDay((isAlive(newestDay) ? Math.max(newestDay, dayOf(now())) : newestDay) + 1);
}

function defaultStart(to: bigint, { days, firstDay }: WindowDefaults): bigint {
  const first = firstDay === undefined ? null : startOfDay(firstDay);
  return first === null || first >= to ? to - startOfDay(days) : first;
}

/** Days of a window that begins with the first row there is, whenever that is. */
const ALL_DAYS = dayOf(EVER.to) - dayOf(EVER.from);

/** Days that the window of a page token may have: without a start it may begin with the first row there is. */
export function maxDaysOf(args: { start?: string }, maxDays: number): number {
  return args.start === undefined ? ALL_DAYS : maxDays;
}

/** What page tokens of a list hold whose windows begin with the first row only where it counts back. */
export function tokensCounting(shape: CursorShape, args: Counted): CursorShape {
  return countsBack(args) ? { ...shape, maxDays: ALL_DAYS } : shape;
}

/**
 * What the defaults of a window leave out, and which arguments reach it; null where that is nothing.
 * @param span  the first and the last instant that there is
 */
export function leftOut(
  args: { start?: string; end?: string },
  { from, to }: TimeWindow,
  { first, last }: { readonly first: string | null; readonly last: string | null },
): string | null {
  const before = args.start === undefined && first !== null && parseInstant(first)! < from;
  const after = args.end === undefined && last !== null && parseInstant(last)! >= to;
  const notes = [
    ...(before ? [`Without start the window begins at ${formatInstant(from)}; the data begin at ${first}.`] : []),
    ...(after ? [`Without end the window ends at ${formatInstant(to)}; the data end at ${last}.`] : []),
  ];
  return notes.join(' ') || null;
}

/** A start after the newest data is a window with nothing in it, not an error. */
function later(end: bigint, start: string | undefined): bigint {
  const from = start === undefined ? null : parseStart(start);
  return from !== null && from >= end ? startOfDay(dayOf(from) + 1) : end;
}

/** A window as `meta.query` echoes it: instants for instants, days for days, the end exclusive. */
export function echoWindow({ from, to }: TimeWindow): { start: string; end: string } {
  return { start: formatInstant(from), end: formatInstant(to) };
}

/** A window of whole days as `meta.query` echoes it: first and last day, both included. */
export function echoDays({ from, to }: TimeWindow): { start: string; end: string } {
  return { start: formatDay(dayOf(from)), end: formatDay(dayOf(to) - 1) };
}

/** Where a page starts: the window of its first page, and the key of the last row before it, if it is not the first. */
export interface Position {
  readonly window: TimeWindow;
  readonly key: Key | null;
  /** What the token holds of the values that were found; undefined on the first page. */
  readonly matched?: Matched;
}

/**
 * The position that a page token names, or the start of a newly resolved window.
 * @throws ApiError invalid_page_token for a token of another query, or one that arguments could not have led to
 */
export function positionOf(
  binding: Binding,
  shape: CursorShape,
  after: string | undefined,
  resolve: () => TimeWindow,
  param: string,
): Position {
  if (after === undefined) return { window: resolve(), key: null };
  const cursor = decodeCursor(binding, after, shape, param);
  return { window: cursor.window ?? resolve(), key: cursor.key, matched: cursor.matched };
}

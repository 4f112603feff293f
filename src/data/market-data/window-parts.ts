import { firstPlace } from '../../base/search.js';
import { dayOf, startOfDay, type TimeWindow } from '../../base/time.js';
import type { SortDirection } from '../../contract/sort.js';

/**
 * Chunks that one statement opens at most, unless a day alone has more: each costs time to plan and several locks, of
 * which a whole server has some thousands. A page with indicators opens as many again for the bars before it, at most.
 */
export const MAX_CHUNKS = 60;

/** From an instant to another, exclusive, in days after 1970-01-01; fractions are times of day. */
export type Days = readonly [from: number, to: number];

/** What a statement opens, stretch by stretch: a chunk, or as much of it as a part of the statement reads. */
export class Openings {
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;

  constructor(stretches: readonly Days[]) {
    this.#starts = Float64Array.from(stretches, ([from]) => from).sort();
    this.#ends = Float64Array.from(stretches, ([, to]) => to).sort();
  }

  /** How many stretches a window touches. */
  count(from: number, to: number): number {
    return below(this.#starts, to) - below(this.#ends, from, true);
  }
}

/** Where a window may be cut: the start and the end of what an instant lies in, such as a week. */
export interface Edges {
  start(instant: bigint): bigint;
  end(instant: bigint): bigint;
}

/**
 * Cuts a window where a day begins, so that none of its parts opens more than {@link MAX_CHUNKS}; in the order in which
 * rows are read. Where nothing is there nothing is cut, and an empty window is one part.
 * @param edges  where it may be cut, if not at every day; what lies between two of them opens as many as it has
 */
export function partsOf(
  window: TimeWindow,
  sort: SortDirection,
  openings: Pick<Openings, 'count'>,
  edges?: Edges,
): TimeWindow[] {
  const parts: TimeWindow[] = [];
  const fits = (from: bigint, to: bigint): boolean => openings.count(inDays(from), inDays(to)) <= MAX_CHUNKS;
  let { from, to } = window;
  while (!fits(from, to)) {
    // The days at which it can be cut: before the first one it fits, or is a day at most.
    const [first, last] = [dayOf(from) + 1, dayOf(to - 1n)];
    if (first > last) break;
    if (sort === 'asc') {
      const most = startOfDay(first + furthest(last - first, (n) => fits(from, startOfDay(first + n))));
      const at = edges ? later(edges.start(most), from, edges) : most;
      if (at >= to) break;
      parts.push({ from, to: at });
      from = at;
    } else {
      const most = startOfDay(last - furthest(last - first, (n) => fits(startOfDay(last - n), to)));
      const at = edges ? earlier(edges.start(most), most, to, edges) : most;
      if (at <= from) break;
      parts.push({ from: at, to });
      to = at;
    }
  }
  return [...parts, { from, to }];
}

/** An edge, or the first one after an instant where it is not after that. */
function later(edge: bigint, instant: bigint, edges: Edges): bigint {
  return edge > instant ? edge : edges.end(instant);
}

/** The first edge at or after an instant, or the last one before an end where that is not before it. */
function earlier(edge: bigint, instant: bigint, end: bigint, edges: Edges): bigint {
  const next = edge === instant ? edge : edges.end(instant);
  return next < end ? next : edges.start(end - 1n);
}

const DAY = Number(startOfDay(1));

/** An instant in days after 1970-01-01. */
export function inDays(micros: bigint): number {
  return Number(micros) / DAY;
}

/** The greatest number up to a limit for which something holds that holds for all smaller ones; 0 if there is none. */
function furthest(limit: number, holds: (n: number) => boolean): number {
  return firstPlace(limit, (n) => !holds(n + 1));
}

/** How many of some numbers, which are in order, are below a limit, or at it where that counts too. */
function below(numbers: Float64Array, limit: number, orAt = false): number {
  return firstPlace(numbers.length, (place) => (orAt ? numbers[place]! > limit : numbers[place]! >= limit));
}

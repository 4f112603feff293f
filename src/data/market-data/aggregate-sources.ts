import { dayOf, startOfDay, type TimeWindow } from '../../base/time.js';
import type { BarRange } from '../../sql/bars.js';
import { type AggregateState, clip, EVER, historyOf } from './aggregate-state.js';
import { barRange } from './archive.js';
import type { DailySource } from './daily.sql.js';

/** Chunks that one statement opens at most, save one more at either end of each stretch. */
const MAX_CHUNKS = 58;

/** Days, `to` not included, with the chunks that a statement opens for each of them. */
interface Density {
  readonly from: number;
  readonly to: number;
  readonly chunks: number;
}

/**
 * Where the daily rows of a window come from, in order of time; each source opens some sixty chunks at most. Without
 * chunks, or where nothing is known of them, there is one source.
 *
 * @param history  days outside of which nothing is known to be, for what is asked: they cost no source of their own
 */
export function sourcesOf(state: AggregateState, window: TimeWindow, history: TimeWindow | null = null): DailySource[] {
  const known = historyOf(state);
  const inside = known && clip(known, window);
  const within = inside && history ? clip(inside, history) : inside;
  const cuts = within ? cutsOf(densities(state), dayOf(within.from), dayOf(within.to)).map(startOfDay) : [];
  const edges = [window.from, ...cuts, window.to];
  return edges.slice(1).map((to, i) => sourceOf(state, { from: edges[i]!, to }));
}

/** Where the daily rows of a window come from, however many chunks that opens. */
export function sourceOf({ stored, archive }: AggregateState, window: TimeWindow): DailySource {
  const ranges = (days: readonly TimeWindow[]): BarRange[] => days.map((part) => barRange(part, archive));
  const watermark = stored?.watermark ?? null;
  const before = watermark === null ? null : clip(window, { from: EVER.from, to: watermark });
  if (!stored || !before) return { aggregate: null, bars: ranges([window]) };
  const inside = (days: readonly TimeWindow[]): TimeWindow[] => days.flatMap((part) => clip(part, before) ?? []);
  const lacking = ranges(inside(stored.lacking));
  const newer = before.to < window.to ? ranges([{ from: before.to, to: window.to }]) : [];
  const partial = ranges(inside(stored.partial));
  return {
    aggregate: { window: before, lacking, partial, dimension: stored.dimension },
    bars: [...lacking, ...newer],
  };
}

/** Days at which to cut a stretch, so that no part opens too many chunks. */
function cutsOf(density: readonly Density[], first: number, end: number): number[] {
  const cuts: number[] = [];
  let start = first;
  let left = MAX_CHUNKS;
  for (const { from, to, chunks } of density) {
    let at = Math.max(from, first);
    const last = Math.min(to, end);
    while ((last - at) * chunks > left) {
      const next = Math.max(at + Math.floor(left / chunks), start + 1);
      if (next >= last) break;
      cuts.push(next);
      start = at = next;
      left = MAX_CHUNKS;
    }
    if (last > at) left -= (last - at) * chunks;
  }
  return cuts;
}

const known = new WeakMap<AggregateState, readonly Density[]>();

/** How many chunks a day costs, over the whole history; made once for a state. */
function densities(state: AggregateState): readonly Density[] {
  const made = known.get(state) ?? sum(opened(state));
  known.set(state, made);
  return made;
}

/** What a statement opens: the aggregate's chunks before the watermark, bars where they are needed. */
function opened({ stored, bars }: AggregateState): Density[] {
  const watermark = stored?.watermark ?? null;
  const found: Density[] = [];
  const add = (range: TimeWindow | null, chunks: number): void => {
    if (range) found.push({ from: dayOf(range.from), to: dayOf(range.to), chunks });
  };
  if (stored && watermark !== null) {
    const before = { from: EVER.from, to: watermark };
    if (stored.chunks) add(clip(stored.chunks, before), 1 / stored.chunks.chunkDays);
    for (const stretch of stored.lacking) add(stretch, stretch.chunks / (dayOf(stretch.to) - dayOf(stretch.from)));
  }
  if (bars) add(watermark === null ? bars : clip(bars, { from: watermark, to: EVER.to }), 1 / bars.chunkDays);
  return found;
}

/** Overlapping stretches as ones that follow each other, with the chunks of all. */
function sum(parts: readonly Density[]): Density[] {
  const edges = parts.flatMap(({ from, to, chunks }) => [
    { day: from, change: chunks },
    { day: to, change: -chunks },
  ]);
  edges.sort((a, b) => a.day - b.day);
  let chunks = 0;
  return edges.flatMap(({ day, change }, i) => {
    chunks += change;
    const to = edges[i + 1]?.day ?? day;
    return to > day && chunks > 1e-9 ? [{ from: day, to, chunks }] : [];
  });
}

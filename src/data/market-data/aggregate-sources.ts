import { clip, type TimeWindow } from '../../base/time.js';
import type { SortDirection } from '../../contract/sort.js';
import type { BarRange } from '../../sql/bars.js';
import { type AggregateState, EVER } from './aggregate-state.js';
import { barRange } from './archive.js';
import type { KnownChunks } from './chunks.js';
import type { DailySource } from './daily.sql.js';
import { type Days, type Edges, inDays, Openings, partsOf } from './window-parts.js';

/**
 * Where the daily rows of a window come from, in the order in which they are read; each opens some chunks at most.
 * @param edges  where the window may be cut, see {@link partsOf}
 */
export function sourcesOf(
  state: AggregateState,
  chunks: KnownChunks,
  window: TimeWindow,
  sort: SortDirection,
  edges?: Edges,
): DailySource[] {
  return partsOf(window, sort, openingsOf(state, chunks), edges).map((part) => sourceOf(state, part));
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
  const { refilledBefore: end, dimension } = stored;
  const refilled = end === null ? [] : lacking.flatMap((range) => clip(range, { from: EVER.from, to: end }) ?? []);
  return {
    aggregate: { window: before, lacking, partial, refilled, dimension },
    bars: [...lacking, ...newer],
  };
}

/** What of the source decides the text of a statement. */
export function shapeOf({ aggregate, bars }: DailySource): unknown[] {
  const edges = (ranges: readonly (TimeWindow & { archive?: boolean })[]): string =>
    ranges.map(({ from, to, archive }) => `${from}-${to}${archive ? '+' : ''}`).join();
  const stored =
    aggregate && [[aggregate.window], aggregate.lacking, aggregate.partial, aggregate.refilled].map(edges).join(' ');
  return [stored, edges(bars)];
}

const known = new WeakMap<
  AggregateState,
  { readonly chunks: KnownChunks; readonly openings: Pick<Openings, 'count'> }
>();

/** What a statement on daily rows opens; made once for a state and the chunks. */
function openingsOf(state: AggregateState, chunks: KnownChunks): Pick<Openings, 'count'> {
  const made = known.get(state);
  if (made?.chunks === chunks) return made.openings;
  const openings = state.stored?.watermark == null ? chunks.openings : new Openings(opened(state, chunks));
  known.set(state, { chunks, openings });
  return openings;
}

/** The aggregate's chunks before the watermark, and those of the bars for each stretch that is computed from them. */
function opened({ stored }: AggregateState, { bars, stored: kept }: KnownChunks): Days[] {
  const found: Days[] = [];
  const add = (chunks: readonly Days[], from: number, to: number): void => {
    for (const chunk of chunks) {
      if (chunk[0] < to && chunk[1] > from) found.push([Math.max(chunk[0], from), Math.min(chunk[1], to)]);
    }
  };
  const watermark = inDays(stored!.watermark!);
  add(kept, -Infinity, watermark);
  add(bars, watermark, Infinity);
  const refilled = stored!.refilledBefore === null ? -Infinity : inDays(stored!.refilledBefore);
  for (const { from, to } of stored!.lacking) {
    add(bars, inDays(from), inDays(to));
    // There each stored day is looked for among the bars, too.
    add(bars, inDays(from), Math.min(inDays(to), refilled));
  }
  for (const { from, to } of stored!.partial) {
    add(bars, inDays(from), inDays(to));
    add(kept, inDays(from), inDays(to));
  }
  return found;
}

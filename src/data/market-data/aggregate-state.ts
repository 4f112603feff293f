import {
  clip,
  dayOf,
  daysWindow,
  FIRST_DAY,
  formatInstant,
  parseDay,
  startOfDay,
  type TimeWindow,
} from '../../base/time.js';
import { differenceOf } from './aggregate-definition.js';
import type { AggregateRow } from './aggregate.sql.js';
import type { Freshness } from './daily.model.js';

/** Whole days that have to be computed from the bars. */
export interface Stretch extends TimeWindow {
  /** Whether the stored days are out of date. The first day after dropped chunks is logged with these: it is not. */
  readonly outOfDate: boolean;
}

/** Which daily bars are stored, and which of them are right. */
export interface AggregateState {
  readonly kind: 'continuous' | 'view' | null;
  /** When it was read. */
  readonly asOf: bigint;
  /** Why stored days are not used, or what to know about them; null where all is as documented. */
  readonly note: string | null;
  readonly realTime: boolean;
  readonly lastRefreshAt: string | null;
  /** What decides where days come from; null where they are computed from the bars in any case. */
  readonly stored: StoredDays | null;
  /** Whether bars that were taken out of the hypertable are in an archive. */
  readonly archive: boolean;
  /** Where the bars' chunks begin and end, and how much one covers; null where that is not known. */
  readonly bars: ChunkRange | null;
}

/** Where chunks begin and end, and how many days one covers. */
export interface ChunkRange extends TimeWindow {
  readonly chunkDays: number;
}

/** The days that the aggregate has stored. */
export interface StoredDays {
  /** The aggregate's number in TimescaleDB's catalog. */
  readonly aggregate: number;
  /** Before it the stored days are right, save those of `lacking`; null where nothing is stored. */
  readonly watermark: bigint | null;
  /** Stretches before the watermark, in order, that changed since they were added up. */
  readonly lacking: readonly Stretch[];
  /** Days of which a part of the bars was dropped: what is stored of them is more than the bars can tell. */
  readonly partial: readonly TimeWindow[];
  /**
   * Where the bars before it were dropped, so that a chunk of them came back with late bars: there a day without any
   * bar is as it is stored. Null where nothing of the kind is lacking.
   */
  readonly refilledBefore: bigint | null;
  /** The bars' dimension in TimescaleDB's catalog. */
  readonly dimension: number;
}

const DAY = startOfDay(1);

/** From the year 1 to the year 9999, what the wire can name. */
export const EVER = daysWindow(FIRST_DAY, parseDay('9999-12-31')!);

/** Stretches this many days apart are read as one: no weekend, long or short, cuts one in two. */
const CLOSE_DAYS = 4;

/** The state of an aggregate that is none: a plain view, or nothing. */
export function computedState(kind: 'view' | null, asOf: bigint): AggregateState {
  return { kind, asOf, note: null, realTime: true, lastRefreshAt: null, stored: null, archive: false, bars: null };
}

/** The state of a continuous aggregate whose catalog is not the one that is known here. */
export function unknownState(asOf: bigint): AggregateState {
  const note =
    'This version of TimescaleDB does not say in a known way which stored days are right, so that days are computed from the bars.';
  return { ...computedState('view', asOf), kind: 'continuous', note };
}

/** Whether an error means that the catalog has no such relation, column or function, or that it may not be read. */
export function isUnknownCatalog(error: unknown): boolean {
  return /^42/.test(String((error as { code?: unknown }).code));
}

/** What the catalog says, as a state. */
export function stateOf(row: AggregateRow, asOf: bigint): AggregateState {
  const bars = chunkRange(row.barsFrom, row.barsTo, row.barsInterval);
  const difference = differenceOf(row);
  const base = { ...computedState(null, asOf), kind: 'continuous' as const, bars };
  if (difference !== null) {
    const note = `The continuous aggregate is not the documented one (${difference}), so that days are computed from the bars.`;
    return { ...base, note };
  }
  const { watermark, ...days } = invalidDays(row);
  return {
    ...base,
    realTime: !row.materializedOnly,
    lastRefreshAt: row.lastRefreshAt,
    stored: {
      aggregate: row.id,
      watermark,
      ...days,
      refilledBefore: row.refilledBefore === null ? null : BigInt(row.refilledBefore),
      dimension: row.dimension,
    },
  };
}

/** What is right on each of several servers: a standby may not have replayed yet what its primary has stored. */
export function commonState(states: readonly AggregateState[]): AggregateState {
  return states.reduce((a, b) => {
    if (a.stored === null || b.stored === null) return a.stored === null ? a : b;
    const [x, y] = [a.stored, b.stored];
    const watermark = x.watermark === null || y.watermark === null ? null : least(x.watermark, y.watermark);
    const lacking = join([...x.lacking, ...y.lacking], a.bars?.chunkDays ?? 0);
    const refilledBefore = x.refilledBefore ?? y.refilledBefore;
    return { ...a, asOf: least(a.asOf, b.asOf), stored: { ...x, watermark, lacking, refilledBefore } };
  });
}

/**
 * A state beside an archive.
 * @param unstored  the archive's days that the aggregate does not have: an aggregate that was made anew never had them
 */
export function withArchive(state: AggregateState, unstored: readonly Stretch[]): AggregateState {
  const { stored, bars } = state;
  if (!stored || unstored.length === 0) return { ...state, archive: true };
  const lacking = join([...stored.lacking, ...unstored], bars?.chunkDays ?? 0);
  return { ...state, archive: true, stored: { ...stored, lacking } };
}

function chunkRange(from: string | null, to: string | null, interval: string): ChunkRange | null {
  if (from === null || to === null) return null;
  const inside = clip({ from: BigInt(from), to: BigInt(to) }, EVER);
  if (!inside) return null;
  return { ...wholeDays(inside.from, inside.to), chunkDays: Math.max(Number(BigInt(interval)) / Number(DAY), 1e-3) };
}

type Invalid = [from: string, to: string, start: string, before: string | null];

function invalidDays({
  watermark: text,
  invalid,
  barsInterval,
}: AggregateRow): Pick<StoredDays, 'watermark' | 'lacking' | 'partial'> {
  const end = text === null ? null : BigInt(text);
  const watermark = end === null || end <= EVER.from ? null : end;
  const lacking: Stretch[] = [];
  const partial: TimeWindow[] = [];
  for (const [from, to, start, before] of JSON.parse(invalid ?? '[]') as Invalid[]) {
    const inside = clip({ from: BigInt(from), to: BigInt(to) }, EVER);
    if (!inside) continue;
    const days = wholeDays(inside.from, inside.to);
    const chunk = BigInt(start);
    // The chunks before were dropped: a weekend alone leaves no chunk out for so long.
    const first = chunk >= days.from && chunk < days.from + DAY && (before === null || chunk - BigInt(before) >= GAP);
    const cut = first && chunk > days.from;
    if (cut) partial.push({ from: days.from, to: days.from + DAY });
    const rest = { from: cut ? days.from + DAY : days.from, to: days.to };
    const outOfDate = !first || rest.to - rest.from > DAY;
    if (rest.from < rest.to) lacking.push({ ...rest, outOfDate });
  }
  return { watermark, lacking: join(lacking, Number(BigInt(barsInterval)) / Number(DAY)), partial };
}

const GAP = startOfDay(CLOSE_DAYS);

/** The stretches in order; those that lie close together, or in the same chunk, as one. */
export function join(stretches: Stretch[], chunkDays: number): Stretch[] {
  const close = startOfDay(Math.max(CLOSE_DAYS, Math.ceil(chunkDays)));
  const joined: Stretch[] = [];
  for (const stretch of stretches.sort((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = joined.at(-1);
    if (last && stretch.from - last.to <= close) {
      const to = stretch.to > last.to ? stretch.to : last.to;
      const outOfDate = last.outOfDate || stretch.outOfDate;
      joined[joined.length - 1] = { from: last.from, to, outOfDate };
    } else joined.push(stretch);
  }
  return joined;
}

/** How fresh and complete the aggregate is for a window. */
export function freshnessOf(state: AggregateState, window: TimeWindow = EVER): Freshness {
  const { asOf, note, realTime, lastRefreshAt, stored } = state;
  const end = stored?.watermark ?? null;
  return {
    materializedThrough: end === null ? null : formatInstant(least(end, EVER.to - 1n)),
    realTime,
    lastRefreshAt,
    historyComplete: isComplete(state, window),
    asOf: formatInstant(asOf),
    note,
  };
}

/** Whether the stored days of a window are there and right; a plain view stores none and lacks none. */
function isComplete({ kind, note, stored, bars }: AggregateState, window: TimeWindow): boolean {
  if (kind !== 'continuous') return true;
  if (note !== null) return false;
  if (!stored || stored.watermark === null) return bars === null || !clip(bars, window);
  return !stored.lacking.some((days) => days.outOfDate && clip(days, window));
}

/** The whole days that hold a stretch. */
export function wholeDays(from: bigint, to: bigint): TimeWindow {
  return daysWindow(dayOf(from), dayOf(to - 1n));
}

/** The lesser of two instants. */
export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

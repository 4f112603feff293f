import { Injectable } from '@nestjs/common';
import { type ApiError, invalid } from '../../base/errors.js';
import { EVER, type TimeWindow } from '../../base/time.js';
import { nameOf } from '../../contract/args.js';
import { matchKnown } from '../../lists/known-values.js';
import { type BarKinds, isOtherUnit, KindsOfBars } from './bar-kinds.js';
import type { BarsArgs } from './bars.model.js';
import type { DirectoryRow } from './directory.js';
import type { Cut } from './interval-bars.sql.js';
import {
  clockTime,
  DAY,
  divides,
  endIn,
  type Interval,
  intervalNamed,
  lengthsOf,
  STANDARD_INTERVALS,
  startIn,
} from './intervals.js';
import { TimeZones } from './time-zones.js';

/** What `derived_from` says of bars that are made of the daily ones. */
export const DAILY = 'daily';

/** Bars of an interval, and what those of each symbol are made of. */
export interface Derivation {
  readonly cut: Cut;
  /** The window in which they begin: whole bars. */
  readonly window: TimeWindow;
  /** By symbol: the timeframe of its stored bars, or {@link DAILY}. Symbols of which none can be made are absent. */
  readonly bases: ReadonlyMap<string, string>;
}

/** The bars of a request: stored ones, or those of an interval. */
export type Chosen = { readonly args: BarsArgs; readonly derivation: null } | { readonly derivation: Derivation };

/** Where the window of a request is, given the interval of its bars; null where that is to be chosen for it. */
export type WindowOf = (interval: Interval | null) => TimeWindow;

/**
 * Decides which bars a request is about. A timeframe that is stored means the stored bars. Another one is made of the
 * stored bars of a single timeframe, never of a mixture: of the one that is there in most years of the window, and of
 * those the shortest. Bars of days or longer in UTC are made of the daily bars, which are right in every state of the
 * aggregate.
 */
@Injectable()
export class Derivations {
  constructor(
    private readonly kinds: KindsOfBars,
    private readonly zones: TimeZones,
  ) {}

  /**
   * The bars that some symbols are asked for.
   * @param after  the window and the timeframe of the page before, for one that goes on
   * @throws ApiError invalid_parameter for a timeframe that is neither stored nor can be made, with those that can;
   *   for a time zone that there is not, or in which they cannot be made
   */
  async choose(
    rows: readonly DirectoryRow[],
    args: BarsArgs,
    windowOf: WindowOf,
    after?: { readonly window: TimeWindow; readonly timeframe: string },
  ): Promise<Chosen> {
    const { timeframe, maxPoints } = args;
    const tz = args.tz === undefined ? 'UTC' : await this.zones.match(nameOf(args, 'tz'), args.tz);
    if (timeframe === undefined && maxPoints === undefined) {
      if (args.tz === undefined) return { args, derivation: null };
      throw invalid(nameOf(args, 'tz'), 'Stored bars begin where they were written to begin, in any time zone.', {
        hint: `Name a timeframe, or ${nameOf(args, 'maxPoints')}.`,
      });
    }
    if (timeframe !== undefined && maxPoints !== undefined) {
      const name = nameOf(args, 'maxPoints');
      throw invalid(name, `${name} chooses the timeframe; leave one of them out.`);
    }
    const kinds = await this.kinds.of(rows);
    if (maxPoints !== undefined)
      return { derivation: await this.#finest(kinds, { ...args, maxPoints }, tz, windowOf, after) };
    return this.#named(rows, kinds, { ...args, timeframe: timeframe! }, tz, windowOf, after?.window);
  }

  async #named(
    rows: readonly DirectoryRow[],
    kinds: ReadonlyMap<string, BarKinds>,
    args: BarsArgs & { timeframe: string },
    tz: string,
    windowOf: WindowOf,
    after?: TimeWindow,
  ): Promise<Chosen> {
    const { timeframe } = args;
    const all = [...kinds.values()];
    const areStored = (name: string): boolean =>
      tz === 'UTC' && all.every(({ timeframes }) => timeframes.includes(name));
    if (!after && areStored(timeframe)) return { args, derivation: null };
    const interval = intervalNamed(timeframe);
    if (interval) {
      if (!after && areStored(interval.name)) return { args: { ...args, timeframe: interval.name }, derivation: null };
      const derivation = await this.#derivation(kinds, args, { interval, tz }, windowOf(interval), after);
      if (derivation.bases.size > 0) return { derivation };
    }
    const stored = [...new Set(all.flatMap(({ timeframes }) => timeframes))];
    const inUtc =
      stored.includes(timeframe) ||
      all.some((one) => interval && basesOf(one, { interval, tz: 'UTC' }, args).length > 0);
    if (tz !== 'UTC' && inUtc) throw notInZone(args, timeframe, tz, stored);
    if (stored.includes(timeframe)) return { args, derivation: null };
    if (await this.kinds.has('timeframe', timeframe, rows, windowOf(interval))) return { args, derivation: null };
    const derivable = STANDARD_INTERVALS.filter((each) =>
      all.some((one) => basesOf(one, { interval: each, tz }, args).length > 0),
    );
    const values = [...new Set([...stored, ...derivable.map(({ name }) => name)])];
    const alike = values.filter((value) => !isOtherUnit(value, timeframe));
    const known = { values: alike, complete: rows.length > 0 };
    const [found] = matchKnown(nameOf(args, 'timeframe'), [timeframe], known, 'is not stored and cannot be made');
    return { args: { ...args, timeframe: found }, derivation: null };
  }

  /** The shortest interval of which the window has no more bars than are asked for. */
  async #finest(
    kinds: ReadonlyMap<string, BarKinds>,
    args: BarsArgs & { maxPoints: number },
    tz: string,
    windowOf: WindowOf,
    after?: { readonly window: TimeWindow; readonly timeframe: string },
  ): Promise<Derivation> {
    const window = after?.window ?? windowOf(null);
    const fits = (interval: Interval): boolean =>
      after ? interval.name === after.timeframe : mostBars(interval, window) <= BigInt(args.maxPoints);
    const can = (interval: Interval): boolean =>
      [...kinds.values()].every((one) => basesOf(one, { interval, tz }, args).length > 0);
    for (const interval of STANDARD_INTERVALS) {
      if (!fits(interval) || !can(interval)) continue;
      const derivation = await this.#derivation(kinds, args, { interval, tz }, window, after?.window);
      if (derivation.bases.size === kinds.size) return derivation;
    }
    const name = nameOf(args, 'maxPoints');
    throw invalid(name, `No timeframe that can be made of the stored bars has so few in this window.`, {
      hint: `Ask for a shorter window, or for more than ${args.maxPoints} points.`,
    });
  }

  async #derivation(
    kinds: ReadonlyMap<string, BarKinds>,
    args: BarsArgs,
    cut: Cut,
    asked: TimeWindow,
    after?: TimeWindow,
  ): Promise<Derivation> {
    const { window, offsets } = await this.#widen(cut, after ?? asked);
    const bases = new Map<string, string>();
    const inStep = (base: string): boolean =>
      base === DAILY || offsets.every((offset) => offset % clockTime(base)! === 0n);
    for (const [symbol, one] of kinds) {
      const base = mostThere(basesOf(one, cut, args).filter(inStep), one, window);
      if (base !== undefined) bases.set(symbol, base);
    }
    return { cut, window: after ?? window, bases };
  }

  async #widen(cut: Cut, { from, to }: TimeWindow): Promise<{ window: TimeWindow; offsets: readonly bigint[] }> {
    if (cut.tz !== 'UTC') return this.zones.widen(cut, { from, to });
    const end = endIn(cut.interval, to - 1n);
    return { window: { from: startIn(cut.interval, from), to: end < EVER.to ? end : EVER.to }, offsets: [] };
  }
}

/** What bars can be made of, the shortest first. */
function basesOf(kinds: BarKinds, { interval, tz }: Cut, { source }: BarsArgs): string[] {
  if (tz === 'UTC' && interval.unit !== null && source === undefined) return [DAILY];
  return kinds.timeframes
    .filter((timeframe) => {
      const micros = clockTime(timeframe);
      // A stored day is a day in UTC.
      return micros !== null && divides(micros, interval) && (tz === 'UTC' || micros < DAY);
    })
    .sort((a, b) => Number(clockTime(a)! - clockTime(b)!));
}

/** Of some timeframes, the shortest first, the one that is there in most years of a window. */
function mostThere(
  timeframes: readonly string[],
  { stretches }: BarKinds,
  { from, to }: TimeWindow,
): string | undefined {
  if (timeframes.length < 2) return timeframes[0];
  const inside = stretches.filter(({ window }) => window.from < to && window.to > from);
  const years = (timeframe: string): number =>
    inside.filter((stretch) => stretch.timeframes.includes(timeframe)).length;
  return timeframes.reduce((best, each) => (years(each) > years(best) ? each : best));
}

/** How many bars of an interval a window has at most, however its edges and the clocks fall. */
function mostBars(interval: Interval, { from, to }: TimeWindow): bigint {
  const [shortest] = lengthsOf(interval);
  return (to - from + shortest - 1n) / shortest + 1n;
}

/** Stored bars begin at whole hours or days of UTC, which need not be whole ones of a zone. */
function notInZone(args: BarsArgs, timeframe: string, tz: string, stored: readonly string[]): ApiError {
  const name = nameOf(args, 'tz');
  return invalid(
    name,
    `Bars of ${timeframe} that begin in ${tz} cannot be made of the stored bars, which are of ${stored.join(', ')}.`,
    { hint: `Without ${name} they begin in UTC.` },
  );
}

import type { Random } from '../../../src/setup/sample/random.js';
import type { TestApp } from '../../support/app.js';
import type { Row } from './ask.js';
import type { Differences } from './compare.js';
import { chance, dayAfter } from './seed.js';
import type { Truth } from './truth.js';

/** What a random request may ask, and of whom. */
export interface MarketContext {
  readonly api: TestApp;
  readonly rng: Random;
  readonly truth: Truth;
  readonly newest: string;
  readonly differences: Differences;
  readonly settle: boolean;
  /** Symbols that have a bar. */
  readonly symbols: readonly string[];
}

/** A window of days; now and then of single years, whose edges are those of statements. */
export function window({ rng, newest }: MarketContext): { start: string; end: string } {
  const year = Number(newest.slice(0, 4)) - rng.integer(0, 3);
  if (chance(rng, 0.3)) return { start: `${year - rng.integer(0, 2)}-01-01`, end: `${year}-12-31` };
  const start = dayAfter(newest, -rng.integer(0, 1400));
  return { start, end: dayAfter(start, rng.integer(0, 1000)) };
}

/**
 * Rows of a page: any number, or just as many as come before the end of a year, where one statement follows another.
 */
export function limitFor(rng: Random, truth: readonly Row[], at: string): number {
  const atYearEnd = truth.flatMap((row, i) => {
    const next = truth[i + 1];
    return next && row[at]!.slice(0, 4) !== next[at]!.slice(0, 4) ? [i + 1] : [];
  });
  const fewest = Math.ceil(truth.length / 12);
  if (chance(rng, 0.4) && atYearEnd.length > 0) {
    const limit = rng.pick(atYearEnd);
    if (limit >= fewest) return limit;
  }
  const most = Math.max(fewest, Math.min(1000, truth.length + 2));
  return Math.max(1, chance(rng, 0.2) ? truth.length : rng.integer(fewest, most));
}

/** A text as GraphQL writes it. */
export const quoted = (text: string): string => JSON.stringify(text);

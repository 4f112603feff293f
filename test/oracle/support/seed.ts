import { random, type Random } from '../../../src/setup/sample/random.js';

/**
 * What a run is made from: the same seed gives the same data, the same changes and the same requests. `ORACLE_SEED`
 * repeats a run, `ORACLE_ROUNDS` (default 1) makes it so many times as long.
 */
export const SEED = process.env.ORACLE_SEED ?? new Date().toISOString();
export const ROUNDS = Number(process.env.ORACLE_ROUNDS ?? 1);
/** `ORACLE_SYMBOLS` (default 0) adds so many symbols to the market, each with `ORACLE_DAYS` (default 300) days. */
export const MORE_SYMBOLS = Number(process.env.ORACLE_SYMBOLS ?? 0);
export const MORE_DAYS = Number(process.env.ORACLE_DAYS ?? 300);

process.stderr.write(
  `ORACLE_SEED=${SEED} ORACLE_ROUNDS=${ROUNDS} ORACLE_SYMBOLS=${MORE_SYMBOLS} ORACLE_DAYS=${MORE_DAYS}\n`,
);

/** The random numbers of one part of the run, which do not depend on those of other parts. */
export function randomOf(part: string): Random {
  return random(`${SEED} ${part}`);
}

/** True in that share of the cases. */
export function chance(rng: Random, share: number): boolean {
  return rng.next() < share;
}

/** Some of the items, in their order; at least one. */
export function some<T>(rng: Random, items: readonly T[], share = 0.5): T[] {
  const picked = items.filter(() => chance(rng, share));
  return picked.length > 0 ? picked : [rng.pick(items)];
}

/** A day, `YYYY-MM-DD`, so many days after another. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}

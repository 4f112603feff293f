import { appendFileSync } from 'node:fs';
import { keptSince } from './machine.js';

/**
 * Waits until a condition holds and tells how long that took, in milliseconds; fails when it does not in time. What the
 * machine gave to others in the meantime does not count.
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  within = 10_000,
  every = 20,
): Promise<number> {
  const started = performance.now();
  for (;;) {
    if (await holds()) return Math.round(performance.now() - started);
    if (performance.now() - started > within + keptSince(started)) throw new Error(`${what}: not within ${within} ms`);
    await pause(every);
  }
}

/** Lets time pass: for how long a fault lasts, never for something to happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Leaves a figure for the summary at the end of the battery. */
export function figure(name: string, figures: Record<string, string | number>): void {
  const file = process.env.TETRA_FAULTS_FIGURES;
  if (file) appendFileSync(file, `${JSON.stringify({ name, ...figures })}\n`);
}

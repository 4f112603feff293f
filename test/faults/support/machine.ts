import { afterAll } from '@jest/globals';
import { readFileSync } from 'node:fs';

/** How often the control timer should fire, in milliseconds. */
const TICK = 50;
/** What is looked at together: the worst second counts. */
const SECOND = 1000 / TICK;

/** Processes whose waiting for a processor counts. */
const watched = new Map<number, number>();
const ticks: { readonly at: number; readonly kept: number }[] = [];
let expected = performance.now() + TICK;

/**
 * What other work on the machine took from us: how late a control timer of this process fires, and how long the watched
 * processes were ready to run and did not get a processor. A time limit of the API is checked against a clock that
 * both share with everybody else on the machine; this is how much of an overrun is not the API's.
 */
const timer = setInterval(() => {
  const now = performance.now();
  let kept = Math.max(0, now - expected);
  expected = now + TICK;
  for (const [pid, before] of watched) {
    const waited = waitedFor(pid);
    if (waited === null) watched.delete(pid);
    else {
      kept += waited - before;
      watched.set(pid, waited);
    }
  }
  ticks.push({ at: now, kept });
  if (ticks.length > 100_000) ticks.splice(0, 50_000);
}, TICK).unref();
afterAll(() => clearInterval(timer));

/** Counts a process's waiting for a processor from now on. */
export function watch(pid: number): void {
  const waited = waitedFor(pid);
  if (waited !== null) watched.set(pid, waited);
}

/** The most that the machine kept from us in any one second since then, in milliseconds. */
export function keptSince(since: number): number {
  let worst = 0;
  let sum = 0;
  const seen = ticks.filter(({ at }) => at >= since);
  for (const [i, { kept }] of seen.entries()) {
    sum += kept - (seen[i - SECOND]?.kept ?? 0);
    worst = Math.max(worst, sum);
  }
  return Math.round(worst);
}

/** How long the main thread of a process was ready and did not run, in milliseconds; null where nothing tells. */
function waitedFor(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return null;
  }
}

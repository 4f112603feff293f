/**
 * Shares the event loop among operations: work is counted, and who would do more of it than fits into one turn of the
 * loop waits for a later one, first come, first served.
 */

/** Values that are completed in one turn of the event loop; some eight milliseconds. */
const VALUES_PER_TURN = 8000;
/** How many of those who wait go on in each turn. */
const GO_ON = 64;

let done = 0;
let scheduled = false;
const waiting: (() => void)[] = [];

/** Counts work that was done just now, in values. */
export function worked(values: number): void {
  done += values;
  schedule();
}

/** Undefined where this turn has room for more; otherwise a promise to wait for. */
export function turn(): Promise<void> | undefined {
  if (done < VALUES_PER_TURN) return undefined;
  return new Promise((resolve) => {
    waiting.push(resolve);
    schedule();
  });
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(next);
}

function next(): void {
  scheduled = false;
  done = 0;
  for (const goOn of waiting.splice(0, GO_ON)) goOn();
  if (waiting.length > 0) schedule();
}

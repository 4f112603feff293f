/**
 * Shares the event loop among operations: work is counted, and who would do more of it than fits into one turn of the
 * loop waits for a later one, first come, first served.
 */

/** Values that are completed in one turn of the event loop; some eight milliseconds. */
const VALUES_PER_TURN = 8000;

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
  wake();
}

/** Lets those who wait go on one after the other, while this turn has room for more. */
function wake(): void {
  if (done >= VALUES_PER_TURN) return schedule();
  const goOn = waiting.shift();
  if (!goOn) return;
  goOn();
  // Ticks run when no promise is left to go on, so what it did is counted by then.
  queueMicrotask(() => process.nextTick(wake));
}

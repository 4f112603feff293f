/** How long the uses of a pool are counted, in milliseconds. */
const COUNTED_MS = 250;
/** Uses a second from which on pages count as being read. What an export itself asks of that pool is less. */
const USES_A_SECOND = 10;
/** How long an export works before it pauses, in milliseconds: short beside what a page takes. */
const WORK_MS = 3;
/** How much longer than that the pause is. */
const PAUSE = 2;
/** A pause at most, in milliseconds: less than a slow client takes to read what waits for it. */
const MAX_PAUSE_MS = 50;

/** Whether pages are being read, told by how often their pool is used. */
export class Traffic {
  #uses = 0;
  #since = performance.now();
  #busy = false;

  /** @param uses  how often clients have used the pool so far */
  constructor(private readonly uses: () => number) {}

  get busy(): boolean {
    const now = performance.now();
    const passed = now - this.#since;
    if (passed >= COUNTED_MS) {
      const uses = this.uses();
      this.#busy = (uses - this.#uses) * 1000 > USES_A_SECOND * passed;
      [this.#uses, this.#since] = [uses, now];
    }
    return this.#busy;
  }
}

/**
 * Lets pages go first: while some are read, an export works a third of the time. The database, which otherwise would
 * give an export a core of its own, then waits for its reader.
 */
export class Pace {
  #resumedAt = performance.now();
  #left: number;

  /** @param mostPauses  how long it pauses, all told, in milliseconds; then it has to get done */
  constructor(
    private readonly traffic: Traffic,
    mostPauses: number,
  ) {
    this.#left = mostPauses;
  }

  /** Pauses where it is time for it. */
  async keep(): Promise<void> {
    const worked = performance.now() - this.#resumedAt;
    if (worked < WORK_MS) return;
    if (this.#left > 0 && this.traffic.busy) {
      const pause = Math.min(worked * PAUSE, MAX_PAUSE_MS);
      this.#left -= pause;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    this.#resumedAt = performance.now();
  }
}

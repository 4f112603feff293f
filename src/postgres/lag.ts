/** Microseconds are not needed: one sample for each look. */
interface Sample {
  readonly at: number;
  readonly position: bigint;
}

/** Looks that are remembered; beyond them a lag is known to be at least that long. */
const MAX_REMEMBERED = 600;

/** A position in the write-ahead log, as PostgreSQL writes it (`16/B374D848`), as a number of bytes. */
export function parsePosition(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/**
 * How far behind its primary a standby is, from positions in the primary's log over time. It needs no equal clocks, and
 * tells a standby that was cut off, which by its own account has replayed all that it received.
 */
export class Lag {
  readonly #samples: Sample[] = [];

  /** Notes where the primary's log ended at a moment, in milliseconds. */
  note(at: number, position: bigint): void {
    const last = this.#samples.at(-1);
    if (last && position <= last.position) return;
    this.#samples.push({ at, position });
    if (this.#samples.length > MAX_REMEMBERED) this.#samples.shift();
  }

  /** Begins anew, with another primary. */
  forget(): void {
    this.#samples.length = 0;
  }

  /** Milliseconds for which the primary has been further than `position`; 0 for one that has caught up. */
  behind(position: bigint, now: number): number {
    const ahead = this.#samples.find((sample) => sample.position > position);
    return ahead ? now - ahead.at : 0;
  }
}

/** A client that asked within so long counts as there, in milliseconds. */
const PRESENT_MS = 10_000;
/** What is kept free for whoever comes next while one client is alone. */
const RESERVE = 0.1;

/**
 * How much each client holds of something scarce, and how much it may. While others are there that is its share; alone
 * it may hold all but a tenth, so that the next client finds room at once.
 */
export class Shares {
  readonly #held = new Map<string, number>();
  #last = { client: '', at: -Infinity };
  /** When any other client than the last one asked. */
  #othersAt = -Infinity;

  /** @param share  of the whole, above 0; 1 for no limit */
  constructor(private readonly share: number) {}

  /** The most that a client who asks now may hold of so much; at least one. */
  limit(client: string, all: number, now = performance.now()): number {
    if (this.#last.client !== client) {
      this.#othersAt = this.#last.at;
      this.#last = { client, at: now };
    } else this.#last.at = now;
    if (this.share >= 1) return all;
    const share = Math.max(1, Math.floor(all * this.share));
    return now - this.#othersAt < PRESENT_MS ? share : Math.max(share, all - Math.ceil(all * RESERVE));
  }

  /** What a client holds. */
  held(client: string): number {
    return this.#held.get(client) ?? 0;
  }

  /** A client holds so much more, or less. */
  add(client: string, amount: number): void {
    const held = this.held(client) + amount;
    if (held > 0) this.#held.set(client, held);
    else this.#held.delete(client);
  }
}

import { ApiError } from './errors.js';
import { Shares } from './shares.js';

/** Connections that stay open to be told of changes: so many of a process, and of them each client has its share. */
export class Listeners {
  readonly #shares: Shares;
  #count = 0;

  /**
   * @param most   at a time
   * @param share  what one client may have of them while others are there
   */
  constructor(
    readonly most: number,
    share: number,
  ) {
    this.#shares = new Shares(share);
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * Lets one more in; what is returned says that it has left.
   * @throws ApiError overloaded where there are too many, rate_limited where its client has too many
   */
  enter(caller: string): () => void {
    if (this.#count >= this.most) {
      throw new ApiError('overloaded', 'Too many listeners are connected. Try again shortly, or ask for latest.');
    }
    const limit = this.#shares.limit(caller, this.most);
    if (this.#shares.held(caller) >= limit) {
      throw new ApiError('rate_limited', `This client has ${limit} listeners connected; more are not allowed.`, {
        hint: 'Listen to several symbols over one connection.',
      });
    }
    this.#count += 1;
    this.#shares.add(caller, 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#count -= 1;
      this.#shares.add(caller, -1);
    };
  }
}

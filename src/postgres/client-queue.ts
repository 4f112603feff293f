import { ApiError } from '../base/errors.js';
import { Shares } from '../base/shares.js';
import type { PoolSettings } from './pool-settings.js';

/** Sees to it that no client holds more than its share of a pool; its further requests wait in a line of its own. */
export class ClientQueue {
  readonly #shares: Shares;
  readonly #all: number;
  /** Clients that have their share, and what waits until some of it is given back. */
  readonly #lines = new Map<string, (() => void)[]>();
  #waiting = 0;
  /** How often clients have asked for one, since the start. */
  asked = 0;

  /** @param places  how many requests may wait for so many connections */
  constructor(
    private readonly settings: PoolSettings,
    private readonly places: (connections: number) => number,
  ) {
    this.#shares = new Shares(settings.clientShare ?? 1);
    this.#all = settings.size + settings.overflow;
  }

  /** Requests that wait for another of their client to end. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Takes one of a client's share; a promise where it has all of it and waits.
   * @throws ApiError overloaded when too many of the client wait already, or none of its requests ends in time
   */
  take(client: string): Promise<void> | null {
    this.asked += 1;
    const limit = this.#shares.limit(client, this.#all);
    const line = this.#lines.get(client) ?? [];
    if (line.length === 0 && this.#shares.held(client) < limit) {
      this.#shares.add(client, 1);
      return null;
    }
    if (line.length >= this.places(limit)) throw this.#taken(limit);
    this.#lines.set(client, line);
    this.#waiting += 1;
    return new Promise((resolve, reject) => {
      const go = (): void => {
        clearTimeout(timer);
        this.#shares.add(client, 1);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#leave(client, line, go);
        reject(this.#taken(limit));
      }, this.settings.acquireTimeout);
      line.push(go);
    });
  }

  /** Gives back one of a client's share. */
  give(client: string): void {
    this.#shares.add(client, -1);
    const line = this.#lines.get(client);
    const next = line?.[0];
    if (!line || !next || this.#shares.held(client) >= this.#shares.limit(client, this.#all)) return;
    this.#leave(client, line, next);
    next();
  }

  #leave(client: string, line: (() => void)[], one: () => void): void {
    this.#waiting -= 1;
    line.splice(line.indexOf(one), 1);
    if (line.length === 0) this.#lines.delete(client);
  }

  #taken(limit: number): ApiError {
    const { uses = 'statements' } = this.settings;
    return new ApiError('overloaded', `This client has ${limit} ${uses} running, as many as one may.`, {
      hint: 'Ask for less at a time, or try again shortly.',
    });
  }
}

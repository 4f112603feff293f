import { Agent, get } from 'node:http';

/** What a load did until it was stopped. */
export interface Tally {
  /** Answers by status. */
  readonly statuses: Map<number, number>;
  /** Requests that got none, by error code. */
  readonly errors: Map<string, number>;
}

/** Clients that ask one after the other on connections they keep, until told to stop. */
export class Load {
  readonly tally: Tally = { statuses: new Map(), errors: new Map() };
  #stopped = false;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #clients: Promise<void>[];

  constructor(clients: number, urls: readonly string[]) {
    this.#clients = Array.from({ length: clients }, (_, i) => this.#client(urls, i));
  }

  /** Requests that were answered with a status. */
  answered(status: number): number {
    return this.tally.statuses.get(status) ?? 0;
  }

  /** Lets every client end its request. */
  async stop(): Promise<Tally> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
    return this.tally;
  }

  async #client(urls: readonly string[], start: number): Promise<void> {
    for (let i = start; !this.#stopped; i++) {
      try {
        count(this.tally.statuses, await this.#ask(urls[i % urls.length]!));
      } catch (error) {
        count(this.tally.errors, String((error as NodeJS.ErrnoException).code ?? error));
      }
    }
  }

  #ask(url: string): Promise<number> {
    return new Promise((resolve, reject) => {
      get(url, { agent: this.#agent }, (response) => {
        response
          .on('error', reject)
          .on('end', () => resolve(response.statusCode!))
          .resume();
      }).on('error', reject);
    });
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

import { expect } from '@jest/globals';
import { Agent } from 'node:http';
import type { Api, CallOptions, Reply } from './api.js';
import { keptSince } from './machine.js';

let asked = 0;

/** A path to a list of news whose statement no other request waits for: equal ones in flight share a run. */
export function slowPath(): string {
  return `/v1/news?limit=${1 + (asked++ % 500)}`;
}

/** What came of one request: a status, or the error's code. */
export interface Outcome {
  result: number | string;
  ms: number;
  retryAfter: boolean;
}

/** Clients that ask again and again, each on a connection of its own, until they are told to stop. */
export class Load {
  readonly outcomes: Outcome[] = [];
  #stopped = false;
  readonly #agent: Agent;
  readonly #clients: Promise<void>[];

  /** @param between  pause of each client between two requests, in milliseconds */
  constructor(
    private readonly api: Api,
    private readonly path: string | (() => string),
    clients: number,
    private readonly between = 0,
    private readonly options: CallOptions = {},
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: clients });
    this.#clients = Array.from({ length: clients }, () => this.#client());
  }

  /** Stops and waits for what is under way. */
  async stop(): Promise<Outcome[]> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
    return this.outcomes;
  }

  /** How often each result came. */
  get counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { result } of this.outcomes) counts[result] = (counts[result] ?? 0) + 1;
    return counts;
  }

  async #client(): Promise<void> {
    while (!this.#stopped) {
      const started = performance.now();
      const path = typeof this.path === 'string' ? this.path : this.path();
      const outcome = await this.api.call(path, { ...this.options, agent: this.#agent }).then(
        ({ status, ms, headers }: Reply): Outcome => ({ result: status, ms, retryAfter: 'retry-after' in headers }),
        (error: unknown): Outcome => ({
          result: (error as NodeJS.ErrnoException).code ?? (error as Error).message,
          ms: performance.now() - started,
          retryAfter: false,
        }),
      );
      this.outcomes.push(outcome);
      // Nobody listens any more.
      if (outcome.result === 'ECONNREFUSED') return;
      if (this.between > 0) await new Promise((resolve) => setTimeout(resolve, this.between));
    }
  }
}

/** The time that so large a part of outcomes stayed below, in milliseconds. */
export function percentile(outcomes: readonly { ms: number }[], part: number): number {
  const times = outcomes.map(({ ms }) => ms).sort((a, b) => a - b);
  return Math.round(times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0);
}

/** The longest that the API may overrun a time limit, in milliseconds. */
const TOLERANCE = 250;

/** By how much the slowest overran a time limit, in milliseconds; fails when it was the API's doing and too much. */
export function overrun(outcomes: readonly { ms: number }[], limit: number, since: number): number {
  const over = Math.max(0, percentile(outcomes, 1) - limit);
  expect(over).toBeLessThanOrEqual(TOLERANCE + keptSince(since));
  return over;
}

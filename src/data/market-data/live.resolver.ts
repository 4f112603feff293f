import { Args, Resolver, Subscription } from '@nestjs/graphql';
import { ApiError } from '../../base/errors.js';
import { currentRequest } from '../../base/request.js';
import { barOf } from './latest.queries.js';
import { LatestUpdate, LiveArgs } from './live.model.js';
import { LiveBars, type LiveEvent, type LiveStart } from './live.js';
import type { Update } from './live-updates.js';
import { SymbolDirectory } from './symbol-directory.js';

/** Updates that may wait for a listener. */
const MAX_WAITING = 10_000;

/** Live bars over GraphQL. */
@Resolver()
export class LiveResolver {
  constructor(
    private readonly live: LiveBars,
    private readonly directory: SymbolDirectory,
  ) {}

  @Subscription(() => LatestUpdate, {
    description: 'The newest bar of several symbols, and each further one as soon as it is there.',
    resolve: (update: LatestUpdate) => update,
  })
  async latestUpdated(@Args() args: LiveArgs): Promise<AsyncIterableIterator<LatestUpdate>> {
    const { rows } = await this.directory.resolve(args.symbols);
    const scope = currentRequest()!;
    const queue = new UpdateQueue();
    const stop = await this.live.listen({
      symbols: rows.map(({ symbol }) => symbol),
      caller: scope.caller,
      lastId: undefined,
      begin: (start) => queue.begin(start),
      tell: (event) => (scope.holdsKey() ? queue.tell(event) : queue.end()),
    });
    queue.onEnd(stop);
    scope.onEnd(() => queue.end());
    if (scope.ended) queue.end();
    return queue;
  }
}

/** Updates on their way to one listener, who takes them one by one. */
class UpdateQueue implements AsyncIterableIterator<LatestUpdate> {
  #waiting: LatestUpdate[] = [];
  #taker: { resolve: (next: IteratorResult<LatestUpdate>) => void; reject: (error: Error) => void } | null = null;
  #failure: Error | null = null;
  #ended = false;
  #stop: (() => void) | null = null;

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** What ends it in the feed. */
  onEnd(stop: () => void): void {
    this.#stop = stop;
    if (this.#ended) stop();
  }

  begin({ bars, staleSince }: LiveStart): void {
    for (const row of bars) this.#put({ bar: barOf(row) });
    if (staleSince) this.tell({ kind: 'stale', since: staleSince });
  }

  tell(event: LiveEvent): void {
    if (event.kind === 'updates') for (const update of event.updates) this.#put(updateOf(update));
    else if (event.kind === 'stale') this.#put({ staleSince: event.since.toISOString() });
    else if (event.kind === 'live') this.#put({});
    // When the server ends the connection is closed: a client takes that for a reason to come back, and no end of it.
  }

  /** Ends it after what waits was taken; with an error where there is one. */
  end(failure: Error | null = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#stop?.();
    if (!this.#taker) return;
    if (failure) this.#taker.reject(failure);
    else this.#taker.resolve({ done: true, value: undefined });
    this.#taker = null;
  }

  next(): Promise<IteratorResult<LatestUpdate>> {
    const value = this.#waiting.shift();
    if (value) return Promise.resolve({ done: false, value });
    const failure = this.#failure;
    this.#failure = null;
    if (failure) return Promise.reject(failure);
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => (this.#taker = { resolve, reject }));
  }

  return(): Promise<IteratorResult<LatestUpdate>> {
    this.end();
    this.#waiting = [];
    return Promise.resolve({ done: true, value: undefined });
  }

  #put(part: Partial<LatestUpdate>): void {
    if (this.#ended) return;
    const value = Object.assign(new LatestUpdate(), part);
    if (this.#taker) {
      this.#taker.resolve({ done: false, value });
      this.#taker = null;
    } else if (this.#waiting.push(value) > MAX_WAITING) {
      this.#waiting = [];
      this.end(new ApiError('rate_limited', 'The client took its updates too slowly.'));
    }
  }
}

function updateOf(update: Update): Partial<LatestUpdate> {
  return update.kind === 'bar'
    ? { bar: barOf(update.row) }
    : { skipped: { ...update.skipped, symbols: [...update.skipped.symbols] } };
}

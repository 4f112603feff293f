import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { ApiError, causeOf, toApiError } from '../../base/errors.js';
import { Listeners } from '../../base/listeners.js';
import { throttled } from '../../base/log.js';
import { outsideRequest } from '../../base/request.js';
import type { PageRows } from '../../lists/page-rows.js';
import { LiveSettings } from './live-settings.js';
import { type Skipped, type Update, updatesOf, writtenAfterId } from './live-updates.js';
import { KEPT_FOR_MS, WatchedBars } from './watched-bars.js';

/** How often it is looked after listeners, in milliseconds. */
const TICK_MS = 1_000;
/** Without a good look for so long, what listeners have counts as stale, in milliseconds. */
const STALE_AFTER_MS = 5_000;
/**
 * A look that takes long is followed by a pause of so many times its own time, but of no more than so many
 * milliseconds: one that waited for a database that hung says nothing of the next.
 */
const [PAUSE, MAX_PAUSE_MS] = [9, 4_000];
/** Listeners are told one after the other; after so long others have a turn, in milliseconds. */
const TURN_MS = 10;
/** Those who are sent away come back within these, in milliseconds, not all at once. */
const [RETRY_FROM_MS, RETRY_TO_MS] = [1_000, 5_000];

/** What a listener is told. Those who listen to the same symbols are given the same array. */
export type LiveEvent =
  | { readonly kind: 'updates'; readonly updates: readonly Update[] }
  /** There is nothing to say. */
  | { readonly kind: 'heartbeat' }
  /** The database cannot be read; what was sent was whole up to an instant. */
  | { readonly kind: 'stale'; readonly since: Date }
  /** It can be read again; what was written meanwhile follows. */
  | { readonly kind: 'live' }
  /** The server ends; it is good to come back after so many milliseconds. */
  | { readonly kind: 'end'; readonly retryMs: number };

/** Somebody who wants to know of changes. */
export interface Listener {
  readonly symbols: readonly string[];
  /** Whose share of the listeners it takes of. */
  readonly caller: string;
  /** The id of the last update that it has; undefined where it has none. */
  readonly lastId: string | undefined;
  /** Called once, before it is told anything. */
  readonly begin: (start: LiveStart) => void;
  readonly tell: (event: LiveEvent) => void;
}

/** What a listener begins with. */
export interface LiveStart {
  /** The newest bars of its symbols that it does not have. */
  readonly bars: readonly PageRows[];
  /** What it was sent no update of. */
  readonly skipped: readonly Skipped[];
  /** What it missed of the others. */
  readonly missed: readonly Update[];
  /** The id that says that all of this was told. */
  readonly id: string;
  /** Since when the database cannot be read; null while it can. */
  readonly staleSince: Date | null;
}

/** Listeners to the same symbols. */
interface Channel {
  readonly symbols: ReadonlySet<string>;
  /** With the update up to which each was told everything. */
  readonly listeners: Map<Listener, { at: number }>;
}

/**
 * Tells listeners of each change of the newest bars of their symbols. One look at the database serves all of them; the
 * last who leaves ends it.
 */
@Injectable()
export class LiveBars implements OnModuleDestroy {
  readonly listeners: Listeners;
  readonly #channels = new Map<string, Channel>();
  readonly #logger = new Logger('Live');
  readonly #warn = throttled((line: string) => this.#logger.warn(line));
  #looking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #ticks: NodeJS.Timeout | undefined;
  #forget: NodeJS.Timeout | undefined;
  #lookedAt = performance.now();
  #heardAt = 0;
  #stale: Date | null = null;
  #ended = false;
  /** Told when all listeners are sent away. */
  onEnd: () => void = () => undefined;

  constructor(
    private readonly watched: WatchedBars,
    private readonly settings: LiveSettings,
  ) {
    this.listeners = new Listeners(settings.maxListeners, settings.clientShare);
  }

  /** The id that says that all updates up to one were told. */
  idOf({ seq }: Update): string {
    return this.watched.log.idOf(seq);
  }

  /**
   * Begins to tell a listener, all of whose symbols exist; what is returned ends it.
   * @throws ApiError overloaded or rate_limited where there are too many, not_ready when the server ends
   */
  async listen(listener: Listener): Promise<() => void> {
    if (this.#isEnding()) throw new ApiError('not_ready', 'This server ends. Try again shortly.');
    const leave = this.listeners.enter(listener.caller);
    clearTimeout(this.#forget);
    try {
      await this.watched.follow(listener.symbols);
    } catch (error) {
      leave();
      if (this.#channels.size === 0) this.#pause();
      throw error;
    }
    // What was kept of those who left has not been looked at since.
    if (this.#channels.size === 0) await this.#look();
    const channel = this.#channelOf(listener.symbols);
    channel.listeners.set(listener, { at: this.watched.log.seq });
    outsideRequest(() => this.#begin());
    const stop = (): void => {
      if (!channel.listeners.delete(listener)) return;
      leave();
      this.watched.unfollow(listener.symbols);
      if (channel.listeners.size > 0) return;
      this.#channels.delete(keyOf(listener.symbols));
      if (this.#channels.size === 0) this.#pause();
    };
    listener.begin(this.#startOf(listener));
    if (this.#isEnding()) listener.tell(endOf());
    return stop;
  }

  /** Sends all listeners away; they may come back, and find another server. */
  end(): void {
    this.#ended = true;
    for (const { listeners } of [...this.#channels.values()]) {
      for (const { tell } of [...listeners.keys()]) tell(endOf());
    }
    this.onEnd();
  }

  onModuleDestroy(): void {
    this.end();
    this.#pause();
    clearTimeout(this.#forget);
  }

  #isEnding(): boolean {
    return this.#ended;
  }

  #startOf({ symbols, lastId }: Listener): LiveStart {
    const known = lastId === undefined ? null : this.watched.log.after(lastId);
    const has = (symbol: string): boolean => known !== null && this.watched.followedSince(symbol, known.seq);
    const bars = symbols.flatMap((symbol) => (has(symbol) ? [] : (this.watched.rowOf(symbol) ?? [])));
    const asked = new Set(symbols.filter(has));
    const missed = known ? updatesOf(asked, known.updates) : [];
    const updatedAfter = lastId === undefined ? null : writtenAfterId(lastId);
    const lost = updatedAfter === null ? [] : symbols.filter((symbol) => !has(symbol));
    return {
      bars,
      skipped: lost.length > 0 ? [{ symbols: lost, reason: 'not_kept', updatedAfter: updatedAfter! }] : [],
      missed,
      id: this.watched.log.idOf(this.watched.log.seq),
      staleSince: this.#stale,
    };
  }

  #channelOf(symbols: readonly string[]): Channel {
    const key = keyOf(symbols);
    let channel = this.#channels.get(key);
    if (!channel) this.#channels.set(key, (channel = { symbols: new Set(symbols), listeners: new Map() }));
    return channel;
  }

  #begin(): void {
    if (this.#ticks) return;
    clearTimeout(this.#forget);
    this.#heardAt = performance.now();
    this.#ticks = setInterval(() => this.#tick(), Math.min(TICK_MS, this.settings.heartbeatMs)).unref();
    this.#schedule(this.settings.pollMs);
  }

  #pause(): void {
    clearInterval(this.#ticks);
    clearTimeout(this.#timer);
    this.#ticks = undefined;
    clearTimeout(this.#forget);
    this.#forget = setTimeout(() => this.watched.forget(), KEPT_FOR_MS).unref();
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const began = performance.now();
      void this.#look().then(() => {
        const pause = Math.min(PAUSE * (performance.now() - began), MAX_PAUSE_MS);
        if (this.#ticks) this.#schedule(Math.max(this.settings.pollMs, pause));
      });
    }, ms).unref();
  }

  /** Looks at the database, or waits for the look under way, and tells everybody; that it failed shows in time. */
  #look(): Promise<void> {
    this.#looking ??= outsideRequest(async () => {
      try {
        const updates = await this.watched.look();
        this.#lookedAt = performance.now();
        if (this.#stale) await this.#tellAll({ kind: 'live' });
        this.#stale = null;
        await this.#tellOf(updates);
      } catch (error) {
        const failed = toApiError(error);
        if (failed.code === 'internal') this.#warn(`a look failed: ${causeOf(failed).text}`);
      } finally {
        this.#looking = null;
      }
    });
    return this.#looking;
  }

  /** Each listener is told of the updates of its symbols that it was not told of. */
  async #tellOf(updates: readonly Update[]): Promise<void> {
    if (updates.length === 0) return;
    const last = updates.at(-1)!.seq;
    const each = inTurns();
    for (const { symbols, listeners } of [...this.#channels.values()]) {
      const own = updatesOf(symbols, updates);
      if (own.length > 0) {
        for (const [listener, place] of [...listeners]) {
          if (!listeners.has(listener)) continue;
          const left = place.at < own[0]!.seq ? own : own.filter(({ seq }) => seq > place.at);
          place.at = last;
          if (left.length > 0) listener.tell({ kind: 'updates', updates: left });
          await each();
        }
      }
      await each();
    }
  }

  async #tellAll(event: LiveEvent): Promise<void> {
    const each = inTurns();
    for (const { listeners } of [...this.#channels.values()]) {
      for (const listener of [...listeners.keys()]) {
        if (listeners.has(listener)) listener.tell(event);
        await each();
      }
    }
  }

  #tick(): void {
    const at = performance.now();
    const quiet = at - this.#lookedAt;
    if (!this.#stale && quiet > Math.max(STALE_AFTER_MS, 3 * this.settings.pollMs)) {
      this.#stale = new Date(Date.now() - quiet);
      void this.#tellAll({ kind: 'stale', since: this.#stale });
    }
    if (at - this.#heardAt < this.settings.heartbeatMs) return;
    this.#heardAt = at;
    void this.#tellAll({ kind: 'heartbeat' });
  }
}

/** Lets others have a turn where the present one has taken long. */
function inTurns(): () => Promise<void> | void {
  let began = performance.now();
  return () => {
    if (performance.now() - began < TURN_MS) return;
    return setImmediate().then(() => void (began = performance.now()));
  };
}

function endOf(): LiveEvent {
  return { kind: 'end', retryMs: Math.round(RETRY_FROM_MS + Math.random() * (RETRY_TO_MS - RETRY_FROM_MS)) };
}

function keyOf(symbols: readonly string[]): string {
  return JSON.stringify(symbols);
}

import { randomBytes } from 'node:crypto';
import { formatInstant } from '../../base/time.js';
import type { PageRows } from '../../lists/page-rows.js';

/** Why something was skipped. */
export type SkipReason = 'overwritten' | 'too_many' | 'not_kept' | 'removed';

/** What a listener was not sent of some symbols. */
export interface Skipped {
  readonly symbols: readonly string[];
  /**
   * `overwritten`: versions of their bars may have been written over before anybody could read them; `too_many`: more
   * new bars at once than are sent; `not_kept`: what came after the id that was given is not known any more; `removed`:
   * their bars were deleted.
   */
  readonly reason: SkipReason;
  /** Of overwritten versions: each symbol has no more than so many; null where that is not known. */
  readonly atMost?: number | null;
  /** Of too many bars: those that begin between these two instants, null for the first bar on. */
  readonly after?: string | null;
  readonly before?: string;
  /** Of what is not kept: what was written after this instant. */
  readonly updatedAfter?: string;
}

/** The newest bar of a symbol is another one, or is another than before. */
export interface BarUpdate {
  readonly kind: 'bar';
  /** Its place among all updates of this process, from 1. */
  readonly seq: number;
  readonly symbol: string;
  /** One row of all columns of a bar. */
  readonly row: PageRows;
}

/** An update, or what is said in place of one. */
export type Update = BarUpdate | { readonly kind: 'skipped'; readonly seq: number; readonly skipped: Skipped };

/** Updates that are kept for those who come back. */
const MAX_KEPT = 10_000;
/** How much earlier than an id says something may have been written that was not seen then, in milliseconds. */
const LONGEST_WRITE_MS = 60_000;
const ID = /^([\w-]{8})\.(\d{1,15})\.(\d{1,15})$/;

/** The last updates of this process, by whose ids who comes back goes on. */
export class UpdateLog {
  /** Tells this log from those of other processes. */
  readonly #name = randomBytes(6).toString('base64url');
  #updates: Update[] = [];
  #seq = 0;
  /** When the database was last looked at, in milliseconds after 1970-01-01. */
  lookedAt = Date.now();

  /** The place of the newest update. */
  get seq(): number {
    return this.#seq;
  }

  /** Notes that the newest bar of a symbol is this one. */
  bar(symbol: string, row: PageRows): BarUpdate {
    const update = { kind: 'bar', seq: ++this.#seq, symbol, row } as const;
    this.#keep(update);
    return update;
  }

  /** Notes that something was not sent. */
  skip(skipped: Skipped): Update {
    const update = { kind: 'skipped', seq: ++this.#seq, skipped } as const;
    this.#keep(update);
    return update;
  }

  /** The id that says that all updates up to one were sent. */
  idOf(seq: number): string {
    return `${this.#name}.${seq}.${this.lookedAt}`;
  }

  /** The updates after an id, of any symbol; null where not all of them are known, or the id is none of this log. */
  after(id: string): { readonly seq: number; readonly updates: readonly Update[] } | null {
    const [, name, text] = ID.exec(id) ?? [];
    const seq = Number(text);
    if (name !== this.#name || seq > this.#seq || seq < this.#seq - this.#updates.length) return null;
    return { seq, updates: this.#updates.slice(this.#updates.length - (this.#seq - seq)) };
  }

  #keep(update: Update): void {
    this.#updates.push(update);
    if (this.#updates.length > MAX_KEPT) this.#updates = this.#updates.slice(MAX_KEPT / 2);
  }
}

/** What of some updates is about some symbols. */
export function updatesOf(symbols: ReadonlySet<string>, updates: readonly Update[]): Update[] {
  return updates.flatMap((update): Update[] => {
    if (update.kind === 'bar') return symbols.has(update.symbol) ? [update] : [];
    const own = update.skipped.symbols.filter((symbol) => symbols.has(symbol));
    return own.length > 0 ? [{ ...update, skipped: { ...update.skipped, symbols: own } }] : [];
  });
}

/** From when on rows may have been written that the holder of an id was not sent; null for what is no id. */
export function writtenAfterId(id: string): string | null {
  const ms = ID.exec(id)?.[3];
  if (ms === undefined || Number(ms) > Date.now()) return null;
  return formatInstant(BigInt(Math.max(0, Number(ms) - LONGEST_WRITE_MS)) * 1000n);
}

/**
 * How many transactions that wrote anything have ended between two looks, by what each saw (see
 * sql/database-state.ts); null where that cannot be told, as after a restart of the server.
 */
export function endedBetween(before: string, after: string): number | null {
  const [one, other] = [before, after].map(snapshotOf);
  if (!one || !other || one.server !== other.server) return null;
  const begun = other.under.filter((xid) => xid >= one.end).length;
  const endedOfBefore = one.under.filter((xid) => !other.under.includes(xid)).length;
  return Number(other.end - one.end) - begun + endedOfBefore;
}

/** A snapshot: all transactions before its end have ended, but for those that were under way. */
function snapshotOf(state: string): { server: string; end: bigint; under: bigint[] } | null {
  const [, server, end, list] = /^(\S+) \d+:(\d+):([\d,]*)$/.exec(state) ?? [];
  if (server === undefined) return null;
  return { server, end: BigInt(end!), under: list === '' ? [] : list!.split(',').map(BigInt) };
}

import { type CompiledQuery, type RawBuilder, sql } from 'kysely';
import { fromTemplate } from './template.js';

/**
 * What a statement sees of the database, as text: the server, since when it runs without a crash, and
 * - on a primary its snapshot, which each transaction that wrote anything moves;
 * - on a standby, whose snapshots do not name what is under way, how far it has replayed, and when the statement began
 *   and read that.
 * A transaction that was lost in a crash or a failover may have left its number to another one; hence the server.
 */
export const STATE: RawBuilder<string> = sql`
  extract(epoch from pg_postmaster_start_time()) || ','
  || coalesce(extract(epoch from pg_stat_get_bgwriter_stat_reset_time())::text, '') || ' '
  || case when pg_is_in_recovery()
    then pg_last_wal_replay_lsn() || ' ' || extract(epoch from now()) || ' ' || extract(epoch from clock_timestamp())
    else pg_current_snapshot()::text
  end`;

/** The state of the database now, without a row of it. */
export function currentState(): CompiledQuery<{ state: string }> {
  return fromTemplate(['state'], () => sql`select ${STATE} as state`, {});
}

/** Servers whose replay is remembered. */
const MAX_SERVERS = 100;

/** Tells whether two statements saw the same rows, by what {@link STATE} gave. */
export class States {
  /** How far each standby was seen to have replayed, and the first time of that, by its own clock. */
  readonly #replayed = new Map<string, { readonly position: string; readonly at: number }>();

  /** The state now, by which answers made at the same state hold. */
  current(text: string): string {
    return this.#read(text).state;
  }

  /**
   * The state that a statement read its rows at; null where that is not known. A standby reads its position after it
   * has taken the snapshot, so the two belong together only if it was already there before the statement began.
   */
  exact(text: string): string | null {
    const { state, settled } = this.#read(text);
    return settled ? state : null;
  }

  #read(text: string): { state: string; settled: boolean } {
    const [server, position, started, at] = text.split(' ') as [string, string, string?, string?];
    if (started === undefined) return { state: text, settled: true };
    const before = this.#replayed.get(server);
    const same = before?.position === position;
    if (!same) {
      if (this.#replayed.size >= MAX_SERVERS) this.#replayed.clear();
      this.#replayed.set(server, { position, at: Number(at) });
    }
    return { state: `${server} ${position}`, settled: same && before.at < Number(started) };
  }
}

import pg from 'pg';
import { connectionTo, type Passwords } from './address.js';
import { Lag, parsePosition } from './lag.js';
import { destroy } from './pg-internals.js';
import type { Pool } from './pool.js';
import { sessionOptions } from './client.js';

/** How often each server is looked at, and how long it has to answer, in milliseconds. */
const CHECK_INTERVAL_MS = 500;
const CHECK_TIMEOUT_MS = 1000;
/** Good looks in a row before a standby is used again. */
const GOOD_CHECKS = 2;

/** How a standby is: used, or why it is not. */
export type StandbyState =
  | 'used'
  | 'unknown'
  | 'down'
  | 'behind'
  /** It has more than its primary: history that was lost when another server was promoted. */
  | 'ahead'
  /** It follows another history than the primary, or has not shown yet that it follows this one. */
  | 'another_timeline'
  | 'not_a_standby'
  | 'another_system';

/** What a look at a server says. */
interface Look {
  readonly system: string;
  readonly standby: boolean;
  readonly position: string;
  /**
   * The history that it writes or follows: each promotion begins another. Of a standby the newest that it has shown.
   */
  readonly timeline: number;
}

/**
 * A standby shows its timeline in its control file, at the latest by its first restart point after a promotion
 * (CHECKPOINT makes one), and at once to a role with pg_read_all_stats.
 */
export const LOOK = `select (select system_identifier::text from pg_control_system()) as system,
  pg_is_in_recovery() as standby,
  case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as position,
  case when pg_is_in_recovery() then greatest(
    (select timeline_id from pg_control_checkpoint()),
    (select min_recovery_end_timeline from pg_control_recovery()),
    (select received_tli from pg_stat_wal_receiver))
  else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end as timeline`;

/** A connection of its own to one server, for looking at it; replaced when it fails. */
class Watch {
  #client: pg.Client | null = null;

  constructor(
    private readonly url: string,
    private readonly passwords?: Passwords,
  ) {}

  /** @throws whatever connecting or asking throws, within the time it has */
  async look(): Promise<Look> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('timeout')), CHECK_TIMEOUT_MS);
    });
    try {
      return await Promise.race([this.#ask(), late]);
    } catch (error) {
      this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    const client = this.#client;
    this.#client = null;
    if (client) destroy(client);
    void client?.end().catch(() => undefined);
  }

  async #ask(): Promise<Look> {
    if (!this.#client) {
      const client = new pg.Client({
        ...connectionTo(this.url, this.passwords),
        application_name: 'tetra-replica-watch',
        options: sessionOptions({ lock: CHECK_TIMEOUT_MS, statement: CHECK_TIMEOUT_MS }, this.url),
        connectionTimeoutMillis: CHECK_TIMEOUT_MS,
      });
      this.#client = client;
      client.on('error', () => this.#client === client && this.close());
      await client.connect();
    }
    const { rows } = await this.#client.query<Look>(LOOK);
    return rows[0]!;
  }
}

/** One standby: its pool, and whether it is used. */
export class Standby {
  #state: StandbyState = 'unknown';
  #good = 0;
  #lagMs: number | null = null;
  readonly watch: Watch;

  constructor(
    /** Host and port. */
    readonly name: string,
    readonly pool: Pool,
    url: string,
    passwords?: Passwords,
  ) {
    this.watch = new Watch(url, passwords);
  }

  get state(): StandbyState {
    return this.#state;
  }

  /** How far behind it was at the last look; null where that is not known. */
  get lagMs(): number | null {
    return this.#lagMs;
  }

  /** Takes it out until it was seen well again; statements that still wait for it are broken off. */
  takeOut(state: StandbyState): void {
    this.#good = 0;
    if (this.#state === 'used' && state === 'down') this.pool.breakWaiting();
    this.#state = state;
  }

  /** What a look made of it. */
  judge(state: StandbyState, lagMs: number | null): void {
    this.#lagMs = lagMs;
    if (state !== 'used') return this.takeOut(state);
    this.#good += 1;
    if (this.#good >= GOOD_CHECKS) this.#state = 'used';
  }
}

/**
 * Standbys that share the reads. One that is down, stopped, behind, or no standby of our primary is not used, and is
 * used again by itself; where none is left the primary answers. Without its primary a standby goes on with what it has,
 * unless another server shows that one was promoted: then what it has may be lost history.
 */
export class Replicas {
  readonly #lag = new Lag();
  readonly #primary: Watch;
  #system: string | null = null;
  /** The primary's history, as last seen. */
  #timeline = 0;
  #superseded = false;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /**
   * @param maxLagMs  how far behind a standby may be
   * @param say       told when the use of a standby changes
   */
  constructor(
    readonly standbys: readonly Standby[],
    primary: { readonly url: string; readonly passwords?: Passwords },
    private readonly maxLagMs: number,
    private readonly say: (line: string) => void,
  ) {
    this.#primary = new Watch(primary.url, primary.passwords);
    void this.#round();
  }

  /** Whether any standby may be used now. */
  get serve(): boolean {
    return this.used.length > 0;
  }

  /** The standbys that may be used now. */
  get used(): Standby[] {
    return this.standbys.filter(({ state }) => state === 'used');
  }

  /** Whether a server shows that it, or its primary, was promoted after ours: ours must not be written to any more. */
  get primarySuperseded(): boolean {
    return this.#superseded;
  }

  /** The standby that has least to do; null where none may be used. */
  choose(): Standby | null {
    const { used } = this;
    const busy = ({ pool: { load } }: Standby): number => load.total - load.idle + load.waiting;
    this.#turn += 1;
    let best: Standby | null = null;
    for (let i = 0; i < used.length; i++) {
      const next = used[(this.#turn + i) % used.length]!;
      if (best === null || busy(next) < busy(best)) best = next;
    }
    return best;
  }

  /** Stops looking and closes every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#primary.close();
    for (const { watch } of this.standbys) watch.close();
    await Promise.all(this.standbys.map(({ pool }) => pool.close()));
  }

  /** The primary last, so that a standby of it cannot have been further. */
  async #round(): Promise<void> {
    const looks = await Promise.all(this.standbys.map((standby) => this.#look(standby)));
    const found = await this.#primary.look().catch(() => null);
    if (this.#closed) return;
    const system = found?.system ?? this.#system;
    const ours = [...looks, found].flatMap((look) => (look && look.system === (system ?? look.system) ? [look] : []));
    const newest = Math.max(0, ...ours.map(({ timeline }) => timeline));
    this.#supersede(found !== null && !found.standby && found.timeline < newest);
    const primary = found && !found.standby && !this.#superseded ? found : null;
    if (primary) this.#note(primary);
    looks.forEach((look, i) => {
      if (look) this.#judge(this.standbys[i]!, look, primary, newest);
    });
    this.#timer = setTimeout(() => void this.#round(), CHECK_INTERVAL_MS).unref();
  }

  /** What a standby says of itself; null where it does not answer, which is said at once. */
  async #look(standby: Standby): Promise<Look | null> {
    try {
      return await standby.watch.look();
    } catch {
      if (!this.#closed) this.#settle(standby, 'down', null);
      return null;
    }
  }

  #supersede(superseded: boolean): void {
    if (superseded && !this.#superseded)
      this.say('another server was promoted: DATABASE_URL leads to a primary whose history has ended');
    this.#superseded = superseded;
  }

  #note({ system, position, timeline }: Look): void {
    // Positions of another server, or of another history, tell nothing about this one's.
    if (system !== this.#system || timeline !== this.#timeline) this.#lag.forget();
    this.#system = system;
    this.#timeline = timeline;
    this.#lag.note(performance.now(), parsePosition(position));
  }

  /** @param newest  the newest history that any of the servers has shown */
  #judge(standby: Standby, look: Look, primary: Look | null, newest: number): void {
    const position = parsePosition(look.position);
    // Without a primary nobody can say how far behind it a standby is.
    const lag = primary ? this.#lag.behind(position, performance.now()) : null;
    const state = (): StandbyState => {
      if (!look.standby) return 'not_a_standby';
      if (this.#system !== null && look.system !== this.#system) return 'another_system';
      if (look.timeline !== newest) return 'another_timeline';
      if (primary && position > parsePosition(primary.position)) return 'ahead';
      return lag !== null && lag > this.maxLagMs ? 'behind' : 'used';
    };
    this.#settle(standby, state(), lag);
  }

  #settle(standby: Standby, state: StandbyState, lag: number | null): void {
    const before = standby.state;
    standby.judge(state, lag);
    if (standby.state === before) return;
    this.say(
      standby.state === 'used'
        ? `standby ${standby.name} is used`
        : `standby ${standby.name} is not used: ${standby.state}`,
    );
  }
}

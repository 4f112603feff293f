import pg from 'pg';
import { connectionTo, type Password } from './connection.js';
import { Lag, parsePosition } from './lag.js';
import { destroy, type Pool } from './pool.js';
import { sessionOptions } from './session.js';

/** How often each server is looked at, and how long it has to answer, in milliseconds. */
const INTERVAL = 500;
const PATIENCE = 1000;
/** Good looks in a row before a standby is used again. */
const GOOD = 2;

/** How a standby is: used, or why it is not. */
export type StandbyState = 'used' | 'unknown' | 'down' | 'behind' | 'not_a_standby' | 'another_system';

/** What a look at a server says. */
interface Look {
  readonly system: string;
  readonly standby: boolean;
  readonly position: string;
}

const LOOK = `select (select system_identifier::text from pg_control_system()) as system, pg_is_in_recovery() as standby,
  case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as position`;

/** A connection of its own to one server, for looking at it; replaced when it fails. */
class Watch {
  #client: pg.Client | null = null;

  constructor(
    private readonly url: string,
    private readonly password?: Password,
  ) {}

  /** @throws whatever connecting or asking throws, within the time it has */
  async look(): Promise<Look> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('timeout')), PATIENCE);
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
        ...connectionTo(this.url, this.password),
        application_name: 'tetra-replica-watch',
        options: sessionOptions({ lock: PATIENCE, statement: PATIENCE }, this.url),
        connectionTimeoutMillis: PATIENCE,
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
    password?: Password,
  ) {
    this.watch = new Watch(url, password);
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
    if (this.#good >= GOOD) this.#state = 'used';
  }
}

/**
 * Standbys that share the reads. One that is down, stopped, behind, or no standby of our primary is not used, and is
 * used again by itself; where none is left the primary answers. Without its primary a standby goes on with what it has.
 */
export class Replicas {
  readonly #lag = new Lag();
  readonly #primary: Watch;
  #system: string | null = null;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /**
   * @param maxLagMs  how far behind a standby may be
   * @param say       told when the use of a standby changes
   */
  constructor(
    readonly standbys: readonly Standby[],
    primary: { readonly url: string; readonly password?: Password },
    private readonly maxLagMs: number,
    private readonly say: (line: string) => void,
  ) {
    this.#primary = new Watch(primary.url, primary.password);
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

  async #round(): Promise<void> {
    const looks = this.standbys.map((standby) => this.#examine(standby));
    await this.#primary.look().then(
      ({ system, position }) => {
        this.#system = system;
        this.#lag.note(performance.now(), parsePosition(position));
      },
      () => undefined,
    );
    await Promise.all(looks);
    if (!this.#closed) this.#timer = setTimeout(() => void this.#round(), INTERVAL).unref();
  }

  async #examine(standby: Standby): Promise<void> {
    const before = standby.state;
    try {
      const look = await standby.watch.look();
      const lag = this.#lag.behind(parsePosition(look.position), performance.now());
      if (this.#closed) return;
      standby.judge(this.#judge(look, lag), lag);
    } catch {
      if (!this.#closed) standby.judge('down', null);
    }
    if (standby.state === before) return;
    this.say(
      standby.state === 'used'
        ? `standby ${standby.name} is used`
        : `standby ${standby.name} is not used: ${standby.state}`,
    );
  }

  #judge({ system, standby }: Look, lag: number): StandbyState {
    if (!standby) return 'not_a_standby';
    if (this.#system !== null && system !== this.#system) return 'another_system';
    return lag > this.maxLagMs ? 'behind' : 'used';
  }
}

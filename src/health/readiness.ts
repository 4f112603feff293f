import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DatabaseProbe } from './database-probe.js';
import type { DatabaseHealth, HealthError } from './health.model.js';
import { Lifecycle } from './lifecycle.js';

/** How often the database is asked while nobody else asks, and while it does not answer, in milliseconds. */
const INTERVAL = 2_000;
const INTERVAL_DOWN = 250;
/** The database counts as down when it failed this often, over at least this long (milliseconds). */
const FAILURES = 3;
const DOWN_AFTER = 10_000;
/** Statements that wait for so long are looked after; for less when an outage has just ended, in milliseconds. */
const WAITING = 1500;
const GRACE = 250;
/** So many statements lost in a row, none answered for so long (milliseconds), and a healthy probe: the pool is broken. */
const LOST = 20;
const LOST_FOR = 10_000;

const ADVICE: Record<HealthError, string> = {
  timeout: 'it does not answer',
  refused: 'nothing accepts connections there, or it is starting or full',
  auth: 'it refuses the user, the password or the database name: check DATABASE_URL and PGPASSWORD',
  draining: 'draining',
  unknown: 'it answers with an error',
};

/**
 * Keeps an eye on the database, so that readiness can be told without asking anybody, and helps the pool over what no
 * single connection can see: an outage that ended, or a pool that fails though the database is well.
 */
@Injectable()
export class Readiness implements OnApplicationShutdown {
  readonly #log = new Logger('Database');
  #failures = 0;
  #failingSince = 0;
  #answered = false;
  #said: HealthError | null | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(
    private readonly probe: DatabaseProbe,
    private readonly lifecycle: Lifecycle,
    private readonly db: Database,
  ) {}

  /** Starts to watch; called when the server listens. */
  start(): void {
    this.lifecycle.started = true;
    const watch = async (): Promise<void> => {
      this.#note(await this.probe.check());
      if (this.#ended) return;
      this.#timer = setTimeout(() => void watch(), this.#failures > 0 ? INTERVAL_DOWN : INTERVAL).unref();
    };
    void watch();
  }

  /** Why requests should not be sent here, or null when they should. */
  notReady(): 'starting' | 'draining' | 'database_down' | null {
    if (this.lifecycle.draining) return 'draining';
    if (!this.lifecycle.started || !this.#answered) return 'starting';
    const down = this.#failures >= FAILURES && performance.now() - this.#failingSince >= DOWN_AFTER;
    return down ? 'database_down' : null;
  }

  async onApplicationShutdown(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.probe.close();
  }

  #note({ status, error }: DatabaseHealth): void {
    const now = performance.now();
    this.#say(error);
    if (status !== 'healthy') {
      if (this.#failures === 0) this.#failingSince = now;
      this.#failures += 1;
      return;
    }
    this.#answered = true;
    const { lostInRow, answeredAt } = this.db.fortune;
    const broken = lostInRow >= LOST && now - answeredAt >= LOST_FOR;
    if (broken) this.#log.warn('the database is well but statements are lost: connections are replaced');
    if (broken) this.db.pool.distrust();
    const recovered = this.#failures > 0 || broken;
    this.#failures = 0;
    // Replies that were under way in an outage may never come.
    if (recovered) setTimeout(() => this.#lookAfter(GRACE), GRACE).unref();
    else this.#lookAfter(WAITING);
  }

  #lookAfter(ms: number): void {
    this.db.pool.breakLost(ms).catch(() => undefined);
  }

  #say(error: HealthError | null): void {
    if (error === this.#said) return;
    if (error !== null) this.#log.error(`the database cannot be used (${error}): ${ADVICE[error]}`);
    else this.#log.log(this.#said === undefined ? 'the database answers' : 'the database answers again');
    this.#said = error;
  }
}

import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { SymbolDirectory } from '../../data/market-data/symbol-directory.js';
import { codeOf, Database } from '../../postgres/database.js';
import { WRITTEN_DATA_SETS } from '../../sql/data-sets.js';
import { DatabaseProbe } from './database-probe.js';
import type { DatabaseHealth, HealthError } from './health.model.js';
import { Lifecycle } from './lifecycle.js';

/** How often the database is asked while nobody else asks, and while it does not answer, in milliseconds. */
const INTERVAL_MS = 2_000;
const INTERVAL_DOWN_MS = 250;
/** The database counts as down when it failed this often, over at least this long (milliseconds). */
const FAILURES = 3;
const DOWN_AFTER_MS = 10_000;
/** Statements that wait for so long are looked after; for less when an outage has just ended, in milliseconds. */
const WAITING_MS = 1500;
const WAITING_AFTER_OUTAGE_MS = 250;
/**
 * So many statements lost in a row, none answered for so long (milliseconds), and a healthy probe: the pool is broken.
 */
const MAX_CONSECUTIVE_LOSSES = 20;
const LOST_FOR_MS = 10_000;

/** What is about all symbols waits for them at the start; so long does readiness wait for them, in milliseconds. */
const SYMBOLS_WITHIN_MS = 30_000;

/** What the API serves; where none of it can be read, no request can be. */
const DATA_SETS = WRITTEN_DATA_SETS.map(({ name }): string => name);
/** How often they are looked for while they are there, and while none is, in milliseconds. */
const SETUP_CHECK_MS = 60_000;
const SETUP_RETRY_MS = 2_000;

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
  /** Data sets that cannot be read, in words for the log; null before that was asked. */
  #missing: string | null = null;
  #noneReadable = false;
  #lookedAt = -Infinity;
  /** When the database was first well, by performance.now(), and how far the first reading of the symbols has come. */
  #wellSince = Infinity;
  #symbols: 'unread' | 'reading' | 'settled' = 'unread';
  #said: HealthError | null | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(
    private readonly probe: DatabaseProbe,
    private readonly lifecycle: Lifecycle,
    private readonly db: Database,
    private readonly directory: SymbolDirectory,
  ) {}

  /** Starts to watch; called when the server listens. */
  start(): void {
    this.lifecycle.started = true;
    const watch = async (): Promise<void> => {
      const health = await this.probe.check();
      if (health.status === 'healthy') await this.#lookForData();
      this.#note(health);
      if (health.status === 'healthy') this.#readSymbols();
      if (this.#ended) return;
      this.#timer = setTimeout(() => void watch(), this.#failures > 0 ? INTERVAL_DOWN_MS : INTERVAL_MS).unref();
    };
    void watch();
  }

  /** Why requests should not be sent here, or null when they should. */
  notReady(): 'starting' | 'draining' | 'database_down' | 'database_not_set_up' | null {
    if (this.lifecycle.draining) return 'draining';
    if (!this.lifecycle.started || !this.#answered) return 'starting';
    const down = this.#failures >= FAILURES && performance.now() - this.#failingSince >= DOWN_AFTER_MS;
    if (down) return 'database_down';
    if (this.#noneReadable) return 'database_not_set_up';
    const waited = performance.now() - this.#wellSince;
    return this.#symbols === 'settled' || waited > SYMBOLS_WITHIN_MS ? null : 'starting';
  }

  async onApplicationShutdown(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.probe.close();
  }

  /** Until the symbols are read, or cannot be, some requests would wait for them. */
  #readSymbols(): void {
    this.#wellSince = Math.min(this.#wellSince, performance.now());
    if (this.#symbols !== 'unread') return;
    this.#symbols = 'reading';
    this.directory.prepare().then(
      () => (this.#symbols = 'settled'),
      // A schema, a relation or a grant is missing; what else goes wrong may go well the next time.
      (error: unknown) => (this.#symbols = /^(42|3F)/.test(codeOf(error)) ? 'settled' : 'unread'),
    );
  }

  /**
   * Whether there is anything to serve: a database without the schemas, or without grants, answers SELECT 1 as well.
   */
  async #lookForData(): Promise<void> {
    const every = this.#noneReadable ? SETUP_RETRY_MS : SETUP_CHECK_MS;
    if (performance.now() - this.#lookedAt < every) return;
    const readable = await this.probe.readable(DATA_SETS).catch(() => null);
    if (readable === null) return;
    this.#lookedAt = performance.now();
    this.#noneReadable = readable.length === 0;
    const missing = DATA_SETS.filter((name) => !readable.includes(name)).join(', ');
    if (missing === (this.#missing ?? '')) return;
    this.#missing = missing;
    if (missing === '') this.#log.log('every data set can be read');
    else {
      const what = this.#noneReadable ? 'no data set can be read, so nothing is served' : `${missing} cannot be read`;
      this.#log.error(
        `${what}: \`npm run db:setup\` makes schemas and grants, \`npx tetra doctor\` says what is missing`,
      );
    }
  }

  #note({ status, error, advice }: DatabaseHealth): void {
    const now = performance.now();
    this.#say(error, advice);
    if (status !== 'healthy') {
      if (this.#failures === 0) this.#failingSince = now;
      this.#failures += 1;
      return;
    }
    this.#answered = true;
    const { consecutiveLosses, answeredAt } = this.db.statementHealth;
    const broken = consecutiveLosses >= MAX_CONSECUTIVE_LOSSES && now - answeredAt >= LOST_FOR_MS;
    if (broken) this.#log.warn('the database is well but statements are lost: connections are replaced');
    if (broken) this.db.pool.distrust();
    const recovered = this.#failures > 0 || broken;
    this.#failures = 0;
    // Replies that were under way in an outage may never come.
    if (recovered) setTimeout(() => this.#lookAfter(WAITING_AFTER_OUTAGE_MS), WAITING_AFTER_OUTAGE_MS).unref();
    else this.#lookAfter(WAITING_MS);
  }

  #lookAfter(ms: number): void {
    this.db.pool.breakLost(ms).catch(() => undefined);
  }

  #say(error: HealthError | null, advice?: string | null): void {
    if (error === this.#said) return;
    if (error !== null) this.#log.error(`the database cannot be used (${error}): ${advice ?? ADVICE[error]}`);
    else this.#log.log(this.#said === undefined ? 'the database answers' : 'the database answers again');
    this.#said = error;
  }
}

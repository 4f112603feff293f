import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DatabaseProbe } from './database-probe.js';
import { Lifecycle } from './lifecycle.js';

/** How often the database is asked while nobody else asks, in milliseconds. */
const INTERVAL = 2_000;
/** The database counts as down when it failed this often, over at least this long (milliseconds). */
const FAILURES = 3;
const DOWN_AFTER = 10_000;

/** Keeps an eye on the database, so that readiness can be told without asking anybody. */
@Injectable()
export class Readiness implements OnApplicationShutdown {
  #failures = 0;
  #failingSince = 0;
  #answered = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly probe: DatabaseProbe,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** Starts to watch; called when the server listens. */
  start(): void {
    this.lifecycle.started = true;
    const watch = async (): Promise<void> => {
      const { status } = await this.probe.check();
      this.#note(status === 'healthy');
      if (!this.lifecycle.draining)
        this.#timer = setTimeout(() => void watch(), this.#answered ? INTERVAL : 500).unref();
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
    clearTimeout(this.#timer);
    await this.probe.close();
  }

  #note(healthy: boolean): void {
    if (healthy) {
      this.#answered = true;
      this.#failures = 0;
      return;
    }
    if (this.#failures === 0) this.#failingSince = performance.now();
    this.#failures += 1;
  }
}

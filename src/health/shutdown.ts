import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../common/log.js';
import type { Config } from '../config/config.js';
import { Lifecycle } from './lifecycle.js';

/**
 * Ends the process without failing a request: health turns 503 and answers close their connections, load balancers get
 * time to see it, then the server stops to listen, running requests end, and the pools close last. While the process
 * still starts there is nothing to wait for.
 */
export class Shutdown {
  #app: NestFastifyApplication | null = null;
  #ending = false;
  readonly #last: (() => Promise<void>)[] = [];

  constructor(
    private readonly config: Readonly<Config>,
    private readonly log: Log,
  ) {}

  /** Ends on these signals, from now on. */
  on(signals: readonly NodeJS.Signals[]): void {
    for (const signal of signals) process.on(signal, () => void this.#end(signal));
  }

  /** What is to end after the application. */
  last(work: () => Promise<void>): void {
    this.#last.push(work);
  }

  /** The application to drain; called before it listens. */
  serves(app: NestFastifyApplication): void {
    const lifecycle = app.get(Lifecycle);
    const http = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
    http.addHook('onSend', (_request, reply, payload, done) => {
      if (lifecycle.draining) void reply.header('connection', 'close');
      done(null, payload);
    });
    this.#app = app;
  }

  async #end(signal: string): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    setTimeout(() => {
      this.log.error('requests are still running; ending all the same', 'Shutdown');
      process.exit(1);
    }, this.config.SHUTDOWN_TIMEOUT_MS).unref();
    try {
      if (this.#app) await this.#drain(this.#app, signal);
      else this.log.log(`${signal}: ending before the start is done`, 'Shutdown');
      for (const work of this.#last) await work();
    } catch (error) {
      this.log.error(`the end failed: ${String(error)}`, 'Shutdown');
      process.exit(1);
    }
    process.exit(0);
  }

  async #drain(app: NestFastifyApplication, signal: string): Promise<void> {
    const lifecycle = app.get(Lifecycle);
    lifecycle.draining = true;
    this.log.log(`${signal}: draining`, 'Shutdown');
    if (lifecycle.started) await new Promise((resolve) => setTimeout(resolve, this.config.SHUTDOWN_DRAIN_MS));
    await app.close();
    this.log.log('all requests are answered', 'Shutdown');
  }
}

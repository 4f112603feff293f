import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Server } from 'node:net';
import type { Server as HttpServer } from 'node:http';
import type { Log } from '../../base/log.js';
import type { Config } from '../../config/config.js';
import { LiveBars } from '../../data/market-data/live.js';
import { Lifecycle } from '../health/lifecycle.js';

/**
 * Clients that keep a connection are told at their next request; when none was for so long, in ms, the rest are idle.
 * Where nobody is given time to go elsewhere, they are closed at once.
 */
const CLOSE_IDLE_AFTER_MS = 1000;
const CHECK_INTERVAL_MS = 50;

/**
 * Ends the process without failing a request. Health turns 503 and load balancers get time to see it, with connections
 * kept: whoever had to connect anew might still be in the queue of the port when it closes. Then the server stops to
 * listen, each answer closes its connection, running requests end, and the pools close last. While the process still
 * starts there is nothing to wait for.
 */
export class Shutdown {
  #app: NestFastifyApplication | null = null;
  #ending = false;
  #farewell = false;
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
    const http = app.getHttpAdapter().getInstance();
    http.addHook('onSend', (_request, reply, payload, done) => {
      if (this.#farewell) void reply.header('connection', 'close');
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
    if (lifecycle.started) {
      await pause(this.config.SHUTDOWN_DRAIN_MS);
      // Load balancers go elsewhere by now, and so will they.
      app.get(LiveBars).end();
      await this.#stopListening(app.getHttpServer());
    }
    await app.close();
    this.log.log('all requests are answered', 'Shutdown');
  }

  /** Answers when no connection is left. */
  async #stopListening(server: HttpServer): Promise<void> {
    this.#farewell = true;
    // HTTP's own close would cut idle connections, on which a request may just be arriving.
    Server.prototype.close.call(server);
    const idle = Math.min(CLOSE_IDLE_AFTER_MS, this.config.SHUTDOWN_DRAIN_MS);
    let left = Infinity;
    let since = performance.now();
    for (;;) {
      const count = await connections(server);
      if (count === 0) return;
      if (count < left) since = performance.now();
      left = count;
      if (performance.now() - since > idle) server.closeIdleConnections();
      await pause(CHECK_INTERVAL_MS);
    }
  }
}

function connections(server: HttpServer): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

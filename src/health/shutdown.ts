import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.js';
import { Lifecycle } from './lifecycle.js';

/**
 * Ends the process without failing a request: health turns 503 and answers close their connections, load balancers get
 * time to see it, then the server stops to listen, running requests end, and the pools close last.
 */
export function shutDownOn(
  signals: readonly NodeJS.Signals[],
  app: NestFastifyApplication,
  config: Readonly<Config>,
  last: () => Promise<void>,
): void {
  const log = new Logger('Shutdown');
  const lifecycle = app.get(Lifecycle);
  const http = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  http.addHook('onSend', (_request, reply, payload, done) => {
    if (lifecycle.draining) void reply.header('connection', 'close');
    done(null, payload);
  });

  const end = async (signal: string): Promise<void> => {
    if (lifecycle.draining) return;
    lifecycle.draining = true;
    log.log(`${signal}: draining`);
    setTimeout(() => {
      log.error('requests are still running; ending all the same');
      process.exit(1);
    }, config.SHUTDOWN_TIMEOUT_MS).unref();
    await new Promise((resolve) => setTimeout(resolve, config.SHUTDOWN_DRAIN_MS));
    await app.close();
    await last();
    process.exit(0);
  };
  for (const signal of signals) process.on(signal, () => void end(signal));
}

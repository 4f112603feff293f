import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Config, ConfigError } from '../../config/config.js';
import type { Requests } from '../../http/requests.js';
import type { ApiKeys } from '../../http/access/api-keys.js';
import type { Metrics } from './metrics.js';

/** Serves `/metrics`: beside the API, or at an address of its own that its clients cannot reach. */
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  #server: Server | null = null;

  constructor(
    private readonly metrics: Metrics,
    private readonly config: Pick<Config, 'METRICS_HOST' | 'METRICS_PORT' | 'WORKERS' | 'TETRA_WORKER'>,
  ) {}

  /** Counts the API's requests, and answers there where no own address is configured. */
  attach(http: FastifyInstance, requests: Requests, keys: Pick<ApiKeys, 'good'> | null = null): void {
    this.metrics.observe(requests, keys);
    // Behind a shared port it would be any worker's.
    if (this.config.METRICS_PORT !== 0 || this.config.WORKERS > 1) return;
    http.get('/metrics', async (_request, reply) => {
      const text = await this.metrics.text();
      return reply.header('cache-control', 'no-store').type(this.metrics.contentType).send(text);
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { METRICS_HOST: host, METRICS_PORT, TETRA_WORKER } = this.config;
    if (METRICS_PORT === 0) return;
    const port = METRICS_PORT + TETRA_WORKER;
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(new ConfigError(`METRICS_HOST and METRICS_PORT cannot be listened on: ${String(error.code)}`)),
      );
      server.listen({ port, host, exclusive: true }, resolve);
    });
    this.#server = server.on('error', () => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  async #answer({ url, method }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url !== '/metrics' || (method !== 'GET' && method !== 'HEAD')) {
      response.writeHead(404).end();
      return;
    }
    try {
      const text = await this.metrics.text();
      response.writeHead(200, { 'content-type': this.metrics.contentType, 'cache-control': 'no-store' });
      response.end(method === 'HEAD' ? undefined : text);
    } catch {
      response.writeHead(500).end();
    }
  }
}

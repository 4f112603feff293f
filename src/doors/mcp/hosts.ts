import type { FastifyRequest } from 'fastify';
import { ApiError } from '../../base/errors.js';
import { type Config, corsOrigins, mcpHosts } from '../../config/config.js';

/**
 * Refuses requests that a page of another site may have sent: by a name of its own that it lets point here (DNS
 * rebinding), or from an origin that may not read what we send.
 */
export class Hosts {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  constructor(config: Pick<Config, 'HOST' | 'MCP_HOSTS' | 'CORS_ORIGINS'>) {
    this.#hosts = new Set(mcpHosts(config));
    this.#origins = new Set(corsOrigins(config));
  }

  /** @throws ApiError forbidden */
  check({ hostname, headers: { origin } }: FastifyRequest): void {
    if (!this.#hosts.has(hostname.toLowerCase())) {
      throw new ApiError('forbidden', 'This server is not to be called by this name.', {
        hint: 'Its operator names it in MCP_HOSTS.',
      });
    }
    if (origin === undefined || this.#origins.has('*') || this.#origins.has(origin)) return;
    const from = URL.canParse(origin) ? new URL(origin).hostname : '';
    if (this.#hosts.has(from)) return;
    throw new ApiError('forbidden', 'Pages of this origin may not call this server.', {
      hint: 'Its operator names the origin in CORS_ORIGINS.',
    });
  }
}

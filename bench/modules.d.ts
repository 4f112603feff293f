/** What the benchmark uses of packages that only bench/package.json installs, so that types check without them. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  namespace autocannon {
    interface Request {
      method?: 'GET' | 'POST';
      path: string;
      headers?: Record<string, string>;
      body?: string;
    }
    interface Client extends EventEmitter {
      setRequests(requests: Request[]): void;
    }
    interface Options {
      url: string;
      connections: number;
      duration: number;
      /** Seconds. */
      timeout: number;
      setupClient(client: Client): void;
    }
    interface Result {
      /** Seconds. */
      duration: number;
      errors: number;
      timeouts: number;
    }
  }
  function autocannon(options: autocannon.Options): Promise<autocannon.Result>;
  export default autocannon;
}

declare module 'postgraphile' {
  import type { Server } from 'node:http';

  export function postgraphile(preset: Record<string, unknown>): {
    createServ(grafserv: unknown): { addTo(server: Server): Promise<void> };
  };
}

declare module 'postgraphile/adaptors/pg' {
  export function makePgService(options: Record<string, unknown>): unknown;
}

declare module 'postgraphile/grafserv/node' {
  export const grafserv: unknown;
}

declare module 'postgraphile/presets/amber' {
  export const PostGraphileAmberPreset: unknown;
}

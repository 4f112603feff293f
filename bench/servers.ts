import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Build, benchFolder } from './build.ts';
import { type Server, startServer } from './processes.ts';

/** Connections that each server keeps to the database. */
export const POOL_SIZE = 20;

/**
 * Starts the built API as it runs in production; where its lines are wanted, it logs every request as JSON.
 * @param ready  what is answered by 200 when it counts as started
 */
export function startApi(
  build: Build,
  databaseUrl: string,
  line?: (text: string) => void,
  more: Record<string, string> = {},
  flags: readonly string[] = [],
  ready = '/health/ready',
): Promise<Server> {
  return startServer({
    name: 'The API',
    script: build.main,
    flags: [...build.flags, ...flags],
    cwd: build.project,
    env: (port) => ({
      ...build.env,
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_SIZE: String(POOL_SIZE),
      LOG_LEVEL: line ? 'info' : 'warn',
      LOG_FORMAT: 'json',
      SHUTDOWN_DRAIN_MS: '0',
      ...more,
    }),
    ready: { path: ready },
    line,
  });
}

/** Starts the server that is written by hand. */
export function startByHand(databaseUrl: string): Promise<Server> {
  return startPeer('The hand-written server', 'fastify.ts', databaseUrl, { path: '/latest/S001' });
}

/** Starts PostGraphile. */
export function startPostgraphile(databaseUrl: string): Promise<Server> {
  return startPeer('PostGraphile', 'postgraphile.ts', databaseUrl, {
    path: '/graphql',
    body: '{"query":"{ __typename }"}',
  });
}

/** The version of a package that is installed for the benchmark. */
export function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  return (require(`./node_modules/${name}/package.json`) as { version: string }).version;
}

function startPeer(
  name: string,
  script: string,
  databaseUrl: string,
  ready: { path: string; body?: string },
): Promise<Server> {
  return startServer({
    name,
    script: join(benchFolder, 'peers', script),
    cwd: benchFolder,
    env: (port) => ({
      PEER_PORT: String(port),
      PEER_DATABASE_URL: databaseUrl,
      PEER_POOL_SIZE: String(POOL_SIZE),
      GRAPHILE_ENV: 'production',
    }),
    ready,
  });
}

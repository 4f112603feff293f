import 'reflect-metadata';
import cluster from 'node:cluster';
import { createApp } from './app.setup.js';
import { keepSecret, Log } from './common/log.js';
import { type Config, ConfigError, loadConfig, requireAccess } from './config/config.js';
import { InUseError } from './embedded/claim.js';
import { openEmbeddedTetra } from './embedded/tetra.js';
import { Readiness } from './health/readiness.js';
import { Shutdown } from './health/shutdown.js';
import { Workers } from './workers.js';

/** Starts the processes that share the port, and the PostgreSQL with sample data that they share too. */
async function supervise(config: Readonly<Config>, log: Log, say: (line: string) => void): Promise<void> {
  const embedded = config.DATABASE_URL ? null : await openEmbeddedTetra({ dataDir: config.TETRA_DATA_DIR, log: say });
  const env: Record<string, string> = embedded ? { DATABASE_URL: embedded.readerUrl } : {};
  new Workers(config.WORKERS, env, log, (code) => {
    void (embedded?.stop() ?? Promise.resolve()).finally(() => process.exit(code));
  });
}

/** Starts the server: its own PostgreSQL with sample data where no DATABASE_URL is given. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  requireAccess(config);
  keepSecret(process.env.PGPASSWORD);
  const log = new Log(config);
  const say = (line: string): void => log.log(line, 'Start');
  process.removeAllListeners('warning').on('warning', (warning) => log.warn(warning, 'Process'));
  process.on('unhandledRejection', (error) => log.error(error, 'Process'));
  process.on('uncaughtException', (error) => {
    log.fatal(error, 'Process');
    process.exit(1);
  });
  if (config.WORKERS > 1 && cluster.isPrimary) return supervise(config, log, say);
  const shutdown = new Shutdown(config, log);
  shutdown.on(['SIGTERM', 'SIGINT']);
  const embedded = config.DATABASE_URL ? null : await openEmbeddedTetra({ dataDir: config.TETRA_DATA_DIR, log: say });
  if (embedded) shutdown.last(() => embedded.stop());
  const app = await createApp({ url: config.DATABASE_URL ?? embedded!.readerUrl, config, log });
  shutdown.serves(app);
  await app.listen(config.PORT, config.HOST);
  app.get(Readiness).start();
  const base = await app.getUrl();
  say(`Tetra Query API on ${base} (REST: ${base}/docs, GraphQL: ${base}/graphql)`);
}

main().catch((error: unknown) => {
  const { message, stack, code } = error as NodeJS.ErrnoException;
  // What the operator can mend needs a line; what only we can mend needs its trace.
  const theirs =
    error instanceof ConfigError || error instanceof InUseError || code === 'EADDRINUSE' || code === 'EACCES';
  process.stderr.write(`${theirs ? message : (stack ?? message)}\n`);
  process.exit(1);
});

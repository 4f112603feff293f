import 'reflect-metadata';
import cluster from 'node:cluster';
import { createApp } from './app.js';
import { keepSecret, Log } from './base/log.js';
import { type Config, ConfigError, requireAccess } from './config/config.js';
import { SymbolDirectory } from './data/market-data/symbol-directory.js';
import { NotInstalledError } from './setup/embedded/binaries.js';
import { InUseError } from './setup/embedded/claim.js';
import { type EmbeddedTetra, openEmbeddedTetra } from './setup/embedded/tetra.js';
import { Readiness } from './operations/health/readiness.js';
import { firstSteps } from './operations/process/first-steps.js';
import { readEnvironment } from './operations/process/environment.js';
import { Shutdown } from './operations/process/shutdown.js';
import { Workers } from './operations/process/workers.js';

/** The PostgreSQL with sample data, where no DATABASE_URL is given. */
async function embeddedFor(
  config: Readonly<Config>,
  log: Log,
  say: (line: string) => void,
): Promise<EmbeddedTetra | null> {
  if (config.DATABASE_URL) return null;
  const onLost = (error: Error): void => {
    log.fatal(`The built-in PostgreSQL ended and does not start again: ${error.message}`, 'Start');
    process.exit(1);
  };
  return openEmbeddedTetra({ dataDir: config.TETRA_DATA_DIR, log: say, onLost });
}

/** Starts the processes that share the port, and the PostgreSQL with sample data that they share too. */
async function supervise(config: Readonly<Config>, log: Log, say: (line: string) => void): Promise<void> {
  const embedded = await embeddedFor(config, log, say);
  const env: Record<string, string> = embedded ? { DATABASE_URL: embedded.readerUrl, TETRA_SAMPLE: 'true' } : {};
  new Workers(config.WORKERS, env, log, (code) => {
    void (embedded?.stop() ?? Promise.resolve()).finally(() => process.exit(code));
  });
}

/** Starts the server: its own PostgreSQL with sample data where no DATABASE_URL is given. */
async function main(): Promise<void> {
  const config = readEnvironment(process.env);
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
  const embedded = await embeddedFor(config, log, say);
  if (embedded) shutdown.last(() => embedded.stop());
  const url = config.DATABASE_URL ?? embedded!.readerUrl;
  const app = await createApp({ url, config, log, sample: config.TETRA_SAMPLE || embedded !== null });
  shutdown.serves(app);
  await app.listen(config.PORT, config.HOST).catch((error: unknown) => {
    throw new ConfigError(unheard(error as NodeJS.ErrnoException, config) ?? (error as Error).message, {
      cause: error,
    });
  });
  app.get(Readiness).start();
  const base = await app.getUrl();
  say(`Tetra Query API on ${base} (REST: ${base}/docs, GraphQL: ${base}/graphql)`);
  // Whoever started this process with a channel to it, as scripts/dev.mjs does, need not read the log.
  process.send?.({ listening: base });
  if (!log.readable) return;
  const [first] = await app
    .get(SymbolDirectory, { strict: false })
    .all()
    .catch(() => []);
  const keys = config.API_KEYS_FILE !== '';
  process.stdout.write(firstSteps({ base, page: config.PAGE !== 'off', keys, symbol: first?.symbol ?? null }));
}

/** What to do when there is no listening on an address. */
function unheard({ code }: NodeJS.ErrnoException, { PORT, HOST }: Readonly<Config>): string | null {
  switch (code) {
    case 'EADDRINUSE':
      return `PORT ${PORT} on HOST ${HOST} is in use by another process: stop that one, or set PORT to a free one`;
    case 'EACCES':
      return `PORT ${PORT} may not be listened on by this user: set PORT to one above 1023`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      return `HOST ${HOST} is no address of this machine: set HOST to 127.0.0.1, or to 0.0.0.0 for all of them`;
    default:
      return null;
  }
}

main().catch((error: unknown) => {
  const { message, stack, code } = error as NodeJS.ErrnoException;
  // What the operator can fix needs a line; what only we can fix needs its trace.
  const theirs =
    [ConfigError, InUseError, NotInstalledError].some((kind) => error instanceof kind) || code === 'EACCES';
  process.stderr.write(`${theirs ? message : (stack ?? message)}\n`);
  process.exit(1);
});

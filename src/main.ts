import 'reflect-metadata';
import { createApp } from './app.setup.js';
import { ConfigError, loadConfig } from './config/config.js';
import { openEmbeddedTetra } from './embedded/tetra.js';
import { Readiness } from './health/readiness.js';
import { shutDownOn } from './health/shutdown.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Starts the server: its own PostgreSQL with sample data where no DATABASE_URL is given. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const embedded = config.DATABASE_URL ? null : await openEmbeddedTetra({ dataDir: config.TETRA_DATA_DIR, log: say });
  const url = config.DATABASE_URL ?? embedded!.readerUrl;
  const app = await createApp({ url, config });
  shutDownOn(['SIGTERM', 'SIGINT'], app, config, async () => embedded?.stop());
  await app.listen(config.PORT, config.HOST);
  app.get(Readiness).start();
  const base = await app.getUrl();
  say(`Tetra Query API on ${base} (REST: ${base}/docs, GraphQL: ${base}/graphql)`);
}

main().catch((error: unknown) => {
  const { message, stack } = error as Error;
  process.stderr.write(`${error instanceof ConfigError ? message : (stack ?? message)}\n`);
  process.exit(1);
});

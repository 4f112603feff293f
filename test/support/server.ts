import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Binaries } from '../../src/setup/embedded/binaries.js';
import { startEmbeddedPostgres } from '../../src/setup/embedded/postgres.js';
import { asAdmin, createDatabase } from './database.js';
import { programsOf } from './postgres.js';

/**
 * The server of a test run: TEST_DATABASE_URL's, or an embedded one that leaves nothing behind, of the version that
 * TEST_POSTGRES_VERSION names or the product's own. The suites find it, and the shared database with the sample data,
 * in the environment.
 */
export async function startTestServer(): Promise<{ stop(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL;
  const version = process.env.TEST_POSTGRES_VERSION;
  if (given && version) throw new Error('TEST_DATABASE_URL and TEST_POSTGRES_VERSION name two servers: unset one');
  const home = mkdtempSync(join(tmpdir(), 'tetra-test-'));
  chmodSync(home, 0o711);
  const embedded = given
    ? null
    : await startEmbeddedPostgres({
        dataDir: join(home, 'cluster'),
        ephemeral: true,
        ...(version ? { programs: await newer(version) } : {}),
        settings: { max_connections: '300' },
      });
  process.env.TEST_ADMIN_URL = given ?? embedded!.url();
  process.env.TEST_READER_PASSWORD = `reader-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const shared = await createDatabase({ sample: true, hostileZone: true });
  process.env.TEST_SHARED_DATABASE = JSON.stringify(shared.urls);
  process.env.TEST_TIMESCALEDB = String(shared.urls.timescaledb);
  const running = await asAdmin(process.env.TEST_ADMIN_URL, async (client) => {
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version");
    return rows[0]!.version;
  });
  process.stderr.write(
    shared.urls.timescaledb
      ? `Tests run on TimescaleDB and PostgreSQL ${running}.\n`
      : `Tests run on plain PostgreSQL ${running}: the cases that need TimescaleDB are skipped; set TEST_DATABASE_URL to run them.\n`,
  );
  return {
    async stop() {
      await shared.drop();
      await embedded?.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function newer(version: string): Promise<Binaries> {
  const programs = await programsOf(version);
  if (!programs) throw new Error(`No PostgreSQL ${version} for this machine in test/postgres: npm run test:postgres`);
  return programs;
}

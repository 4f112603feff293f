import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/setup/embedded/postgres.js';
import { createDatabase } from './database.js';

/**
 * The server of a test run: TEST_DATABASE_URL's, or an embedded one that leaves nothing behind. The suites find it,
 * and the shared database with the sample data, in the environment.
 */
export async function startTestServer(): Promise<{ stop(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL;
  const home = mkdtempSync(join(tmpdir(), 'tetra-test-'));
  chmodSync(home, 0o711);
  const embedded = given
    ? null
    : await startEmbeddedPostgres({
        dataDir: join(home, 'cluster'),
        ephemeral: true,
        settings: { max_connections: '300' },
      });
  process.env.TEST_ADMIN_URL = given ?? embedded!.url();
  process.env.TEST_READER_PASSWORD = `reader-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const shared = await createDatabase({ sample: true, hostileZone: true });
  process.env.TEST_SHARED_DATABASE = JSON.stringify(shared.urls);
  process.env.TEST_TIMESCALEDB = String(shared.urls.timescaledb);
  process.stderr.write(
    shared.urls.timescaledb
      ? 'Tests run on TimescaleDB.\n'
      : 'Tests run on plain PostgreSQL: the cases that need TimescaleDB are skipped; set TEST_DATABASE_URL to run them.\n',
  );
  return {
    async stop() {
      await shared.drop();
      await embedded?.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

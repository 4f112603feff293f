import { asAdmin } from '../../support/database.js';

/** Whether the server of TEST_DATABASE_URL has TimescaleDB; where not, says that the suite is skipped. */
export async function hasTimescaledb(suite: string, url: string | undefined): Promise<boolean> {
  const found =
    url !== undefined &&
    (await asAdmin(url, async (client) => {
      const { rowCount } = await client.query(`select from pg_available_extensions where name = 'timescaledb'`);
      return rowCount === 1;
    }));
  if (!found) process.stderr.write(`${suite}: skipped, set TEST_DATABASE_URL to a server with TimescaleDB\n`);
  return found;
}

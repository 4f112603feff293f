import { describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { applySetup } from '../../src/setup/apply.js';
import { loadSample } from '../../src/setup/sample/sample.js';
import { asAdmin } from '../support/database.js';
import { checksums } from './support/checksums.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { hasTimescaledb } from './support/timescaledb.js';
import { must, own, PGBIN, run } from './support/tools.js';

const server = process.env.TEST_DATABASE_URL;
const timescaledb = await hasTimescaledb('Backup with TimescaleDB', server);

describe('backup.sh and restore.sh with TimescaleDB', () => {
  const named = timescaledb ? it : it.skip;

  named(
    'bring back rows, chunks, the daily aggregate and the policies',
    async () => {
      const home = makeHome();
      const [from, to] = ['from', 'to'].map((what) => `tetra_ops_${process.pid}_${what}`) as [string, string];
      const at = (database: string): string => Object.assign(new URL(server!), { pathname: `/${database}` }).href;
      try {
        await asAdmin(server!, (client) => client.query(`create database ${from}`));
        await asAdmin(at(from), async (client) => {
          await applySetup(client);
          await loadSample(client);
          // What the policy would do an hour later, so that the dump holds compressed chunks too.
          await client.query(
            `select compress_chunk(c, if_not_compressed => true) from show_chunks('market_data.ohlcv') c limit 20`,
          );
        });
        const dir = join(home.path, 'backups');
        mkdirSync(dir);
        own(dir);
        const { hostname, port, username, password } = new URL(server!);
        const env = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password) };
        // Nothing for cron to mail, though pg_dump warns of TimescaleDB's catalog.
        const said = await run('bash', [home.script('backup.sh'), '--dir', dir, from], env);
        expect(said).toEqual({ status: 0, stdout: '', stderr: '' });
        await asAdmin(server!, (client) => client.query(`create database ${to}`));
        const dump = join(
          dir,
          readdirSync(dir).find((name) => name.endsWith('.dump'))!,
        );
        await must('bash', [home.script('restore.sh'), dump, to], env);
        if (existsSync(join(PGBIN, '../lib/timescaledb.so'))) await refusesUnloaded(home, dump);
        expect(await checksums(at(to))).toEqual(await checksums(at(from)));
        expect(await shape(at(to))).toEqual(await shape(at(from)));
      } finally {
        for (const database of [from, to]) {
          await asAdmin(server!, (client) => client.query(`drop database if exists ${database} with (force)`));
        }
        home.remove();
      }
    },
    600_000,
  );
});

/** A server on which TimescaleDB is installed and not preloaded is told what it lacks. */
async function refusesUnloaded(home: Home, dump: string): Promise<void> {
  const cluster = await Cluster.create(home, 'unloaded');
  await cluster.start();
  try {
    await cluster.sql('create database tetra');
    const { status, stderr } = await run('bash', [home.script('restore.sh'), dump, 'tetra'], cluster.env);
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^restore.sh: TimescaleDB is installed, but not preloaded: [^\n]*\n$/),
    });
  } finally {
    await cluster.stop();
  }
}

function shape(url: string): Promise<unknown> {
  return asAdmin(url, async (client) => {
    const { rows } = await client.query<object>(`
      select (select num_chunks from timescaledb_information.hypertables where hypertable_name = 'ohlcv') as chunks,
        (select count(*) from timescaledb_information.chunks where is_compressed) >= 20 as compressed,
        (select json_agg(j.proc_name || j.schedule_interval order by j.proc_name)::text
         from timescaledb_information.jobs j where j.hypertable_name is not null) as policies,
        (select materialized_only from timescaledb_information.continuous_aggregates) as materialized_only,
        current_setting('timescaledb.restoring') as restoring`);
    return rows[0];
  });
}

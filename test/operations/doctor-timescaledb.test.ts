import { describe, expect, it } from '@jest/globals';
import { doctor } from '../../src/bin/doctor.js';
import type { Diagnosis } from '../../src/operations/doctor/report.js';
import { applySetup } from '../../src/setup/apply.js';
import { asAdmin } from '../support/database.js';
import { hasTimescaledb } from './support/timescaledb.js';

const server = process.env.TEST_DATABASE_URL;
const named = (await hasTimescaledb('tetra doctor with TimescaleDB', server)) ? it : it.skip;

describe('tetra doctor with TimescaleDB', () => {
  named(
    'warns of an aggregate without history and of a retention policy that would delete',
    async () => {
      const name = `tetra_ops_${process.pid}_doctor`;
      const url = Object.assign(new URL(server!), { pathname: `/${name}` }).href;
      const codes = async (): Promise<string[]> => {
        let json = '';
        await doctor(['--json', url], (text) => (json += text));
        const { diagnoses } = JSON.parse(json) as { diagnoses: Diagnosis[] };
        return diagnoses[0]!.findings.map(({ code }) => code);
      };
      await asAdmin(server!, (client) => client.query(`create database ${name}`));
      try {
        await asAdmin(url, async (client) => {
          await applySetup(client);
          await client.query(
            `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
           select 'OLD', t, 1, 1, 1, 1, 1, '1d', 'test' from generate_series(now() - interval '5 years', now(), interval '5 days') t`,
          );
          // What upstream's document makes: only the policy's last days are stored.
          await client.query(
            `call refresh_continuous_aggregate('market_data.ohlcv_daily', now() - interval '3 days', now())`,
          );
        });
        expect(await codes()).toContain('aggregate_without_history');
        expect(await codes()).not.toContain('retention_deletes');
        await asAdmin(url, async (client) => {
          await client.query(`call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`);
          await client.query(
            `select add_retention_policy('market_data.ohlcv', interval '2 years', initial_start => now() + interval '1 day')`,
          );
        });
        expect(await codes()).not.toContain('aggregate_without_history');
        expect(await codes()).toContain('retention_deletes');
      } finally {
        await asAdmin(server!, (client) => client.query(`drop database if exists ${name} with (force)`));
      }
    },
    600_000,
  );
});

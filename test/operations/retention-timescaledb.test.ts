import { describe, expect, it } from '@jest/globals';
import { applyRetention, applySetup } from '../../src/setup/apply.js';
import { asAdmin } from '../support/database.js';
import { hasTimescaledb } from './support/timescaledb.js';

const server = process.env.TEST_DATABASE_URL;
const named = (await hasTimescaledb('Retention with TimescaleDB', server)) ? it : it.skip;

describe('db/optional/retention.sql', () => {
  named(
    'archives old bars before the policy drops them, and leaves their daily bars',
    async () => {
      const name = `tetra_ops_${process.pid}_retention`;
      const url = Object.assign(new URL(server!), { pathname: `/${name}` }).href;
      await asAdmin(server!, (client) => client.query(`create database ${name}`));
      try {
        await asAdmin(url, async (client) => {
          const one = async <Row extends object>(text: string): Promise<Row> =>
            (await client.query<Row>(text)).rows[0]!;
          await applySetup(client);
          await client.query(
            `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
           select 'OLD', t, 1, 1, 1, 1, 1, '1d', 'test' from generate_series(now() - interval '4 years', now(), interval '5 days') t`,
          );
          await client.query(`call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`);
          const counts = `select (select count(*)::int from market_data.ohlcv) as bars,
          (select count(*)::int from market_data.ohlcv_daily) as days`;
          const before = await one<{ bars: number; days: number }>(counts);
          await applyRetention(client);
          const { id } = await one<{ id: number }>(
            `select job_id as id from timescaledb_information.jobs where proc_name = 'policy_retention' and hypertable_name = 'ohlcv'`,
          );
          await client.query(`call run_job(${id})`);
          const after = await one<{ bars: number; days: number }>(counts);
          expect(after.bars).toBeLessThan(before.bars);
          expect(after.days).toBe(before.days);
          const { all } = await one<{ all: number }>(
            `select count(*)::int as all from (select symbol, timestamp from market_data.ohlcv
             union select symbol, timestamp from market_data.ohlcv_archive) as either`,
          );
          expect(all).toBe(before.bars);
        });
      } finally {
        await asAdmin(server!, (client) => client.query(`drop database if exists ${name} with (force)`));
      }
    },
    600_000,
  );
});

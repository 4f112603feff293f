import { describe, expect, it } from '@jest/globals';
import { refreshDaily } from '../../src/setup/daily-refresh.js';
import { asAdmin } from '../support/database.js';
import { checksums } from './support/checksums.js';
import { inScratch, insertBars } from './support/scratch.js';
import { setup, tetra } from './support/commands.js';
import { hasTimescaledb } from './support/timescaledb.js';

const server = process.env.TEST_DATABASE_URL!;
const named = (await hasTimescaledb('tetra refresh', server)) ? it : it.skip;
const WHOLE = `call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`;
/** What the whole aggregate would be, from the bars that are there. */
const COMPUTED = `select count(*)::int as days, sum(hashtextextended(t::text, 0))::text as digest from (
  select symbol, date_trunc('day', timestamp, 'UTC') as day, (array_agg(open order by timestamp))[1] as open, max(high) as high,
    min(low) as low, (array_agg(close order by timestamp desc))[1] as close, sum(volume) as volume, avg(vwap) as vwap
  from market_data.ohlcv group by 1, 2) as t`;
const STORED = `select count(*)::int as days, sum(hashtextextended(t::text, 0))::text as digest from market_data.ohlcv_daily as t`;

describe('tetra refresh', () => {
  named('stores history that the policy left out, in runs that go on where the last one ended', async () => {
    await inScratch(server, 'refresh', async ({ url, client, connect, one }) => {
      await insertBars(client, 6);
      // What upstream's document makes: only the policy's last days are stored, and what is older is not seen.
      await client.query(
        `call refresh_continuous_aggregate('market_data.ohlcv_daily', now() - interval '12 days', now())`,
      );
      const all = await one(COMPUTED);
      expect(await one(STORED)).not.toEqual(all);
      const first = await tetra(url, 'refresh', '--limit', '2');
      expect(first).toMatchObject({ status: 1, stdout: expect.stringContaining('2 stretches done') });
      const { refreshed, left, kept } = await refreshDaily(connect);
      expect({ some: refreshed > 15, left, kept }).toEqual({ some: true, left: 0, kept: 0 });
      expect(await one(STORED)).toEqual(all);
      expect(await tetra(url, 'refresh', '--quiet')).toEqual({ status: 0, stdout: '', stderr: '' });
    });
  });

  named('takes a correction over, whatever it makes of volume, high and low', async () => {
    await inScratch(server, 'correct', async ({ url, client, one }) => {
      await insertBars(client, 3);
      await client.query(WHOLE);
      await client.query(`update market_data.ohlcv set volume = 1, high = greatest(open, close), low = least(open, close)
        where timestamp < now() - interval '2 months'`);
      expect(await tetra(url, 'refresh')).toMatchObject({ status: 0 });
      expect(await one(STORED)).toEqual(await one(COMPUTED));
    });
  });

  named('and db:setup leave daily bars alone whose bars were dropped, also where one bar came late', async () => {
    await inScratch(server, 'dropped', async ({ url, client, one }) => {
      await insertBars(client, 6);
      await client.query(WHOLE);
      const before = await one<{ days: number }>(STORED);
      await client.query(`select drop_chunks('market_data.ohlcv', older_than => now() - interval '2 months')`);
      const late = `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
        select symbol, day + interval '14 hours 7 minutes', open, open, open, open, 1, '1m', 'late'
        from market_data.ohlcv_daily where symbol = 'BBB' order by day limit 1`;
      await client.query(late);
      for (const run of [() => tetra(url, 'refresh'), () => setup(url)]) {
        const { status, stdout } = await run();
        expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('days left as they are') });
        expect(await one(STORED)).toEqual(before);
      }
      // What the same day would have become.
      await client.query(WHOLE);
      expect((await one<{ days: number }>(STORED)).days).toBeLessThan(before.days / 2);
    });
  });

  named('and db:setup leave everything alone where no bar is left', async () => {
    await inScratch(server, 'nothing', async ({ url, client, one }) => {
      await insertBars(client, 6);
      await client.query(WHOLE);
      await client.query(`select drop_chunks('market_data.ohlcv', older_than => now())`);
      const before = await checksums(url);
      expect(before['market_data.ohlcv']).toMatch(/^0 rows/);
      expect((await one<{ days: number }>(STORED)).days).toBeGreaterThan(300);
      expect((await tetra(url, 'refresh')).status).toBe(0);
      expect((await setup(url)).status).toBe(0);
      expect(await checksums(url)).toEqual(before);
    });
  });

  named('waits while another refresh of the same days is under way', async () => {
    await inScratch(server, 'concurrent', async ({ client, connect, one }) => {
      await insertBars(client, 1);
      // As a refresh is registered while it runs, by the session that runs it.
      await client.query(`
        insert into _timescaledb_catalog.continuous_aggs_jobs_refresh_ranges
        select mat_hypertable_id, -9223372036854775808, 9223372036854775807, pg_backend_pid(), 0, now()
        from _timescaledb_catalog.continuous_agg`);
      let waits = false;
      const log = (line: string): void => {
        if (!/waits for another refresh/.test(line)) return;
        waits = true;
        void client.query(`delete from _timescaledb_catalog.continuous_aggs_jobs_refresh_ranges`);
      };
      const { left } = await refreshDaily(connect, { log });
      expect({ waits, left }).toEqual({ waits: true, left: 0 });
      expect(await one(STORED)).toEqual(await one(COMPUTED));
    });
  });

  named('keeps chunks from being dropped between the look at them and the refresh', async () => {
    await inScratch(server, 'guard', async ({ url, client, connect, one }) => {
      await insertBars(client, 3);
      const all = await one(COMPUTED);
      let refused = '';
      await refreshDaily(async () => {
        const more = await connect();
        const ask = more.query.bind(more) as (text: string, values?: unknown[]) => Promise<unknown>;
        // Retention comes in just before the first refresh of a stretch.
        const between = async (text: string, values?: unknown[]): Promise<unknown> => {
          if (refused === '' && text.startsWith('CALL refresh'))
            refused = await asAdmin(url, async (other) => {
              await other.query(`set lock_timeout = '200ms'`);
              return other.query(`select drop_chunks('market_data.ohlcv', older_than => now())`).then(
                () => 'dropped',
                (error: unknown) => (error as Error).message,
              );
            });
          return ask(text, values);
        };
        return Object.assign(more, { query: between });
      });
      expect(refused).toMatch(/lock timeout/);
      expect(await one(STORED)).toEqual(all);
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import { applyRetention } from '../../src/setup/apply.js';
import { retain } from '../../src/setup/retention.js';
import { setup, tetra } from './support/commands.js';
import { everything, inScratch, insertBars, type Scratch } from './support/scratch.js';
import { hasTimescaledb } from './support/timescaledb.js';

const server = process.env.TEST_DATABASE_URL!;
const named = (await hasTimescaledb('Retention with TimescaleDB', server)) ? it : it.skip;
const WHOLE = `call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`;

/** Bars of half a year, of which two months are kept. */
async function prepared({ client }: Scratch): Promise<void> {
  await insertBars(client, 6);
  await client.query(WHOLE);
  await applyRetention(client);
  await client.query(`update market_data.ohlcv_retention set keep = interval '60 days'`);
}

const COUNTS = `select (select count(*)::int from market_data.ohlcv) as bars,
  (select count(*)::int from market_data.ohlcv_archive) as archived,
  (select min(timestamp) > now() - interval '69 days' from market_data.ohlcv) as recent`;

describe('tetra retain', () => {
  named('archives what is older than is kept, in runs that go on, and leaves every bar and daily row', async () => {
    await inScratch(server, 'retain', async (scratch) => {
      await prepared(scratch);
      await scratch.client.query(
        `select compress_chunk(c) from show_chunks('market_data.ohlcv', older_than => interval '3 months') c`,
      );
      const before = await everything(scratch);
      expect(await tetra(scratch.url, 'retain', '--dry-run')).toMatchObject({ status: 1 });
      expect(await tetra(scratch.url, 'retain', '--limit', '2')).toMatchObject({ status: 1 });
      expect(await tetra(scratch.url, 'retain', '--quiet')).toEqual({ status: 0, stdout: '', stderr: '' });
      const { bars, archived, recent } = await scratch.one<Record<string, unknown>>(COUNTS);
      expect({ bars: Number(bars) > 500, archived: Number(archived) > 1000, recent }).toEqual({
        bars: true,
        archived: true,
        recent: true,
      });
      expect(await everything(scratch)).toEqual(before);
      // Nothing is left that a refresh would still have to do.
      expect(await tetra(scratch.url, 'refresh')).toMatchObject({
        stdout: expect.stringContaining('nothing to refresh'),
      });
    });
  });

  named('takes over corrections and bars that came late, and adds up their days from all bars', async () => {
    await inScratch(server, 'late', async (scratch) => {
      const { client, connect, one } = scratch;
      await prepared(scratch);
      await retain(connect);
      const day = await one<{ at: string; volume: string }>(
        `select min(timestamp)::text as at, sum(volume)::text as volume from market_data.ohlcv_archive
         where symbol = 'AAA' and timestamp < (select min(timestamp) + interval '12 hours' from market_data.ohlcv_archive)`,
      );
      const bar = (at: string): string => `insert into market_data.ohlcv
        (symbol, timestamp, open, high, low, close, volume, timeframe, source)
        values ('AAA', ${at}, 500, 500, 500, 500, 7, '1h', 'correction')`;
      await client.query(bar(`'${day.at}'`));
      await client.query(bar(`'${day.at}'::timestamptz + interval '7 minutes'`));
      expect((await retain(connect)).left).toBe(0);
      const after = await one<Record<string, unknown>>(
        `select (select count(*)::int from market_data.ohlcv_archive where source = 'correction') as corrected,
           (select high::int from market_data.ohlcv_daily where symbol = 'AAA' order by day limit 1) as high,
           (select volume::text from market_data.ohlcv_daily where symbol = 'AAA' order by day limit 1) as volume,
           (select sum(volume)::text from market_data.ohlcv_archive where symbol = 'AAA'
            and timestamp < (select min(timestamp) + interval '12 hours' from market_data.ohlcv_archive)) as all`,
      );
      expect(after).toMatchObject({ corrected: 2, high: 500, volume: after.all });
      expect(after.volume).not.toBe(day.volume);
      expect(await one(COUNTS)).toMatchObject({ recent: true });
    });
  });

  named('archives bars that are filled in behind what is kept, and columns that are new', async () => {
    await inScratch(server, 'fill', async (scratch) => {
      const { client, connect, one } = scratch;
      await prepared(scratch);
      await retain(connect);
      await client.query(`alter table market_data.ohlcv add column adjusted numeric(20,8)`);
      await client.query(
        `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source, adjusted)
         select 'OLD', t, 1, 1, 1, 1, 1, '1h', 'fill', 42 from generate_series(now() - interval '4 years', now() - interval '3 years', interval '5 hours') as t`,
      );
      const before = await everything(scratch);
      await retain(connect);
      const filled = `select count(*)::int as bars, min(adjusted)::int as adjusted from market_data.ohlcv_archive where source = 'fill'`;
      expect(await one(filled)).toEqual({ bars: 1753, adjusted: 42 });
      expect((await everything(scratch)).bars).toBe(before.bars);
      expect(await one(`select count(*) > 300 as stored from market_data.ohlcv_daily where symbol = 'OLD'`)).toEqual({
        stored: true,
      });
    });
  });

  named('drops nothing where the archive cannot hold a column, and says so', async () => {
    await inScratch(server, 'column', async (scratch) => {
      await prepared(scratch);
      await scratch.client.query(`alter table market_data.ohlcv_archive alter column volume type integer`);
      const before = await scratch.one(COUNTS);
      const { status, stderr } = await tetra(scratch.url, 'retain');
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('nothing was dropped') });
      expect(await scratch.one(COUNTS)).toEqual(before);
      const { error } = await scratch.one<{ error: string }>(
        'select last_error as error from market_data.ohlcv_retention',
      );
      expect(error).toContain('volume is integer');
    });
  });

  named('waits in a copy of the database until the operator says go', async () => {
    await inScratch(server, 'paused', async (scratch) => {
      await prepared(scratch);
      // What a restore makes, which backup-timescaledb.test.ts does: the rows, in another database.
      await scratch.client.query(`update market_data.ohlcv_retention set place = regexp_replace(place, '/.*/', '/1/')`);
      const before = await scratch.one(COUNTS);
      const { status, stdout } = await tetra(scratch.url, 'retain', '--quiet');
      expect({ status, stdout }).toEqual({ status: 3, stdout: expect.stringContaining('tetra retain --go') });
      expect(await scratch.one(COUNTS)).toEqual(before);
      const state = 'select * from market_data.ohlcv_retention';
      const paused = await scratch.one(state);
      for (const args of [
        ['--go', '--dry-run'],
        ['--dry-run', '--go', '--limit', '1'],
      ]) {
        const dry = await tetra(scratch.url, 'retain', ...args);
        expect(dry).toMatchObject({
          status: 1,
          stdout: expect.stringMatching(/would be archived\n(.|\n)*would be allowed/),
        });
        expect([await scratch.one(COUNTS), await scratch.one(state)]).toEqual([before, paused]);
      }
      expect(await tetra(scratch.url, 'retain')).toMatchObject({ status: 3 });
      expect(await tetra(scratch.url, 'retain', '--go')).toMatchObject({ status: 0 });
      expect(await scratch.one(COUNTS)).toMatchObject({ recent: true });
    });
  });

  named('takes the place of the two jobs that raced each other', async () => {
    await inScratch(server, 'jobs', async (scratch) => {
      await scratch.client.query(
        `select add_retention_policy('market_data.ohlcv', interval '2 years', initial_start => now() + interval '1 day')`,
      );
      expect((await tetra(scratch.url, 'retain')).status).toBe(3);
      expect((await setup(scratch.url, '--retention')).status).toBe(0);
      const left = `select count(*)::int as jobs from timescaledb_information.jobs where proc_name = 'policy_retention'`;
      expect(await scratch.one(left)).toEqual({ jobs: 0 });
      expect((await tetra(scratch.url, 'retain')).status).toBe(0);
    });
  });
});

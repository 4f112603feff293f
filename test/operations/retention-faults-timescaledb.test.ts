import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { applyRetention } from '../../src/setup/apply.js';
import { retain } from '../../src/setup/retention.js';
import { everything, inScratch, insertBars, type Scratch } from './support/scratch.js';
import { hasTimescaledb } from './support/timescaledb.js';

const server = process.env.TEST_DATABASE_URL!;
const named = (await hasTimescaledb('Faults of retention', server)) ? it : it.skip;
const WHOLE = `call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`;

/** Statements that refresh a stretch. */
const REFRESH = 6;

/** Where a run is ended: before its n-th statement is sent, or after it was done and before anybody learned of it. */
interface Fault {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** Runs with a fault; how many statements it came to. Every connection breaks at once, as when the machine halts. */
async function runWith({ connect }: Scratch, fault: Fault | null): Promise<number> {
  let count = 0;
  let broken = false;
  const clients: pg.Client[] = [];
  const halt = (): never => {
    broken = true;
    for (const { connection } of clients) connection.stream.destroy();
    throw new Error('halted');
  };
  const counted = async (): Promise<pg.Client> => {
    if (broken) throw new Error('halted');
    const client = await connect();
    clients.push(client);
    const ask = client.query.bind(client) as (text: string, values?: unknown[]) => Promise<unknown>;
    const query = async (text: string, values?: unknown[]): Promise<unknown> => {
      if (broken) throw new Error('halted');
      count += 1;
      if (fault?.at === count && fault.when === 'before') halt();
      const answer = await ask(text, values);
      if (fault?.at === count && fault.when === 'after') halt();
      return answer;
    };
    return Object.assign(client, { query });
  };
  try {
    await retain(counted, { limit: 1 });
  } catch (error) {
    if ((error as Error).message !== 'halted') throw error;
  }
  return count;
}

describe('tetra retain, ended at any statement', () => {
  named(
    'loses no bar and no daily row, and the next run goes on',
    async () => {
      await inScratch(server, 'faults', async (scratch) => {
        const { client, connect, one } = scratch;
        await insertBars(client, 12);
        await client.query(WHOLE);
        await applyRetention(client);
        await client.query(`update market_data.ohlcv_retention set keep = interval '60 days'`);
        const before = await everything(scratch);
        const statements = await runWith(scratch, null);
        expect(statements).toBeGreaterThan(20);
        expect(await everything(scratch)).toEqual(before);
        const { archived } = await one<{ archived: number }>(
          'select count(*)::int as archived from market_data.ohlcv_archive',
        );
        expect(archived).toBeGreaterThan(0);
        for (let at = 1; at <= statements; at++) {
          for (const when of ['before', 'after'] as const) {
            // Where the run before has refreshed the days of the next slice, there is that much less to do.
            expect(await runWith(scratch, { at, when })).toBeGreaterThanOrEqual(Math.min(at, statements - REFRESH));
            // What the halted server still does ends before the next run.
            await client.query('select pg_advisory_lock(7246110), pg_advisory_unlock(7246110)');
            expect({ at, when, ...(await everything(scratch)) }).toEqual({ at, when, ...before });
          }
        }
        expect((await retain(connect)).left).toBe(0);
        expect(await everything(scratch)).toEqual(before);
        const state = await one(
          `select (select count(*)::int from market_data.ohlcv where timestamp < now() - interval '70 days') as old,
             last_error as error from market_data.ohlcv_retention`,
        );
        expect(state).toEqual({ old: 0, error: null });
      });
    },
    600_000,
  );
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { SymbolDirectory } from '../../src/data/market-data/symbol-directory.js';
import { describeOnTimescale, startApp, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Differences } from './support/compare.js';
import { insertBars, insertMoreSymbols, randomBars } from './support/market-data.js';
import { compareCoverage, compareDefaults, compareSymbols, marketRequest } from './support/market-requests.js';
import { chance, dayAfter, randomOf, ROUNDS } from './support/seed.js';
import { DROPPED, PLAIN_STEPS, refreshInStretches, type Step, TIMESCALE_STEPS } from './support/states.js';
import { insertEvents } from './support/study-requests.js';
import { Truth } from './support/truth.js';

const REQUESTS = 20;
/** Longer than any answer may lag behind a commit, in milliseconds: after it the first answer has to be right. */
const IDLE_MS = 3_000;

interface Market {
  readonly sql: pg.Client;
  readonly database: TestDatabase;
  readonly truth: Truth;
  readonly newest: string;
  api: TestApp;
}

async function startMarket(name: string, plain: boolean): Promise<Market> {
  const rng = randomOf(`${name} bars`);
  const database = await createDatabase({ hostileZone: chance(rng, 0.5), plain });
  const sql = new pg.Client({
    connectionString: database.urls.admin,
    // Compiling a statement over hundreds of chunks takes longer than running it.
    options: '-c timezone=UTC -c timescaledb.enable_skipscan=off -c jit=off -c max_parallel_workers_per_gather=0',
  });
  await sql.connect();
  await sql.query(DROPPED);
  // A market that stopped some time ago, or one that goes on.
  const today = new Date().toISOString().slice(0, 10);
  const newest = chance(rng, 0.3) ? dayAfter(today, -rng.integer(20, 400)) : dayAfter(today, -1);
  await insertBars(sql, randomBars(rng, newest));
  await insertMoreSymbols(sql, newest);
  await insertEvents(sql, rng, newest);
  return { sql, database, truth: new Truth(sql), newest, api: await startReady(database) };
}

/** The application once all symbols are read, which is when it says that it is ready. */
async function startReady(database: TestDatabase): Promise<TestApp> {
  const api = await startApp(database.urls.reader, { LOG_LEVEL: 'silent' });
  await api.app.get(SymbolDirectory, { strict: false }).prepare();
  return api;
}

/** Symbols with a bar that the wire can name; the one of the far future has none now and then. */
async function symbolsOf({ truth }: Market): Promise<string[]> {
  const rows = await truth.symbols();
  return rows.flatMap(({ symbol }) => (symbol === 'FUTURE' ? [] : [symbol!]));
}

/** Runs random steps, after each random requests. */
async function run(market: Market, name: string, steps: readonly Step[], length: number): Promise<Differences[]> {
  const all: Differences[] = [];
  const rng = randomOf(`${name} steps`);
  for (let n = 0; n < length; n++) {
    const step = rng.pick(steps);
    const restart = chance(rng, 0.3);
    const idle = step.changes && chance(rng, 0.3);
    const differences = new Differences(
      `${name}, step ${n}: ${step.name}${restart ? ', restarted' : idle ? ', idle' : ''}`,
    );
    all.push(differences);
    await step.run({ sql: market.sql, rng, newest: market.newest });
    await market.truth.look();
    // Otherwise PostgreSQL counts a write seconds later, when the connection that wrote is idle.
    await market.sql.query('select pg_stat_force_next_flush()');
    if (restart) {
      await market.api.close();
      market.api = await startReady(market.database);
    }
    if (idle) await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const symbols = await symbolsOf(market);
    const context = { ...market, rng, differences, symbols, settle: step.changes && !idle && !restart };
    if (restart) {
      await compareSymbols(context);
      await compareCoverage(context);
    }
    await compareDefaults(context);
    for (let i = 0; i < REQUESTS && !differences.enough; i++) await marketRequest(context);
  }
  return all;
}

function expectNone(all: readonly Differences[]): void {
  const compared = all.reduce((sum, one) => sum + one.compared, 0);
  process.stderr.write(`compared ${compared} answers\n`);
  expect(all.flatMap(({ found }) => found)).toEqual([]);
}

describe('bars, days and gaps without TimescaleDB', () => {
  const name = 'plain';
  let market: Market;
  beforeAll(async () => (market = await startMarket(name, true)), 120_000);
  afterAll(async () => {
    await market?.api.close();
    await market?.sql.end();
    await market?.database.drop();
  });

  it('equal naive SQL after random changes', async () => {
    expectNone(await run(market, name, PLAIN_STEPS, 10 * ROUNDS));
  });
});

describeOnTimescale('bars, days and gaps in random states of the aggregate', () => {
  const name = 'timescaledb';
  let market: Market;
  beforeAll(async () => (market = await startMarket(name, false)), 120_000);
  afterAll(async () => {
    await market?.api.close();
    await market?.sql.end();
    await market?.database.drop();
  });

  it('equal naive SQL after random changes', async () => {
    expectNone(await run(market, name, TIMESCALE_STEPS, 25 * ROUNDS));
  });

  it('equal naive SQL while the history is refreshed, newest days first', async () => {
    const all: Differences[] = [];
    const rng = randomOf(`${name} refresh`);
    const anew = TIMESCALE_STEPS.find(({ name: step }) => step === 'the aggregate is made anew')!;
    for (let round = 0; round < ROUNDS; round++) {
      await anew.run({ sql: market.sql, rng, newest: market.newest });
      await market.truth.look();
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      await refreshInStretches(market.sql, market.newest, async () => {
        const differences = new Differences(`${name}, while the history is refreshed`);
        all.push(differences);
        const symbols = await symbolsOf(market);
        const context = { ...market, rng, differences, symbols, settle: false };
        for (let i = 0; i < REQUESTS && !differences.enough; i++) await marketRequest(context);
      });
    }
    expectNone(all);
  });
});

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type pg from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

/** Runs of an operation: what is called less often is no part of it, but what the API reads now and then for itself. */
const RUNS = 12;

let database: TestDatabase;
let api: TestApp;
beforeAll(async () => {
  database = await createDatabase({ sample: true });
  api = await startApp(database.urls.reader);
  // What is read at the start is no operation's.
  await api.get('/v1/market-data/symbols').expect(200);
}, 120_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

/** Calls of each of the reader's statements in this database, as the server counts them. */
async function calls(admin: pg.Client): Promise<Map<string, number>> {
  await admin.query('create extension if not exists pg_stat_statements');
  const { rows } = await admin.query<{ id: string; calls: number }>(
    `select s.queryid::text as id, sum(s.calls)::int as calls from pg_stat_statements as s
     where s.dbid = (select oid from pg_database where datname = current_database())
       and s.userid = 'tetra_reader'::regrole group by 1`,
  );
  return new Map(rows.map((row) => [row.id, row.calls]));
}

/** Statements of one run of an operation. */
async function statementsOf(run: () => PromiseLike<{ body: { errors?: unknown } }>): Promise<number> {
  return asAdmin(database.urls.admin, async (admin) => {
    expect((await run()).body.errors).toBeUndefined();
    const before = await calls(admin);
    for (let i = 0; i < RUNS; i++) await run();
    const after = await calls(admin);
    const made = [...after].map(([id, n]) => n - (before.get(id) ?? 0)).filter((n) => n >= RUNS);
    return made.reduce((sum, n) => sum + n, 0) / RUNS;
  });
}

const WEEK = 'start=2019-01-02&end=2019-01-08';
/** Statements that read all closes of a symbol. */
const HISTORY = process.env.TEST_TIMESCALEDB === 'true' ? 2 : 1;
const SYMBOLS = ['AAPL', 'AMZN', 'KO', 'META', 'MSFT'];

it.each([
  ['latest/AAPL', 1],
  [`latest?symbols=${SYMBOLS.join()}`, 1],
  [`bars/AAPL?${WEEK}`, 1],
  [`bars?symbols=${SYMBOLS.join()}&${WEEK}`, 1],
  [`daily/AAPL?${WEEK}`, 1],
  [`daily?symbols=${SYMBOLS.join()}&${WEEK}`, 1],
  ['daily?date=2019-01-03', 1],
  [`gaps/AAPL?${WEEK}`, 1],
  [`gaps?symbols=${SYMBOLS.join()}&${WEEK}`, 1],
  // The closes that all is computed of, and the rows.
  [`compare?symbols=${SYMBOLS.join()}&benchmark=AAPL&${WEEK}`, 2],
  // The aggregate's chunks of so many years are more than one statement opens.
  ['statistics/AAPL', HISTORY],
  // The days that have a bar, and what the bars are.
  [`condition/AAPL?${WEEK}`, 2],
  [`condition?symbols=${SYMBOLS.join()}&${WEEK}`, 2],
  [`quality/AAPL?${WEEK}`, 1],
  [`daily/AAPL?${WEEK}&updated_after=2019-01-01`, 1],
  [`bars/AAPL?${WEEK}&updated_after=2019-01-01`, 1],
  // The bars of the page, and with them those before it.
  [`daily/AAPL?${WEEK}&indicators=sma(20),rsi(14),bbands(20,2)`, 1],
  // The whole window takes more than one statement, the page of it does not.
  ['daily/%5EGSPC?start=1950-01-01&sort=desc&limit=1&indicators=rsi(14)', 1],
  ['daily/%5EGSPC?start=1990-01-01&limit=9&indicators=rsi(14)', 1],
  ['symbols', 0],
])('GET /v1/market-data/%s makes %i statements', async (path, expected) => {
  expect(await statementsOf(() => api.get(`/v1/market-data/${path}`).expect(200))).toBe(expected);
});

it.each([
  ['/v1/economic-data/series', 1],
  ['/v1/news', 1],
  ['/v1/events', 1],
  ['/v1/catalog', 0],
])('GET %s makes %i statements', async (path, expected) => {
  expect(await statementsOf(() => api.get(path).expect(200))).toBe(expected);
});

const card = `{ latest { close } daily(start: "2019-01-02", end: "2019-01-08") { columns { close } nodes { close } }
  gaps(start: "2019-01-02", end: "2019-01-08") { coverage } bars(start: "2019-01-02", end: "2019-01-08") { nodes { close } } }`;
const cards = SYMBOLS.map((symbol, i) => `s${i}: symbol(symbol: "${symbol}") ${card}`).join(' ');

it.each([
  ['fields of one symbol', `{ symbol(symbol: "AAPL") ${card} }`, 4],
  ['the same fields of five symbols', `{ ${cards} }`, 4],
  [
    'weekly bars of five symbols',
    `{ ${SYMBOLS.map((symbol, i) => `s${i}: symbol(symbol: "${symbol}") { bars(timeframe: "1w", start: "2019-01-02", end: "2019-03-08") { nodes { close } } }`).join(' ')} }`,
    1,
  ],
  [
    'the statistics of five symbols',
    `{ ${SYMBOLS.map((symbol, i) => `s${i}: symbol(symbol: "${symbol}") { statistics { cagr } }`).join(' ')} }`,
    HISTORY,
  ],
  ['the newest bars of several', `{ latest(symbols: ${JSON.stringify(SYMBOLS)}) { symbol bar { close } } }`, 1],
  // Two of them have ended, in different years.
  ['every symbol with its newest bar', '{ symbols { nodes { symbol latest { close } } } }', 3],
  ['news and events', '{ news(first: 5) { nodes { title } } events(first: 5) { nodes { eventName } } }', 2],
])('GraphQL: %s cost one statement a field', async (_, query, expected) => {
  expect(await statementsOf(() => api.graphql(query).expect(200))).toBe(expected);
});

it('GraphQL: five series with their observations cost one statement for each of the two', async () => {
  const { body } = await api.get('/v1/economic-data/series?limit=5').expect(200);
  const ids = (body.data as { series_id: string }[]).map((entry) => entry.series_id);
  const series = ids.map(
    (id, i) => `s${i}: series(id: ${JSON.stringify(id)}) { observations(first: 10) { nodes { value } } }`,
  );
  expect(ids.length).toBeGreaterThan(1);
  expect(await statementsOf(() => api.graphql(`{ ${series.join(' ')} }`).expect(200))).toBe(2);
});

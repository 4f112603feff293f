import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { nyseDay } from '../../src/base/nyse.js';
import { formatDay, parseDay } from '../../src/base/time.js';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { daysAgo } from '../support/parity.js';

const [FIRST, LAST] = ['2024-11-04', '2025-06-30'];
const MARKET = ['D1', 'D2', 'D3', 'D4'];
const SYMBOLS = [...MARKET, 'LATE', 'MIN', 'THIN'];
const WINDOW = `start=${FIRST}&end=${LAST}`;

const days = (first: string, last: string): number[] =>
  Array.from({ length: parseDay(last)! - parseDay(first)! + 1 }, (_, i) => parseDay(first)! + i);
const sessions = days(FIRST, LAST)
  .filter((day) => nyseDay(day) !== 'closed')
  .map(formatDay);

/** Daily bars of a market of four, and a symbol that begins later. */
const DAILY = `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source, created_at, updated_at)
  SELECT s, d::date::timestamptz, 10, 11, 9, 10, 100, 10, '1d', 'x', d::date + interval '22 hours', d::date + interval '22 hours'
  FROM unnest($1::text[]) AS d, unnest($2::text[]) AS s`;

/** A session of minutes by the clocks of New York; of the thin symbol some of them. */
const MINUTES = `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source, created_at, updated_at)
  SELECT s, (d::date + m * interval '1 minute') AT TIME ZONE 'America/New_York', 10, 11, 9, 10, 100, 10, '1m', 'x',
    d::date + interval '22 hours', d::date + interval '22 hours'
  FROM unnest($1::text[]) AS d, generate_series(570, CASE WHEN d = ANY ($2::text[]) THEN 779 ELSE 959 END) AS m,
    unnest(array['MIN', 'THIN']) AS s
  WHERE s = 'MIN' OR abs(hashint4(d::date - date '2000-01-01' + m * 7919)) % 100 < 60`;

const on = (day: string): string => `timestamp >= '${day}Z' AND timestamp < '${day}Z'::timestamptz + interval '1 day'`;
const min = (day: string): string =>
  `UPDATE market_data.ohlcv SET updated_at = updated_at WHERE symbol = 'MIN' AND ${on(day)}`;

/** What is wrong with some days of the minutes, and what is said of them. */
const FAULTS: [day: string, statement: string, said: Record<string, unknown>][] = [
  [
    '2025-02-05',
    `DELETE FROM market_data.ohlcv WHERE symbol = 'MIN' AND timestamp >= '2025-02-05 16:00Z' AND timestamp < '2025-02-05 16:30Z'`,
    {
      condition: 'partial',
      reason: 'minutes_missing',
      bars: 360,
      missing_bars: 30,
      first_missing: '2025-02-05T16:00:00Z',
      last_missing: '2025-02-05T16:29:00Z',
    },
  ],
  [
    '2025-05-14',
    `DELETE FROM market_data.ohlcv WHERE symbol = 'MIN' AND timestamp >= '2025-05-14 19:59Z' AND ${on('2025-05-14')}`,
    { condition: 'partial', bars: 389, missing_bars: 1, first_missing: '2025-05-14T19:59:00Z' },
  ],
  [
    '2025-02-12',
    `DELETE FROM market_data.ohlcv WHERE symbol = 'MIN' AND ${on('2025-02-12')}`,
    { condition: 'missing', reason: 'no_bar', bars: 0, last_modified: null },
  ],
  [
    '2025-03-12',
    `DELETE FROM market_data.ohlcv WHERE ${on('2025-03-12')}`,
    { condition: 'whole_market_missing', reason: 'no_bar' },
  ],
  [
    '2025-04-02',
    `UPDATE market_data.ohlcv SET vwap = 11.5 WHERE symbol = 'MIN' AND timestamp = '2025-04-02 15:00Z'`,
    { condition: 'suspect', reason: 'vwap_outside_range' },
  ],
  [
    '2025-04-09',
    `UPDATE market_data.ohlcv SET timeframe = '5m' WHERE symbol = 'MIN' AND timestamp = '2025-04-09 15:00Z'`,
    { condition: 'suspect', reason: 'several_timeframes' },
  ],
  [
    '2025-04-16',
    `UPDATE market_data.ohlcv SET source = 'y' WHERE symbol = 'MIN' AND timestamp >= '2025-04-16 15:00Z' AND ${on('2025-04-16')}`,
    { condition: 'suspect', reason: 'several_sources' },
  ],
  [
    '2025-04-23',
    `UPDATE market_data.ohlcv SET volume = 0 WHERE symbol = 'MIN' AND ${on('2025-04-23')}`,
    { condition: 'suspect', reason: 'zero_volume' },
  ],
  [
    '2025-05-07',
    `UPDATE market_data.ohlcv SET updated_at = '2025-05-20 08:00Z' WHERE symbol = 'MIN' AND timestamp = '2025-05-07 15:00Z'`,
    { condition: 'corrected', reason: 'written_again', last_modified: '2025-05-20T08:00:00Z' },
  ],
  // Written again the same night: no correction.
  [
    '2025-05-08',
    `UPDATE market_data.ohlcv SET updated_at = '2025-05-09 03:00Z' WHERE symbol = 'MIN' AND timestamp = '2025-05-08 15:00Z'`,
    { condition: 'complete', reason: null, last_modified: '2025-05-09T03:00:00Z' },
  ],
  // Half a session, the first one after clocks have changed, a holiday, a Saturday.
  ['2024-11-29', min('2024-11-29'), { condition: 'complete', bars: 210, missing_bars: 0 }],
  ['2025-03-10', min('2025-03-10'), { condition: 'complete', bars: 390, missing_bars: 0 }],
  ['2025-05-26', min('2025-05-26'), { condition: 'market_closed', reason: 'no_session' }],
  ['2025-05-24', min('2025-05-24'), { condition: 'market_closed', reason: 'no_session' }],
];

interface Row {
  readonly symbol: string;
  readonly day: string;
  readonly condition: string;
  readonly [column: string]: unknown;
}

describe('the condition of days', () => {
  let database: TestDatabase;
  let sql: pg.Client;
  let api: TestApp;

  beforeAll(async () => {
    database = await createDatabase();
    sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
    await sql.connect();
    await sql.query(DAILY, [sessions, MARKET]);
    await sql.query(DAILY, [sessions.slice(60, -20), ['LATE']]);
    await sql.query(MINUTES, [sessions, sessions.filter((day) => nyseDay(parseDay(day)!) === 'half_day')]);
    for (const [, statement] of FAULTS) await sql.query(statement);
    api = await startApp(database.urls.reader);
  }, 120_000);
  afterAll(async () => {
    await api.close();
    await sql.end();
    await database.drop();
  });

  const rowsOf = async (path: string): Promise<Row[]> => {
    const rows: Row[] = [];
    let token: string | null = null;
    do {
      const page = token === null ? '' : `&page_token=${encodeURIComponent(token)}`;
      const { body } = await api.get(`/v1/market-data/condition${path}${page}`).expect(200);
      rows.push(...(body.data as Row[]));
      token = body.next_page_token as string | null;
    } while (token !== null);
    return rows;
  };

  it.each(FAULTS)('of %s', async (day, _, said) => {
    const [row] = await rowsOf(`/MIN?start=${day}&end=${day}`);
    expect(row).toMatchObject({ symbol: 'MIN', day, ...said });
  });

  it('has a row for each day, and says of no other day that something is wrong', async () => {
    const rows = await rowsOf(`/MIN?${WINDOW}`);
    expect(rows.map(({ day }) => day)).toEqual(days(FIRST, LAST).map(formatDay));
    const odd = rows.filter(({ condition }) => condition !== 'complete' && condition !== 'market_closed');
    const faulty = FAULTS.filter(([, , { condition }]) => condition !== 'complete' && condition !== 'market_closed');
    expect(odd.map(({ day }) => day)).toEqual(faulty.map(([day]) => day).sort());
    expect(
      rows.filter(({ condition }) => condition === 'complete').every(({ missing_bars }) => missing_bars === 0),
    ).toBe(true);
  });

  it('is not partial where a symbol trades only now and then', async () => {
    const rows = await rowsOf(`/THIN?${WINDOW}`);
    const complete = rows.filter(({ condition }) => condition === 'complete');
    expect(complete.length).toBeGreaterThan(150);
    expect(complete.some(({ missing_bars }) => (missing_bars as number) > 0)).toBe(true);
    expect(rows.filter(({ condition }) => condition === 'partial')).toEqual([]);
  });

  it.each(['MIN', 'THIN'])('counts the usual minutes of %s that are missing as a plain count does', async (symbol) => {
    const { rows: bars } = await sql.query<{ day: string; at: number }>(
      `SELECT to_char(timestamp, 'YYYY-MM-DD') AS day, (extract(epoch FROM timestamp)::bigint / 60 % 1440)::int AS at
       FROM market_data.ohlcv WHERE symbol = $1`,
      [symbol],
    );
    const held = new Map(
      [...Map.groupBy(bars, ({ day }) => day)].map(([day, all]) => [day, new Set(all.map(({ at }) => at))]),
    );
    const weekOf = (day: string): number => Math.floor((parseDay(day)! + 3) / 7);
    for (const row of await rowsOf(`/${symbol}?${WINDOW}&calendar=xnys`)) {
      const own = held.get(row.day);
      if (!own) continue;
      const others = [...held].filter(([day]) => Math.abs(weekOf(day) - weekOf(row.day)) <= 1);
      const isUsual = (at: number): boolean =>
        2 * others.filter(([, minutes]) => minutes.has(at)).length > others.length - 1;
      const half = nyseDay(parseDay(row.day)!) === 'half_day';
      const last = Math.max(...own);
      const usual = Array.from({ length: 1440 }, (_, at) => at).filter(isUsual);
      const lacking = usual.filter((at) => !own.has(at) && (!half || at <= last)).length;
      const unusual = [...own].filter((at) => !usual.includes(at)).length;
      expect([row.day, row.missing_bars]).toEqual([row.day, others.length < 6 ? 0 : Math.max(lacking - unusual, 0)]);
    }
  });

  it('tells days before the first and after the last bar, and days to come', async () => {
    const reasons = Map.groupBy(await rowsOf(`/LATE?${WINDOW}`), ({ reason }) => reason);
    const absent = (list: string[]): string[] => list.filter((day) => day !== '2025-03-12');
    expect(reasons.get('before_first_bar')!.map(({ day }) => day)).toEqual(absent(sessions.slice(0, 60)));
    expect(reasons.get('after_last_bar')!.map(({ day }) => day)).toEqual(sessions.slice(-20));
    const ahead = await rowsOf(`/LATE?start=${daysAgo(0)}&end=${daysAgo(-2)}`);
    expect(ahead.map(({ condition, reason }) => [condition, reason])).toEqual([
      ['pending', 'day_not_over'],
      ['pending', 'day_to_come'],
      ['pending', 'day_to_come'],
    ]);
  });

  it('knows the gaps that the list of gaps knows', async () => {
    for (const calendar of ['observed', 'xnys', 'weekdays', 'all']) {
      for (const symbol of SYMBOLS) {
        const { body } = await api.get(`/v1/market-data/gaps/${symbol}?${WINDOW}&calendar=${calendar}`).expect(200);
        const rows = await rowsOf(`/${symbol}?${WINDOW}&calendar=${calendar}`);
        const missing = rows.filter(({ condition }) => condition === 'missing' || condition === 'whole_market_missing');
        const { data: gaps, meta } = body as {
          data: { missing_days: number }[];
          meta: { present_days: number; expected_days: number };
        };
        expect([symbol, calendar, missing.length]).toEqual([
          symbol,
          calendar,
          gaps.reduce((sum, gap) => sum + gap.missing_days, 0),
        ]);
        expect(meta.present_days + missing.length).toBe(meta.expected_days);
      }
    }
  });

  it('is the same in a matrix, on pages of any size, in CSV and over GraphQL', async () => {
    const single: Row[] = [];
    for (const symbol of SYMBOLS) single.push(...(await rowsOf(`/${symbol}?${WINDOW}&limit=10000`)));
    const list = `?symbols=${SYMBOLS.join()},NOPE&${WINDOW}`;
    expect(await rowsOf(list)).toEqual(single);
    expect(await rowsOf(`${list}&limit=97`)).toEqual(single);
    const csv = await api.get(`/v1/market-data/condition${list}&format=csv`).expect(200);
    expect(
      csv.text
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').slice(0, 3).join()),
    ).toEqual(single.map(({ symbol, day, condition }) => [symbol, day, condition].join()));
    const query = `query ($after: String) { condition(symbols: ${JSON.stringify([...SYMBOLS, 'NOPE'])}, start: "${FIRST}", end: "${LAST}", after: $after) {
      nodes { symbol day condition reason bars missingBars firstMissing lastMissing lastModified } unknown pageInfo { hasNextPage endCursor } } }`;
    const nodes: Row[] = [];
    let after: string | undefined;
    do {
      const { body } = await api.graphql(query, { after }).expect(200);
      expect(body.data.condition.unknown).toEqual(['NOPE']);
      nodes.push(...(body.data.condition.nodes as Row[]));
      const { hasNextPage, endCursor } = body.data.condition.pageInfo as { hasNextPage: boolean; endCursor: string };
      after = hasNextPage ? endCursor : undefined;
    } while (after !== undefined);
    const lowered = (text: unknown): unknown => (typeof text === 'string' ? text.toLowerCase() : text);
    expect(
      nodes.map((row) => [
        row.symbol,
        row.day,
        lowered(row.condition),
        lowered(row.reason),
        row.missingBars,
        row.lastModified,
      ]),
    ).toEqual(
      single.map((row) => [row.symbol, row.day, row.condition, row.reason, row.missing_bars, row.last_modified]),
    );
  });

  it('gives the first page of each symbol when GraphQL asks for several, and goes on from there', async () => {
    const query = `query ($after: String) { symbol(symbol: "MIN") {
      condition(start: "${FIRST}", end: "${LAST}", first: 100, after: $after) { columns { day } pageInfo { hasNextPage endCursor } } } }`;
    const all = await api
      .graphql(
        `{ symbols { nodes { symbol condition(start: "${FIRST}", end: "${LAST}", first: 100) { columns { day } pageInfo { hasNextPage endCursor } } } } }`,
      )
      .expect(200);
    const pages = all.body.data.symbols.nodes as { symbol: string; condition: unknown }[];
    expect(pages.map(({ symbol }) => symbol)).toEqual(SYMBOLS);
    const one = await api.graphql(query).expect(200);
    expect(pages.find(({ symbol }) => symbol === 'MIN')!.condition).toEqual(one.body.data.symbol.condition);
    const { endCursor } = one.body.data.symbol.condition.pageInfo as { endCursor: string };
    const next = await api.graphql(query, { after: endCursor }).expect(200);
    expect(next.body.data.symbol.condition.columns.day).toEqual(days(FIRST, LAST).map(formatDay).slice(100, 200));
  });

  it('refuses an export of too many days before it reads one, and names what it does not know', async () => {
    const { body } = await api
      .get(`/v1/market-data/condition?symbols=${SYMBOLS.join()}&start=1980-01-01&format=csv`)
      .expect(400);
    expect(body).toMatchObject({ code: 'window_too_large', param: 'start' });
    const odd = await api.get('/v1/market-data/condition/MIN?calendar=nyse').expect(400);
    expect(odd.body).toMatchObject({ param: 'calendar', allowed: ['weekdays', 'observed', 'xnys', 'all'] });
    await api.get('/v1/market-data/condition/NOPE').expect(404);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { applyRetention } from '../../src/setup/apply.js';
import { retain } from '../../src/setup/retention.js';
import { describeOnTimescale, startApp, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { opens, Sent } from '../support/plans.js';

/** What one statement may open, and the locks that this takes: a chunk has some indexes, each of which is one. */
const CHUNKS = 60;
const LOCKS = 400;
/** Statements that compare days with those around them, of which a chunk has one; and how many of these they read. */
const [ALSO_AROUND, CHUNKS_AROUND] = [/"finding"|"first_missing"/, 90];
/** Slices of the hypertable, a week each, that are archived: fewer than there are chunks. */
const ARCHIVED_SLICES = 40;
/** Every bar, those of the hypertable before those of the archive. */
const BOTH = `(
  SELECT symbol, timestamp, high, close, volume, source FROM market_data.ohlcv
  UNION ALL
  SELECT symbol, timestamp, high, close, volume, source FROM market_data.ohlcv_archive AS old
  WHERE NOT EXISTS (SELECT FROM market_data.ohlcv AS bar WHERE bar.symbol = old.symbol AND bar.timestamp = old.timestamp)
) AS bar`;

const [FIRST, DAILY_CHUNKS, LATE, LAST] = ['2015-01-01', '2022-01-01', '2022-06-01', '2022-12-30'];
const SYMBOLS = ['A', 'B', 'LATE', 'TINY', 'WORDS'];
const WINDOW = `start=1950-01-01&end=2030-12-31`;

/** Two bars a weekday, with a source that CSV has to quote for one of the symbols. */
const insert = (symbol: string, from: string, to: string): string => `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source)
  SELECT '${symbol}', day + i * interval '14 hours 30 minutes', 10 + n % 7, 20 + n % 7, 5, 12 + n % 5, 1000 + n, 11.5,
    '12h', CASE '${symbol}' WHEN 'WORDS' THEN E'"a",\n' || n % 9 ELSE 'test' END
  FROM generate_series(timestamptz '${from}', timestamptz '${to}', interval '1 day') WITH ORDINALITY AS days (day, n),
    generate_series(0, 1) AS i
  WHERE extract(isodow FROM day) < 6`;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { readonly enum?: readonly string[]; readonly anyOf?: readonly unknown[] };
}

describeOnTimescale('windows over many hundred chunks', () => {
  let database: TestDatabase;
  let sql: pg.Client;
  let sent: Sent;
  let api: TestApp;
  let requests: string[];
  /** The relation that naive SQL reads. */
  let relation = 'market_data.ohlcv';
  const seen = new Set<string>();

  beforeAll(async () => {
    database = await createDatabase();
    sql = await connect();
    for (const symbol of ['A', 'B', 'WORDS']) await sql.query(insert(symbol, FIRST, '2021-12-31'));
    await sql.query(insert('TINY', '2016-03-01', '2016-03-01'));
    await sql.query(
      `SELECT compress_chunk(c, true) FROM show_chunks('market_data.ohlcv', older_than => '2015-06-01'::timestamptz) c`,
    );
    // A chunk's length may be changed: what is a year of chunks in one place is ten years of them in another.
    await sql.query(`SELECT set_chunk_time_interval('market_data.ohlcv', interval '1 day')`);
    for (const symbol of ['A', 'B', 'WORDS']) await sql.query(insert(symbol, DAILY_CHUNKS, LAST));
    await sql.query(insert('LATE', LATE, LAST));
    await sql.query('ANALYZE market_data.ohlcv');
    // From the start on, so that what the API reads for itself counts too.
    sent = new Sent(true);
    api = await startApp(database.urls.reader);
    await api.get('/v1/market-data/symbols').expect(200);
    requests = await everyRequest();
  }, 300_000);
  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: database.urls.admin,
      options: '-c timezone=UTC -c datestyle=ISO',
    });
    await client.connect();
    return client;
  }
  afterAll(async () => {
    sent.restore();
    await api.close();
    await sql.end();
    await database.drop();
  });

  /** Each route of the market data in each format and order that the document knows, over the widest window. */
  async function everyRequest(): Promise<string[]> {
    const { body } = await api.get('/openapi.json').expect(200);
    const found: string[] = [];
    for (const [path, { get }] of Object.entries(body.paths as Record<string, { get: { parameters?: Parameter[] } }>)) {
      // The stream of changes does not end.
      if (!path.startsWith('/v1/market-data/') || path.endsWith('/stream')) continue;
      const known = new Map((get.parameters ?? []).map((parameter) => [parameter.name, parameter]));
      const valuesOf = (name: string): readonly (string | null)[] => known.get(name)?.schema.enum ?? [null];
      const windows = [...(known.has('date') ? ['date=2022-07-01'] : []), known.has('start') ? WINDOW : ''];
      const timeframes = path.includes('/bars') ? [null, '1w', '1d'] : [null];
      const all = [windows, timeframes, valuesOf('format'), valuesOf('sort')].reduce<(string | null)[][]>(
        (rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])),
        [[]],
      );
      for (const symbol of known.get('symbol')?.in === 'path' ? ['A', 'LATE'] : ['']) {
        for (const [window, timeframe, format, sort] of all) {
          // A market day has one order.
          if (window!.startsWith('date') && sort === 'desc') continue;
          const streams = format === 'csv' || format === 'ndjson';
          const whole = streams && known.get('limit')?.schema.anyOf !== undefined;
          for (const limit of known.has('limit') ? (whole ? ['10', 'all'] : ['10', '1000']) : [null]) {
            const symbols = known.has('symbols') ? SYMBOLS.join() : null;
            const query = Object.entries({ timeframe, format, sort, limit, symbols })
              .filter(([, value]) => value != null)
              .map(([name, value]) => `${name}=${value}`);
            found.push(`${path.replace('{symbol}', symbol)}?${[window, ...query].filter(Boolean).join('&')}`);
          }
        }
      }
    }
    return found;
  }

  /** Statements of what was asked that open more than they may, with what they open. */
  async function tooWide(): Promise<unknown[]> {
    const wide: unknown[] = [];
    for (const statement of sent.statements) {
      if (seen.has(statement.sql)) continue;
      seen.add(statement.sql);
      const opened = await opens(sql, statement);
      const chunks = ALSO_AROUND.test(statement.sql) ? CHUNKS / 2 + CHUNKS_AROUND : CHUNKS;
      if (opened.chunks > chunks || opened.locks > LOCKS) wide.push({ ...opened, sql: statement.sql.slice(0, 300) });
    }
    sent.clear();
    return wide;
  }

  const QUESTIONS = [
    `{ symbols(first: 10) { nodes { symbol timeframes sources priceDecimals } } }`,
    `{ latest(symbols: ["A", "LATE", "TINY"], timeframe: "12h") { bar { timestamp } } }`,
    `{ compare(symbols: ${JSON.stringify(SYMBOLS)}, start: "1950-01-01", end: "2030-12-31") { nodes { value } summary { cagr } }
      symbols(first: 10) { nodes { statistics { cagr } } } }`,
    ...['ASC', 'DESC'].map((sort) => {
      const list = `(start: "1950-01-01", end: "2030-12-31", sort: ${sort}, first: 700) { nodes { close } }`;
      const fields = `bars${list} daily${list} gaps(start: "1950-01-01", end: "2030-12-31") { coverage }`;
      return `{ ${SYMBOLS.map((symbol) => `${symbol}: symbol(symbol: "${symbol}") { ${fields} }`).join(' ')} }`;
    }),
  ];

  const naive = async (text: string): Promise<string[]> =>
    (await sql.query<{ line: string }>(text)).rows.map(({ line }) => line);
  const linesOf = (text: string): string[] => text.trimEnd().split('\n').slice(1);

  /** The same rows by naive SQL, and every statement within its bounds. */
  function cases(): void {
    it('no statement of any route opens more than its share, in any format', async () => {
      expect(requests.length).toBeGreaterThan(80);
      for (const path of requests) {
        const { status, body } = await api.get(path);
        // Some exports are bounded by what they look at, too.
        if (status !== 200) {
          const { code } = body as { code: string };
          expect({ path, status, code }).toEqual({ path, status: 400, code: 'window_too_large' });
        }
        expect({ path, wide: await tooWide() }).toEqual({ path, wide: [] });
      }
    }, 900_000);

    it('nor of any GraphQL field', async () => {
      for (const question of QUESTIONS) {
        const { body } = await api.graphql(question).expect(200);
        expect(body.errors).toBeUndefined();
        expect({ question, wide: await tooWide() }).toEqual({ question, wide: [] });
      }
    }, 300_000);

    it('nor of what the API reads for itself, nor of the look for an unknown symbol', async () => {
      await api.get('/v1/market-data/latest/NOSUCH').expect(404);
      await api.get('/v1/market-data/bars/A?source=nosuch&start=1950-01-01&end=2030-12-31').expect(400);
      await api.get('/v1/catalog').expect(200);
      expect(await tooWide()).toEqual([]);
    }, 300_000);

    it.each(['asc', 'desc'])(
      'exports of several symbols have the rows of naive SQL, in their order: %s',
      async (sort) => {
        const path = `/v1/market-data/bars?symbols=${SYMBOLS.join()}&${WINDOW}&sort=${sort}&limit=all`;
        const order = `ORDER BY symbol COLLATE "C", timestamp ${sort}`;
        const fields = `fields=timestamp,close,source`;
        const instant = `to_char(timestamp, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
        const csv = await naive(
          `SELECT concat_ws(',', ${instant}, trim_scale(close), CASE WHEN source LIKE '%"%' THEN '"' || replace(source, '"', '""') || '"' ELSE source END) AS line FROM ${relation} ${order}`,
        );
        const { text } = await api.get(`${path}&format=csv&${fields}`).expect(200);
        expect(text.slice(text.indexOf('\n') + 1, -1)).toBe(csv.join('\n'));
        const ndjson = await api.get(`${path}&format=ndjson&fields=symbol,timestamp`).expect(200);
        const keys = await naive(
          `SELECT format('{"symbol":"%s","timestamp":"%s"}', symbol, ${instant}) AS line FROM ${relation} ${order}`,
        );
        expect(ndjson.text).toBe(`${keys.join('\n')}\n`);
        const one = await api.get(`${path}&format=csv&fields=symbol`).expect(200);
        expect(linesOf(one.text)).toEqual(await naive(`SELECT symbol AS line FROM ${relation} ${order}`));
      },
    );

    it.each(['asc', 'desc'])('pages and exports of a symbol have the rows of naive SQL: %s', async (sort) => {
      for (const symbol of ['A', 'LATE', 'TINY']) {
        const bars = await naive(
          `SELECT to_char(timestamp, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS line FROM ${relation} WHERE symbol = '${symbol}' ORDER BY timestamp ${sort}`,
        );
        expect(await pages(`/v1/market-data/bars/${symbol}?${WINDOW}&sort=${sort}&limit=1500`, 'timestamp')).toEqual(
          bars,
        );
        const daily = await naive(
          `SELECT concat_ws(',', to_char(timestamp, 'YYYY-MM-DD'), trim_scale(max(high)), sum(volume)) AS line FROM ${relation} WHERE symbol = '${symbol}' GROUP BY to_char(timestamp, 'YYYY-MM-DD') ORDER BY to_char(timestamp, 'YYYY-MM-DD') ${sort}`,
        );
        const list = `/v1/market-data/daily/${symbol}?${WINDOW}&sort=${sort}`;
        const { text } = await api.get(`${list}&format=csv&fields=day,high,volume&limit=all`).expect(200);
        expect(linesOf(text)).toEqual(daily);
        expect(await pages(`${list}&limit=1500`, 'day')).toEqual(daily.map((line) => line.slice(0, 10)));
      }
    });

    it('gaps have the days of naive SQL', async () => {
      for (const symbol of ['A', 'LATE', 'TINY']) {
        const [present] = await naive(
          `SELECT count(DISTINCT timestamp::date)::text AS line FROM ${relation} WHERE symbol = '${symbol}'`,
        );
        const { body } = await api.get(`/v1/market-data/gaps/${symbol}?start=1990-01-01&end=2023-12-31`).expect(200);
        expect(body.meta.present_days).toBe(Number(present));
      }
    });
  }

  /** A column of all pages. */
  async function pages(path: string, column: string): Promise<string[]> {
    const found: string[] = [];
    for (let token: string | null = ''; token !== null;) {
      const { body } = await api.get(`${path}${token && `&page_token=${token}`}`).expect(200);
      found.push(...(body.data as Record<string, string>[]).map((row) => row[column]!));
      token = body.next_page_token as string | null;
    }
    return found;
  }

  describe('with nothing stored', cases);

  describe('with all stored and small corrections over all of it', () => {
    beforeAll(async () => {
      await sql.query(`CALL refresh_continuous_aggregate('market_data.ohlcv_daily', NULL, NULL)`);
      await sql.query(
        `UPDATE market_data.ohlcv SET high = high + 1 WHERE symbol = 'A' AND timestamp IN (
           SELECT day FROM generate_series(timestamptz '2015-02-04', '2022-12-01', interval '63 days') AS day)`,
      );
      await api.close();
      api = await startApp(database.urls.reader);
      await api.get('/v1/market-data/symbols').expect(200);
    }, 300_000);
    cases();
  });

  describe('with the oldest bars in the archive, one of them corrected since', () => {
    beforeAll(async () => {
      await applyRetention(sql);
      const { bars: moved } = await retain(connect, { limit: ARCHIVED_SLICES });
      expect(moved).toBeGreaterThan(1000);
      await sql.query(
        `INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source)
         SELECT symbol, timestamp, open, high + 5, low, close, volume, vwap, timeframe, 'late'
         FROM market_data.ohlcv_archive WHERE symbol = 'A' ORDER BY timestamp OFFSET 45 LIMIT 1`,
      );
      relation = BOTH;
      await api.close();
      api = await startApp(database.urls.reader);
      await api.get('/v1/market-data/symbols').expect(200);
    }, 300_000);
    cases();
  });
});

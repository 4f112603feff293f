import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { describeOnTimescale, startApp, type TestApp } from '../support/app.js';
import { createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';
import { COLUMNS, insert, KEYS, naive, type Row, STRETCHES, WINDOW, ZONES } from '../support/naive-bars.js';

describe('bars of an interval', () => {
  let database: TestDatabase;
  let sql: pg.Client;
  let api: TestApp;

  beforeAll(async () => {
    database = await createDatabase();
    sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
    await sql.connect();
    for (const stretch of STRETCHES) await sql.query(insert(stretch));
    api = await startApp(database.urls.reader);
  }, 120_000);
  afterAll(async () => {
    await api.close();
    await sql.end();
    await database.drop();
  });

  async function rowsOf(symbol: string, query: string): Promise<{ rows: Row[]; meta: Row }> {
    const rows: Row[] = [];
    for (let token: string | null = ''; token !== null;) {
      const after = token && `&page_token=${token}`;
      const { body } = await api
        .get(`/v1/market-data/bars/${symbol}?${query}&numbers=string&fields=${COLUMNS}${after}`)
        .expect(200);
      rows.push(...(body.data as Row[]));
      token = body.next_page_token as string | null;
      if (token === null) return { rows, meta: body.meta as Row };
    }
    throw new Error('no last page');
  }

  const cases = ZONES.flatMap((zone) => Object.keys(KEYS).map((interval) => [interval, zone] as const));
  it.each(cases)('%s in %s equal naive SQL, in one page, in many, and backwards', async (interval, zone) => {
    const daily = zone === 'UTC' && /[dwoqy]$/.test(interval);
    const expected = (await sql.query<Row>(naive('FINE', interval, zone, daily))).rows;
    const query = `timeframe=${interval}&tz=${zone}&${WINDOW}`;
    const whole = await rowsOf('FINE', `${query}&limit=10000`);
    expect(whole.rows).toEqual(expected);
    expect(whole.meta).toMatchObject({ timeframe: interval, tz: zone, derived_from: daily ? 'daily' : '15m' });
    const limit = Math.max(1, Math.floor(expected.length / 5));
    expect((await rowsOf('FINE', `${query}&limit=${limit}`)).rows).toEqual(expected);
    expect((await rowsOf('FINE', `${query}&limit=${limit}&sort=desc`)).rows).toEqual(expected.toReversed());
    const { text } = await api
      .get(`/v1/market-data/bars/FINE?${query}&format=csv&fields=timestamp,open,bars`)
      .expect(200);
    expect(text.trim().split('\n').slice(1)).toEqual(
      expected.map(
        ({ timestamp, open, bars }) => `${String(timestamp).replace('Z', '.000000Z')},${String(open)},${String(bars)}`,
      ),
    );
  });

  it('are whole at the edges of a window, however it falls', async () => {
    const query = 'timeframe=4h&tz=America/New_York';
    const { rows } = await rowsOf('FINE', `${query}&${WINDOW}&limit=10000`);
    const inside = await rowsOf('FINE', `${query}&start=2025-03-09T06:30:00Z&end=2025-03-10T01:00:00Z`);
    expect(inside.rows[0]).toMatchObject({ timestamp: '2025-03-09T05:00:00Z' });
    expect(inside.meta).toMatchObject({ query: { start: '2025-03-09T05:00:00Z', end: '2025-03-10T04:00:00Z' } });
    const at = rows.findIndex(({ timestamp }) => timestamp === '2025-03-09T05:00:00Z');
    expect(inside.rows).toEqual(rows.slice(at, at + inside.rows.length));
  });

  it.each([
    ['90m', 'Europe/London', '2025-03-30T01:00:00Z'],
    ['90m', 'Antarctica/Troll', '2025-03-30T01:00:00Z'],
    ['2h', 'Antarctica/Troll', '2025-03-30T01:00:00Z'],
    ['90m', 'America/New_York', '2025-11-02T06:00:00Z'],
    ['45m', 'America/New_York', '2025-11-02T06:00:00Z'],
    ['1h', 'Australia/Lord_Howe', '2025-04-05T15:00:00Z'],
  ])(
    'of %s in %s have the same values in a window that begins where one ends, at a change of clocks',
    async (...of) => {
      const [interval, zone, change] = of;
      const query = `timeframe=${interval}&tz=${zone}`;
      const { rows } = await rowsOf('FINE', `${query}&${WINDOW}&limit=10000`);
      const at = rows.findIndex(({ timestamp }) => (timestamp as string) >= change);
      for (const first of [at - 1, at, at + 1]) {
        const some = await rowsOf(
          'FINE',
          `${query}&start=${rows[first]!.timestamp as string}&end=2025-11-05&limit=5000`,
        );
        expect(some.rows[0]).toEqual(rows[first]);
      }
    },
  );

  it('of days are made of one source where one is named, of stored bars', async () => {
    const { rows, meta } = await rowsOf('FINE', `timeframe=1d&source=x&${WINDOW}`);
    expect(meta).toMatchObject({ derived_from: '15m' });
    const [{ volume }] = (
      await sql.query(`SELECT sum(volume)::text AS volume FROM market_data.ohlcv WHERE symbol = 'FINE' AND source = 'x'
        AND timestamp < '2025-03-02Z'`)
    ).rows as [{ volume: string }];
    expect(rows[0]).toMatchObject({ volume });
  });

  it('are of as few as max_points asks for, and of the shortest that are no more', async () => {
    for (const [points, timeframe] of [
      [10, '1mo'],
      [40, '1w'],
      [400, '1d'],
      [5000, '2h'],
    ] as const) {
      const query = `max_points=${points}&${WINDOW}`;
      const { rows, meta } = await rowsOf('FINE', `${query}&limit=7`);
      expect(meta).toMatchObject({ timeframe, query: { max_points: points } });
      expect(rows.length).toBeLessThanOrEqual(points);
      expect(rows).toEqual((await rowsOf('FINE', `timeframe=${timeframe}&${WINDOW}&limit=10000`)).rows);
    }
    const day = await rowsOf('FINE', 'max_points=100&start=2025-03-03&end=2025-03-03');
    expect(day.meta).toMatchObject({ timeframe: '15m' });
  });

  it('are never made of a mixture', async () => {
    await sql.query(`
      INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      SELECT 'MIXED', t, 1, 1, 1, 1, 1, '1h', 'x' FROM generate_series(timestamptz '2023-01-01Z', timestamptz '2025-06-30Z', interval '6 hours') AS t
      UNION ALL
      SELECT 'MIXED', t + interval '7 minutes', 2, 2, 2, 2, 10, '1m', 'x' FROM generate_series(timestamptz '2025-06-29Z', timestamptz '2025-06-30Z', interval '1 hour') AS t`);
    const one = await rowsOf('MIXED', 'timeframe=12h&start=2025-06-30&end=2025-06-30');
    expect(one.meta).toMatchObject({ derived_from: '1m' });
    expect(one.rows).toMatchObject([{ volume: '10', bars: 1 }]);
    // Over all years only the hours are there.
    const all = await rowsOf('MIXED', 'timeframe=12h&start=2023-01-01&end=2025-06-30&limit=10000');
    expect(all.meta).toMatchObject({ derived_from: '1h' });
    expect(all.rows.at(-1)).toMatchObject({ volume: '1', bars: 1 });
    expect(all.rows).toHaveLength(1823);
  });

  it('of several symbols come one after the other, each made of what it has', async () => {
    const { body } = await api
      .get(`/v1/market-data/bars?symbols=HOUR,FINE&timeframe=4h&start=2025-03-01&end=2025-03-01`)
      .expect(200);
    const rows = body.data as Row[];
    expect(rows.map(({ symbol }) => symbol)).toEqual([
      ...Array<string>(6).fill('FINE'),
      ...Array<string>(6).fill('HOUR'),
    ]);
    expect(body.meta).toMatchObject({ derived_from: '15m, 1h' });
    const some = await api.get(`/v1/market-data/bars?symbols=HOUR,FINE&timeframe=30m&start=2025-03-01`).expect(200);
    expect(some.body.meta.note).toBe('No bars of 30m can be made of those of HOUR.');
  });

  it.each([
    ['timeframe=30m', 'timeframe', ['1h', '2h', '4h', '1d', '1w', '1mo', '1q', '1y']],
    ['timeframe=65m', 'timeframe', ['1h', '2h', '4h', '1d', '1w', '1mo', '1q', '1y']],
    ['timeframe=1M', 'timeframe', undefined],
    ['timeframe=4h&tz=Asia/Kathmandu', 'tz', undefined],
    ['timeframe=4h&tz=Asia/Katmando', 'tz', undefined],
    ['timeframe=4h&tz=%2B05:45', 'tz', undefined],
    ["timeframe=4h&tz=UTC'", 'tz', undefined],
    ['tz=America/New_York', 'tz', undefined],
    ['timeframe=4h&max_points=100', 'max_points', undefined],
    ['max_points=9', 'max_points', undefined],
    ['max_points=5001', 'max_points', undefined],
    ['max_points=10&start=1950-01-01', 'max_points', undefined],
  ])('%s is refused by its name', async (query, param, allowed) => {
    const { body } = await api.get(`/v1/market-data/bars/HOUR?${query}`).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', param, ...(allowed ? { allowed } : {}) });
  });

  it('go on only with the parameters that they began with', async () => {
    const first = await api.get('/v1/market-data/bars/HOUR?timeframe=4h&limit=2').expect(200);
    const token = first.body.next_page_token as string;
    for (const query of ['timeframe=2h', 'timeframe=4h&tz=Europe/London', 'max_points=100', 'timeframe=1h', '']) {
      const { body } = await api.get(`/v1/market-data/bars/HOUR?${query}&page_token=${token}`).expect(400);
      expect(body.code).toBe('invalid_page_token');
    }
  });

  it('are the same over GraphQL, where symbols of all kinds stand side by side', async () => {
    const query = `{ symbols(first: 5) { nodes { symbol bars(timeframe: "4h", start: "2025-03-01", end: "2025-03-02", first: 5) {
      timeframe derivedFrom tz freshness { note } note window { start end }
      nodes { timestamp open vwap tradesCount source bars isPartial } columns { close } pageInfo { hasNextPage endCursor } } } } }`;
    const { body } = await api.graphql(query).expect(200);
    expect(body.errors).toBeUndefined();
    const fine = body.data.symbols.nodes.find(({ symbol }: { symbol: string }) => symbol === 'FINE').bars;
    const rest = await api
      .get('/v1/market-data/bars/FINE?timeframe=4h&start=2025-03-01&end=2025-03-02&limit=5')
      .expect(200);
    expect(fine.nodes.map(({ timestamp, open }: Row) => [timestamp, open])).toEqual(
      (rest.body.data as Row[]).map(({ timestamp, open }) => [timestamp, open]),
    );
    expect(fine).toMatchObject({ timeframe: '4h', derivedFrom: '15m', tz: 'UTC', freshness: null, note: null });
    expect(fine.pageInfo).toEqual({ hasNextPage: true, endCursor: rest.body.next_page_token });
    const next = await api
      .graphql(
        `{ symbol(symbol: "FINE") { bars(timeframe: "4h", start: "2025-03-01", end: "2025-03-02", first: 50, after: "${fine.pageInfo.endCursor}") { nodes { timestamp } } } }`,
      )
      .expect(200);
    expect(next.body.data.symbol.bars.nodes).toHaveLength(7);
  });

  it('that are not over say so', async () => {
    await sql.query(`
      INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      SELECT 'NOW', date_trunc('hour', now()) - interval '1 day' * d, 1, 1, 1, 1, 1, '1h', 'x' FROM generate_series(0, 40) AS d`);
    for (const timeframe of ['1d', '1mo']) {
      const { body } = await api.get(`/v1/market-data/bars/NOW?timeframe=${timeframe}&sort=desc&limit=2`).expect(200);
      expect((body.data as Row[]).map(({ is_partial }) => is_partial)).toEqual([true, false]);
    }
    const zoned = await api.get('/v1/market-data/bars/NOW?timeframe=1w&tz=Asia/Tokyo&sort=desc&limit=1').expect(200);
    expect(zoned.body.data[0]).toMatchObject({ is_partial: true });
  });

  describeOnTimescale('against time_bucket', () => {
    it.each(['UTC', 'America/New_York'])('begin where its buckets do, in %s', async (zone) => {
      for (const [interval, width] of Object.entries({
        '30m': '30 minutes',
        '1h': '1 hour',
        '4h': '4 hours',
        '1d': '1 day',
        '1w': '1 week',
        '1mo': '1 month',
        '1q': '3 months',
        '1y': '1 year',
      })) {
        const { rows } = await sql.query<{ start: string; volume: string }>(`
          SELECT to_char(time_bucket('${width}', timestamp, '${zone}') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start,
            sum(volume)::text AS volume
          FROM market_data.ohlcv WHERE symbol = 'FINE' GROUP BY 1 ORDER BY 1`);
        const ours = (await rowsOf('FINE', `timeframe=${interval}&tz=${zone}&${WINDOW}&limit=10000`)).rows;
        expect([interval, ours.map(({ timestamp, volume }) => [timestamp, volume])]).toEqual([
          interval,
          rows.map(({ start, volume }) => [start, volume]),
        ]);
      }
    });
  });
});

describe('bars of an interval of the index', () => {
  let api: TestApp;
  beforeAll(async () => (api = await startApp(sharedDatabase().reader)));
  afterAll(() => api.close());

  it.each([
    ['1w', 1059],
    ['1mo', 244],
    ['1q', 82],
    ['1y', 21],
  ])('of %s are as many as R makes of it with xts::to.period', async (timeframe, count) => {
    const { text } = await api.get(`/v1/market-data/bars/^GSPC?timeframe=${timeframe}&format=csv`).expect(200);
    expect(text.trim().split('\n')).toHaveLength(count + 1);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { pagedRows } from '../support/pages.js';

interface Row {
  readonly symbol: string;
  readonly timestamp: string;
  readonly day: string | null;
}

/** Bars of a symbol, one for each step of a stretch. */
const bars = (symbol: string, from: string, to: string, every: string, timeframe: string, source = 'x'): string => `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
  SELECT '${symbol}', t, 1, 1, 1, 1, 1, '${timeframe}', '${source}'
  FROM generate_series(timestamptz '${from}Z', timestamptz '${to}Z', interval '${every}') AS t`;

const V1 = '/v1/market-data';
/** Characters whose order as UTF-16 is not that of PostgreSQL. */
const [FULLWIDTH, FACE] = ['ｆ', '😀'];

describe('symbols, timeframes and windows at their edges', () => {
  let database: TestDatabase;
  let sql: pg.Client;
  let api: TestApp;

  beforeAll(async () => {
    database = await createDatabase();
    sql = new pg.Client({ connectionString: database.urls.admin, options: '-c timezone=UTC' });
    await sql.connect();
    for (const symbol of [FULLWIDTH, FACE]) await sql.query(bars(symbol, '2024-01-01', '2024-03-05', '1 day', '1d'));
    await sql.query(bars('SWITCH', '2022-01-01', '2023-05-31', '4 hours', '4h', 'old'));
    await sql.query(bars('SWITCH', '2023-06-01', '2024-12-31', '1 day', '1d', 'new'));
    for (const year of ['0001', '0099', '1000', '1582', '1899', '2024']) {
      await sql.query(bars('OLD', `${year}-06-01`, `${year}-06-01`, '1 day', '1d'));
    }
    await sql.query(bars('LAST', '9999-12-31', '9999-12-31', '1 day', '1d'));
    await sql.query(bars('LAST', '9999-12-31 12:00', '9999-12-31 12:00', '1 day', '1d'));
    await sql.query(bars('LAST', '10000-01-01', '10000-01-01', '1 day', '1d'));
    api = await startApp(database.urls.reader);
  }, 120_000);
  afterAll(async () => {
    await api.close();
    await sql.end();
    await database.drop();
  });

  it.each(['bars', 'daily'])(
    '%s of symbols whose characters lie beyond UTF-16 lose none from page to page',
    async (list) => {
      const symbols = `${encodeURIComponent(FACE)},${encodeURIComponent(FULLWIDTH)}`;
      const rows = await pagedRows<Row>(api, `${V1}/${list}?symbols=${symbols}&start=2024-01-01&end=2024-03-31`, 10);
      expect(rows.map(({ symbol }) => symbol)).toEqual([
        ...Array<string>(65).fill(FULLWIDTH),
        ...Array<string>(65).fill(FACE),
      ]);
      const { text } = await api
        .get(`${V1}/${list}?symbols=${symbols}&start=2024-01-01&end=2024-03-31&format=csv&fields=symbol`)
        .expect(200);
      expect(text.trim().split('\n').slice(1)).toEqual(rows.map(({ symbol }) => symbol));
    },
  );

  it('lists of symbols go on after such a character', async () => {
    const { body } = await api.get(`${V1}/symbols`).expect(200);
    const all = (body.data as Row[]).map(({ symbol }) => symbol);
    expect(all.indexOf(FULLWIDTH)).toBeLessThan(all.indexOf(FACE));
    expect((await pagedRows<Row>(api, `${V1}/symbols`, 1)).map(({ symbol }) => symbol)).toEqual(all);
    expect((await pagedRows<Row>(api, `${V1}/gaps`, 1)).map(({ symbol }) => symbol)).toEqual(all);
  });

  it('the newest bar of a timeframe that ended within a year is found', async () => {
    const { body } = await api.get(`${V1}/latest/SWITCH?timeframe=4h`).expect(200);
    expect(body.data).toMatchObject({ timestamp: '2023-05-31T00:00:00Z', timeframe: '4h' });
    const graphql = await api.graphql('{ latest(symbols: ["SWITCH", "OLD"], timeframe: "4h") { bar { timestamp } } }');
    expect(graphql.body.data.latest).toEqual([{ bar: { timestamp: '2023-05-31T00:00:00Z' } }, { bar: null }]);
    // One that nobody has read of before.
    await sql.query(bars('SWITCH2', '2022-01-01', '2023-05-31', '6 hours', '6h'));
    await sql.query(bars('SWITCH2', '2023-06-01', '2024-12-31', '1 day', '1d'));
    const second = await api.get(`${V1}/latest/SWITCH2?timeframe=6h`).expect(200);
    expect(second.body.data).toMatchObject({ timestamp: '2023-05-31T00:00:00Z' });
  });

  it('a source that a symbol has had is no mistake, whatever window is asked for', async () => {
    const { body } = await api.get(`${V1}/bars/SWITCH?source=old`).expect(200);
    expect(body.data).toEqual([]);
    await api.get(`${V1}/bars/SWITCH?source=older`).expect(400);
  });

  it('a page token goes on when a symbol that was unknown has come', async () => {
    for (const list of ['bars', 'daily', 'bars?timeframe=1w']) {
      const name = `NEW${list.length}`;
      const [path, more = ''] = list.split('?');
      const query = `${V1}/${path!}?symbols=OLD,SWITCH,${name}&start=2024-01-01&end=2024-12-31&limit=2&${more}`;
      const first = await api.get(query).expect(200);
      expect(first.body.meta.unknown).toEqual([name]);
      await sql.query(bars(name, '2024-06-01', '2024-06-02', '1 day', '1d'));
      // That there is no such symbol is remembered for a moment.
      while ((await api.get(`${V1}/latest/${name}`)).status === 404) await setTimeout(200);
      await api.get(`${query}&page_token=${first.body.next_page_token}`).expect(200);
    }
  });

  it('what counts back from the newest row ends with the first one, however old', async () => {
    const years = ['2024', '1899', '1582', '1000', '0099', '0001'];
    const first4 = (rows: readonly { timestamp?: string; day?: string | null }[]): string[] =>
      rows.map((row) => (row.timestamp ?? row.day!).slice(0, 4));
    for (const list of ['bars', 'daily']) {
      const path = `${V1}/${list}/OLD?sort=desc`;
      expect(first4(await pagedRows<Row>(api, path, 2))).toEqual(years);
      const column = list === 'bars' ? 'timestamp' : 'day';
      const { text } = await api.get(`${path}&format=csv&fields=${column}`).expect(200);
      expect(
        text
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => line.slice(0, 4)),
      ).toEqual(years);
    }
    const yearly = await pagedRows<Row>(api, `${V1}/bars/OLD?timeframe=1y`, 2);
    expect(first4(yearly)).toEqual(years.toReversed());
    // A start that is given still bounds the window.
    await api.get(`${V1}/bars/OLD?start=1000-01-01`).expect(400);
  });

  it('a market day that has no end which text can say is empty, not one without a name', async () => {
    const { body } = await api.get(`${V1}/daily?date=9999-12-31`).expect(200);
    expect(body.data).toEqual([]);
    const graphql = await api.graphql('{ marketDay(date: "9999-12-31") { nodes { symbol day } } }').expect(200);
    expect(graphql.body).toMatchObject({ data: { marketDay: { nodes: [] } } });
    expect(graphql.body.errors).toBeUndefined();
  });
});

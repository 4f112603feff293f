import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';
import { pagedRows } from '../support/pages.js';

type Row = Record<string, unknown>;

const PATH = '/v1/market-data/daily';
const WINDOW = 'start=2019-01-01&end=2019-12-31';
const SYMBOLS = 'symbols=MSFT,%5EGSPC,BRK.B,BTC-USD';

describe('daily bars side by side', () => {
  let api: TestApp;
  let wide: Row[];
  const rowsOf = async (query: string): Promise<Row[]> =>
    (await api.get(`${PATH}?${query}`).expect(200)).body.data as Row[];
  beforeAll(async () => {
    api = await startApp(sharedDatabase().reader);
    wide = await rowsOf(`${SYMBOLS}&${WINDOW}&layout=wide`);
  });
  afterAll(() => api.close());

  it.each(['open', 'high', 'low', 'close', 'volume', 'vwap'])('hold what the long rows have: %s', async (field) => {
    const long = await rowsOf(`${SYMBOLS}&${WINDOW}&limit=10000`);
    const symbols = [...new Set(long.map(({ symbol }) => symbol as string))];
    const days = [...new Set(long.map(({ day }) => day as string))].sort();
    const values = new Map(long.map((row) => [`${String(row.day)} ${String(row.symbol)}`, row[field]]));
    const expected = days.map((day) => ({
      day,
      ...Object.fromEntries(symbols.map((symbol) => [symbol, values.get(`${day} ${symbol}`) ?? null])),
    }));
    expect(symbols).toEqual(['BRK.B', 'BTC-USD', 'MSFT', '^GSPC']);
    expect(await rowsOf(`${SYMBOLS}&${WINDOW}&layout=wide&field=${field}&limit=10000`)).toEqual(expected);
  });

  it('come in pages, in both orders and in every format', async () => {
    expect(await pagedRows<Row>(api, `${PATH}?${SYMBOLS}&${WINDOW}&layout=wide`, 40)).toEqual(wide);
    expect(await pagedRows<Row>(api, `${PATH}?${SYMBOLS}&${WINDOW}&layout=wide&sort=desc`, 40)).toEqual(
      wide.toReversed(),
    );
    const csv = (await api.get(`${PATH}?${SYMBOLS}&${WINDOW}&layout=wide&format=csv`).expect(200)).text;
    expect(csv.split('\n')[0]).toBe('day,BRK.B,BTC-USD,MSFT,^GSPC');
    expect(csv.trim().split('\n')).toHaveLength(wide.length + 1);
    const { body } = await api.get(`${PATH}?${SYMBOLS}&${WINDOW}&layout=wide&format=columns&limit=10000`).expect(200);
    expect((body.data as Record<string, unknown[]>)['^GSPC']).toEqual(wide.map((row) => row['^GSPC']));
    expect(await rowsOf(`${SYMBOLS}&${WINDOW}&layout=wide&fields=^GSPC,day&limit=2`)).toEqual(
      wide.slice(0, 2).map((row) => ({ '^GSPC': row['^GSPC'], day: row.day })),
    );
  });

  it('keep every digit', async () => {
    const text = (await api.get(`${PATH}?symbols=%5EGSPC,AAPL&${WINDOW}&layout=wide&numbers=string`).expect(200)).text;
    const long = (await api.get(`${PATH}/%5EGSPC?${WINDOW}&numbers=string`).expect(200)).body.data as Row[];
    for (const { close } of long) expect(text).toContain(`"^GSPC":"${String(close)}"`);
  });

  it('name symbols that do not exist', async () => {
    const { body } = await api.get(`${PATH}?symbols=AAPL,NOPE&${WINDOW}&layout=wide`).expect(200);
    expect(body.meta).toMatchObject({ unknown: ['NOPE'], query: { layout: 'wide', field: 'close' } });
    expect(Object.keys((body.data as Row[])[0]!)).toEqual(['day', 'AAPL']);
  });

  it.each([
    ['layout=wide', 'date'],
    ['layout=wide&date=2019-12-31', 'layout'],
    ['field=open&date=2019-12-31', 'field'],
    ['field=open&symbols=AAPL', 'field'],
    ['layout=tall&symbols=AAPL', 'layout'],
    ['layout=wide&symbols=AAPL&field=source', 'field'],
    ['layout=wide&symbols=AAPL&fields=MSFT', 'fields'],
  ])('refuse %s', async (query, param) => {
    const { body } = await api.get(`${PATH}?${query}`).expect(400);
    expect(body.param).toBe(param);
  });
});

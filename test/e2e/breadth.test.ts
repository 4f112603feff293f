import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, symbolsRead, type TestApp } from '../support/app.js';
import { asAdmin, sharedDatabase } from '../support/database.js';
import { pagedRows } from '../support/pages.js';

type Row = Record<string, number | string | null>;

const PATH = '/v1/market-data/breadth';
/** The same in plain SQL, over the whole history of each symbol. */
const NAIVE = `
  with daily as (
    select symbol, (timestamp at time zone 'UTC')::date as day, max(high) as high, min(low) as low,
      (array_agg(close order by timestamp desc))[1] as close
    from market_data.ohlcv group by 1, 2
  ), beside as (
    select *, lag(close) over w as previous, min(day) over w as first_day,
      max(high) over (w range between interval '363 days' preceding and current row) as highest,
      min(low) over (w range between interval '363 days' preceding and current row) as lowest,
      avg(close) over (w rows 199 preceding) as average, count(*) over (w rows 199 preceding) as averaged
    from daily
    window w as (partition by symbol order by day)
  )
  select day::text, count(*)::int as symbols,
    (count(*) filter (where close > previous))::int as advancers,
    (count(*) filter (where close < previous))::int as decliners,
    (count(*) filter (where close = previous))::int as unchanged,
    (count(*) filter (where first_day <= day - 357 and high = highest))::int as new_highs,
    (count(*) filter (where first_day <= day - 357 and low = lowest))::int as new_lows,
    (count(*) filter (where averaged = 200 and close > average))::int as above_sma_200,
    (count(*) filter (where averaged = 200))::int as with_sma_200
  from beside where day between $1 and $2 group by day order by day`;

describe('breadth', () => {
  let api: TestApp;
  beforeAll(async () => {
    api = await startApp(sharedDatabase().reader);
    await symbolsRead(api);
  });
  afterAll(() => api.close());
  const rowsOf = async (query: string): Promise<Row[]> =>
    (await api.get(`${PATH}?${query}`).expect(200)).body.data as Row[];

  it('counts as plain SQL does, over years that share a window', async () => {
    const found = await rowsOf('start=2007-11-01&end=2009-03-31');
    const naive = await asAdmin(sharedDatabase().admin, async (admin) =>
      (await admin.query<Row>(NAIVE, ['2007-11-01', '2009-03-31'])).rows.map((row) => row),
    );
    const sessions = naive.filter(({ day }) => found.some((row) => row.day === day));
    expect(found.length).toBeGreaterThan(340);
    // What is left out is no session: a day on which few symbols have a bar.
    const most = Math.max(...naive.map(({ symbols }) => Number(symbols)));
    for (const row of naive) if (!sessions.includes(row)) expect(Number(row.symbols)).toBeLessThan(most);
    let line = 0;
    const expected = sessions.map((row) => {
      line += Number(row.advancers) - Number(row.decliners);
      const { above_sma_200: above, with_sma_200: all } = row;
      return { ...row, ad_line: line, share_above_sma_200: Number(all) ? Number(above) / Number(all) : null };
    });
    expect(found).toEqual(expected.map((row) => expect.objectContaining(row)));
    expect(found.reduce((sum, { new_lows: lows }) => sum + Number(lows), 0)).toBeGreaterThan(10);
  }, 120_000);

  it('pages through with one line of advances and declines', async () => {
    const all = await rowsOf('start=2019-01-01&end=2019-03-31');
    expect(await pagedRows<Row>(api, `${PATH}?start=2019-01-01&end=2019-03-31`, 7)).toEqual(all);
    const part = await rowsOf('start=2019-02-01&end=2019-03-31');
    expect(part[0]).toMatchObject({ ad_line: Number(part[0]!.advancers) - Number(part[0]!.decliners) });
    expect(all.at(-1)).toMatchObject({ ...part.at(-1), ad_line: all.at(-1)!.ad_line });
  });

  it('has by default the last ninety days, and nothing where there is no market', async () => {
    const { body } = await api.get(PATH).expect(200);
    const { start, end } = body.meta.query as { start: string; end: string };
    expect((Date.parse(end) - Date.parse(start)) / 86_400_000).toBe(89);
    expect((body.data as Row[]).length).toBeGreaterThan(50);
    expect(await rowsOf('start=1900-01-01&end=1950-01-01')).toEqual([]);
    expect(await rowsOf('start=2190-01-01&end=2190-02-01')).toEqual([]);
  });

  it('comes in every format, and says the same over GraphQL', async () => {
    const query = 'start=2019-01-01&end=2019-01-31';
    const rows = await rowsOf(query);
    const csv = (await api.get(`${PATH}?${query}&format=csv`).expect(200)).text.trim().split('\n');
    expect(csv).toHaveLength(rows.length + 1);
    const { body } = await api.graphql(
      '{ breadth(start: "2019-01-01", end: "2019-01-31") { nodes { day symbols advancers decliners unchanged adLine newHighs newLows aboveSma200 withSma200 shareAboveSma200 } window { start end } asOf } }',
    );
    const nodes = (body.data as { breadth: { nodes: Row[] } }).breadth.nodes;
    expect(nodes.map((row) => Object.values(row))).toEqual(rows.map((row) => Object.values(row)));
  });

  it.each(['start=x', 'end=2019-13-01', 'start=2019-02-01&end=2019-01-01', 'symbols=AAPL', 'fields=day,nope'])(
    'refuses %s',
    async (query) => {
      const { body } = await api.get(`${PATH}?${query}`).expect(400);
      expect(body.param).toBe(query.includes('&') ? 'end' : query.slice(0, query.indexOf('=')));
    },
  );
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, symbolsRead, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';
import { pagedRows } from '../support/pages.js';

type Row = Record<string, unknown> & { symbol: string; day: string };

const V1 = '/v1/market-data';

describe('the board', () => {
  let api: TestApp;
  let board: Row[];
  const rowsOf = async (path: string): Promise<Row[]> => (await api.get(path).expect(200)).body.data as Row[];
  beforeAll(async () => {
    api = await startApp(sharedDatabase().reader);
    await symbolsRead(api);
    board = await rowsOf(`${V1}/snapshots`);
  });
  afterAll(() => api.close());

  it('has a row for each symbol, in alphabetical order', async () => {
    const symbols = (await rowsOf(`${V1}/symbols?limit=1000`)).map(({ symbol }) => symbol);
    expect(board.map(({ symbol }) => symbol)).toEqual(symbols);
    expect(symbols.length).toBeGreaterThan(10);
  });

  it("has in each cell what the symbol's own routes have", async () => {
    for (const row of board) {
      const name = encodeURIComponent(row.symbol);
      const beside = 'indicators=sma(20),sma(50),sma(200),rsi(14),atr(14),volatility(20)';
      const daily = await rowsOf(`${V1}/daily/${name}?start=1990-01-01&end=${row.day}&sort=desc&limit=1000&${beside}`);
      const [last, before] = daily as [Row, Row | undefined];
      for (const column of [
        'day',
        'open',
        'high',
        'low',
        'close',
        'volume',
        'is_partial',
        'sma_20',
        'sma_50',
        'sma_200',
      ])
        expect([row.symbol, column, row[column]]).toEqual([row.symbol, column, last[column]]);
      expect(row.previous_day).toBe(before?.day ?? null);
      expect(row.previous_close).toBe(before?.close ?? null);
      // These go on from bar to bar: the board begins 378 bars ago, the indicator with the history.
      for (const column of ['rsi_14', 'atr_14', 'volatility_20']) {
        if (last[column] === null) expect(row[column]).toBeNull();
        else expect(Number(row[column]) / Number(last[column])).toBeCloseTo(1, 9);
      }
      const close = (bars: number): number => Number(daily[bars]?.close ?? NaN);
      for (const bars of [5, 21, 63, 252]) {
        const expected = close(0) / close(bars) - 1;
        expect(row[`return_${bars}`]).toBe(Number.isFinite(expected) ? expected : null);
      }
      const year = daily.find(({ day }) => day.slice(0, 4) < row.day.slice(0, 4));
      expect(row.return_ytd).toBe(year ? close(0) / Number(year.close) - 1 : null);
      const weeks = new Date(Date.parse(row.day) - 364 * 86_400_000).toISOString().slice(0, 10);
      const recent = daily.filter(({ day }) => day > weeks);
      expect(row.high_52_week).toBe(Math.max(...recent.map(({ high }) => Number(high))));
      expect(row.low_52_week).toBe(Math.min(...recent.map(({ low }) => Number(low))));
      const volumes = daily.slice(1, 21).map(({ volume }) => Number(volume));
      const mean = volumes.reduce((sum, volume) => sum + volume, 0) / volumes.length;
      if (volumes.length === 20) expect(row.relative_volume).toBeCloseTo(Number(row.volume) / mean, 9);
      else expect(row.relative_volume).toBeNull();
    }
  });

  it('says an exact change, and percentages of the session before', () => {
    for (const row of board) {
      const [close, previous, change] = [row.close, row.previous_close, row.change].map(Number) as [
        number,
        number,
        number,
      ];
      expect(change).toBeCloseTo(close - previous, 9);
      expect(String(row.change)).not.toMatch(/\d{9,}$/);
      expect(row.change_percent).toBeCloseTo((close / previous - 1) * 100, 9);
      expect(row.opening_gap_percent).toBeCloseTo((Number(row.open) / previous - 1) * 100, 9);
    }
  });

  it('pages through, whatever the order', async () => {
    expect(await pagedRows<Row>(api, `${V1}/snapshots?fields=symbol`, 3)).toEqual(
      board.map(({ symbol }) => ({ symbol })),
    );
    const sorted = await rowsOf(`${V1}/screen?sort=-return_252`);
    expect(await pagedRows<Row>(api, `${V1}/screen?sort=-return_252`, 3)).toEqual(sorted);
    const values = sorted.map((row) => row.return_252 as number | null);
    const known = values.filter((value) => value !== null);
    expect(known).toEqual(known.toSorted((a, b) => b - a));
    // Rows without a value come last.
    expect(values.slice(known.length).every((value) => value === null)).toBe(true);
  });

  it('is screened by any of its columns', async () => {
    const where = encodeURIComponent('close > sma_200, rsi_14<60,is_stale=false');
    const found = await rowsOf(`${V1}/screen?where=${where}`);
    const expected = board.filter(
      (row) => Number(row.close) > Number(row.sma_200 ?? Infinity) && Number(row.rsi_14 ?? 100) < 60 && !row.is_stale,
    );
    expect(found).toEqual(expected);
    expect(await rowsOf(`${V1}/screen?where=symbol=AAPL`)).toEqual(board.filter(({ symbol }) => symbol === 'AAPL'));
    const quotes = encodeURIComponent('symbol="AAPL", symbol!="A,""B"');
    expect(await rowsOf(`${V1}/screen?where=${quotes}`)).toEqual(board.filter(({ symbol }) => symbol === 'AAPL'));
    expect(await rowsOf(`${V1}/screen?where=day>=9999-01-01`)).toEqual([]);
    expect(await rowsOf(`${V1}/screen?where=is_stale=true,is_stale=false`)).toEqual([]);
  });

  it.each([
    ['where=close', 'where', 'character 1'],
    ['where=close>sma200', 'where', 'sma_200'],
    ['where=close%3E1,clsoe%3C2', 'where', 'character 9'],
    ['where=close%3E', 'where', 'character 7'],
    ['where=close%3Ebig', 'where', 'big'],
    ['where=close%3Esymbol', 'where', 'not of one kind'],
    ['where=is_stale=yes', 'where', 'true or false'],
    ['where=day=yesterday', 'where', 'no day'],
    ['where=close%3E1,', 'where', 'character 9'],
    ['where=is_stale%3Etrue', 'where', '= or !='],
    ['where=symbol=%22A', 'where', 'quoted'],
    ['where=symbol%3D%3DA', 'where', 'quoted'],
    [`where=${Array.from({ length: 21 }, () => 'close%3E1').join()}`, 'where', 'at most 20'],
    ['sort=return21', 'sort', 'return_21'],
    ['sort=-', 'sort', 'no column'],
    ['fields=clsoe', 'fields', 'close'],
  ])('refuses %s and says where', async (query, param, says) => {
    const { body, text } = await api.get(`${V1}/screen?${query}`).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', param });
    expect(text).toContain(says);
  });

  it('names symbols that do not exist', async () => {
    const { body } = await api.get(`${V1}/snapshots?symbols=AAPL,APPL`).expect(200);
    expect(body.meta.unknown).toEqual(['APPL']);
    expect(body.data.map(({ symbol }: Row) => symbol)).toEqual(['AAPL']);
    await api.get(`${V1}/snapshots?symbols=NOPE`).expect(404);
  });

  it('has as movers who had a bar in the newest session, as they moved', async () => {
    const session = (await api.get(`${V1}/movers`).expect(200)).body.meta.session as string;
    const live = board.filter(({ is_stale: stale }) => stale === false);
    expect(live.every(({ day }) => day >= session)).toBe(true);
    expect(board.filter(({ is_stale: stale }) => stale === true).every(({ day }) => day < session)).toBe(true);
    for (const [by, column] of [
      ['change_percent', 'change_percent'],
      ['volume', 'volume'],
      ['relative_volume', 'relative_volume'],
      ['gap', 'opening_gap_percent'],
    ] as const) {
      const signed = column.endsWith('percent');
      const up = await rowsOf(`${V1}/movers?by=${by}&limit=5`);
      const sorted = live.filter((row) => row[column] !== null).sort((a, b) => Number(b[column]) - Number(a[column]));
      expect(up).toEqual(sorted.filter((row) => !signed || Number(row[column]) > 0).slice(0, 5));
      const down = await rowsOf(`${V1}/movers?by=${by}&direction=down&limit=5`);
      expect(down).toEqual(
        sorted
          .toReversed()
          .filter((row) => !signed || Number(row[column]) < 0)
          .slice(0, 5),
      );
    }
    await api.get(`${V1}/movers?by=price`).expect(400);
  });

  it('comes in every format', async () => {
    const csv = (await api.get(`${V1}/snapshots?format=csv`).expect(200)).text.trim().split('\n');
    expect(csv).toHaveLength(board.length + 1);
    const columns = (await api.get(`${V1}/snapshots?format=columns`).expect(200)).body.data as Record<
      string,
      unknown[]
    >;
    expect(columns.close).toEqual(board.map(({ close }) => close));
    expect(Object.keys(columns).join()).toBe(csv[0]);
  });
});

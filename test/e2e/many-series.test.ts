import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';
import { pagedRows } from '../support/pages.js';

type Row = Record<string, unknown>;

const V1 = '/v1/economic-data';

describe('observations of several series', () => {
  let api: TestApp;
  let ids: string[];
  let several: string;
  const rowsOf = async (path: string): Promise<Row[]> => (await api.get(path).expect(200)).body.data as Row[];
  const single = async (id: string, query: string): Promise<Row[]> =>
    rowsOf(`${V1}/series/${encodeURIComponent(id)}/observations?limit=10000&${query}`);
  beforeAll(async () => {
    api = await startApp(sharedDatabase().reader);
    ids = (await rowsOf(`${V1}/series`)).map((row) => row.series_id as string).sort();
    several = `${V1}/observations?series=${ids.toReversed().map(encodeURIComponent).join()}`;
  });
  afterAll(() => api.close());

  it.each(['', 'start=2010-01-01&end=2015-12-31', 'units=pch&start=2012-01-01', 'frequency=a&units=chg', 'sort=desc'])(
    'are those of each, one after the other: %s',
    async (query) => {
      const expected: Row[] = [];
      for (const id of ids) expected.push(...(await single(id, query)).map((row) => ({ series_id: id, ...row })));
      expect(ids.length).toBeGreaterThan(2);
      expect(await rowsOf(`${several}&limit=10000&${query}`)).toEqual(expected);
      expect(await pagedRows<Row>(api, `${several}&${query}`, 97)).toEqual(expected);
      const csv = (await api.get(`${several}&format=csv&${query}`).expect(200)).text.trim().split('\n');
      expect(csv).toHaveLength(expected.length + 1);
    },
  );

  it.each(['asc', 'desc'])('stand side by side by each align, %s', async (sort) => {
    const query = 'start=2010-06-15&end=2012-12-31';
    const values = new Map<string, Map<string, unknown>>();
    for (const id of ids) {
      for (const row of await single(id, 'end=2012-12-31')) {
        const date = row.date as string;
        values.set(date, (values.get(date) ?? new Map<string, unknown>()).set(id, row.value));
      }
    }
    const last = new Map<string, unknown>();
    const [outer, inner, locf]: [Row[], Row[], Row[]] = [[], [], []];
    for (const date of [...values.keys()].sort()) {
      const found = values.get(date)!;
      for (const [id, value] of found) if (value !== null) last.set(id, value);
      if (date < '2010-06-15') continue;
      const row = (of: ReadonlyMap<string, unknown>): Row => ({
        date,
        ...Object.fromEntries(ids.map((id) => [id, of.get(id) ?? null])),
      });
      outer.push(row(found));
      locf.push(row(last));
      if (ids.every((id) => (found.get(id) ?? null) !== null)) inner.push(row(found));
    }
    for (const [align, expected] of [
      ['outer', outer],
      ['inner', inner],
      ['locf', locf],
    ] as const) {
      const ordered = sort === 'asc' ? expected : expected.toReversed();
      const path = `${several}&layout=wide&align=${align}&sort=${sort}&${query}`;
      expect([align, await rowsOf(`${path}&limit=10000`)]).toEqual([align, ordered]);
      expect([align, await pagedRows<Row>(api, path, 7)]).toEqual([align, ordered]);
    }
    expect(outer.length).toBeGreaterThan(20);
    expect(locf).not.toEqual(outer);
  });

  it('name what does not exist, and refuse what does not go together', async () => {
    const { body } = await api.get(`${V1}/observations?series=${ids[0]!},NOPE&limit=1`).expect(200);
    expect(body.meta).toMatchObject({ unknown: ['NOPE'], query: { series: [ids[0]] } });
    const missing = await api.get(`${V1}/observations?series=NOPE`).expect(404);
    expect(missing.body).toMatchObject({ code: 'series_not_found', param: 'series' });
    for (const [query, param] of [
      ['layout=wide', 'series'],
      [`series=${ids[0]!}&align=inner`, 'align'],
      [`series=${ids[0]!}&layout=wide&updated_after=2020-01-01`, 'updated_after'],
      [`series=${ids[0]!}&layout=wide&align=left`, 'align'],
    ] as const) {
      const refused = await api.get(`${V1}/observations?${query}`).expect(400);
      expect(refused.body.param).toBe(param);
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, sharedDatabase } from '../support/database.js';
import { type Level, levels } from '../support/fred.js';
import { pagedRows } from '../support/pages.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
});
afterAll(() => api.close());

const SERIES = '/v1/economic-data/series';

interface Entry {
  series_id: string;
  first_date: string;
  last_date: string;
  observations: number;
  frequency: string | null;
}

describe('series', () => {
  it('are listed with the extent of their observations', async () => {
    const { body } = await api.get(`${SERIES}?limit=1000`).expect(200);
    const counted = await asAdmin(sharedDatabase().admin, (client) =>
      client.query<Omit<Entry, 'frequency'>>(
        `select symbol as series_id, to_char(min(date) at time zone 'UTC', 'YYYY-MM-DD') as first_date,
                to_char(max(date) at time zone 'UTC', 'YYYY-MM-DD') as last_date, count(*)::int as observations
         from economic_data.economic_data group by symbol order by symbol`,
      ),
    );
    expect(counted.rows.length).toBeGreaterThan(20);
    expect(body).toMatchObject({ data: counted.rows, meta: { query: { search: null, limit: 1000 } } });
    const frequencies = new Map((body.data as Entry[]).map((row) => [row.series_id, row.frequency]));
    expect(['DGS10', 'PAYEMS', 'GDPC1'].map((id) => frequencies.get(id))).toEqual(['d', 'm', 'q']);
  });

  it.each([1, 7])('come once each by pages of %i', async (limit) => {
    const whole = (await api.get(`${SERIES}?limit=1000`).expect(200)).body.data as Entry[];
    expect(whole.length).toBeGreaterThan(7);
    expect(await pagedRows<Entry>(api, SERIES, limit)).toEqual(whole);
  });

  it('are searched without regard to case, page by page', async () => {
    const found = await pagedRows<Entry>(api, `${SERIES}?search=payems`, 1);
    expect(found.map((row) => row.series_id)).toEqual(['PAYEMS', 'PAYEMS_CHG']);
    expect((await api.get(`${SERIES}?search=%25`).expect(200)).body).toMatchObject({ data: [], next_page_token: null });
  });

  it('are found by their id', async () => {
    const { body } = await api.get(`${SERIES}/PAYEMS`).expect(200);
    expect(body).toEqual({
      data: {
        series_id: 'PAYEMS',
        first_date: '2006-01-01',
        last_date: '2015-12-01',
        observations: 120,
        frequency: 'm',
        undated_observations: 0,
        title: null,
        unit: null,
      },
      meta: { query: { id: 'PAYEMS' } },
    });
  });

  it.each([`${SERIES}/PAYEM`, `${SERIES}/PAYEM/observations`])('%s is a 404 with near names', async (path) => {
    const { body } = await api.get(path).expect(404);
    expect(body).toMatchObject({ code: 'series_not_found', param: 'id', hint: expect.stringContaining('PAYEMS') });
    expect(body.allowed[0]).toBe('PAYEMS');
    expect(body.allowed.length).toBeLessThanOrEqual(3);
  });
});

describe('observations', () => {
  const PAYEMS = `${SERIES}/PAYEMS/observations`;

  it('are all that there are, with their exact digits', async () => {
    const { body, text } = await api.get(`${SERIES}/USWTRADE/observations`).expect(200);
    expect(body.data).toHaveLength(120);
    expect(text).toContain(
      '"data":[{"date":"2006-01-01","value":5840.4,"is_preliminary":false,"revision_date":null,"source":"vega-datasets"},',
    );
    expect(body.meta).toEqual({
      query: {
        id: 'USWTRADE',
        start: '2006-01-01',
        end: '2015-12-01',
        units: 'lin',
        frequency: null,
        aggregation_method: 'avg',
        updated_after: null,
        as_of: null,
        sort: 'asc',
        limit: 1000,
      },
      native_frequency: 'm',
      first_date: '2006-01-01',
      last_date: '2015-12-01',
      undated_observations: 0,
      null_when: ['the value is missing'],
    });
  });

  it('are inside the window, both days included', async () => {
    const rows = await levels(api, `${PAYEMS}?start=2015-11-01&end=2015-12-01&sort=desc`);
    expect(rows).toEqual([
      { date: '2015-12-01', value: '143093' },
      { date: '2015-11-01', value: '142859' },
    ]);
  });

  it('of a window without any are none, and the series says where it has some', async () => {
    const { body } = await api.get(`${PAYEMS}?start=2020-01-01&end=2020-12-31`).expect(200);
    expect(body).toMatchObject({
      data: [],
      meta: { first_date: '2006-01-01', last_date: '2015-12-01' },
      next_page_token: null,
    });
  });

  it.each([
    ['PAYEMS', 'd', ['m', 'q', 'sa', 'a']],
    ['PAYEMS', 'w', ['m', 'q', 'sa', 'a']],
    ['GDPC1', 'm', ['q', 'sa', 'a']],
  ])('of %s at a higher frequency, %s, are a 400', async (id, frequency, allowed) => {
    const { body } = await api.get(`${SERIES}/${id}/observations?frequency=${frequency}`).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', param: 'frequency', allowed });
  });

  it.each([
    ['units=pct', 'units'],
    ['frequency=y', 'frequency'],
    ['aggregation_method=mean', 'aggregation_method'],
    ['start=2015-13-01', 'start'],
    ['start=2015-01-01T00:00:00Z', 'start'],
    ['start=2015-02-01&end=2015-01-01', 'end'],
    ['fields=date,vaule', 'fields'],
    ['limit=all', 'limit'],
    ['limit=all&format=columns', 'limit'],
    ['unit=lin', 'unit'],
  ])('with %s are a 400 that names it', async (query, param) => {
    expect((await api.get(`${PAYEMS}?${query}`).expect(400)).body).toMatchObject({ param });
  });

  it.each([
    ['PAYEMS', 'units=pc1&start=2011-01-01&end=2013-12-31', 36],
    ['PAYEMS', 'frequency=q&units=pca&sort=desc', 40],
    ['UNRATE', 'units=chg&start=2025-01-01&end=2026-06-30&sort=desc', 17],
    ['DGS10', 'start=2019-01-01&end=2019-03-31&units=pch', 61],
    ['DGS10', 'frequency=w&start=2019-01-01&end=2019-06-30&units=pc1', 26],
  ])('of %s with %s are the same by pages of 1 and 7', async (id, query, count) => {
    const path = `${SERIES}/${id}/observations?${query}`;
    const whole = (await api.get(path).expect(200)).body.data as Level[];
    expect(whole).toHaveLength(count);
    expect(await pagedRows<Level>(api, path, 1)).toEqual(whole);
    expect(await pagedRows<Level>(api, path, 7)).toEqual(whole);
  });

  it('hold the same values in every format', async () => {
    const path = `${PAYEMS}?units=pc1&start=2006-11-01&end=2007-03-01&fields=date,value`;
    const rows = (await api.get(path).expect(200)).body.data as { date: string; value: number | null }[];
    expect(rows.map(({ value }) => value === null)).toEqual([true, true, false, false, false]);
    const csv = await api.get(`${path}&format=csv`).expect(200);
    expect(csv.text).toBe(['date,value', ...rows.map(({ date, value }) => `${date},${value ?? ''}`), ''].join('\n'));
    expect(csv.headers['content-disposition']).toBe('attachment; filename="observations-PAYEMS.csv"');
    expect(csv.headers['x-data-through']).toBe('2015-12-01');
    const ndjson = await api.get(`${path}&format=ndjson`).expect(200);
    expect(ndjson.text).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const columns = await api.get(`${path}&format=columns`).expect(200);
    expect(columns.body.data).toEqual({ date: rows.map((row) => row.date), value: rows.map((row) => row.value) });
  });

  it.each(['fields=date,value', 'fields=value&units=pc1', 'frequency=w&aggregation_method=eop'])(
    'are the same with limit=all as by pages, with %s',
    async (query) => {
      for (const format of ['csv', 'ndjson']) {
        const path = `${SERIES}/DGS10/observations?format=${format}&${query}`;
        const whole = await api.get(`${path}&limit=all`).expect(200);
        const page = await api.get(`${path}&limit=10000`).expect(200);
        expect(page.text.split('\n').length).toBeGreaterThan(500);
        expect(whole.text).toBe(page.text);
      }
    },
  );
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';
import { pagedRows } from '../support/pages.js';
import { camelTree } from '../support/parity.js';

const SERIES = '/v1/economic-data/series';
const AS_OF = '2021-06-15';

let database: TestDatabase;
let api: TestApp;

interface Row {
  readonly date: string;
  readonly value: string | null;
  readonly is_preliminary: boolean | null;
  readonly revision_date: string | null;
  readonly revised_later: boolean | null;
}

const rowsOf = async (query: string): Promise<Row[]> =>
  ((await api.get(`${SERIES}/${query}`).expect(200)).body as { data: Row[] }).data;

/** Months from 2014 on, seen 35 days after they begin; LIVE also has what came after {@link AS_OF}, DELETED has not. */
const SETUP = `
  insert into economic_data.economic_data (symbol, date, value, created_at, updated_at)
  select symbol, month, 100 + extract(month from month) * extract(year from month), seen, seen
  from generate_series(timestamptz '2014-01-01Z', '2022-12-01Z', interval '1 month') as month,
    lateral (select month + interval '35 days' as seen) as s,
    unnest(array['LIVE', 'DELETED']) as symbol;
  -- Revised before, by its revision and by a later write of which nothing is said.
  update economic_data.economic_data
  set revision_date = '2021-01-10Z', updated_at = '2021-01-10Z', is_preliminary = false
  where date = '2020-05-01Z';
  update economic_data.economic_data
  set value = value + case symbol when 'LIVE' then 777 else 0 end, revision_date = '2021-09-01Z', is_preliminary = true
  where date in ('2019-08-01Z', '2020-02-01Z');
  update economic_data.economic_data
  set value = value * case symbol when 'LIVE' then 3 else 1 end, updated_at = '2021-06-16Z'
  where date = '2021-01-01Z';
  delete from economic_data.economic_data where symbol = 'DELETED' and created_at >= '2021-06-16Z';
  insert into economic_data.economic_data (symbol, date, value, created_at, updated_at)
  select 'LIVE', day, 5, '2021-07-01Z', '2021-07-01Z'
  from generate_series(timestamptz '2020-06-02Z', '2020-09-30Z', interval '1 day') as day
  where extract(day from day) > 1;
  insert into economic_data.economic_data (symbol, date, value, created_at, updated_at) values
    ('LIVE', 'infinity', 1, '2021-07-01Z', '2021-07-01Z'),
    ('LIVE', '1990-01-01Z', 1, '2021-07-01Z', '2021-07-01Z'),
    ('UNDATED', '2020-01-01Z', 1, null, null),
    ('UNDATED', '2020-01-02Z', 2, '2020-01-03Z', null),
    ('TWICE', '2020-01-01Z', 1, '2020-01-02Z', '2020-01-02Z'),
    ('TWICE', '2020-01-01 12:00Z', 2, '2020-01-02Z', '2022-01-02Z'),
    ('TWICE', '2020-01-02Z', 4, '2020-01-02 12:00Z', '2020-01-02 12:00Z'),
    ('TWICE', '2020-01-03Z', 8, '2020-01-03 12:00:00.000001Z', '2020-01-03 12:00:00.000001Z')`;

beforeAll(async () => {
  database = await createDatabase({ hostileZone: true });
  await asAdmin(database.urls.admin, (client) => client.query(SETUP));
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

describe('what was known then', () => {
  it('has the rows that were there, and null for what was written again since', async () => {
    const rows = await rowsOf(`LIVE/observations?as_of=${AS_OF}`);
    expect(rows[0]!.date).toBe('2014-01-01');
    // The month of May was seen on the fifth of June.
    expect(rows.at(-1)!.date).toBe('2021-05-01');
    expect(rows).toHaveLength(89);
    const revised = rows.filter((row) => row.revised_later);
    expect(revised.map(({ date }) => date)).toEqual(['2019-08-01', '2020-02-01', '2021-01-01']);
    for (const row of revised) expect(row).toMatchObject({ value: null, is_preliminary: null, revision_date: null });
    expect(rows.find(({ date }) => date === '2020-05-01')).toMatchObject({
      value: 100 + 5 * 2020,
      is_preliminary: false,
      revision_date: '2021-01-10T00:00:00Z',
      revised_later: false,
    });
  });

  it('tells of then in meta, too', async () => {
    const { body, headers } = await api.get(`${SERIES}/LIVE/observations?as_of=${AS_OF}&limit=2`).expect(200);
    const { meta } = body as { meta: Record<string, unknown> };
    expect(meta).toMatchObject({ native_frequency: 'm', first_date: '2014-01-01', last_date: '2021-05-01' });
    expect(meta).toMatchObject({ undated_observations: 0, query: { as_of: AS_OF } });
    expect((meta.null_when as string[]).at(-1)).toContain('revised_later');
    expect(headers['x-data-through']).toBe('2021-05-01');
  });

  it('says nothing of it without as_of', async () => {
    const [row] = await rowsOf('LIVE/observations?limit=1');
    expect(row).not.toHaveProperty('revised_later');
    expect(await rowsOf('LIVE/observations?limit=1&fields=revised_later')).toEqual([{ revised_later: null }]);
  });

  it('counts a day whole, an instant itself', async () => {
    const days = async (asOf: string): Promise<string[]> =>
      (await rowsOf(`TWICE/observations?as_of=${asOf}`)).map(({ date }) => date);
    expect(await days('2020-01-01')).toEqual([]);
    expect(await days('2020-01-02')).toEqual(['2020-01-01', '2020-01-01', '2020-01-02']);
    expect(await days('2020-01-02T11:59:59Z')).toHaveLength(2);
    expect(await days('2020-01-02T14:00:00%2B02:00')).toHaveLength(3);
    expect(await days('2020-01-03T12:00:00Z')).toHaveLength(3);
    expect(await days('2020-01-03T12:00:00.000001Z')).toHaveLength(4);
  });

  it('does not take the value before one that is lost for it', async () => {
    const [, second, third] = await rowsOf('TWICE/observations?as_of=2020-01-03&units=chg');
    expect(second).toMatchObject({ value: null, revised_later: true });
    // Of two values on a day the last counts, and that one is lost.
    expect(third).toMatchObject({ date: '2020-01-02', value: null, revised_later: true });
    expect(await rowsOf('TWICE/observations?units=chg')).toMatchObject([
      { value: null },
      {},
      { value: 2 },
      { value: 4 },
    ]);
  });

  it('knows nothing of rows without the time at which they came', async () => {
    expect(await rowsOf('UNDATED/observations?as_of=2024-01-01')).toMatchObject([
      { date: '2020-01-02', value: 2, revised_later: false },
    ]);
  });

  it('is an empty list for a series of which nothing was known', async () => {
    const { body } = await api.get(`${SERIES}/LIVE/observations?as_of=2001-01-01`).expect(200);
    expect(body).toMatchObject({ data: [], meta: { native_frequency: null, first_date: null, last_date: null } });
    await api.get(`${SERIES}/NONE/observations?as_of=2001-01-01`).expect(404);
  });

  it('refuses what is no time, by its name', async () => {
    const { body } = await api.get(`${SERIES}/LIVE/observations?as_of=yesterday`).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', param: 'as_of' });
  });

  it('binds pages to it, and tags', async () => {
    const path = `${SERIES}/LIVE/observations?as_of=${AS_OF}`;
    expect(await pagedRows(api, path, 7)).toEqual(await rowsOf(`LIVE/observations?as_of=${AS_OF}`));
    const { body, headers } = await api.get(`${path}&limit=7`).expect(200);
    const token = (body as { next_page_token: string }).next_page_token;
    await api.get(`${SERIES}/LIVE/observations?as_of=2021-06-14&limit=7&page_token=${token}`).expect(400);
    await api.get(`${path}&limit=7`, { 'if-none-match': headers.etag as string }).expect(304);
    // The same rows were known a day before; what was asked is another question.
    const other = await api.get(`${SERIES}/LIVE/observations?as_of=2021-06-14&limit=7`).expect(200);
    expect(other.headers.etag).not.toBe(headers.etag);
  });
});

describe('an answer of then does not change when the future is deleted', () => {
  const units = ['lin', 'chg', 'ch1', 'pch', 'pc1', 'pca', 'cch', 'cca', 'log'];
  const queries = [
    ...units.map((unit) => `units=${unit}`),
    ...['q', 'sa', 'a'].flatMap((frequency) =>
      ['avg', 'sum', 'eop'].flatMap((method) =>
        ['lin', 'pch', 'pc1'].map((unit) => `frequency=${frequency}&aggregation_method=${method}&units=${unit}`),
      ),
    ),
    'start=2020-01-01&end=2020-12-31&sort=desc&units=chg',
    'frequency=q&limit=3&sort=desc',
  ];

  it.each(queries)('%s', async (query) => {
    const answer = async (id: string): Promise<unknown> => {
      const { text } = await api.get(`${SERIES}/${id}/observations?as_of=${AS_OF}&${query}`).expect(200);
      return { ...(JSON.parse(text.replaceAll(id, 'ID')) as object), next_page_token: undefined };
    };
    const [live, deleted] = [await answer('LIVE'), await answer('DELETED')];
    expect(live).toEqual(deleted);
    expect((live as { data: Row[] }).data.some(({ value }) => value !== null)).toBe(true);
    if (query !== 'frequency=q&limit=3&sort=desc') {
      expect((live as { data: Row[] }).data.some((row) => row.revised_later)).toBe(true);
    }
  });

  it('whatever the format, and over GraphQL', async () => {
    for (const format of ['csv', 'ndjson', 'columns']) {
      const text = async (id: string): Promise<string> => {
        const answer = await api.get(`${SERIES}/${id}/observations?as_of=${AS_OF}&format=${format}`).expect(200);
        return answer.text.replaceAll(id, 'ID').replace(/"meta":.*/, '');
      };
      expect(await text('LIVE')).toBe(await text('DELETED'));
      expect(await text('LIVE')).toContain('revised_later');
    }
    const fields = 'nodes { date value isPreliminary revisionDate source revisedLater }';
    const { body } = await api
      .graphql(
        `{ live: series(id: "LIVE") { observations(asOf: "${AS_OF}", frequency: Q, units: PCH) { ${fields} } }
           gone: series(id: "DELETED") { observations(asOf: "${AS_OF}", frequency: Q, units: PCH) { ${fields} } } }`,
      )
      .expect(200);
    const { live, gone } = (body as { data: Record<string, { observations: { nodes: unknown[] } }> }).data;
    expect(live).toEqual(gone);
    const rest = await rowsOf(`LIVE/observations?as_of=${AS_OF}&frequency=q&units=pch`);
    expect(live!.observations.nodes).toEqual(camelTree(rest));
  });
});

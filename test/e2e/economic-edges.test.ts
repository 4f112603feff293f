import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';
import { type Level, levels } from '../support/fred.js';
import { pagedRows } from '../support/pages.js';

const SERIES = '/v1/economic-data/series';

let database: TestDatabase;
let api: TestApp;

const rowsOf = (query: string): Promise<Level[]> => levels(api, `${SERIES}/${query}`);
const valuesOf = async (query: string): Promise<(string | null)[]> => (await rowsOf(query)).map(({ value }) => value);

beforeAll(async () => {
  database = await createDatabase({ hostileZone: true });
  await asAdmin(database.urls.admin, async (client) => {
    // As other installations may have it: any number, the infinite ones too.
    await client.query('alter table economic_data.economic_data alter column value type numeric');
    const add = (id: string, ...rows: [date: string, value: number | string][]): Promise<unknown> =>
      client.query(
        `insert into economic_data.economic_data (symbol, date, value)
         select $1, date, value from unnest($2::timestamptz[], $3::numeric[]) as r (date, value)`,
        [id, rows.map(([date]) => date), rows.map(([, value]) => String(value))],
      );
    const dates = (first: string, ...steps: number[]): [string, number][] => {
      let day = Date.parse(first);
      return [0, ...steps].map((step, i) => [new Date((day += step * 86_400_000)).toISOString(), 100 + i]);
    };
    const fortnights = dates('2023-01-04', ...Array<number>(27).fill(14));
    fortnights[1]![1] = 3510;
    fortnights[26]![1] = 3760;
    fortnights[27]![1] = 3770;
    await add('FORTNIGHTS', ...fortnights);
    await add('SHIFTED', ...dates('2024-01-03', 14, 13, 15, 14, 14, 12, 16, 14));
    await add('WEEKS_WITH_GAPS', ...dates('2024-01-05', 7, 14, 14, 7, 21, 14, 7, 14));
    await add('MONTHS_WITH_GAPS', ...dates('2024-01-01', 31, 60, 61, 61, 62, 30));
    await add('MONTHS_TWICE', ...dates('2024-01-01', 0.25, 30.75, 0.25, 28.75, 0.25, 30.75, 0.25));
    await add('HOLIDAYS', ...dates('2024-01-25', 1, 3, 1, 1, 1, 1, 10, 1, 1, 1, 1, 3, 5, 1));
    await add('NOW_MONTHLY', ...dates('2015-01-01', 90, 91, 92, 92, 90, 31, 28, 31));
    await add('STRAY', ...dates('2024-01-01', 1, 30, 29, 31, 30, 31, 30, 31, 31, 30));
    await add('TWO', ...dates('2024-01-01', 91));
    await add('TWICE', ['2024-01-01Z', 4], ['2024-01-02T00:00Z', 7], ['2024-01-02T05:00Z', 10], ['2024-01-03Z', 11]);
    await add('FRIDAYS', ['2023-12-29T20:00Z', 4], ['2024-01-01Z', 5], ['2024-01-02Z', 6], ['2024-01-03Z', 7]);
    await add('JUMP', ['2024-01-01Z', '0.01'], ['2024-01-02Z', 5], ['2024-01-03Z', '0.00000001'], ['2024-01-04Z', 10]);
    await add(
      'HUGE',
      ['2024-01-01Z', '1e-300'],
      ['2024-01-02Z', '1e300'],
      ['2024-01-03Z', '-1e308'],
      ['2024-01-04Z', '1e4000'],
    );
    await add('YEARS', ['2020-01-01Z', 1], ['2021-01-01Z', 2], ['2022-01-01Z', 4], ['12000-01-01Z', 8]);
    await add(
      'Z',
      ['infinity', 2],
      ['2024-01-02Z', 3],
      ['-infinity', 1],
      ['2024-01-03Z', 'NaN'],
      ['2024-01-04Z', 'Infinity'],
      ['2024-01-05Z', '-Infinity'],
    );
    await add('ZZ', ['infinity', 2]);
    await client.query(
      `update economic_data.economic_data set revision_date = case date when '2024-01-02Z' then timestamptz 'infinity' else '2024-02-01Z' end where symbol = 'Z'`,
    );
  });
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

describe('the native frequency', () => {
  it.each([
    ['FORTNIGHTS', 'bw'],
    ['SHIFTED', 'bw'],
    ['WEEKS_WITH_GAPS', 'w'],
    ['MONTHS_WITH_GAPS', 'm'],
    ['MONTHS_TWICE', 'm'],
    ['HOLIDAYS', 'd'],
    ['NOW_MONTHLY', 'm'],
    ['STRAY', 'm'],
    ['TWO', 'q'],
    ['YEARS', 'a'],
  ])('of %s is %s', async (id, frequency) => {
    const { body } = await api.get(`${SERIES}/${id}`).expect(200);
    expect(body.data.frequency).toBe(frequency);
    const { body: graphql } = await api.graphql(`{ series(id: "${id}") { frequency } }`).expect(200);
    expect(graphql.data.series.frequency).toBe(frequency.toUpperCase());
  });

  it.each(['d', 'w', 'wef'])('biweekly is not sent as %s', async (frequency) => {
    const { body } = await api.get(`${SERIES}/FORTNIGHTS/observations?frequency=${frequency}`).expect(400);
    const allowed = ['bw', 'bwew', 'bwem', 'm', 'q', 'sa', 'a'];
    expect(body).toMatchObject({ code: 'invalid_parameter', param: 'frequency', allowed });
    const query = `{ series(id: "FORTNIGHTS") { observations(frequency: ${frequency.toUpperCase()}) { nodes { date } } } }`;
    const { body: graphql } = await api.graphql(query);
    expect(graphql.errors[0].extensions).toMatchObject({ code: 'invalid_parameter', param: 'frequency' });
  });
});

describe('a biweekly series', () => {
  it.each([
    ['lin', '3770'],
    ['chg', '10'],
    ['ch1', '260'],
    ['pch', '0.26595745'],
    ['pc1', '7.40740741'],
    ['pca', '7.14974387'],
    ['cca', '6.90571455'],
  ])('in %s has FRED’s value, %s, of 26 fortnights a year', async (units, value) => {
    const rows = await rowsOf(`FORTNIGHTS/observations?units=${units}&sort=desc`);
    expect(rows[0]).toEqual({ date: '2024-01-17', value });
  });

  it('is sent by weeks of any end where its days allow', async () => {
    expect((await rowsOf('FORTNIGHTS/observations?frequency=bwew&start=2024-01-01')).map(({ date }) => date)).toEqual([
      '2024-01-10',
      '2024-01-24',
    ]);
    expect((await rowsOf('FORTNIGHTS/observations?frequency=bwem&start=2024-01-01')).map(({ date }) => date)).toEqual([
      '2024-01-08',
      '2024-01-22',
    ]);
  });
});

describe('several observations in a period', () => {
  it('are compared in the order in which they were made', async () => {
    expect(await valuesOf('TWICE/observations?units=chg')).toEqual([null, '3', '3', '1']);
    expect(await valuesOf('TWICE/observations?units=chg&sort=desc')).toEqual(['1', '3', '3', null]);
  });

  it('come once each, page by page, in both directions and in GraphQL', async () => {
    for (const sort of ['asc', 'desc']) {
      const rows = await pagedRows<Level>(api, `${SERIES}/TWICE/observations?sort=${sort}`, 1);
      expect(rows.map(({ value }) => Number(value))).toEqual(sort === 'asc' ? [4, 7, 10, 11] : [11, 10, 7, 4]);
    }
  });

  it('make the week that they belong to, whatever the window and their time of day', async () => {
    const whole = await rowsOf('FRIDAYS/observations?frequency=w&aggregation_method=sum&units=chg');
    for (const start of ['2024-01-01', '2024-01-02', '2024-01-05']) {
      const part = await rowsOf(`FRIDAYS/observations?frequency=w&aggregation_method=sum&units=chg&start=${start}`);
      expect(part).toEqual(whole.slice(1));
    }
  });
});

describe('values beyond what a double holds', () => {
  it('are null, and the answer says why', async () => {
    expect(await valuesOf('JUMP/observations?units=pca')).toEqual([null, null, '-100', null]);
    const { body } = await api.get(`${SERIES}/JUMP/observations?units=pca`).expect(200);
    expect(body.meta.null_when).toContain('the result is beyond ±1.7976931348623157e308, the largest double');
  });

  it.each(['lin', 'chg', 'ch1', 'pch', 'pc1', 'pca', 'cch', 'cca', 'log'])(
    'never fail and never have more than 30 digits that are not zero, in %s',
    async (units) => {
      for (const frequency of ['d', 'w', 'm', 'a']) {
        for (const method of ['avg', 'sum', 'eop']) {
          if (units === 'lin' && frequency === 'd') continue;
          const values = await valuesOf(
            `HUGE/observations?units=${units}&frequency=${frequency}&aggregation_method=${method}`,
          );
          for (const value of values) {
            expect(Number.isFinite(Number(value))).toBe(true);
            expect((value ?? '').replace(/^-?0*\.?0*|\.|0+$/g, '').length).toBeLessThanOrEqual(30);
          }
        }
      }
    },
  );
});

describe('dates that the wire cannot name', () => {
  it('are left out and counted', async () => {
    const { body } = await api.get(`${SERIES}/YEARS/observations`).expect(200);
    expect((body.data as { date: string }[]).map(({ date }) => date)).toEqual([
      '2020-01-01',
      '2021-01-01',
      '2022-01-01',
    ]);
    expect(body.meta).toMatchObject({ first_date: '2020-01-01', last_date: '2022-01-01', undated_observations: 1 });
    expect(await valuesOf('YEARS/observations?frequency=a&units=chg')).toEqual([null, '1', '2']);
  });

  it('keep no list of series from its answer, nor a series without any other from the others', async () => {
    const { body } = await api.get(SERIES).expect(200);
    const rows = body.data as { series_id: string }[];
    expect(rows.at(-1)).toMatchObject({
      series_id: 'Z',
      first_date: '2024-01-02',
      last_date: '2024-01-05',
      observations: 4,
      undated_observations: 2,
    });
    expect(await pagedRows(api, SERIES, 1)).toEqual(rows);
    const query = `{ allSeries(first: 100) { nodes { seriesId undatedObservations title unit } } series(id: "ZZ") { seriesId } }`;
    const { body: graphql } = await api.graphql(query).expect(200);
    expect(graphql.data.allSeries.nodes.at(-1)).toEqual({
      seriesId: 'Z',
      undatedObservations: 2,
      title: null,
      unit: null,
    });
    expect(graphql.data.series).toBeNull();
    expect((await api.get(`${SERIES}/ZZ`).expect(404)).body.code).toBe('series_not_found');
  });

  it('and numbers that are none are null, in every format', async () => {
    for (const units of ['lin', 'log', 'chg']) {
      const path = `${SERIES}/Z/observations?units=${units}`;
      const { body } = await api.get(path).expect(200);
      expect((body.data as Level[]).map(({ value }) => value === null)).toEqual([units === 'chg', true, true, true]);
      expect(body.data[0].revision_date).toBeNull();
      for (const format of ['csv', 'ndjson', 'columns']) {
        const { text } = await api.get(`${path}&format=${format}`).expect(200);
        expect(text).not.toMatch(/infinity|nan/i);
      }
    }
    const { body } = await api.get(`${SERIES}/Z/observations?frequency=m`).expect(200);
    expect(body.data[0]).toMatchObject({ date: '2024-01-01', revision_date: '2024-02-01T00:00:00Z' });
    await api.get('/v1/catalog').expect(200);
  });
});

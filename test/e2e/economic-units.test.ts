import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';
import { expectValues, type Level, levels, transformed } from '../support/fred.js';

const SERIES = '/v1/economic-data/series';
const UNITS = ['lin', 'chg', 'ch1', 'pch', 'pc1', 'pca', 'cch', 'cca', 'log'];

describe('observations', () => {
  const PAYEMS = `${SERIES}/PAYEMS/observations`;

  let api: TestApp;
  beforeAll(async () => {
    api = await startApp(sharedDatabase().reader);
  });
  afterAll(() => api.close());

  it.each([
    ['lin', '143093'],
    ['chg', '234'],
    ['ch1', '2712'],
    ['pch', '0.16379787'],
    ['pc1', '1.93188537'],
    ['pca', '1.98337912'],
    ['cch', '0.16366387'],
    ['cca', '1.96396642'],
    ['log', '11.87125005'],
  ])('in %s: December 2015 of PAYEMS is %s', async (units, value) => {
    const rows = await levels(api, `${PAYEMS}?units=${units}&start=2015-12-01`);
    expect(rows).toEqual([{ date: '2015-12-01', value }]);
  });

  it.each([
    ['q', 'avg', '2015-10-01', '142849'],
    ['q', 'sum', '2015-10-01', '428547'],
    ['q', 'eop', '2015-10-01', '143093'],
    ['a', 'avg', '2015-01-01', '141818.91666667'],
  ])('at %s by %s: the last period of PAYEMS, %s, is %s', async (frequency, method, date, value) => {
    const rows = await levels(api, `${PAYEMS}?frequency=${frequency}&aggregation_method=${method}&start=${date}`);
    expect(rows).toEqual([{ date, value }]);
  });

  it('in chg are what the Bureau of Labor Statistics publishes as the change', async () => {
    const changes = await levels(api, `${PAYEMS}?units=chg`);
    const published = await levels(api, `${SERIES}/PAYEMS_CHG/observations`);
    expect(published).toHaveLength(120);
    expect(changes.slice(1)).toEqual(published.slice(1));
    expect(changes[0]).toEqual({ date: '2006-01-01', value: null });
  });

  const natives = [
    ['PAYEMS', 'm'],
    ['UNRATE', 'm'],
    ['GDPC1', 'q'],
    ['DGS10', 'd'],
  ] as const;
  const lower = { d: ['w', 'm', 'q', 'sa', 'a'], m: ['q', 'sa', 'a'], q: ['sa', 'a'] };
  const aggregations = natives.flatMap(([id, native]) =>
    lower[native].flatMap((target) => ['avg', 'sum', 'eop'].map((method) => [id, native, target, method] as const)),
  );

  it.each(natives)('of %s, %s, are FRED’s formulas in every unit', async (id, native) => {
    const raw = await levels(api, `${SERIES}/${id}/observations`);
    expect(raw.length).toBeGreaterThan(50);
    for (const units of UNITS) {
      const rows = await levels(api, `${SERIES}/${id}/observations?units=${units}`);
      expectValues(rows, transformed(raw, native, units));
    }
  });

  it.each(aggregations)('of %s from %s to %s by %s are right in every unit', async (id, native, target, method) => {
    const raw = await levels(api, `${SERIES}/${id}/observations`);
    for (const units of UNITS) {
      const asked = `frequency=${target}&aggregation_method=${method}&units=${units}`;
      const rows = await levels(api, `${SERIES}/${id}/observations?${asked}`);
      expect(rows.length).toBeGreaterThan(8);
      expectValues(rows, transformed(raw, native, units, target, method));
    }
  });

  it.each(UNITS)('in %s do not depend on where the window begins', async (units) => {
    for (const [id, frequency, start] of [
      ['PAYEMS', 'm', '2010-03-01'],
      ['PAYEMS', 'q', '2010-04-01'],
      ['PAYEMS', 'a', '2010-01-01'],
      ['UNRATE', 'm', '2025-11-01'],
      ['GDPC1', 'q', '2010-07-01'],
      ['GDPC1', 'sa', '2010-07-01'],
      ['DGS10', 'd', '2019-09-03'],
      ['DGS10', 'w', '2019-09-06'],
      ['DGS10', 'm', '2019-09-01'],
    ]) {
      const path = `${SERIES}/${id}/observations?units=${units}&frequency=${frequency}`;
      const whole = await levels(api, path);
      const window = await levels(api, `${path}&start=${start}`);
      expect(window[0]?.date).toBe(start);
      expect(window).toEqual(whole.filter(({ date }) => date >= start!));
    }
  });

  it('of a period cover it whole, wherever in it the window begins or ends', async () => {
    const rows = await levels(api, `${PAYEMS}?frequency=q&start=2015-02-15&end=2015-11-15`);
    expect(rows.map(({ date }) => date)).toEqual(['2015-04-01', '2015-07-01', '2015-10-01']);
    expect(rows[2]!.value).toBe('142849');
  });

  it('after a hole have no change from the period before', async () => {
    const path = `${SERIES}/UNRATE/observations?start=2025-09-01`;
    expect((await levels(api, `${path}&end=2025-11-30`)).map(({ date }) => date)).toEqual(['2025-09-01', '2025-11-01']);
    for (const units of ['chg', 'pch', 'pca', 'cch', 'cca']) {
      const rows = await levels(api, `${path}&end=2025-11-30&units=${units}`);
      expect(rows.map(({ value }) => value === null)).toEqual([false, true]);
    }
  });
});

describe('series of every kind', () => {
  let database: TestDatabase;
  let own: TestApp;

  const rowsOf = (query: string): Promise<Level[]> => levels(own, `${SERIES}/${query}`);

  beforeAll(async () => {
    database = await createDatabase({ hostileZone: true });
    await asAdmin(database.urls.admin, async (client) => {
      const fill = (id: string, step: string, count: number, value: string): Promise<unknown> =>
        client.query(
          `insert into economic_data.economic_data (symbol, date, value)
           select '${id}', timestamptz '2020-01-04 00:00:00Z' + n * interval '${step}', ${value} from generate_series(0, ${count - 1}) n`,
        );
      await fill('WEEKLY', '7 days', 110, '100 + n');
      await fill('HALVES', '6 months', 6, '10 + n');
      await fill('YEARS', '1 year', 4, '10 + n');
      await fill('DECADES', '10 years', 3, '10 + n');
      await fill('ONE', '1 day', 1, '10');
      await fill('GAPPED', '1 month', 26, '100 + n');
      await client.query(`delete from economic_data.economic_data where symbol = 'GAPPED' and date = '2020-03-04Z'`);
      await client.query(
        `insert into economic_data.economic_data (symbol, date, value, is_preliminary, revision_date, source) values
         ('MIXED', '2024-01-01Z', 4, false, '2024-02-01T10:00:00.000001Z', 'first'), ('MIXED', '2024-02-01Z', 0, true, null, 'second'),
         ('MIXED', '2024-03-01Z', -5, false, '2024-04-01Z', 'third'), ('MIXED', '2024-04-01Z', 'NaN', false, null, 'third'),
         ('MIXED', '2024-05-01Z', 7, null, null, 'third'), ('MIXED', '2024-06-30T23:30:00Z', 0.12345678, false, null, 'third')`,
      );
    });
    own = await startApp(database.urls.reader);
  }, 60_000);
  afterAll(async () => {
    await own.close();
    await database.drop();
  });

  it('have the frequency of their commonest step, or none', async () => {
    const { body } = await own.get(SERIES).expect(200);
    const frequencies = (body.data as { series_id: string; frequency: string | null }[]).map((row) => [
      row.series_id,
      row.frequency,
    ]);
    expect(Object.fromEntries(frequencies)).toEqual({
      WEEKLY: 'w',
      HALVES: 'sa',
      YEARS: 'a',
      DECADES: null,
      ONE: null,
      GAPPED: 'm',
      MIXED: 'm',
    });
  });

  it('are null for NaN, for a division by zero and for the logarithm of what is not positive', async () => {
    const values = async (units: string): Promise<(string | null)[]> =>
      (await rowsOf(`MIXED/observations?units=${units}`)).map(({ value }) => value);
    expect(await values('lin')).toEqual(['4', '0', '-5', null, '7', '0.12345678']);
    expect(await values('chg')).toEqual([null, '-4', '-5', null, null, '-6.87654322']);
    expect(await values('pch')).toEqual([null, '-100', null, null, null, '-98.23633171']);
    expect(await values('cch')).toEqual([null, null, null, null, null, '-403.77742927']);
    expect(await values('log')).toEqual(['1.38629436', null, null, null, '1.94591015', '-2.09186414']);
  });

  it('have no change from a period that is missing, neither the one before nor that of a year ago', async () => {
    const missing = async (units: string): Promise<string[]> =>
      (await rowsOf(`GAPPED/observations?units=${units}&start=2020-03-01`)).flatMap(({ date, value }) =>
        value === null ? [date] : [],
      );
    expect(await missing('chg')).toEqual(['2020-04-04']);
    expect(await missing('ch1')).toEqual([
      ...['04', '05', '06', '07', '08', '09', '10', '11', '12'].map((month) => `2020-${month}-04`),
      '2021-03-04',
    ]);
  });

  it('are dated by the UTC day, whatever the zone of the database', async () => {
    const { body } = await own.get(`${SERIES}/MIXED`).expect(200);
    expect(body.data).toMatchObject({ first_date: '2024-01-01', last_date: '2024-06-30' });
    const [last] = await rowsOf('MIXED/observations?start=2024-06-30&end=2024-06-30');
    expect(last).toEqual({ date: '2024-06-30', value: '0.12345678' });
  });

  it('say of an aggregated value what they say of its parts', async () => {
    const { body } = await own.get(`${SERIES}/MIXED/observations?frequency=q&aggregation_method=sum`).expect(200);
    expect(body.data).toEqual([
      {
        date: '2024-01-01',
        value: -1,
        is_preliminary: true,
        revision_date: '2024-04-01T00:00:00Z',
        source: 'third',
      },
      { date: '2024-04-01', value: null, is_preliminary: false, revision_date: null, source: 'third' },
    ]);
  });

  it.each(UNITS)('and native weeks, half-years and years are right in %s', async (units) => {
    for (const [id, native, target] of [
      ['WEEKLY', 'w', 'w'],
      ['WEEKLY', 'w', 'm'],
      ['GAPPED', 'm', 'm'],
      ['GAPPED', 'm', 'q'],
      ['HALVES', 'sa', 'sa'],
      ['YEARS', 'a', 'a'],
    ] as const) {
      const raw = await rowsOf(`${id}/observations`);
      const rows = await rowsOf(`${id}/observations?units=${units}&frequency=${target}`);
      expect(rows.length).toBeGreaterThan(3);
      expectValues(rows, transformed(raw, native, units, target));
    }
  });

  it('of an unknown frequency are sent at any, and have no yearly rate', async () => {
    expect((await rowsOf('DECADES/observations?frequency=a')).map(({ value }) => value)).toEqual(['10', '11', '12']);
    expect((await rowsOf('DECADES/observations?units=chg')).map(({ value }) => value)).toEqual([null, '1', '1']);
    for (const units of ['pca', 'cca']) {
      const rows = await rowsOf(`DECADES/observations?units=${units}`);
      expect(rows.map(({ value }) => value)).toEqual([null, null, null]);
    }
  });
});

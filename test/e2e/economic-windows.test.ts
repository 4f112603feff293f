import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';
import { expectValues, type Level, levels, transformed } from '../support/fred.js';
import { pagedRows } from '../support/pages.js';
import { seeded } from '../support/random.js';

const UNITS = ['lin', 'chg', 'ch1', 'pch', 'pc1', 'pca', 'cch', 'cca', 'log'];
const WEEKS = ['wem', 'wetu', 'wew', 'weth', 'wef', 'wesa', 'wesu'];
const TARGETS = ['d', 'w', ...WEEKS, 'bw', 'bwew', 'bwem', 'm', 'q', 'sa', 'a'];
/** Native frequencies, and the days or months between observations. */
const NATIVES = { d: 1, w: 7, bw: 14, m: 1, q: 3, sa: 6, a: 12 };
type Native = keyof typeof NATIVES;
const COUNTS: Record<Native, number> = { d: 280, w: 130, bw: 80, m: 60, q: 30, sa: 20, a: 12 };

interface Row extends Level {
  readonly at: string;
  readonly series: string;
}

let database: TestDatabase;
let api: TestApp;
const data = new Map<Native, Row[]>();

interface ObservationsPage {
  nodes: { date: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/**
 * Random observations: some missing, some twice a day, at any time of day, from tiny to huge, now and then no number.
 */
function series(native: Native, random: () => number): Row[] {
  const rows: Row[] = [];
  const step = NATIVES[native];
  const pick = <T>(...choices: T[]): T => choices[Math.floor(random() * choices.length)]!;
  const add = (day: string, clock: string): void => {
    const digits = pick(1, 3, 8, 12, 20);
    const number = BigInt(Math.floor(random() * 10 ** Math.min(digits, 15))) * 10n ** BigInt(Math.max(digits - 15, 0));
    const text = number.toString().padStart(9, '0');
    const exact = `${pick('', '', '', '-')}${text.slice(0, -8)}.${text.slice(-8)}`;
    const value = pick(null, exact, exact, exact, exact, '100', '100.5', '101');
    rows.push({ date: day, at: `${day}T${clock}Z`, value, series: native.toUpperCase() });
  };
  for (let n = 0; n < COUNTS[native]; n++) {
    if (random() < 0.12) continue;
    const date = new Date('2015-03-01T00:00:00Z');
    if (native === 'd' || native === 'w' || native === 'bw') date.setUTCDate(date.getUTCDate() + n * step);
    else date.setUTCMonth(date.getUTCMonth() + n * step, 1 + Math.floor(random() * 3));
    if (native === 'd' && date.getUTCDay() % 6 === 0) continue;
    const day = date.toISOString().slice(0, 10);
    add(day, pick('00:00:00', '00:00:00', '05:00:00', '13:30:00.000001'));
    if (random() < 0.15) add(day, pick('21:00:00', '23:59:59.999999'));
  }
  return rows;
}

beforeAll(async () => {
  database = await createDatabase({ hostileZone: true });
  const random = seeded(20_261_126);
  for (const native of Object.keys(NATIVES) as Native[]) data.set(native, series(native, random));
  const rows = [...data.values()]
    .flat()
    .map(({ at, series: symbol, value }) => ({ symbol, at, value: value ?? 'NaN' }));
  await asAdmin(database.urls.admin, (client) =>
    client.query(
      `insert into economic_data.economic_data (symbol, date, value)
       select symbol, at, value from json_to_recordset($1) as r (symbol text, at timestamptz, value numeric)`,
      [JSON.stringify(rows)],
    ),
  );
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

describe.each(Object.keys(NATIVES) as Native[])('observations of a random series, %s', (native) => {
  const lower = TARGETS.slice(TARGETS.indexOf(native));
  const asked = UNITS.flatMap((units) =>
    lower
      // The days on which weeks end differ in nothing but the grouping: each with levels and with changes.
      .filter((target) => target === native || !WEEKS.includes(target) || ['lin', 'chg'].includes(units))
      .flatMap((target) =>
        (target === native ? ['avg'] : ['avg', 'sum', 'eop']).map((method) => ({ units, target, method })),
      ),
  );
  const pathOf = ({ units, target, method }: (typeof asked)[number]): string =>
    `/v1/economic-data/series/${native.toUpperCase()}/observations?units=${units}&frequency=${target}&aggregation_method=${method}`;

  it('are FRED’s formulas in any units, frequency and method, and the same in any window', async () => {
    const random = seeded(COUNTS[native]);
    const first = Date.parse('2015-02-20');
    for (const one of asked) {
      const whole = await levels(api, pathOf(one));
      expect(whole.length).toBeGreaterThan(0);
      expectValues(whole, transformed(data.get(native)!, native, one.units, one.target, one.method));
      const last = Date.parse(whole.at(-1)!.date) + 864_000_000;
      const [start, end] = [random(), random()]
        .map((place) => new Date(first + place * (last - first)).toISOString().slice(0, 10))
        // Days: the last period of a year may begin before the first observation.
        .sort() as [string, string];
      const part = await levels(api, `${pathOf(one)}&start=${start}&end=${end}`);
      const inside = whole.filter(({ date }) => date >= start && date <= end);
      expect({ ...one, start, end, part }).toEqual({ ...one, start, end, part: inside });
    }
  }, 240_000);

  it.each(['asc', 'desc'])('come once each by pages, %s, several on a day or not', async (sort) => {
    for (const one of [
      { units: 'lin', target: native, method: 'avg' },
      { units: 'chg', target: native, method: 'avg' },
      { units: 'pc1', target: native, method: 'avg' },
      { units: 'pca', target: lower.at(-1)!, method: 'sum' },
    ]) {
      const path = `${pathOf(one)}&sort=${sort}&numbers=string`;
      const whole = (await api.get(`${path}&limit=10000`).expect(200)).body.data as Level[];
      expect(await pagedRows<Level>(api, path, native === 'd' ? 50 : 3)).toEqual(whole);
      const query = `query ($after: String) { series(id: "${native.toUpperCase()}") {
        observations(first: 37, after: $after, units: ${one.units.toUpperCase()}, frequency: ${one.target.toUpperCase()},
          aggregationMethod: ${one.method.toUpperCase()}, sort: ${sort.toUpperCase()}) {
          nodes { date } pageInfo { hasNextPage endCursor } } } }`;
      const dates: string[] = [];
      for (let after: string | null = null, more = true; more;) {
        const page: { body: { data: { series: { observations: ObservationsPage } } } } = await api
          .graphql(query, { after })
          .expect(200);
        const { nodes, pageInfo } = page.body.data.series.observations;
        dates.push(...nodes.map(({ date }) => date));
        [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
      }
      expect(dates).toEqual(whole.map(({ date }) => date));
    }
  });
});

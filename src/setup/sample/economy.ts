import { addDays, isoDay, nyseTradingDays } from './nyse.js';
import { random } from './random.js';
import type { Row } from './bars.js';

export const observationColumns =
  'id, symbol, date, value, is_preliminary, revision_date, source, created_at, updated_at';

/** The columns of us-employment.csv by their FRED series; all in thousands of persons. PAYEMS_CHG is no FRED series. */
const EMPLOYMENT: Record<string, string> = {
  nonfarm: 'PAYEMS',
  private: 'USPRIV',
  goods_producing: 'USGOOD',
  service_providing: 'SRVPRD',
  private_service_providing: 'CES0800000001',
  mining_and_logging: 'USMINE',
  construction: 'USCONS',
  manufacturing: 'MANEMP',
  durable_goods: 'DMANEMP',
  nondurable_goods: 'NDMANEMP',
  trade_transportation_utilties: 'USTPU',
  wholesale_trade: 'USWTRADE',
  retail_trade: 'USTRADE',
  transportation_and_warehousing: 'CES4300000001',
  utilities: 'CES4422000001',
  information: 'USINFO',
  financial_activities: 'USFIRE',
  professional_and_business_services: 'USPBS',
  education_and_health_services: 'USEHS',
  leisure_and_hospitality: 'USLAH',
  other_services: 'USSERV',
  government: 'USGOVT',
  nonfarm_change: 'PAYEMS_CHG',
};

/** Real monthly US employment, one series per column of the text of us-employment.csv. */
export function* employment(csv: string): Generator<Row> {
  const source = random('us-employment');
  const [head = '', ...lines] = csv.trim().split('\n');
  const series = head
    .trim()
    .split(',')
    .slice(1)
    .map((column) => EMPLOYMENT[column]!);
  for (const line of lines) {
    const [month = '', ...values] = line.trim().split(',');
    const seen = `${addDays(month, 36)}T13:30:00Z`;
    for (const [index, value] of values.entries()) {
      if (value !== '')
        yield [source.uuid(), series[index]!, midnight(month), value, false, null, 'vega-datasets', seen, seen];
    }
  }
}

/** Generated series up to the UTC day before `now`: GDPC1 quarterly, UNRATE monthly with a hole, DGS10 daily. */
export function* sampleObservations(now: Date): Generator<Row> {
  const yesterday = addDays(isoDay(now), -1);
  yield* gdp(yesterday);
  yield* unemployment(yesterday);
  yield* treasury(yesterday);
}

/** Billions of chained dollars; first published 30 days after the quarter, revised 55 days later. */
function* gdp(yesterday: string): Generator<Row> {
  const source = random('GDPC1');
  let value = 12_924.179;
  for (let quarter = 0; ; quarter++) {
    const date = isoDay(Date.UTC(2000, quarter * 3, 1));
    const published = addDays(isoDay(Date.UTC(2000, quarter * 3 + 3, 1)), 30);
    if (published > yesterday) return;
    value *= 1 + 0.0055 + 0.006 * source.normal();
    const revised = addDays(published, 55);
    const final = revised <= yesterday;
    const changed = final ? revised : published;
    yield [
      source.uuid(),
      'GDPC1',
      midnight(date),
      value.toFixed(3),
      !final,
      final ? midnight(revised) : null,
      'sample',
      `${published}T13:30:00Z`,
      `${changed}T13:30:00Z`,
    ];
  }
}

/** Percent. October 2025 is missing on purpose. */
function* unemployment(yesterday: string): Generator<Row> {
  const source = random('UNRATE');
  let rate = 5.6;
  for (let month = 0; ; month++) {
    const date = isoDay(Date.UTC(2015, month, 1));
    const published = addDays(date, 36);
    if (published > yesterday) return;
    rate = Math.min(9, Math.max(3.4, rate + 0.12 * source.normal() - 0.01));
    const id = source.uuid();
    const revised = source.next() < 0.1 ? addDays(published, 30) : null;
    const known = revised !== null && revised <= yesterday ? revised : null;
    if (date === '2025-10-01') continue;
    yield [
      id,
      'UNRATE',
      midnight(date),
      rate.toFixed(1),
      false,
      known && midnight(known),
      'sample',
      `${published}T13:30:00Z`,
      `${known ?? published}T13:30:00Z`,
    ];
  }
}

/** Percent, on trading days; the newest two are preliminary. */
function* treasury(yesterday: string): Generator<Row> {
  const source = random('DGS10');
  const days = nyseTradingDays('2015-01-02', yesterday);
  let rate = 2.12;
  for (const [index, day] of days.entries()) {
    rate = Math.min(5.2, Math.max(0.5, rate + 0.045 * source.normal()));
    const seen = `${day}T21:00:00Z`;
    yield [
      source.uuid(),
      'DGS10',
      midnight(day),
      rate.toFixed(2),
      index >= days.length - 2,
      null,
      'sample',
      seen,
      seen,
    ];
  }
}

const midnight = (day: string): string => `${day}T00:00:00Z`;

import { asAdmin, type TestDatabase } from './database.js';
import { idOf, range } from './fixtures.js';

/** A row of events.event_data; its number is the end of its id. */
export interface EventFixture {
  number: number;
  event_type: string;
  event_datetime: string;
  event_name: string;
  description: string | null;
  impact_level: number | null;
  symbol: string | null;
  currency: string | null;
  country: string | null;
  actual: string | null;
  forecast: string | null;
  previous: string | null;
  source: string;
}

const RELEASE = {
  event_type: 'economic_release',
  event_datetime: '2020-02-14T13:30:00Z',
  event_name: 'US Retail Sales m/m',
  description: null,
  symbol: null,
  currency: 'USD',
  country: 'US',
  actual: '0.30000000',
  forecast: '123456789012.12345678',
  previous: '-0.10',
  source: 'sample',
};

/** A calendar that stopped. Ten events share one instant, five the microsecond after it. */
export const EVENTS: EventFixture[] = [
  ...range(1, 10).map((number) => ({ ...RELEASE, number, impact_level: 1 + (number % 4) })),
  ...range(11, 15).map((number) => ({
    ...RELEASE,
    number,
    event_type: 'earnings',
    event_datetime: '2020-02-14T13:30:00.000001Z',
    event_name: 'Earnings',
    impact_level: 3,
    symbol: number % 2 ? 'AAPL' : 'BRK.B',
  })),
  {
    ...RELEASE,
    number: 16,
    event_type: 'central_bank',
    event_datetime: '2020-03-12T12:15:00Z',
    event_name: 'ECB, "the decision"',
    description: 'One line,\nanother\u0001line.',
    impact_level: 4,
    currency: 'EUR',
    country: 'EU',
    actual: null,
  },
  {
    number: 17,
    event_type: 'holiday',
    event_datetime: '2020-03-31T12:00:00.000001Z',
    event_name: 'Closed',
    description: null,
    impact_level: null,
    symbol: null,
    currency: null,
    country: null,
    actual: 'NaN',
    forecast: null,
    previous: null,
    source: 'sample',
  },
  { ...RELEASE, number: 18, event_datetime: '2019-12-31T23:59:59.999999Z', impact_level: 4 },
];

/** Puts them into a database. */
export async function insertEvents(database: TestDatabase): Promise<void> {
  const rows = EVENTS.map((event) => ({ ...event, id: idOf(event.number) }));
  const columns =
    'id, event_type, event_datetime, event_name, description, impact_level, symbol, currency, country, actual, forecast, previous, source';
  await asAdmin(database.urls.admin, (client) =>
    client.query(
      `insert into events.event_data (${columns})
       select ${columns} from json_populate_recordset(null::events.event_data, $1)`,
      [JSON.stringify(rows)],
    ),
  );
}

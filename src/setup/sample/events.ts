import { addDays, calendarDays, isoDay, nyseHolidays } from './nyse.js';
import { type Random, random } from './random.js';
import { companies, type Row } from './bars.js';

export const eventColumns =
  'id, event_type, event_datetime, event_name, description, impact_level, symbol, currency, country, actual, forecast, previous, source, created_at';

interface Kind {
  type: 'central_bank' | 'economic_release';
  name: string;
  /** UTC time of day. */
  at: string;
  country: string;
  currency: string;
  impact: 1 | 2 | 3 | 4;
  /** Typical value, its spread, and the decimals it is published with. */
  value: [typical: number, spread: number, decimals: number];
  unit: string;
  /** Days of the month (with the months, January 1, when not monthly), or the day of the week for a weekly one. */
  when: { day: number; months?: number[] } | { weekday: number };
}

const KINDS: Kind[] = [
  {
    type: 'central_bank',
    name: 'FOMC Rate Decision',
    at: '19:00',
    country: 'US',
    currency: 'USD',
    impact: 4,
    value: [4.25, 0.25, 2],
    unit: '%',
    when: { day: 18, months: [1, 3, 5, 6, 7, 9, 11, 12] },
  },
  {
    type: 'central_bank',
    name: 'ECB Rate Decision',
    at: '12:15',
    country: 'EU',
    currency: 'EUR',
    impact: 4,
    value: [2.15, 0.15, 2],
    unit: '%',
    when: { day: 11, months: [1, 3, 4, 6, 7, 9, 10, 12] },
  },
  {
    type: 'central_bank',
    name: 'BoE Rate Decision',
    at: '12:00',
    country: 'GB',
    currency: 'GBP',
    impact: 3,
    value: [4, 0.25, 2],
    unit: '%',
    when: { day: 6, months: [2, 3, 5, 6, 8, 9, 11, 12] },
  },
  {
    type: 'central_bank',
    name: 'BoJ Rate Decision',
    at: '03:00',
    country: 'JP',
    currency: 'JPY',
    impact: 3,
    value: [0.5, 0.1, 2],
    unit: '%',
    when: { day: 19, months: [1, 3, 4, 6, 7, 9, 10, 12] },
  },
  {
    type: 'economic_release',
    name: 'US Nonfarm Payrolls',
    at: '13:30',
    country: 'US',
    currency: 'USD',
    impact: 4,
    value: [140, 60, 0],
    unit: 'thousand',
    when: { day: 5 },
  },
  {
    type: 'economic_release',
    name: 'US CPI y/y',
    at: '13:30',
    country: 'US',
    currency: 'USD',
    impact: 4,
    value: [2.9, 0.3, 1],
    unit: '%',
    when: { day: 12 },
  },
  {
    type: 'economic_release',
    name: 'US Retail Sales m/m',
    at: '13:30',
    country: 'US',
    currency: 'USD',
    impact: 3,
    value: [0.3, 0.4, 1],
    unit: '%',
    when: { day: 16 },
  },
  {
    type: 'economic_release',
    name: 'US ISM Manufacturing PMI',
    at: '15:00',
    country: 'US',
    currency: 'USD',
    impact: 3,
    value: [49.5, 1.5, 1],
    unit: 'points',
    when: { day: 2 },
  },
  {
    type: 'economic_release',
    name: 'US GDP q/q',
    at: '13:30',
    country: 'US',
    currency: 'USD',
    impact: 4,
    value: [2.1, 1, 1],
    unit: '%',
    when: { day: 28, months: [1, 4, 7, 10] },
  },
  {
    type: 'economic_release',
    name: 'Euro Area CPI y/y',
    at: '10:00',
    country: 'EU',
    currency: 'EUR',
    impact: 3,
    value: [2.1, 0.2, 1],
    unit: '%',
    when: { day: 1 },
  },
  {
    type: 'economic_release',
    name: 'German Ifo Business Climate',
    at: '09:00',
    country: 'DE',
    currency: 'EUR',
    impact: 2,
    value: [88, 1.2, 1],
    unit: 'points',
    when: { day: 24 },
  },
  {
    type: 'economic_release',
    name: 'UK CPI y/y',
    at: '07:00',
    country: 'GB',
    currency: 'GBP',
    impact: 3,
    value: [3.2, 0.3, 1],
    unit: '%',
    when: { day: 17 },
  },
  {
    type: 'economic_release',
    name: 'China Manufacturing PMI',
    at: '01:30',
    country: 'CN',
    currency: 'CNY',
    impact: 2,
    value: [49.8, 0.6, 1],
    unit: 'points',
    when: { day: 30 },
  },
  {
    type: 'economic_release',
    name: 'US Initial Jobless Claims',
    at: '13:30',
    country: 'US',
    currency: 'USD',
    impact: 2,
    value: [225, 9, 0],
    unit: 'thousand',
    when: { weekday: 4 },
  },
];

/**
 * Generated events from a year before `now` to 60 days after it; what lies ahead has a forecast and no actual value.
 */
export function* sampleEvents(now: Date): Generator<Row> {
  const today = isoDay(now);
  const days = calendarDays(addDays(today, -365), addDays(today, 60));
  const first = days[0]!;
  const holidays = new Set([0, 1, 2].flatMap((years) => nyseHolidays(Number(first.slice(0, 4)) + years)));
  for (const day of days) {
    for (const kind of KINDS) if (due(kind, day)) yield release(kind, day, now);
    if (holidays.has(day)) yield holiday(day, now);
    if (['01', '04', '07', '10'].includes(day.slice(5, 7))) {
      for (const [index, symbol] of companies.entries()) {
        if (Number(day.slice(8)) === 14 + index) yield earnings(symbol, index, day, now);
      }
    }
  }
}

function due({ when }: Kind, day: string): boolean {
  if ('weekday' in when) return new Date(day).getUTCDay() === when.weekday;
  return Number(day.slice(8)) === when.day && (when.months?.includes(Number(day.slice(5, 7))) ?? true);
}

function release(kind: Kind, day: string, now: Date): Row {
  const source = random(`${kind.name} ${day}`);
  const at = `${day}T${kind.at}:00Z`;
  const description = `${kind.name} for the period before ${day}, in ${kind.unit}. Sample data.`;
  return [
    source.uuid(),
    kind.type,
    at,
    kind.name,
    description,
    kind.impact,
    null,
    kind.currency,
    kind.country,
    ...values(source, kind.value, at, now),
    'sample',
    announced(at, now),
  ];
}

function earnings(symbol: string, index: number, day: string, now: Date): Row {
  const source = random(`earnings ${symbol} ${day}`);
  const at = `${day}T${index % 2 ? '12:00' : '21:00'}:00Z`;
  const description =
    source.next() < 0.3 ? null : `${symbol} reports its quarter, earnings per share in US dollars. Sample data.`;
  const eps = values(source, [1 + index * 0.4, 0.2, 2], at, now);
  return [
    source.uuid(),
    'earnings',
    at,
    `${symbol} Earnings`,
    description,
    2 + (index % 3),
    symbol,
    'USD',
    'US',
    ...eps,
    'sample',
    announced(at, now),
  ];
}

function holiday(day: string, now: Date): Row {
  const at = `${day}T00:00:00Z`;
  const id = random(`holiday ${day}`).uuid();
  return [id, 'holiday', at, 'NYSE closed', null, 1, null, 'USD', 'US', null, null, null, 'sample', announced(at, now)];
}

/** Actual, forecast, previous. */
function values(source: Random, [typical, spread, decimals]: Kind['value'], at: string, now: Date): Row {
  const value = (share: number): string => (typical + spread * share * source.normal()).toFixed(decimals);
  const [actual, forecast, previous] = [value(1), value(0.5), value(1)];
  return [Date.parse(at) < now.getTime() ? actual : null, forecast, previous];
}

/** 90 days ahead, so that no row is from the future. */
function announced(at: string, now: Date): string {
  return new Date(Math.min(Date.parse(at) - 90 * 86_400_000, now.getTime())).toISOString();
}

import { registerEnumType } from '@nestjs/graphql';
import { formatDay, parseDay } from '../../base/time.js';

/** How often a series is observed, from daily to annual, and the day on which weeks and fortnights end. */
export const Frequency = {
  D: 'd',
  W: 'w',
  WEM: 'wem',
  WETU: 'wetu',
  WEW: 'wew',
  WETH: 'weth',
  WEF: 'wef',
  WESA: 'wesa',
  WESU: 'wesu',
  BW: 'bw',
  BWEW: 'bwew',
  BWEM: 'bwem',
  M: 'm',
  Q: 'q',
  SA: 'sa',
  A: 'a',
} as const;
export type Frequency = (typeof Frequency)[keyof typeof Frequency];
registerEnumType(Frequency, {
  name: 'Frequency',
  description: 'How often a series is observed. The names are FRED’s.',
  valuesMap: {
    D: { description: 'Daily.' },
    W: { description: 'Weekly; as a target the same as WEF.' },
    WEM: { description: 'Weekly, Tuesday to Monday, dated on the Monday. Only a target.' },
    WETU: { description: 'Weekly, Wednesday to Tuesday, dated on the Tuesday. Only a target.' },
    WEW: { description: 'Weekly, Thursday to Wednesday, dated on the Wednesday. Only a target.' },
    WETH: { description: 'Weekly, Friday to Thursday, dated on the Thursday. Only a target.' },
    WEF: { description: 'Weekly, Saturday to Friday, dated on the Friday. Only a target.' },
    WESA: { description: 'Weekly, Sunday to Saturday, dated on the Saturday. Only a target.' },
    WESU: { description: 'Weekly, Monday to Sunday, dated on the Sunday. Only a target.' },
    BW: { description: 'Biweekly; as a target the same as BWEW.' },
    BWEW: {
      description:
        'Two weeks that end on a Wednesday, dated on it: every second one, 2020-01-01 among them. Only a target.',
    },
    BWEM: {
      description:
        'Two weeks that end on a Monday, dated on it: every second one, 2019-12-30 among them. Only a target.',
    },
    M: { description: 'Monthly, dated on the first day.' },
    Q: { description: 'Quarterly, dated on the first day.' },
    SA: { description: 'Semiannual, dated on the first day.' },
    A: { description: 'Annual, dated on the first day.' },
  },
});

/** How often, without the day on which weeks end: what a series can be by itself. */
export type Rate = 'd' | 'w' | 'bw' | 'm' | 'q' | 'sa' | 'a';

/** From the highest to the lowest. */
const ORDER: readonly Frequency[] = Object.values(Frequency);

/** Observations per year, as FRED counts them for its rates; a day is a weekday. */
export const PER_YEAR: Record<Rate, number> = { d: 260, w: 52, bw: 26, m: 12, q: 4, sa: 2, a: 1 };

/** Weeks and fortnights: how many days they have, and a day that ends one. */
export interface Weeks {
  readonly days: 7 | 14;
  readonly end: string;
}

const FRIDAYS: Weeks = { days: 7, end: '1970-01-02' };
/**
 * The reserve maintenance periods of the Federal Reserve, two weeks to a Wednesday, have gone on without a break since
 * 1984-02-15; FRED dates its biweekly series by them.
 */
const WEDNESDAYS: Weeks = { days: 14, end: '2020-01-01' };

const WEEKS: Partial<Record<Frequency, Weeks>> = {
  w: FRIDAYS,
  wem: { days: 7, end: '1970-01-05' },
  wetu: { days: 7, end: '1970-01-06' },
  wew: { days: 7, end: '1970-01-07' },
  weth: { days: 7, end: '1970-01-01' },
  wef: FRIDAYS,
  wesa: { days: 7, end: '1970-01-03' },
  wesu: { days: 7, end: '1970-01-04' },
  bw: WEDNESDAYS,
  bwew: WEDNESDAYS,
  bwem: { days: 14, end: '2019-12-30' },
};

/** Months of the periods that the calendar has. */
const MONTHS: Partial<Record<Frequency, number>> = { m: 1, q: 3, sa: 6, a: 12 };

/** How often a frequency is, whatever the day on which its weeks end. */
export function rateOf(frequency: Frequency): Rate {
  const weeks = WEEKS[frequency];
  if (weeks) return weeks.days === 7 ? 'w' : 'bw';
  return frequency as Rate;
}

/** The weeks of a frequency, if it has some. */
export function weeksOf(frequency: Frequency | null): Weeks | undefined {
  return frequency === null ? undefined : WEEKS[frequency];
}

/** Months of a period of a frequency that the calendar has. */
export function monthsOf(frequency: Frequency | null): number | undefined {
  return frequency === null ? undefined : MONTHS[frequency];
}

/**
 * Fewest observations from which FRED makes the first or the last aggregated value of a series; a period in between
 * takes those that there are. By native rate, then target rate; those of fortnights, which the source does not give,
 * are four fifths of what they can have, as its others are.
 * Source: FRED help, "How are missing values determined for first/last observations?"
 */
const FEWEST: Partial<Record<Rate, Partial<Record<Rate, number>>>> = {
  d: { w: 4, bw: 8, m: 17, q: 52, sa: 104, a: 208 },
  w: { bw: 2, m: 3, q: 10, sa: 20, a: 39 },
  bw: { m: 2, q: 5, sa: 10, a: 20 },
  m: { q: 3, sa: 6, a: 12 },
  q: { sa: 2, a: 4 },
  sa: { a: 2 },
};

/**
 * Fewest observations that the first and the last period of an aggregation need; 0 where the native rate is unknown.
 */
export function fewest(native: Rate | null, target: Frequency): number {
  return (native && FEWEST[native]?.[rateOf(target)]) ?? 0;
}

/** The frequencies that a series can be sent at: its own and the lower ones, all where its own is unknown. */
export function attainable(native: Rate | null): readonly Frequency[] {
  return native === null ? ORDER : ORDER.slice(ORDER.indexOf(native));
}

/**
 * The day that dates the period in which a day lies: its first day, for weeks and fortnights their last. In days after
 * 1970-01-01.
 */
export function periodOf(day: number, frequency: Frequency): number {
  const weeks = WEEKS[frequency];
  if (weeks) return day + modulo(parseDay(weeks.end)! - day, weeks.days);
  const months = MONTHS[frequency];
  if (months === undefined) return day;
  const text = formatDay(day);
  const month = Number(text.slice(5, 7)) - 1;
  const first = String(month - (month % months) + 1).padStart(2, '0');
  return parseDay(`${text.slice(0, 4)}-${first}-01`)!;
}

function modulo(a: number, n: number): number {
  return ((a % n) + n) % n;
}

import { expect } from '@jest/globals';
import type { TestApp } from './app.js';

/**
 * FRED's units and aggregations once more, in exact fractions and apart from the SQL, to check it by. An observation
 * is its date and its value as text.
 */
export interface Level {
  readonly date: string;
  readonly value: string | null;
  /** When it was made; left out: at the first instant of its date. */
  readonly at?: string;
}

/** A value as the wire has it; of logarithms, which are no fractions, a double. */
export type Expected = string | number | null;

interface Fraction {
  readonly top: bigint;
  /** Positive. */
  readonly bottom: bigint;
}

const PER_YEAR: Record<string, number> = { d: 260, w: 52, bw: 26, m: 12, q: 4, sa: 2, a: 1 };
const MONTHS: Record<string, number> = { m: 1, q: 3, sa: 6, a: 12 };
/** Days of weeks and fortnights, and a day on which one ends. */
const WEEKS: Record<string, [length: number, end: string]> = {
  w: [7, '2025-10-31'],
  wef: [7, '2025-10-31'],
  wesa: [7, '2025-11-01'],
  wesu: [7, '2025-11-02'],
  wem: [7, '2025-11-03'],
  wetu: [7, '2025-11-04'],
  wew: [7, '2025-11-05'],
  weth: [7, '2025-11-06'],
  bw: [14, '1984-02-15'],
  bwew: [14, '1984-02-15'],
  bwem: [14, '1984-02-13'],
};
/** Observations that the first and the last period of a series must have, by native and target rate. */
const FEWEST: Record<string, number> = {
  'd>w': 4,
  'd>bw': 8,
  'd>m': 17,
  'd>q': 52,
  'd>sa': 104,
  'd>a': 208,
  'w>bw': 2,
  'w>m': 3,
  'w>q': 10,
  'w>sa': 20,
  'w>a': 39,
  'bw>m': 2,
  'bw>q': 5,
  'bw>sa': 10,
  'bw>a': 20,
  'm>q': 3,
  'm>sa': 6,
  'm>a': 12,
  'q>sa': 2,
  'q>a': 4,
  'sa>a': 2,
};

interface Period {
  readonly date: string;
  readonly period: string;
  readonly value: Fraction | null;
}

/** How often a frequency is, whatever the day on which its weeks end. */
function rateOf(frequency: string): string {
  const weeks = WEEKS[frequency];
  return weeks ? (weeks[0] === 7 ? 'w' : 'bw') : frequency;
}

/** The values of a whole series in other units, aggregated first if a target frequency is given, by their dates. */
export function transformed(
  levels: readonly Level[],
  native: string,
  units: string,
  target = native,
  method = 'avg',
): { date: string; value: Expected }[] {
  const made = ({ at, date }: Level): number => Date.parse(at ?? date);
  const read = levels
    .toSorted((a, b) => made(a) - made(b))
    .map(({ date, value }) => ({ date, value: value === null ? null : fraction(value) }));
  const rate = rateOf(target);
  // A biweekly observation is known by its week.
  const grid = target === native && native === 'bw' ? 'w' : target;
  const periods: Period[] =
    target === native
      ? read.map((row) => ({ ...row, period: periodOf(row.date, grid) }))
      : aggregated(read, native, target, method);
  const byPeriod = new Map<string, Fraction>();
  for (const { period, value } of periods) if (value !== null) byPeriod.set(period, value);
  const inDays = MONTHS[rate] === undefined;
  let newest: Fraction | null = null;
  return periods.map(({ date, period, value }) => {
    const before = inDays ? newest : (byPeriod.get(months(period, -MONTHS[rate]!)) ?? null);
    const yearAgo = byPeriod.get(inDays ? days(period, -364) : months(period, -12)) ?? null;
    newest = value ?? newest;
    return { date, value: changed(units, value, before, yearAgo, PER_YEAR[rate]!) };
  });
}

function changed(
  units: string,
  value: Fraction | null,
  before: Fraction | null,
  yearAgo: Fraction | null,
  perYear: number,
): Expected {
  const base = units === 'ch1' || units === 'pc1' ? yearAgo : before;
  if (value === null) return null;
  if (units === 'lin') return text(value);
  if (units === 'log') return value.top > 0n ? Math.log(double(value)) : null;
  if (base === null) return null;
  if (units === 'chg' || units === 'ch1') return text(minus(value, base));
  if (units === 'cch' || units === 'cca') {
    if (value.top <= 0n || base.top <= 0n) return null;
    return (Math.log(double(value)) - Math.log(double(base))) * 100 * (units === 'cca' ? perYear : 1);
  }
  if (base.top === 0n) return null;
  const ratio = over(value, base);
  const power = units === 'pca' ? BigInt(perYear) : 1n;
  const { top, bottom } = minus({ top: ratio.top ** power, bottom: ratio.bottom ** power }, { top: 1n, bottom: 1n });
  return text({ top: top * 100n, bottom });
}

function aggregated(
  levels: readonly { date: string; value: Fraction | null }[],
  native: string,
  target: string,
  method: string,
): Period[] {
  const groups = [...Map.groupBy(levels, ({ date }) => periodOf(date, target))];
  return groups.map(([date, members], place) => {
    const values = members.flatMap(({ value }) => value ?? []);
    const outer = place === 0 || place === groups.length - 1;
    const few = outer && values.length < (FEWEST[`${native}>${rateOf(target)}`] ?? 0);
    if (values.length === 0 || few) return { date, period: date, value: null };
    const sum = values.reduce((a, b) => ({ top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom }));
    const average = { top: sum.top, bottom: sum.bottom * BigInt(values.length) };
    const value = method === 'eop' ? values.at(-1)! : method === 'sum' ? sum : average;
    return { date, period: date, value };
  });
}

/** The first day of the period in which a day lies; of weeks and fortnights the last. */
export function periodOf(day: string, frequency: string): string {
  const length = MONTHS[frequency];
  if (length !== undefined) {
    const month = Number(day.slice(5, 7)) - 1;
    return `${day.slice(0, 4)}-${String(month - (month % length) + 1).padStart(2, '0')}-01`;
  }
  const weeks = WEEKS[frequency];
  if (!weeks) return day;
  const left = ((Date.parse(weeks[1]) - Date.parse(day)) / 86_400_000) % weeks[0];
  return days(day, left < 0 ? left + weeks[0] : left);
}

function days(day: string, count: number): string {
  return new Date(Date.parse(day) + count * 86_400_000).toISOString().slice(0, 10);
}

function months(day: string, count: number): string {
  const date = new Date(day);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count, 1)).toISOString().slice(0, 10);
}

function fraction(decimal: string): Fraction {
  const [whole, places = ''] = decimal.split('.');
  return { top: BigInt(whole! + places), bottom: 10n ** BigInt(places.length) };
}

function minus(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom - b.top * a.bottom, bottom: a.bottom * b.bottom };
}

function over(a: Fraction, b: Fraction): Fraction {
  const sign = b.top < 0n ? -1n : 1n;
  return { top: sign * a.top * b.bottom, bottom: sign * a.bottom * b.top };
}

function double({ top, bottom }: Fraction): number {
  return Number((top * 10n ** 20n) / bottom) / 1e20;
}

const LARGEST = BigInt(Number.MAX_VALUE);

/**
 * With eight decimals and at most 30 significant digits, halves away from zero, and without trailing zeros; null beyond
 * what a double holds.
 */
function text({ top, bottom }: Fraction): string | null {
  const size = top < 0n ? -top : top;
  if (size > LARGEST * bottom) return null;
  const whole = (size / bottom).toString().length;
  const decimals = Math.min(8, 30 - whole);
  const [up, down] = decimals < 0 ? [1n, 10n ** BigInt(-decimals)] : [10n ** BigInt(decimals), 1n];
  const rounded = ((size * up * 2n + bottom * down) / (2n * bottom * down)) * down;
  const places = Math.max(decimals, 0);
  const digits = rounded.toString().padStart(places + 1, '0');
  const trimmed = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '');
  return top < 0n && rounded !== 0n ? `-${trimmed}` : trimmed;
}

/** The dates and values of a list, the values as their exact digits. */
export async function levels(api: TestApp, path: string): Promise<Level[]> {
  const { body } = await api.get(`${path}${path.includes('?') ? '&' : '?'}limit=10000&numbers=string`).expect(200);
  return (body.data as Level[]).map(({ date, value }) => ({ date, value }));
}

/**
 * Exact to 24 digits where the expected value is exact; logarithms to eight decimals, or twelve digits of long ones.
 */
export function expectValues(rows: readonly Level[], expected: readonly { date: string; value: Expected }[]): void {
  expect(rows.map(({ date }) => date)).toEqual(expected.map(({ date }) => date));
  const wrong = rows.flatMap(({ date, value }, i) => {
    const wanted = expected[i]!.value;
    const close =
      typeof wanted === 'number'
        ? value !== null && Math.abs(Number(value) - wanted) <= 1e-8 + Math.abs(wanted) * 1e-12
        : value?.slice(0, 25) === wanted?.slice(0, 25) && value?.indexOf('.') === wanted?.indexOf('.');
    return close ? [] : [{ date, value, wanted }];
  });
  expect(wrong.slice(0, 5)).toEqual([]);
}

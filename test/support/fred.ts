import { expect } from '@jest/globals';
import type { TestApp } from './app.js';

/**
 * FRED's units and aggregations once more, in exact fractions and apart from the SQL, to check it by. An observation
 * is its date and its value as text.
 */
export interface Level {
  readonly date: string;
  readonly value: string | null;
}

/** A value as the wire has it; of logarithms, which are no fractions, a double. */
export type Expected = string | number | null;

interface Fraction {
  readonly top: bigint;
  /** Positive. */
  readonly bottom: bigint;
}

const PER_YEAR: Record<string, number> = { d: 260, w: 52, m: 12, q: 4, sa: 2, a: 1 };
const MONTHS: Record<string, number> = { m: 1, q: 3, sa: 6, a: 12 };
/** Observations that the first and the last period of a series must have, by native and target frequency. */
const FEWEST: Record<string, number> = {
  'd>w': 4,
  'd>m': 17,
  'd>q': 52,
  'd>sa': 104,
  'd>a': 208,
  'w>m': 3,
  'm>q': 3,
  'm>sa': 6,
  'm>a': 12,
  'q>sa': 2,
  'q>a': 4,
};

/** The values of a whole series in other units, aggregated first if a target frequency is given, by their dates. */
export function transformed(
  levels: readonly Level[],
  native: string,
  units: string,
  target = native,
  method = 'avg',
): { date: string; value: Expected }[] {
  const read = levels.map(({ date, value }) => ({ date, value: value === null ? null : fraction(value) }));
  const periods = target === native ? read : aggregated(read, native, target, method);
  const byPeriod = new Map(periods.map(({ date, value }) => [periodOf(date, target), value]));
  const daily = target === 'd' || target === 'w';
  let newest: Fraction | null = null;
  return periods.map(({ date, value }) => {
    const before = daily ? newest : (byPeriod.get(months(periodOf(date, target), -MONTHS[target]!)) ?? null);
    const yearAgo =
      byPeriod.get(daily ? periodOf(days(date, -364), target) : months(periodOf(date, target), -12)) ?? null;
    newest = value ?? newest;
    return { date, value: changed(units, value, before, yearAgo, PER_YEAR[target]!) };
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
): { date: string; value: Fraction | null }[] {
  const groups = [...Map.groupBy(levels, ({ date }) => periodOf(date, target))];
  return groups.map(([date, members], place) => {
    const values = members.flatMap(({ value }) => value ?? []);
    const outer = place === 0 || place === groups.length - 1;
    if (values.length === 0 || (outer && values.length < FEWEST[`${native}>${target}`]!)) return { date, value: null };
    const sum = values.reduce((a, b) => ({ top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom }));
    const average = { top: sum.top, bottom: sum.bottom * BigInt(values.length) };
    return { date, value: method === 'eop' ? values.at(-1)! : method === 'sum' ? sum : average };
  });
}

/** The first day of the period in which a day lies; of a week, which starts on a Saturday, its Friday. */
export function periodOf(day: string, frequency: string): string {
  const length = MONTHS[frequency];
  if (length !== undefined) {
    const month = Number(day.slice(5, 7)) - 1;
    return `${day.slice(0, 4)}-${String(month - (month % length) + 1).padStart(2, '0')}-01`;
  }
  return frequency === 'w' ? days(day, (12 - new Date(day).getUTCDay()) % 7) : day;
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

/** With eight decimals, halves away from zero, and without trailing zeros. */
function text({ top, bottom }: Fraction): string {
  const size = top < 0n ? -top : top;
  const rounded = (size * 200_000_000n + bottom) / (2n * bottom);
  const digits = rounded.toString().padStart(9, '0');
  const trimmed = `${digits.slice(0, -8)}.${digits.slice(-8)}`.replace(/\.?0+$/, '');
  return top < 0n && rounded !== 0n ? `-${trimmed}` : trimmed;
}

/** The dates and values of a list, the values as their exact digits. */
export async function levels(api: TestApp, path: string): Promise<Level[]> {
  const { body } = await api.get(`${path}${path.includes('?') ? '&' : '?'}limit=10000&numbers=string`).expect(200);
  return (body.data as Level[]).map(({ date, value }) => ({ date, value }));
}

/** Exact to 24 digits where the expected value is exact; logarithms to eight decimals, or twelve digits of long ones. */
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

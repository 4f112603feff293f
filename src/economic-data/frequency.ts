import { registerEnumType } from '@nestjs/graphql';
import { formatDay, parseDay } from '../database/time.js';

/** How often a series is observed, from daily to annual. */
export const Frequency = { D: 'd', W: 'w', M: 'm', Q: 'q', SA: 'sa', A: 'a' } as const;
export type Frequency = (typeof Frequency)[keyof typeof Frequency];
registerEnumType(Frequency, {
  name: 'Frequency',
  description: 'How often a series is observed.',
  valuesMap: {
    D: { description: 'Daily.' },
    W: { description: 'Weekly: Saturday to Friday, dated on the Friday.' },
    M: { description: 'Monthly, dated on the first day.' },
    Q: { description: 'Quarterly, dated on the first day.' },
    SA: { description: 'Semiannual, dated on the first day.' },
    A: { description: 'Annual, dated on the first day.' },
  },
});

/** From the highest to the lowest. */
const ORDER: readonly Frequency[] = Object.values(Frequency);

/** Observations per year, as FRED counts them for its rates; a day is a weekday. */
export const PER_YEAR: Record<Frequency, number> = { d: 260, w: 52, m: 12, q: 4, sa: 2, a: 1 };

/**
 * Fewest observations from which FRED makes the first or the last aggregated value of a series; a period in between
 * takes those that there are. By native frequency, then target.
 * Source: FRED help, "How are missing values determined for first/last observations?"
 */
const FEWEST: Partial<Record<Frequency, Partial<Record<Frequency, number>>>> = {
  d: { w: 4, m: 17, q: 52, sa: 104, a: 208 },
  w: { m: 3, q: 10, sa: 20, a: 39 },
  m: { q: 3, sa: 6, a: 12 },
  q: { sa: 2, a: 4 },
  sa: { a: 2 },
};

/** Fewest observations that the first and the last period of an aggregation need; 0 where the native frequency is unknown. */
export function fewest(native: Frequency | null, target: Frequency): number {
  return (native && FEWEST[native]?.[target]) ?? 0;
}

/** The frequencies that a series can be sent at: its own and the lower ones, all where its own is unknown. */
export function attainable(native: Frequency | null): readonly Frequency[] {
  return native === null ? ORDER : ORDER.slice(ORDER.indexOf(native));
}

/** The day, as `YYYY-MM-DD`, that dates the period in which a day lies: its first day, for weeks its last, the Friday. */
export function periodOf(day: string, frequency: Frequency): string {
  const [year, month] = [day.slice(0, 4), Number(day.slice(5, 7))];
  const firstOf = (first: number): string => `${year}-${String(first).padStart(2, '0')}-01`;
  switch (frequency) {
    case 'd':
      return day;
    case 'w': {
      // 1970-01-02 was a Friday.
      const days = parseDay(day)!;
      return formatDay(days + ((((1 - days) % 7) + 7) % 7));
    }
    case 'm':
      return firstOf(month);
    case 'q':
      return firstOf(month - ((month - 1) % 3));
    case 'sa':
      return firstOf(month > 6 ? 7 : 1);
    case 'a':
      return firstOf(1);
  }
}

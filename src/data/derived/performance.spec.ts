import { describe, expect, it } from '@jest/globals';
import { monthReturns, yearReturns } from './calendar-returns.js';
import { coMovement, pairsOf, placed } from './correlation.js';
import {
  annualVolatility,
  type Closes,
  deepest,
  drawdownsOf,
  growthRate,
  kurtosis,
  returnsOf,
  skewness,
  totalReturn,
} from './performance.js';
import { meanOf } from './numbers.js';
import { parseDay } from '../../base/time.js';

const series = (closes: readonly number[], days = closes.map((_, i) => i)): Closes => ({
  days: Int32Array.from(days),
  closes: Float64Array.from(closes),
});

const A = series([10, 11, 10, 12, 9, 9, 12, 12, 6]);
const B = series([5, 5.5, 6, 5, 4, 4.5, 5], [0, 1, 3, 4, 6, 7, 9]);

// By pandas 1.5.3.
describe('the performance of a symbol', () => {
  const returns = returnsOf(A);

  it('has the moments of pandas', () => {
    expect(annualVolatility(returns, 252)).toBeCloseTo(4.141693618926665, 12);
    expect(skewness(returns)).toBeCloseTo(-0.6232353484926914, 12);
    expect(kurtosis(returns)).toBeCloseTo(0.46913779369112074, 12);
    expect(meanOf(returns)).toBeCloseTo(-0.025946969696969704, 12);
    expect(totalReturn(A)).toBeCloseTo(-0.4, 12);
    expect(growthRate(A)).toBeCloseTo(0.6 ** (365.25 / 8) - 1, 12);
  });

  it('is nothing where there are too few closes, or none that differ', () => {
    const one = series([10]);
    expect([totalReturn(one), growthRate(one), annualVolatility(returnsOf(one), 252)]).toEqual([null, null, null]);
    expect(meanOf(returnsOf(one))).toBeNaN();
    expect([skewness(returns.subarray(0, 2)), kurtosis(returns.subarray(0, 3))]).toEqual([null, null]);
    const tenth = returnsOf(series(Array.from({ length: 40 }, (_, i) => 1.1 ** i)));
    expect([skewness(tenth), kurtosis(tenth)]).toEqual([null, null]);
    expect(annualVolatility(returnsOf(series([5, 5, 5])), 252)).toBe(0);
  });

  it('falls from the last day of a high to the first day that reaches it again', () => {
    expect(drawdownsOf(A)).toEqual([
      { depth: 10 / 11 - 1, peak: 1, trough: 2, recovery: 3 },
      { depth: -0.25, peak: 3, trough: 4, recovery: 6 },
      { depth: -0.5, peak: 7, trough: 8, recovery: null },
    ]);
    expect(deepest(drawdownsOf(A), 2).map(({ depth }) => depth)).toEqual([-0.5, -0.25]);
    expect(drawdownsOf(series([1, 1, 2, 2, 3]))).toEqual([]);
    expect(drawdownsOf(series([]))).toEqual([]);
  });
});

describe('two symbols', () => {
  it('move together on the days that both have', () => {
    const { correlation, beta, returns } = coMovement(pairsOf(A, B));
    expect([correlation, beta, returns]).toEqual([
      expect.closeTo(-0.02954601304363376, 12),
      expect.closeTo(-0.039065585155395204, 12),
      5,
    ]);
  });

  it('move together from one day of a calendar to the next', () => {
    const [a, b] = placed([A, B]);
    const { correlation, beta, returns } = coMovement(pairsOf(a!, b!));
    expect([correlation, beta, returns]).toEqual([
      expect.closeTo(0.9364471672204999, 12),
      expect.closeTo(1.0442869796279897, 12),
      3,
    ]);
  });

  it('have no correlation without days in common, or where one never moves', () => {
    expect(coMovement(pairsOf(A, series([1, 2], [20, 21])))).toEqual({ correlation: null, beta: null, returns: 0, reason: 'too_few_days' }); // prettier-ignore
    const still = series(Array<number>(9).fill(3));
    expect(coMovement(pairsOf(A, still))).toMatchObject({ correlation: null, beta: null, reason: 'constant' });
    expect(coMovement(pairsOf(still, A))).toMatchObject({ correlation: null, beta: 0, reason: 'constant' });
  });
});

describe('calendar periods', () => {
  const day = (text: string): number => parseDay(text)!;
  const closes = series(
    [100, 110, 121, 60.5, 66.55],
    ['2023-12-29', '2024-01-31', '2024-02-28', '2024-12-31', '2025-01-31'].map(day),
  );

  it('count from the last close before them', () => {
    const asked = { first: day('2024-01-01'), last: day('2025-01-31'), newest: day('2025-01-31') };
    expect(yearReturns(closes, asked)).toEqual([
      { period: '2024', return: 60.5 / 100 - 1, isPartial: false },
      { period: '2025', return: 66.55 / 60.5 - 1, isPartial: true },
    ]);
    expect(monthReturns(closes, asked).map(({ period, isPartial }) => [period, isPartial])).toEqual([
      ['2024-01', false],
      ['2024-02', false],
      ['2024-12', false],
      ['2025-01', false],
    ]);
  });

  it('count from their first close where the window or the history begins inside them', () => {
    const asked = { first: day('2024-01-15'), last: day('2024-12-31'), newest: day('2025-01-31') };
    expect(yearReturns(closes, asked)).toEqual([{ period: '2024', return: 60.5 / 110 - 1, isPartial: true }]);
    const all = { ...asked, first: day('2000-01-01') };
    expect(yearReturns(closes, all)[0]).toEqual({ period: '2023', return: 0, isPartial: true });
  });
});

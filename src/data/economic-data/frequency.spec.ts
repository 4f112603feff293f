import { describe, expect, test } from '@jest/globals';
import { formatDay, parseDay } from '../../base/time.js';
import { attainable, fewest, Frequency, periodOf } from './frequency.js';

describe('the date of a period', () => {
  test.each([
    ['2024-02-29', 'd', '2024-02-29'],
    ['2024-02-29', 'm', '2024-02-01'],
    ['2024-12-31', 'q', '2024-10-01'],
    ['2024-03-31', 'q', '2024-01-01'],
    ['2024-06-30', 'sa', '2024-01-01'],
    ['2024-07-01', 'sa', '2024-07-01'],
    ['2024-12-31', 'a', '2024-01-01'],
    ['2025-10-31', 'w', '2025-10-31'],
    ['2025-11-01', 'w', '2025-11-07'],
    ['2025-11-06', 'wef', '2025-11-07'],
    ['1969-12-27', 'w', '1970-01-02'],
    ['1969-12-26', 'w', '1969-12-26'],
    // 2025-11-05 was a Wednesday.
    ['2025-11-05', 'wew', '2025-11-05'],
    ['2025-11-05', 'weth', '2025-11-06'],
    ['2025-11-05', 'wef', '2025-11-07'],
    ['2025-11-05', 'wesa', '2025-11-08'],
    ['2025-11-05', 'wesu', '2025-11-09'],
    ['2025-11-05', 'wem', '2025-11-10'],
    ['2025-11-05', 'wetu', '2025-11-11'],
    ['1984-02-15', 'bw', '1984-02-15'],
    ['2020-01-01', 'bwew', '2020-01-01'],
    ['2020-01-02', 'bwew', '2020-01-15'],
    ['2019-12-30', 'bwem', '2019-12-30'],
    ['2019-12-31', 'bwem', '2020-01-13'],
    ['0987-01-03', 'a', '0987-01-01'],
  ] as const)('%s at %s is %s', (day, frequency, date) => {
    expect(formatDay(periodOf(parseDay(day)!, frequency))).toBe(date);
  });
});

describe('the frequencies that a series can be sent at', () => {
  test('are its own and the lower ones', () => {
    expect(attainable('q')).toEqual(['q', 'sa', 'a']);
    expect(attainable('bw')).toEqual(['bw', 'bwew', 'bwem', 'm', 'q', 'sa', 'a']);
    expect(attainable('d')).toEqual(Object.values(Frequency));
  });

  test('are all where its own is unknown', () => {
    expect(attainable(null)).toEqual(Object.values(Frequency));
  });
});

test('the outer periods of an aggregation need as many observations as FRED asks for', () => {
  expect(fewest('m', 'q')).toBe(3);
  expect(fewest('d', 'm')).toBe(17);
  expect(fewest('d', 'wesu')).toBe(4);
  expect(fewest('bw', 'm')).toBe(2);
  expect(fewest(null, 'a')).toBe(0);
});

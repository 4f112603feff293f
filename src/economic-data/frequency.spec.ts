import { describe, expect, test } from '@jest/globals';
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
    ['2025-11-06', 'w', '2025-11-07'],
    ['1969-12-27', 'w', '1970-01-02'],
    ['1969-12-26', 'w', '1969-12-26'],
    ['0987-01-03', 'a', '0987-01-01'],
  ] as const)('%s at %s is %s', (day, frequency, date) => {
    expect(periodOf(day, frequency)).toBe(date);
  });
});

describe('the frequencies that a series can be sent at', () => {
  test('are its own and the lower ones', () => {
    expect(attainable('q')).toEqual(['q', 'sa', 'a']);
    expect(attainable('d')).toEqual(['d', 'w', 'm', 'q', 'sa', 'a']);
  });

  test('are all where its own is unknown', () => {
    expect(attainable(null)).toEqual(Object.values(Frequency));
  });
});

test('the outer periods of an aggregation need as many observations as FRED asks for', () => {
  expect(fewest('m', 'q')).toBe(3);
  expect(fewest('d', 'm')).toBe(17);
  expect(fewest(null, 'a')).toBe(0);
});

import { expect, it } from '@jest/globals';
import { rounded } from './numbers.js';

it.each([
  [1 / 3, 0.333333333333],
  [-123456.789012345678, -123456.789012],
  [2 / 3e7, 6.66666666667e-8],
  [99.9999999999999, 100],
  [0, 0],
  [1e-30, 1e-30],
  [123456789012345, 123456789012345],
  [Infinity, Infinity],
])('%d is rounded to %d', (value, expected) => {
  expect(rounded(value, 12)).toBe(expected);
});

it('what is no number stays so', () => {
  expect(rounded(NaN, 12)).toBeNaN();
});

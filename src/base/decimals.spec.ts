import { describe, expect, it } from '@jest/globals';
import { difference } from './decimals.js';

describe('the exact difference of two decimals', () => {
  it.each([
    ['0.3', '0.1', '0.2'],
    ['187.15000000', '186.9', '0.25'],
    ['1', '1.00000000', '0'],
    ['0.00000001', '1', '-0.99999999'],
    ['-5.5', '5.5', '-11'],
    ['99999999999999999999.5', '0.25', '99999999999999999999.25'],
    ['100', '30', '70'],
    ['NaN', '1', null],
    ['1', 'Infinity', null],
  ])('%s − %s is %s', (a, b, expected) => {
    expect(difference(a, b)).toBe(expected);
  });
});

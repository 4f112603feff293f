import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exact } from './scalars.js';

describe('exact', () => {
  const digits = (maxLength: number): fc.Arbitrary<string> =>
    fc.array(fc.integer({ min: 0, max: 9 }), { maxLength }).map((list) => list.join(''));
  /** As PostgreSQL writes a decimal without trailing zeros. */
  const decimal = fc.tuple(fc.constantFrom('', '-'), digits(20), digits(20)).map(([sign, whole, fraction]) => {
    const before = whole.replace(/^0+/, '') || '0';
    const after = fraction.replace(/0+$/, '');
    const text = after === '' ? before : `${before}.${after}`;
    return text === '0' ? text : sign + text;
  });

  it('puts every digit of a decimal into JSON, and no other', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        expect(JSON.stringify(exact(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['0.00000001', '-0.000001', '0.1', '999999999999999', '9007199254740993', '1234567890.12345'])(
    'keeps %s as it is',
    (text) => {
      expect(JSON.stringify(exact(text))).toBe(text);
    },
  );
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from './keyset.js';
import { parseInstant } from './time.js';

const binding = ['bars', ['AAPL'], '2019-01-01', undefined, 'asc'];

describe('page tokens', () => {
  it('bring back what they were made of, to the microsecond', () => {
    const window = { from: parseInstant('2019-01-01T00:00:00.000001Z')!, to: parseInstant('2020-01-01T00:00:00Z')! };
    const cursor = { key: ['AAPL', '2019-05-01T14:30:00.123456Z'], window };
    expect(decodeCursor(binding, encodeCursor(binding, cursor))).toEqual(cursor);
    expect(decodeCursor(binding, encodeCursor(binding, { key: ['x'] }))).toEqual({ key: ['x'] });
  });

  it('are refused with other arguments', () => {
    const token = encodeCursor(binding, { key: ['AAPL'] });
    expect(() => decodeCursor([...binding.slice(0, 4), 'desc'], token)).toThrow('does not belong to this query');
  });

  it('are refused whatever text comes instead', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.constantFrom('', '=', 'null', 'W10')), (text) => {
        expect(() => decodeCursor(binding, text, 'after')).toThrow('after does not belong to this query');
      }),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CursorShape, decodeCursor, encodeCursor, KEY } from './page-token.js';
import { parseInstant } from '../base/time.js';

const binding = ['bars', ['AAPL'], '2019-01-01', undefined, 'asc'];
const shape: CursorShape = { key: [KEY.oneOf(['AAPL']), KEY.instant], maxDays: 366 };
const named: CursorShape = { key: [KEY.text(20)], maxDays: null };

describe('page tokens', () => {
  it('bring back what they were made of, to the microsecond', () => {
    const window = { from: parseInstant('2019-01-01T00:00:00.000001Z')!, to: parseInstant('2020-01-01T00:00:00Z')! };
    const cursor = { key: ['AAPL', '2019-05-01T14:30:00.123456Z'], window };
    expect(decodeCursor(binding, encodeCursor(binding, cursor), shape)).toEqual(cursor);
    expect(decodeCursor(binding, encodeCursor(binding, { key: ['x'] }), named)).toEqual({ key: ['x'] });
  });

  it('are refused with other arguments', () => {
    const token = encodeCursor(binding, { key: ['AAPL'] });
    expect(() => decodeCursor([...binding.slice(0, 4), 'desc'], token, named)).toThrow('does not belong to this query');
  });

  it('are refused whatever text comes instead', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.constantFrom('', '=', 'null', 'W10')), (text) => {
        expect(() => decodeCursor(binding, text, shape, 'after')).toThrow('after does not belong to this query');
      }),
    );
  });

  it.each([
    ['another number of columns', named, { key: ['x', 'y'] }],
    ['a text that no column can hold', named, { key: ['x\0'] }],
    ['half a character', named, { key: ['\ud800'] }],
    ['a text that is too long', named, { key: ['x'.repeat(21)] }],
    ['no window where there is one', shape, { key: ['AAPL', '2019-05-01T14:30:00Z'] }],
    ['a window where there is none', named, { key: ['x'], window: { from: 0n, to: 1n } }],
  ] as const)('are refused with %s', (_, expected, cursor) => {
    expect(() => decodeCursor(binding, encodeCursor(binding, cursor), expected)).toThrow('does not belong');
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitNames } from './name-list.js';

describe('a list of names', () => {
  it.each([
    ['A', ['A']],
    ['A,B', ['A', 'B']],
    ['A, B ', ['A', ' B ']],
    ['"Bloomberg, L.P.",Reuters', ['Bloomberg, L.P.', 'Reuters']],
    ['Reuters,"Bloomberg, L.P."', ['Reuters', 'Bloomberg, L.P.']],
    ['"a ""b"", c"', ['a "b", c']],
    ['5" pipe,B', ['5" pipe', 'B']],
    ['"A"', ['A']],
  ])('%s is %j', (text, names) => {
    expect(splitNames(text, 'sources')).toEqual(names);
  });

  it.each(['', ',', 'A,', ',A', 'A,,B', '""', '"A",', ',"A"', '"A",,"B"', '"A"B', '"A', '"A""', 'A,"B', '"'])(
    '%j is refused',
    (text) => {
      expect(() => splitNames(text, 'sources')).toThrow(/^sources has /);
    },
  );

  it('has any names that CSV can write', () => {
    const name = fc.string({ unit: fc.constantFrom('a', ',', '"', ' ', 'é', '\n'), minLength: 1 });
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        const text = names.map((each) => `"${each.replaceAll('"', '""')}"`).join(',');
        expect(splitNames(text, 'sources')).toEqual(names);
      }),
    );
  });
});

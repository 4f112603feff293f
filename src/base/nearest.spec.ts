import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Names, nearest, suggestions } from './nearest.js';

it.each([
  ['limt', ['limit', 'start', 'sort'], ['limit']],
  ['APPL', ['MSFT', 'AAPL', 'AMZN'], ['AAPL']],
  ['^gspc', ['^GSPC', 'SPY'], ['^GSPC']],
  ['query', ['numbers', 'fields'], []],
  ['yoy', ['lin', 'log'], []],
  ['nyse', ['xnys', 'all'], ['xnys']],
  ['xyzzy', ['start', 'end'], []],
  ['zürch', ['ZÜRICH', 'Bern'], ['ZÜRICH']],
  ['a', [], []],
  ['', ['a'], []],
])('%s among %j is %j', (text, names, expected) => {
  expect(nearest(text, names, 2)).toEqual(expected);
});

/** Optimal string alignment as its definition has it, cell by cell. */
function alignment(a: string, b: string): number {
  const cell = (i: number, j: number): number => rows[i]![j]!;
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  rows[0] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cell(i - 2, j - 2) + 1 : Infinity;
      rows[i]![j] = Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + same, swapped);
    }
  }
  return cell(a.length, b.length);
}

it('gives the names that the definition of the distance gives', () => {
  const word = (max: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(...'abcAB^1é'), minLength: 1, maxLength: max });
  fc.assert(
    fc.property(word(31), fc.uniqueArray(word(20), { maxLength: 30 }), (text, names) => {
      const wanted = text.toLowerCase();
      const expected = names
        .map((name) => ({ name, cost: alignment(wanted, name.toLowerCase()) }))
        .filter(({ name, cost }) => cost <= Math.ceil(Math.max(name.length, wanted.length) / 3))
        .sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1))
        .slice(0, 3);
      expect(nearest(text, names, 3)).toEqual(expected.map(({ name }) => name));
      expect(nearest(text, new Names(names), 3)).toEqual(expected.map(({ name }) => name));
    }),
    { numRuns: 2000 },
  );
});

it('a plus sign that became a space on its way is guessed before any near name', () => {
  const hint = 'A + in a URL is a space: write it as %2B.';
  expect(suggestions('BRK B', ['BRK+B', 'BRK.B'])).toEqual({ hint, allowed: ['BRK+B'] });
  expect(suggestions('BRK B', ['BRK.B', 'X'])).toEqual({ hint: 'Did you mean BRK.B?', allowed: ['BRK.B'] });
  expect(suggestions('XYZZY', ['BRK.B'])).toEqual({});
});

import { describe, expect, it } from '@jest/globals';
import { composeSearch, inParts, parseSearch, type ReadTerm } from './search.js';

const ALL = ['title', 'description', 'content'] as const;

/** Reads terms as PostgreSQL would: `the`, `on` and the like mean nothing in English. */
function compose(text: string, searchIn: readonly (typeof ALL)[number][] = ALL): unknown {
  const parsed = parseSearch(text);
  const read = parsed.flat().map(({ text: term }): ReadTerm => {
    const words = term.toLowerCase().match(/\w+/g) ?? [];
    const lexemes = (kept: string[]): string => kept.map((word) => `'${word}'`).join(' <-> ');
    return {
      english: lexemes(words.filter((word) => !['the', 'on', 'at', 't'].includes(word))),
      simple: lexemes(words),
    };
  });
  return composeSearch(parsed, read, searchIn);
}

describe('a search', () => {
  it.each([
    ['oil prices', [{ english: "('oil') & ('prices')", simple: null }]],
    ['"oil prices" -gas', [{ english: "('oil' <-> 'prices') & !('gas')", simple: null }]],
    [
      'oil or gas pipe',
      [
        { english: "('oil')", simple: null },
        { english: "('gas') & ('pipe')", simple: null },
      ],
    ],
    ['the oil', [{ english: "('oil')", simple: null }]],
    ['The oil', [{ english: "('oil')", simple: null }]],
    ['ON oil', [{ english: "('oil')", simple: "('on')" }]],
    ['AT&T', [{ english: null, simple: "('at' <-> 't')" }]],
    ['"at the"', [{ english: null, simple: "('at' <-> 'the')" }]],
    ['on', [{ english: null, simple: "('on')" }]],
    ['oil -ON', [{ english: "('oil')", simple: "!('on')" }]],
    ['"unclosed oil', [{ english: "('unclosed' <-> 'oil')", simple: null }]],
    ['- | ""', []],
    ['or', []],
  ])('for %s', (text, expected) => {
    expect(compose(text)).toEqual(expected);
  });

  it('in some parts names their weights, in every lexeme', () => {
    expect(compose('oil -gas', ['title', 'content'])).toEqual([{ english: "('oil':AC) & !('gas':AC)", simple: null }]);
    expect(inParts("'o''neill' <2> 'x:y'", ['description'])).toBe("'o''neill':B <2> 'x:y':B");
  });

  it('of any text is read in one pass', () => {
    for (const text of ['"'.repeat(500), '-'.repeat(500), ' or'.repeat(166), '-"'.repeat(250)]) {
      expect(parseSearch(text).flat().length).toBeLessThanOrEqual(500);
    }
  });
});

import { describe, expect, it } from '@jest/globals';
import { compareTexts } from './text-order.js';

describe('the order of texts', () => {
  it('is that of their bytes in UTF-8', () => {
    const texts = [
      '',
      'A',
      'AB',
      'B',
      'a',
      '^',
      'ä',
      '\ud7ff',
      '\ue000',
      '\uff46',
      '\uffff',
      '😀',
      '😁',
      '😀A',
      'A😀',
      'Aｆ',
    ];
    const byBytes = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(texts.toReversed().sort(compareTexts)).toEqual(byBytes);
    expect(compareTexts('😀', '😀')).toBe(0);
  });
});

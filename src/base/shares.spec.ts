import { describe, expect, it } from '@jest/globals';
import { Shares } from './shares.js';

describe('Shares', () => {
  it('leave a client alone all but a tenth, and its share while others are there', () => {
    const shares = new Shares(0.5);
    expect(shares.limit('a', 30, 0)).toBe(27);
    expect(shares.limit('a', 30, 1)).toBe(27);
    expect(shares.limit('b', 30, 2)).toBe(15);
    expect(shares.limit('a', 30, 9_000)).toBe(15);
    expect(shares.limit('a', 30, 10_003)).toBe(27);
    expect(shares.limit('b', 30, 20_000)).toBe(15);
  });

  it('are at least one, and everything when there is no limit', () => {
    expect(new Shares(0.5).limit('a', 2)).toBe(1);
    expect(new Shares(0.01).limit('a', 1)).toBe(1);
    expect(new Shares(1).limit('a', 2)).toBe(2);
  });

  it('count what each holds, and forget who holds nothing', () => {
    const shares = new Shares(0.5);
    shares.add('a', 3);
    shares.add('a', -2);
    expect([shares.held('a'), shares.held('b')]).toEqual([1, 0]);
    shares.add('a', -1);
    expect(shares.held('a')).toBe(0);
  });
});

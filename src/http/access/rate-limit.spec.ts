import { describe, expect, it } from '@jest/globals';
import { callerOf, RateLimit } from './rate-limit.js';

describe('RateLimit', () => {
  it('lets so many requests a minute through and says how many are left', () => {
    const limit = new RateLimit(2);
    expect(limit.take('a', 0)).toEqual({ allowed: true, remaining: 1, reset: 60 });
    expect(limit.take('a', 1000)).toEqual({ allowed: true, remaining: 0, reset: 59 });
    expect(limit.take('a', 2000)).toEqual({ allowed: false, remaining: 0, reset: 58 });
    expect(limit.take('b', 2000).allowed).toBe(true);
    expect(limit.take('a', 60_000).allowed).toBe(true);
  });

  it('remembers a bounded number of callers', () => {
    const limit = new RateLimit(1);
    for (let i = 0; i < 100_001; i++) limit.take(`caller ${i}`, 0);
    expect(limit.take('caller 100000', 1).allowed).toBe(false);
    expect(limit.take('caller 0', 1).allowed).toBe(true);
  });
});

describe('callerOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['', ''],
    ['[2001:db8::1]:4711', '2001:db8:0:0'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ])('takes %s as %s', (address, caller) => expect(callerOf(address)).toBe(caller));
});

import { describe, expect, it } from '@jest/globals';
import { Lag, parsePosition } from './lag.js';

describe('Lag', () => {
  it('reads positions', () => {
    expect(parsePosition('0/0')).toBe(0n);
    expect(parsePosition('16/B374D848')).toBe(0x16_b374_d848n);
    expect(parsePosition('1/0')).toBe(2n ** 32n);
  });

  it('is 0 while nothing is known, and for a standby that has everything', () => {
    const lag = new Lag();
    expect(lag.behind(0n, 1000)).toBe(0);
    lag.note(1000, 50n);
    expect(lag.behind(50n, 9000)).toBe(0);
    expect(lag.behind(60n, 9000)).toBe(0);
  });

  it('counts from when the primary was first further', () => {
    const lag = new Lag();
    lag.note(1000, 50n);
    lag.note(2000, 60n);
    lag.note(3000, 60n);
    lag.note(4000, 70n);
    expect(lag.behind(50n, 5000)).toBe(3000);
    expect(lag.behind(60n, 5000)).toBe(1000);
    expect(lag.behind(65n, 5000)).toBe(1000);
    expect(lag.behind(70n, 5000)).toBe(0);
  });

  it('stays 0 while an idle primary writes nothing', () => {
    const lag = new Lag();
    for (let at = 0; at < 100_000; at += 1000) lag.note(at, 50n);
    expect(lag.behind(50n, 100_000)).toBe(0);
  });

  it('forgets the oldest looks only', () => {
    const lag = new Lag();
    for (let i = 1; i <= 1000; i++) lag.note(i * 1000, BigInt(i));
    expect(lag.behind(0n, 1_000_000)).toBe(1_000_000 - 401_000);
    expect(lag.behind(999n, 1_000_000)).toBe(0);
  });
});

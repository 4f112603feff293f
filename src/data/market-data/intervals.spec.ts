import { describe, expect, it } from '@jest/globals';
import { formatInstant, parseInstant } from '../../base/time.js';
import {
  clockTime,
  divides,
  endIn,
  type Interval,
  intervalNamed,
  lastsDays,
  STANDARD_INTERVALS,
  startIn,
} from './intervals.js';

const at = (text: string): bigint => parseInstant(text)!;
const named = (name: string): Interval => intervalNamed(name)!;

it.each([
  ['1m', false],
  ['4h', false],
  ['24h', true],
  ['1d', true],
  ['5d', true],
  ['1w', true],
  ['1MO', true],
  ['1M', false],
  ['banana', false],
])('bars of %s last a day or longer: %s', (timeframe, expected) => {
  expect(lastsDays(timeframe)).toBe(expected);
});

describe('intervals', () => {
  it('have names, of which only m and M differ by case', () => {
    expect(STANDARD_INTERVALS.map(({ name }) => name).join()).toBe('1m,5m,15m,30m,1h,2h,4h,1d,1w,1mo,1q,1y');
    expect(named('1H')).toEqual(named('1h'));
    expect(named('1W')).toEqual(named('1w'));
    expect(named('10m').micros).toBe(600_000_000n);
    expect(named('45m').micros).toBe(2_700_000_000n);
    for (const text of ['1M', '7m', '65m', '24h', '5h', '2d', '0m', '01m', '1.5h', 'banana', '', '1s', '99999m'])
      expect([text, intervalNamed(text)]).toEqual([text, null]);
  });

  it('can be made of stored bars that divide them', () => {
    const bases = ['1s', '1min', '5m', '15m', '1h', '1D', '7m', '1w', '1M', 'daily'];
    const of = (name: string): string[] =>
      bases.filter((base) => clockTime(base) !== null && divides(clockTime(base)!, named(name)));
    expect(of('15m')).toEqual(['1s', '1min', '5m', '15m']);
    expect(of('10m')).toEqual(['1s', '1min', '5m']);
    expect(of('1d')).toEqual(['1s', '1min', '5m', '15m', '1h', '1D']);
    expect(of('1y')).toEqual(of('1d'));
  });

  it.each([
    ['5m', '2025-10-31T14:33:59.999999Z', '2025-10-31T14:30:00Z', '2025-10-31T14:35:00Z'],
    ['4h', '1969-12-31T23:00:00Z', '1969-12-31T20:00:00Z', '1970-01-01T00:00:00Z'],
    ['1d', '2025-10-31T00:00:00Z', '2025-10-31T00:00:00Z', '2025-11-01T00:00:00Z'],
    ['1w', '2025-11-02T23:59:59Z', '2025-10-27T00:00:00Z', '2025-11-03T00:00:00Z'],
    ['1w', '1969-12-28T12:00:00Z', '1969-12-22T00:00:00Z', '1969-12-29T00:00:00Z'],
    ['1mo', '2024-02-29T12:00:00Z', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
    ['1mo', '2025-12-31T12:00:00Z', '2025-12-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['1q', '2025-02-01T00:00:00Z', '2025-01-01T00:00:00Z', '2025-04-01T00:00:00Z'],
    ['1y', '2024-12-31T00:00:00Z', '2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z'],
    // No year after 9999 has a name.
    ['1y', '9999-06-01T00:00:00Z', '9999-01-01T00:00:00Z', '9999-12-31T00:00:00Z'],
    ['1mo', '9999-12-30T00:00:00Z', '9999-12-01T00:00:00Z', '9999-12-31T00:00:00Z'],
  ])('%s: %s lies in the bar from %s to %s', (name, instant, start, end) => {
    expect(formatInstant(startIn(named(name), at(instant)))).toBe(start);
    expect(formatInstant(endIn(named(name), at(instant)))).toBe(end);
  });

  it('follow each other without a hole', () => {
    for (const interval of STANDARD_INTERVALS.filter(({ unit }) => unit !== null)) {
      let start = startIn(interval, at('1999-12-31T00:00:00Z'));
      for (let i = 0; i < 60; i++) {
        const end = endIn(interval, start);
        expect(startIn(interval, end)).toBe(end);
        expect(startIn(interval, end - 1n)).toBe(start);
        start = end;
      }
    }
  });
});

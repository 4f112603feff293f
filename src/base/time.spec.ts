import { describe, expect, it } from '@jest/globals';
import { dayOf, formatDay, formatInstant, parseDay, parseEnd, parseInstant, parseStart } from './time.js';

describe('days', () => {
  it.each(['1970-01-01', '2000-02-29', '1969-12-31', '0001-01-01', '9999-12-31', '2025-10-31'])(
    '%s is itself again',
    (day) => {
      expect(formatDay(parseDay(day)!)).toBe(day);
    },
  );

  it.each([
    '2019-02-29',
    '2019-13-01',
    '2019-00-10',
    '2019-01-32',
    '0000-01-01',
    '19-01-01',
    '2019-1-1',
    '2019-01-01 ',
    '',
  ])('%j is none', (text) => expect(parseDay(text)).toBeNull());
});

describe('instants', () => {
  it.each([
    ['2025-10-31T14:30:00Z', '2025-10-31T14:30:00Z'],
    ['2025-10-31t14:30:00.5z', '2025-10-31T14:30:00.5Z'],
    ['2025-10-31T14:30:00.123456Z', '2025-10-31T14:30:00.123456Z'],
    ['2025-10-31T00:30:00+05:30', '2025-10-30T19:00:00Z'],
    ['2025-12-31T23:30:00.000001-01:00', '2026-01-01T00:30:00.000001Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
  ])('%s is %s', (text, canonical) => expect(formatInstant(parseInstant(text)!)).toBe(canonical));

  it.each([
    '2025-10-31T14:30:00',
    '2025-10-31T24:00:00Z',
    '2025-10-31T14:60:00Z',
    '2016-12-31T23:59:60Z',
    '2025-10-31T14:30Z',
    '2025-10-31T14:30:00.1234567Z',
    '2025-10-31T14:30:00+16:00',
    '2025-10-31 14:30:00Z',
    '2025-02-30T00:00:00Z',
    'infinity',
    'now',
  ])('%j is none', (text) => expect(parseInstant(text)).toBeNull());

  it('before 1970 lie in the day that began before them', () => {
    expect(dayOf(-1n)).toBe(-1);
    expect(dayOf(0n)).toBe(0);
  });
});

describe('windows', () => {
  it('include a bare-date end whole and exclude an instant', () => {
    expect(formatInstant(parseStart('2025-10-31')!)).toBe('2025-10-31T00:00:00Z');
    expect(formatInstant(parseEnd('2025-10-31')!)).toBe('2025-11-01T00:00:00Z');
    expect(formatInstant(parseEnd('2025-10-31T12:00:00Z')!)).toBe('2025-10-31T12:00:00Z');
  });
});

describe('days that are remembered', () => {
  it('are the same the second time, also those that do not exist', () => {
    for (let i = 0; i < 2; i++) {
      expect([parseDay('2025-10-31'), parseDay('2025-02-30'), parseDay('x'.repeat(9000))]).toEqual([
        20_392,
        null,
        null,
      ]);
      expect([formatDay(20_392), formatDay(-1)]).toEqual(['2025-10-31', '1969-12-31']);
    }
  });
});

import { describe, expect, it } from '@jest/globals';
import {
  dayOf,
  daysWindow,
  formatDay,
  formatInstant,
  parseDay,
  parseEnd,
  parseInstant,
  parseStart,
  type TimeWindow,
  yearSlices,
} from './time.js';

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

  it('are cut at each new year and nowhere else', () => {
    const slices = yearSlices(daysWindow(parseDay('2018-11-15')!, parseDay('2020-01-01')!));
    expect(slices.map(({ from, to }) => [formatInstant(from), formatInstant(to)])).toEqual([
      ['2018-11-15T00:00:00Z', '2019-01-01T00:00:00Z'],
      ['2019-01-01T00:00:00Z', '2020-01-01T00:00:00Z'],
      ['2020-01-01T00:00:00Z', '2020-01-02T00:00:00Z'],
    ]);
  });
});

describe('slices of a window', () => {
  const year = (first: number, last = first): TimeWindow =>
    daysWindow(parseDay(`${first}-01-01`)!, parseDay(`${last}-12-31`)!);

  it('are years inside the history, and one before and after it', () => {
    expect(yearSlices(year(1930, 2025), year(2019, 2020))).toEqual([
      year(1930, 2018),
      year(2019),
      year(2020),
      year(2021, 2025),
    ]);
    expect(yearSlices(year(1930, 1950), year(2019, 2020))).toEqual([year(1930, 1950)]);
    expect(yearSlices(year(2030, 2050), year(2019, 2020))).toEqual([year(2030, 2050)]);
    expect(yearSlices(year(2018, 2019))).toEqual([year(2018), year(2019)]);
  });

  it('cut inside a year where the history begins or ends there, and are one where the window is empty', () => {
    const days = daysWindow(parseDay('2019-03-04')!, parseDay('2020-02-03')!);
    const found = yearSlices(year(2018, 2021), days);
    expect(found.map(({ from }) => from)).toEqual([year(2018).from, days.from, year(2020).from, days.to]);
    expect(found.at(-1)!.to).toBe(year(2021).to);
    expect(yearSlices({ from: 5n, to: 5n })).toEqual([{ from: 5n, to: 5n }]);
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

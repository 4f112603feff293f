import { describe, expect, it } from '@jest/globals';
import { formatInstant, parseInstant } from '../../base/time.js';
import { nyseExceptions } from '../../base/nyse.js';
import { type Due, dueAfterSession, dueInTable, lengthOf, verdictAt } from './verdict.js';

const at = (instant: string): bigint => parseInstant(instant)!;
const nyse = {
  calendar: (first: number, last: number) => ({ exceptions: nyseExceptions(first, last), wholeMarketMissing: [] }),
};
const said = ({ end, expectedBy, staleAfter }: Due): string[] => [end, expectedBy, staleAfter].map(formatInstant);
const DAY = lengthOf('1d');

describe('bars are due half a day after the next session', () => {
  it.each([
    ['on a Wednesday', '2025-10-29', ['2025-10-30', '2025-10-31T12', '2025-11-05T12']],
    ['on a Friday', '2025-10-31', ['2025-11-01', '2025-11-04T12', '2025-11-07T12']],
    ['before Thanksgiving', '2025-11-26', ['2025-11-27', '2025-11-29T12', '2025-12-04T12']],
    ['before a long weekend', '2026-01-16', ['2026-01-17', '2026-01-21T12', '2026-01-24T12']],
  ])('that follows a last bar %s', (_, last, expected) => {
    const whole = expected.map((text) => `${text.padEnd(13, 'T00')}:00:00Z`);
    expect(said(dueAfterSession(at(`${last}T00:00:00Z`), DAY, nyse))).toEqual(whole);
  });

  it('whatever the time of the last bar, whose period ends when it is over', () => {
    const [end, expectedBy] = said(dueAfterSession(at('2025-10-29T19:55:00Z'), lengthOf('5m'), nyse));
    expect([end, expectedBy]).toEqual(['2025-10-29T20:00:00Z', '2025-10-31T12:00:00Z']);
  });
});

describe('rows of a table are due', () => {
  const last = at('2025-10-31T15:00:00Z');
  it.each([
    [
      'a day after the longest recent gap',
      { gaps: 1, wholeDays: false } as const,
      3,
      ['2025-10-31T15', '2025-11-05T00', '2025-11-12T00'],
    ],
    [
      'a day after a day where there was no gap',
      { gaps: 1, wholeDays: false } as const,
      null,
      ['2025-10-31T15', '2025-11-03T00', '2025-11-10T00'],
    ],
    [
      'after its period, the next one and its publication',
      { gaps: 3, wholeDays: true } as const,
      31,
      ['2025-11-01T00', '2026-02-03T00', '2026-05-08T00'],
    ],
    ['before its schedule ends', 'schedule' as const, 3, ['2025-10-31T15', '2025-10-31T15', '2025-11-07T15']],
  ])('%s', (_, due, gap, expected) => {
    expect(said(dueInTable(last, due, gap))).toEqual(expected.map((text) => `${text}:00:00Z`));
  });
});

describe('the verdict', () => {
  const last = '2025-10-30T00:00:00Z';
  const due = {
    end: at('2025-10-31T00:00:00Z'),
    expectedBy: at('2025-11-01T12:00:00Z'),
    staleAfter: at('2025-11-06T12:00:00Z'),
  };
  it.each([
    ['fresh, with no lag when the period has just ended', '2025-10-31T00:00:00Z', 'fresh', 0],
    ['fresh, with a lag below nothing before that', '2025-10-30T23:00:00Z', 'fresh', -3600],
    ['fresh at the last moment', '2025-11-01T12:00:00Z', 'fresh', 129600],
    ['late a moment later', '2025-11-01T12:00:00.000001Z', 'late', 129600],
    ['late at the last moment', '2025-11-06T12:00:00Z', 'late', 561600],
    ['stale a moment later', '2025-11-06T12:00:00.000001Z', 'stale', 561600],
    ['no longer ahead when its instant has come', '2025-10-30T00:00:00Z', 'fresh', -86400],
    ['ahead a moment earlier', '2025-10-29T23:59:59.999999Z', 'ahead', -86401],
  ])('is %s', (_, now, state, lagSeconds) => {
    expect(verdictAt(last, false, due, at(now))).toEqual({ state, expectedBy: '2025-11-01T12:00:00Z', lagSeconds });
  });

  it('is never ahead where rows may lie ahead', () => {
    const schedule = dueInTable(at(last), 'schedule', null);
    const states = ['2025-10-29T00:00:00Z', last, '2025-10-30T00:00:01Z', '2025-11-06T00:00:01Z'].map(
      (now) => verdictAt(last, true, schedule, at(now)).state,
    );
    expect(states).toEqual(['fresh', 'fresh', 'late', 'stale']);
  });

  it('is empty where there is no row', () => {
    expect(verdictAt(null, false, null, at(last))).toEqual({ state: 'empty', expectedBy: null, lagSeconds: null });
  });
});

it.each([
  ['1d', 86_400],
  ['5m', 300],
  ['15Min', 900],
  ['1h', 3600],
  ['1w', 604_800],
  ['1mo', 2_592_000],
  ['tick', 0],
  [null, 0],
])('the timeframe %s lasts %d seconds', (timeframe, seconds) => {
  expect(lengthOf(timeframe)).toBe(BigInt(seconds) * 1_000_000n);
});

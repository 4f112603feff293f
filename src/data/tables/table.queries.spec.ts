import { describe, expect, it } from '@jest/globals';
import { dayOf, formatDay, now, type TimeWindow } from '../../base/time.js';
import type { Span } from '../../sql/span.js';
import { windowOf } from './table.queries.js';

const days = ({ from, to }: TimeWindow): [number, number] => [dayOf(from), dayOf(to) - 1];
const today = dayOf(now());

const EMPTY: Span = { first: null, last: null };
const endingAt = (last: string): Span => ({ first: '2001-02-03T00:00:00Z', last });

const EITHER_SIDE = { days: 181, daysAhead: 90 };

describe('the default window of a table whose rows may lie ahead', () => {
  it('is 90 days either side of today while events lie ahead', () => {
    expect(days(windowOf(EITHER_SIDE, {}, endingAt(`${formatDay(today + 60)}T13:30:00Z`)))).toEqual([
      today - 90,
      today + 90,
    ]);
  });

  it('is 90 days either side of the newest row of an archive that stopped', () => {
    const { from, to } = windowOf(EITHER_SIDE, {}, endingAt('2020-03-31T12:00:00.000001Z'));
    expect([formatDay(dayOf(from)), formatDay(dayOf(to) - 1)]).toEqual(['2020-01-01', '2020-06-29']);
  });

  it('is around today where there is no row', () => {
    expect(days(windowOf(EITHER_SIDE, {}, EMPTY))).toEqual([today - 90, today + 90]);
  });

  it('ends with the newest row where none lies ahead', () => {
    const { from, to } = windowOf({ days: 91 }, {}, endingAt('2020-03-31T12:00:00.000001Z'));
    expect([formatDay(dayOf(from)), formatDay(dayOf(to) - 1)]).toEqual(['2020-01-01', '2020-03-31']);
  });

  it('goes back to the first row newest first, where no filter of changes may let none through', () => {
    const span = endingAt('2020-03-31T12:00:00Z');
    const firstOf = (args: object): string => formatDay(dayOf(windowOf({ days: 91 }, args, span).from));
    expect(firstOf({ sort: 'desc' })).toBe('2001-02-03');
    expect(firstOf({ sort: 'asc' })).toBe('2020-01-01');
    expect(firstOf({ sort: 'desc', updatedAfter: '2020-01-01' })).toBe('2020-01-01');
    expect(days(windowOf(EITHER_SIDE, { sort: 'desc' }, EMPTY))).toEqual([today - 90, today + 90]);
  });

  it('keeps what the client says of it', () => {
    const { from, to } = windowOf(EITHER_SIDE, { start: '2025-10-01', end: '2025-10-31' }, EMPTY);
    expect([formatDay(dayOf(from)), formatDay(dayOf(to) - 1)]).toEqual(['2025-10-01', '2025-10-31']);
  });
});

import { describe, expect, it } from '@jest/globals';
import { dayOf, formatDay, now, type TimeWindow } from '../../base/time.js';
import { windowOf } from './table.queries.js';

const days = ({ from, to }: TimeWindow): [number, number] => [dayOf(from), dayOf(to) - 1];
const today = dayOf(now());

const EITHER_SIDE = { days: 181, daysAhead: 90 };

describe('the default window of a table whose rows may lie ahead', () => {
  it('is 90 days either side of today while events lie ahead', () => {
    expect(days(windowOf(EITHER_SIDE, {}, `${formatDay(today + 60)}T13:30:00Z`))).toEqual([today - 90, today + 90]);
  });

  it('is 90 days either side of the newest row of an archive that stopped', () => {
    const { from, to } = windowOf(EITHER_SIDE, {}, '2020-03-31T12:00:00.000001Z');
    expect([formatDay(dayOf(from)), formatDay(dayOf(to) - 1)]).toEqual(['2020-01-01', '2020-06-29']);
  });

  it('is around today where there is no row', () => {
    expect(days(windowOf(EITHER_SIDE, {}, null))).toEqual([today - 90, today + 90]);
  });

  it('ends with the newest row where none lies ahead', () => {
    const { from, to } = windowOf({ days: 91 }, {}, '2020-03-31T12:00:00.000001Z');
    expect([formatDay(dayOf(from)), formatDay(dayOf(to) - 1)]).toEqual(['2020-01-01', '2020-03-31']);
  });

  it('keeps what the client says of it', () => {
    const { from, to } = windowOf(EITHER_SIDE, { start: '2025-10-01', end: '2025-10-31' }, null);
    expect([formatDay(dayOf(from)), formatDay(dayOf(to) - 1)]).toEqual(['2025-10-01', '2025-10-31']);
  });
});

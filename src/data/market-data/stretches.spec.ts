import { expect, it } from '@jest/globals';
import { daysWindow, formatDay, dayOf, parseDay } from '../../base/time.js';
import { stretchesOf, yearWindow } from './stretches.js';

const TODAY = parseDay('2025-10-31')!;

/** Stretches as first and last day. */
function stretches(...occupied: Parameters<typeof stretchesOf>[0]): string[] {
  return stretchesOf(occupied, TODAY).map(({ from, to }) => `${formatDay(dayOf(from))}..${formatDay(dayOf(to - 1n))}`);
}

it('are years, quarters of this year and months of this quarter', () => {
  expect(stretches(daysWindow(parseDay('2023-12-30')!, parseDay('2025-10-31')!))).toEqual([
    '2025-10-01..2025-10-31',
    '2025-07-01..2025-09-30',
    '2025-04-01..2025-06-30',
    '2025-01-01..2025-03-31',
    '2024-01-01..2024-12-31',
    '2023-01-01..2023-12-31',
  ]);
});

it('end where days can be named, whatever is stored', () => {
  expect(stretches(yearWindow('9999'))).toEqual(['2025-11-01..9999-12-30']);
  expect(stretches(yearWindow('0001'))).toEqual(['0001-01-01..0001-12-31']);
});

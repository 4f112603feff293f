import { expect, it } from '@jest/globals';
import { formatDay, parseDay } from '../../base/time.js';
import { type ExpectedDays, isExpected } from './calendars.js';
import { GapFinder } from './gap-runs.js';
import { Calendar, type Gap } from './gaps.model.js';

const day = (text: string): number => parseDay(text)!;
const RANGE = { first: day('2025-09-01'), last: day('2025-11-30') };

/** The same day by day: why each expected day without a bar has none, and runs of the same reason. */
function dayByDay(
  calendar: Calendar,
  { exceptions, wholeMarketMissing, marketNewest }: ExpectedDays,
  history: { first: number; last: number },
  present: ReadonlySet<number>,
): Gap[] {
  const gaps: Gap[] = [];
  const decides = calendar === 'observed' || calendar === 'xnys';
  const newest = decides && marketNewest !== null ? marketNewest : Infinity;
  let after = false;
  for (let at = RANGE.first; at <= RANGE.last; at++) {
    if (!isExpected(at, calendar, new Set(exceptions))) continue;
    const whole = at > newest || (decides && wholeMarketMissing.includes(at));
    const reason =
      at < history.first
        ? 'before_first_bar'
        : whole && history.last >= Math.min(at, newest)
          ? 'whole_market_missing'
          : at > history.last
            ? 'after_last_bar'
            : 'missing';
    const run = after ? gaps.at(-1) : undefined;
    after = !present.has(at);
    if (!after) continue;
    if (run?.reason === reason) Object.assign(run, { end: formatDay(at), missingDays: run.missingDays + 1 });
    else gaps.push({ start: formatDay(at), end: formatDay(at), missingDays: 1, reason });
  }
  return gaps;
}

it.each(Object.values(Calendar))('are those found day by day, whatever is missing: %s', (calendar) => {
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 300; round++) {
    const some = (count: number): number[] => Array.from({ length: random(count) }, () => RANGE.first + random(91));
    const expected: ExpectedDays = {
      exceptions: some(6),
      excluded: [],
      halfDays: [],
      wholeMarketMissing: some(6),
      marketNewest: random(3) === 0 ? null : RANGE.first + 60 + random(40),
    };
    const first = RANGE.first - 20 + random(120);
    const history = { first, last: Math.min(first + random(120), expected.marketNewest ?? Infinity) };
    history.last = Math.max(history.first, history.last);
    const days: number[] = [];
    for (let at = Math.max(history.first, RANGE.first); at <= Math.min(history.last, RANGE.last); at++)
      if (random(8) > 0) days.push(at);
    const symbol = { symbol: 'A', firstDay: formatDay(history.first), lastDay: formatDay(history.last) };
    const finder = new GapFinder(calendar, RANGE, expected);
    // What one symbol has is forgotten before the next.
    finder.find({ ...symbol, symbol: 'B' }, [RANGE.first, RANGE.last]);
    const found = finder.find(symbol, days.reverse());
    expect(found.gaps).toEqual(dayByDay(calendar, expected, history, new Set(days)));
    const missing = found.gaps.reduce((sum, gap) => sum + gap.missingDays, 0);
    expect(found.expectedDays - found.presentDays).toBe(missing);
  }
});

it('go as far as the bars do, where these lie outside of the history that is known', () => {
  const none: ExpectedDays = { exceptions: [], excluded: [], halfDays: [], wholeMarketMissing: [], marketNewest: null };
  const finder = new GapFinder('weekdays', RANGE, none);
  const days = ['2025-09-08', '2025-11-28'].map(day);
  const found = finder.find({ symbol: 'A', firstDay: '2025-10-01', lastDay: '2025-10-31' }, days);
  expect(found).toMatchObject({ firstDay: '2025-09-08', lastDay: '2025-11-28', presentDays: 2, expectedDays: 65 });
  expect(found.gaps).toEqual([
    { start: '2025-09-01', end: '2025-09-05', missingDays: 5, reason: 'before_first_bar' },
    { start: '2025-09-09', end: '2025-11-27', missingDays: 58, reason: 'missing' },
  ]);
});

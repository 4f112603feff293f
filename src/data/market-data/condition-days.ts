import { dayOf, formatDay, now, parseDay } from '../../base/time.js';
import type { DayFacts } from './condition.sql.js';
import type { Condition, ConditionReason, DayCondition } from './condition.model.js';
import type { Days } from './calendars.js';
import type { SymbolGaps } from './gap-runs.js';
import type { GapReason } from './gaps.model.js';

/** A condition and why. */
type Judgement = readonly [condition: Condition, reason: ConditionReason | null];

const OF_GAPS: Record<GapReason, Judgement> = {
  missing: ['missing', 'no_bar'],
  before_first_bar: ['missing', 'before_first_bar'],
  after_last_bar: ['missing', 'after_last_bar'],
  whole_market_missing: ['whole_market_missing', 'no_bar'],
};

/**
 * The condition of each day of a range, in order.
 * @param gaps        the gaps of the symbol in the range
 * @param present     its days that have a bar, today's left out
 * @param facts       what the bars of its days are
 * @param isExpected  whether its calendar expects a bar on a day
 */
export function conditionsOf(
  { symbol, gaps }: SymbolGaps,
  { first, last }: Days,
  present: ReadonlySet<number>,
  facts: ReadonlyMap<string, DayFacts>,
  isExpected: (day: number) => boolean,
): DayCondition[] {
  const today = dayOf(now());
  const runs = gaps.map(({ end, reason }) => ({ last: parseDay(end)!, reason }));
  const found: DayCondition[] = [];
  let run = 0;
  for (let at = first; at <= last; at++) {
    while (run < runs.length && runs[run]!.last < at) run += 1;
    const day = formatDay(at);
    const held = facts.get(day);
    const judge = (): Judgement => {
      if (at >= today) return ['pending', at === today ? 'day_not_over' : 'day_to_come'];
      if (held) return judgementOf(held, isExpected(at));
      if (present.has(at)) return ['complete', 'bars_dropped'];
      // A run of missing days goes over days that are not expected.
      return isExpected(at) ? OF_GAPS[runs[run]!.reason] : ['market_closed', 'no_session'];
    };
    const [condition, reason] = judge();
    found.push({
      symbol,
      day,
      condition,
      reason,
      bars: held?.bars ?? 0,
      missingBars: held?.missing ?? 0,
      firstMissing: held?.firstMissing ?? null,
      lastMissing: held?.lastMissing ?? null,
      lastModified: held?.lastModified ?? null,
    });
  }
  return found;
}

function judgementOf({ isPartial, suspect, isCorrected }: DayFacts, expected: boolean): Judgement {
  if (isPartial) return ['partial', 'minutes_missing'];
  if (suspect !== null) return ['suspect', suspect as ConditionReason];
  if (isCorrected) return ['corrected', 'written_again'];
  return ['complete', expected ? null : 'outside_calendar'];
}

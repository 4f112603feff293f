import { dayOf, formatDay, parseDay, parseInstant } from '../../base/time.js';
import { pick } from './tool-answer.js';
import type { Row } from './rest-routes.js';

/** What has to be said beside any price. */
export const RAW = 'raw: not adjusted for splits or dividends';

/** How fresh and complete daily bars are; null where that says nothing. */
export function freshnessOf(freshness: unknown): Row | null {
  if (freshness == null) return null;
  return pick(freshness as Row, ['history_complete', 'materialized_through', 'as_of', 'note']);
}

/** The days of a window of instants that data can be expected for; null where there is none. */
export function checkedDays({ start, end }: Row, lastDay: unknown): { start: string; end: string } | null {
  const [from, to] = [start, end].map((instant) => parseInstant(String(instant)));
  const last = parseDay(String(lastDay));
  if (from == null || to == null || last === null) return null;
  const [first, final] = [dayOf(from), Math.min(dayOf(to - 1n), last)];
  return first > final ? null : { start: formatDay(first), end: formatDay(final) };
}

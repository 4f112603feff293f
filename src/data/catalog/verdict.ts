import { registerEnumType } from '@nestjs/graphql';
import type { DueBy } from '../../sql/data-sets.js';
import { dayOf, formatInstant, parseInstant, startOfDay } from '../../base/time.js';
import { isWeekday } from '../../base/nyse.js';
import type { MarketDays } from '../market-data/market-days.js';

/** Whether a data set has the rows that it ought to have by now. */
export const DataState = { FRESH: 'fresh', LATE: 'late', STALE: 'stale', EMPTY: 'empty', AHEAD: 'ahead' } as const;
export type DataState = (typeof DataState)[keyof typeof DataState];
registerEnumType(DataState, {
  name: 'DataState',
  description: 'Whether a data set has the rows that it ought to have by now.',
  valuesMap: {
    FRESH: { description: 'Its next rows are not due yet.' },
    LATE: { description: 'Its next rows were due at expected_by.' },
    STALE: { description: 'Rows are missing for so long that nobody should rely on it.' },
    EMPTY: { description: 'It has no row.' },
    AHEAD: { description: 'Its last row lies after now, where none may.' },
  },
});

/** When the rows after the last one are due. */
export interface Due {
  /** End of the period of the last row. */
  readonly end: bigint;
  /** Until then it is fresh. */
  readonly expectedBy: bigint;
  /** Until then it is late, after it stale. */
  readonly staleAfter: bigint;
}

/** What is said of a data set at one moment. */
export interface Verdict {
  readonly state: DataState;
  readonly expectedBy: string | null;
  readonly lagSeconds: number | null;
}

const DAY = startOfDay(1);
/** A day's bars are due half a day after it has ended (UTC), when each session of the world is over and loaded. */
const LOADING = DAY / 2n;
/** Days beyond the first missing one that make a market's bars stale. */
const MORE_SESSIONS = 3;
/** Days to look ahead for sessions, more than any closing lasts. */
const LOOK_AHEAD_DAYS = 40;
/** Days after the end of the schedule, or after rows were due at the earliest, from which a table is stale. */
const [STALE_DAYS, GRACE_DAYS] = [7n, 1n];

const UNITS: Readonly<Record<string, bigint>> = {
  s: 1_000_000n,
  m: 60_000_000n,
  min: 60_000_000n,
  h: 3_600_000_000n,
  d: DAY,
  w: 7n * DAY,
  mo: 30n * DAY,
};

/** Length of a timeframe such as `5m` or `1d`, in microseconds; a month has thirty days, an unknown one no length. */
export function lengthOf(timeframe: string | null): bigint {
  const [, count = '0', unit = ''] = /^(\d{1,4})([a-z]+)$/.exec((timeframe ?? '').toLowerCase()) ?? [];
  return BigInt(count) * (UNITS[unit] ?? 0n);
}

/**
 * When the bars after those of the market's last day are due: half a day after the end of the next session. They are
 * stale when three sessions more have passed in the same way. Sessions are those of the calendar that the market was
 * observed to keep.
 *
 * @param last    the last bar's instant, in microseconds
 * @param length  how long its period is, in microseconds
 */
export function dueAfterSession(last: bigint, length: bigint, market: Pick<MarketDays, 'calendar'>): Due {
  const day = dayOf(last);
  const exceptions = new Set(market.calendar(day + 1, day + LOOK_AHEAD_DAYS).exceptions);
  const sessions: number[] = [];
  for (let next = day + 1; next <= day + LOOK_AHEAD_DAYS; next++) {
    if (isWeekday(next) !== exceptions.has(next)) sessions.push(next);
  }
  const after = (session: number | undefined): bigint => startOfDay((session ?? day + LOOK_AHEAD_DAYS) + 1) + LOADING;
  return { end: last + length, expectedBy: after(sessions[0]), staleAfter: after(sessions[MORE_SESSIONS]) };
}

/**
 * When the rows after the last one of a table are due: a day after as many of its longest recent gaps as `due` says, or
 * at the end of its schedule. Stale a week, or that long again, after.
 *
 * @param gapDays  the longest recent stretch from one day with rows to the next; null where there is one day only
 */
export function dueInTable(last: bigint, due: Exclude<DueBy, 'sessions'>, gapDays: number | null): Due {
  if (due === 'schedule') return { end: last, expectedBy: last, staleAfter: last + STALE_DAYS * DAY };
  const end = due.wholeDays ? startOfDay(dayOf(last) + 1) : last;
  const wait = (BigInt(due.gaps) * BigInt(gapDays ?? 1) + GRACE_DAYS) * DAY;
  const expectedBy = startOfDay(dayOf(last) + 1) + wait;
  return { end, expectedBy, staleAfter: expectedBy + (wait > STALE_DAYS * DAY ? wait : STALE_DAYS * DAY) };
}

/**
 * The verdict at a moment; every boundary belongs to the state before it.
 *
 * @param last           the last row's instant; null where there is none
 * @param mayLieAhead    whether rows may be after now
 * @param due            null where nothing is known of when rows are due
 */
export function verdictAt(last: string | null, mayLieAhead: boolean, due: Due | null, at: bigint): Verdict {
  if (last === null || due === null) return { state: DataState.EMPTY, expectedBy: null, lagSeconds: null };
  const state = stateAt(parseInstant(last)!, mayLieAhead, due, at);
  const seconds = Number(at - due.end) / 1e6;
  return { state, expectedBy: formatInstant(due.expectedBy), lagSeconds: Math.floor(seconds) };
}

function stateAt(last: bigint, mayLieAhead: boolean, { expectedBy, staleAfter }: Due, at: bigint): DataState {
  if (last > at && !mayLieAhead) return DataState.AHEAD;
  if (at <= expectedBy) return DataState.FRESH;
  return at <= staleAfter ? DataState.LATE : DataState.STALE;
}

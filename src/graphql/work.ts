import { parseEnd, parseStart } from '../base/time.js';
import { LIMITS } from '../base/limits.js';

/** Arguments of a field, defaults filled in. */
export type FieldArgs = Readonly<Record<string, unknown>>;

const DAY_US = 86_400_000_000;

/** Days of the window that arguments name; `days` where they leave it open. */
function daysOf({ start, end }: FieldArgs, days: number): number {
  if (typeof start !== 'string') return days;
  const to = typeof end === 'string' ? parseEnd(end) : BigInt(Date.now()) * 1000n;
  const from = parseStart(start);
  return from === null || to === null ? days : Math.max(Number(to - from) / DAY_US, 1);
}

/**
 * Work that a field makes for the database beside the rows of its page, in rows; measured on a million bars. What a
 * filter looks through counts with its window, since it may match nothing.
 */
const WORK: Record<string, (args: FieldArgs) => number> = {
  'Query.symbol': () => 1,
  'Query.latest': (args) => latestOf(args) * (Array.isArray(args.symbols) ? args.symbols.length : 1),
  // What was read for one listener is there for all.
  'Subscription.latestUpdated': (args) => 10 * (Array.isArray(args.symbols) ? args.symbols.length : 1),
  'Query.marketDay': () => 100,
  'Query.daily': (args) => dailyOf(args) * (Array.isArray(args.symbols) ? args.symbols.length : 1),
  // All closes of the window are read, whatever the page.
  'Query.compare': (args) =>
    Math.min(
      LIMITS.comparedDays,
      daysOf(args, LIMITS.defaultDays.daily) * (Array.isArray(args.symbols) ? args.symbols.length : 1),
    ),
  'Query.series': () => 50,
  'Query.allSeries': ({ first }) => 10 * Number(first),
  // Without an index every text of the window is taken apart.
  'Query.news': (args) => {
    const days = daysOf(args, LIMITS.defaultDays.news);
    return (
      days * (args.query != null || args.symbol != null ? 20 : args.author != null || args.sources != null ? 2 : 0.1)
    );
  },
  'Query.article': () => 1,
  'Query.event': () => 1,
  'Query.events': (args) => daysOf(args, 2 * LIMITS.defaultDays.events),
  // The market around one event; of many that are near each other it is read once.
  'Event.reaction': () => 5000,
  'Query.eventStudy': (args) => 20_000 + 100 * daysOf(args, LIMITS.defaultDays.daily),
  'Query.catalog': () => 200,
  'Query.databaseStatus': () => 1000,
  'Query.databaseHealth': () => 10,
  'Query.coverage': (args) => Math.min(LIMITS.coverageDays, Number(args.first) * gapsOf(args)),
  'Symbol.latest': (args) => latestOf(args),
  'Symbol.events': (args) => daysOf(args, 2 * LIMITS.defaultDays.events) / 10,
  'Symbol.daily': (args) => dailyOf(args),
  // Of bars that are made of others the pages may be of any length; what is read of those is bounded by the window.
  'Symbol.bars': (args) =>
    5 +
    (args.timeframe != null || args.source != null || args.updatedAfter != null
      ? daysOf(args, LIMITS.defaultDays.bars)
      : 0) +
    (args.maxPoints != null ? 4 * Number(args.maxPoints) : 0),
  // The whole history is read.
  'DailyBarConnection.indicators': () => 3000,
  // The whole history is read unless a window says otherwise.
  'Symbol.statistics': (args) => Math.min(3000, daysOf(args, 3000)),
  'Symbol.gaps': (args) => gapsOf(args),
  // How many bars a day has is looked at when it runs.
  'Symbol.condition': (args) => 2 * daysOf(args, LIMITS.defaultDays.gaps),
  // The days of up to fifty other symbols are read, too.
  'Symbol.quality': (args) => 20 * daysOf(args, LIMITS.defaultDays.gaps),
  'Query.condition': (args) =>
    2 * daysOf(args, LIMITS.defaultDays.gaps) * (Array.isArray(args.symbols) ? args.symbols.length : 1),
  'EconomicSeries.observations': (args) => observationsOf(args),
  'Query.observations': (args) => 50 + observationsOf(args),
};

/** Each day is read and compared with the calendar, which is kept. */
function gapsOf(args: FieldArgs): number {
  return daysOf(args, LIMITS.defaultDays.gaps) / 4;
}

/** The bars of the window are looked at, too, for those that were written after an instant. */
function dailyOf(args: FieldArgs): number {
  return 5 + (args.updatedAfter == null ? 0 : daysOf(args, LIMITS.defaultDays.daily));
}

/** Values of another unit or frequency are made of several. */
function observationsOf({ first, frequency, units }: FieldArgs): number {
  return 5 + Number(first) * ((frequency == null ? 0 : 4) + (units === 'lin' ? 0 : 1));
}

/** The newest bar is one look into an index, with a timeframe several. */
function latestOf({ timeframe }: FieldArgs): number {
  return timeframe == null ? 10 : 20;
}

/** Work that a field makes for the database beside the rows of its page, in rows. */
export function workOf(field: string, args: FieldArgs): number {
  return WORK[field]?.(args) ?? 0;
}

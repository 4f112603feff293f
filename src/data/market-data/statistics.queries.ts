import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LIMITS } from '../../base/limits.js';
import { dayOf, EVER, parseDay, spanning, startOfDay, type TimeWindow } from '../../base/time.js';
import { endAfter, resolveWindow } from '../../lists/window.js';
import { DAYS_BEFORE, monthReturns, yearReturns } from '../derived/calendar-returns.js';
import {
  annualVolatility,
  type Closes,
  DAYS_OF_YEAR,
  deepest,
  type Drawdown,
  drawdownsOf,
  growthRate,
  kurtosis,
  returnsOf,
  SESSIONS_OF_YEAR,
  skewness,
  totalReturn,
} from '../derived/performance.js';
import { finite, meanOf } from '../derived/numbers.js';
import { DailyAggregate } from './aggregate.js';
import { ClosesQueries, dayText, type SymbolCloses } from './closes.queries.js';
import { daysAtMost, type DirectoryRow, newestOf } from './directory.js';
import type { DayReturn, DrawdownEpisode, StatisticsArgs, StatisticsReport, YearReturn } from './statistics.model.js';
import { isContinuous } from './symbols.queries.js';

/** A symbol, the window of its statistics, and what is read for them: some days before it, too. */
interface Asked {
  readonly row: DirectoryRow;
  readonly window: TimeWindow;
  readonly read: TimeWindow;
}

/** Statistics of the closes of symbols. */
@Injectable()
export class StatisticsQueries {
  constructor(
    private readonly aggregate: DailyAggregate,
    private readonly closes: ClosesQueries,
  ) {}

  /**
   * The statistics of each of some symbols, in their order. Symbols are read together, as many as have no more days
   * than can be compared: a statement for each part of their windows.
   */
  async of(symbols: readonly DirectoryRow[], args: StatisticsArgs): Promise<StatisticsReport[]> {
    const reports: StatisticsReport[] = [];
    for (const group of groupsOf(symbols.map((row) => askedOf(row, args)))) {
      const { sources, freshness } = await this.aggregate.plan(spanning(group.map(({ read }) => read)));
      const closes = await this.closes.of(
        group.map(({ row }) => row.symbol),
        sources,
      );
      for (const [i, { row, window }] of group.entries()) {
        await setImmediate();
        reports.push({ ...statisticsOf(row, closes[i]!, window, args.drawdowns), window, freshness });
      }
    }
    return reports;
  }
}

function askedOf(row: DirectoryRow, args: StatisticsArgs): Asked {
  const window = resolveWindow(args, {
    firstDay: parseDay(row.firstDay)!,
    end: endAfter(newestOf(row)),
    days: LIMITS.defaultDays.daily,
    maxDays: LIMITS.daysDays,
  });
  const from = window.from - startOfDay(DAYS_BEFORE);
  return { row, window, read: { from: from > EVER.from ? from : EVER.from, to: window.to } };
}

/** Symbols that are read together. */
function groupsOf(symbols: readonly Asked[]): Asked[][] {
  const groups: Asked[][] = [];
  let room = 0;
  for (const asked of symbols) {
    const days = daysAtMost(asked.row, asked.read);
    if (groups.length === 0 || days > room) {
      groups.push([]);
      room = LIMITS.comparedDays;
    }
    groups.at(-1)!.push(asked);
    room -= days;
  }
  return groups;
}

function statisticsOf(
  row: DirectoryRow,
  found: SymbolCloses,
  window: TimeWindow,
  count: number,
): Omit<StatisticsReport, 'window' | 'freshness'> {
  const [first, last] = [dayOf(window.from), dayOf(window.to - 1n)];
  const closes = between(found, first, last);
  const { days } = closes;
  const returns = returnsOf(closes);
  const drawdowns = drawdownsOf(closes);
  const periodsPerYear = isContinuous(row) ? DAYS_OF_YEAR : SESSIONS_OF_YEAR;
  const highest = closes.closes.reduce((high, close) => Math.max(high, close), 0);
  return {
    symbol: row.symbol,
    days: days.length,
    unusableDays: found.unusable.filter((day) => day >= first && day <= last).length,
    firstDay: dayText(days[0]),
    lastDay: dayText(days.at(-1)),
    totalReturn: totalReturn(closes),
    cagr: growthRate(closes),
    meanReturn: finite(meanOf(returns)),
    volatility: annualVolatility(returns, periodsPerYear),
    periodsPerYear,
    skewness: skewness(returns),
    kurtosis: kurtosis(returns),
    positiveShare: returns.length === 0 ? null : returns.filter((value) => value > 0).length / returns.length,
    bestDay: extreme(days, returns, (value, best) => value > best),
    worstDay: extreme(days, returns, (value, worst) => value < worst),
    currentDrawdown: days.length === 0 ? null : closes.closes.at(-1)! / highest - 1,
    drawdowns: deepest(drawdowns, count).map((one) => episodeOf(one, days.at(-1)!)),
    years: yearsOf(found, { first, last, newest: newestOf(row) }),
  };
}

/** Closes from one day to another, both included. */
function between({ days, closes }: Closes, first: number, last: number): Closes {
  const from = days.findIndex((day) => day >= first);
  if (from === -1) return { days: days.subarray(0, 0), closes: closes.subarray(0, 0) };
  const to = days.findLastIndex((day) => day <= last) + 1;
  return { days: days.subarray(from, to), closes: closes.subarray(from, to) };
}

/** The first return that is beyond all others. */
function extreme(
  days: Int32Array,
  returns: Float64Array,
  isBeyond: (value: number, other: number) => boolean,
): DayReturn | null {
  let at = 0;
  for (let i = 1; i < returns.length; i++) if (isBeyond(returns[i]!, returns[at]!)) at = i;
  return returns.length === 0 ? null : { day: dayText(days[at + 1])!, return: returns[at]! };
}

function episodeOf({ depth, peak, trough, recovery }: Drawdown, last: number): DrawdownEpisode {
  return {
    depth,
    peak: dayText(peak)!,
    trough: dayText(trough)!,
    recovery: dayText(recovery),
    length: (recovery ?? last) - peak,
  };
}

function yearsOf(closes: Closes, asked: Parameters<typeof yearReturns>[1]): YearReturn[] {
  const months = Map.groupBy(monthReturns(closes, asked), ({ period }) => period.slice(0, 4));
  return yearReturns(closes, asked).map(({ period, ...year }) => ({
    year: Number(period),
    ...year,
    months: months.get(period)!.map(({ period: name, ...month }) => ({ month: Number(name.slice(5)), ...month })),
  }));
}

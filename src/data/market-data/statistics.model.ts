import { ArgsType, Field, ObjectType } from '@nestjs/graphql';
import type { TimeWindow } from '../../base/time.js';
import { Arg } from '../../contract/args.js';
import { Window } from '../../contract/relay.js';
import { Wire, WireObject } from '../../contract/wire.js';
import { Freshness } from './daily.model.js';

/** A fall of a symbol below its highest close so far, until that was reached again. */
@ObjectType({ description: 'A fall below the highest close so far, until that was reached again.' })
export class DrawdownEpisode {
  @Wire('float', 'Close on the trough by close on the peak, less one: −0.25 for a quarter lost.')
  depth: number;

  @Wire('day', 'Last day with the highest close before it.')
  peak: string;

  @Wire('day', 'First day with its lowest close.')
  trough: string;

  @Wire('day', 'First day with a close as high as on the peak; null where there is none in the window.', {
    nullable: true,
  })
  recovery: string | null;

  @Wire('integer', 'Calendar days from the peak to the recovery, or to the last day.')
  length: number;
}

/** The return of a calendar month. */
@ObjectType({ description: 'The return of a calendar month.' })
export class MonthReturn {
  @Wire('integer', 'The month, 1 to 12.')
  month: number;

  @Wire('float', 'Last close in it by the last close before it, less one; where there is none before, by its first.')
  return: number;

  @Wire('boolean', 'Whether the window or the history begins or ends inside it.')
  isPartial: boolean;
}

/** The return of a calendar year. */
@ObjectType({ description: 'The return of a calendar year.' })
export class YearReturn {
  @Wire('integer', 'The year.')
  year: number;

  @Wire('float', 'Last close in it by the last close before it, less one; where there is none before, by its first.')
  return: number;

  @Wire('boolean', 'Whether the window or the history begins or ends inside it.')
  isPartial: boolean;

  @WireObject(() => [MonthReturn], 'Its months that have a close.')
  months: MonthReturn[];
}

/** A return on a day. */
@ObjectType({ description: 'A return on a day.' })
export class DayReturn {
  @Wire('day', 'The day.')
  day: string;

  @Wire('float', 'Close by the close before it, less one.')
  return: number;
}

/** Statistics of the closes of a symbol in a window. */
@ObjectType({
  description:
    'Statistics of the closes of a symbol in a window, of those greater than zero. Numbers are doubles, returns are simple: 0.1 is ten percent.',
})
export class SymbolStatistics {
  @Wire('text', 'The symbol.')
  symbol: string;

  @Wire('integer', 'Days with a close greater than zero.')
  days: number;

  @Wire('integer', 'Days with a bar whose close is null, zero or less: they are left out.')
  unusableDays: number;

  @Wire('day', 'First of these days.', { nullable: true })
  firstDay: string | null;

  @Wire('day', 'Last of these days.', { nullable: true })
  lastDay: string | null;

  @Wire('float', 'Last close by the first one, less one.', { nullable: true })
  totalReturn: number | null;

  @Wire('float', '(Last / first close) ^ (365.25 / days between them) − 1; says little of less than a year.', {
    nullable: true,
  })
  cagr: number | null;

  @Wire('float', 'Mean of the daily returns.', { nullable: true })
  meanReturn: number | null;

  @Wire('float', 'Sample standard deviation of the daily returns, times the root of periods_per_year.', {
    nullable: true,
  })
  volatility: number | null;

  @Wire('integer', 'By which volatility is annualised: 252 sessions, 365 for what trades on weekends.')
  periodsPerYear: number;

  @Wire('float', 'Skewness of the daily returns, G1 of Joanes and Gill (1998); null where they do not differ.', {
    nullable: true,
  })
  skewness: number | null;

  @Wire('float', 'Kurtosis of the daily returns above that of a normal distribution, G2 of Joanes and Gill (1998).', {
    nullable: true,
  })
  kurtosis: number | null;

  @Wire('float', 'Share of the daily returns that are greater than zero.', { nullable: true })
  positiveShare: number | null;

  @WireObject(() => DayReturn, 'The highest return of a day.', { nullable: true })
  bestDay: DayReturn | null;

  @WireObject(() => DayReturn, 'The lowest return of a day.', { nullable: true })
  worstDay: DayReturn | null;

  @Wire('float', 'Last close by the highest one, less one.', { nullable: true })
  currentDrawdown: number | null;

  @WireObject(() => [DrawdownEpisode], 'The deepest drawdowns, the deepest first.')
  drawdowns: DrawdownEpisode[];

  @WireObject(() => [YearReturn], 'Calendar years with a close, oldest first.')
  years: YearReturn[];
}

/** The same in GraphQL, with the window and how fresh it is. */
@ObjectType({ description: 'Statistics of the closes of a symbol, and the window that they are of.' })
export class StatisticsReport extends SymbolStatistics {
  @Field(() => Window, { description: 'The window, with the defaults filled in.' })
  window: TimeWindow;

  @Field(() => Freshness, {
    nullable: true,
    description: 'How fresh and complete the aggregate is; null, with an error, where that cannot be told.',
  })
  freshness: Freshness | null;
}

/** Arguments of statistics. */
@ArgsType()
export class StatisticsArgs {
  @Arg.day('First day. Default: the first that the symbol has.')
  start?: string;

  @Arg.day('Last day, included. Default: the newest.')
  end?: string;

  @Arg.integer('How many of the deepest drawdowns.', { min: 1, max: 20, default: 5 })
  drawdowns: number;
}

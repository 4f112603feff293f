import { ArgsType, Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { ColumnsOf, WindowConnection } from '../../contract/relay.js';
import { LIMITS } from '../../base/limits.js';
import { RowsArgs } from '../../contract/output.args.js';
import { Wire } from '../../contract/wire.js';
import { Freshness } from './daily.model.js';
import { Calendar } from './gaps.model.js';

/** In what condition the bars of a symbol on a day are. */
export const Condition = {
  COMPLETE: 'complete',
  PARTIAL: 'partial',
  MISSING: 'missing',
  MARKET_CLOSED: 'market_closed',
  WHOLE_MARKET_MISSING: 'whole_market_missing',
  SUSPECT: 'suspect',
  CORRECTED: 'corrected',
  PENDING: 'pending',
} as const;
export type Condition = (typeof Condition)[keyof typeof Condition];
registerEnumType(Condition, {
  name: 'Condition',
  description: 'In what condition the bars of a symbol on a day are.',
  valuesMap: {
    COMPLETE: { description: 'There is nothing to say of them.' },
    PARTIAL: { description: 'Minutes lack a bar at which the symbol has one on most days around.' },
    MISSING: { description: 'There is none, and there ought to be.' },
    MARKET_CLOSED: { description: 'There is none, and the calendar expects none.' },
    WHOLE_MARKET_MISSING: { description: 'Hardly any symbol has one, though the market ought to have been open.' },
    SUSPECT: { description: 'They contradict each other, or the days around. They are served as they are.' },
    CORRECTED: { description: 'They are all there, and some were written again more than a day after the day.' },
    PENDING: { description: 'The day is not over.' },
  },
});

/** Why the bars of a day are in a condition. */
export const ConditionReason = {
  NO_BAR: 'no_bar',
  BEFORE_FIRST_BAR: 'before_first_bar',
  AFTER_LAST_BAR: 'after_last_bar',
  NO_SESSION: 'no_session',
  OUTSIDE_CALENDAR: 'outside_calendar',
  BARS_DROPPED: 'bars_dropped',
  MINUTES_MISSING: 'minutes_missing',
  SEVERAL_TIMEFRAMES: 'several_timeframes',
  SEVERAL_SOURCES: 'several_sources',
  VWAP_OUTSIDE_RANGE: 'vwap_outside_range',
  ZERO_VOLUME: 'zero_volume',
  WRITTEN_AGAIN: 'written_again',
  DAY_NOT_OVER: 'day_not_over',
  DAY_TO_COME: 'day_to_come',
} as const;
export type ConditionReason = (typeof ConditionReason)[keyof typeof ConditionReason];
registerEnumType(ConditionReason, {
  name: 'ConditionReason',
  description: 'Why the bars of a day are in a condition.',
  valuesMap: {
    NO_BAR: { description: 'The day has no bar; there are some before and after it.' },
    BEFORE_FIRST_BAR: { description: 'The history of the symbol begins later.' },
    AFTER_LAST_BAR: { description: 'The history of the symbol has ended.' },
    NO_SESSION: { description: 'The calendar has no session.' },
    OUTSIDE_CALENDAR: { description: 'There are bars on a day on which the calendar expects none.' },
    BARS_DROPPED: { description: 'The day is kept as a daily bar only, so its minutes cannot be looked at.' },
    MINUTES_MISSING: { description: 'Usual minutes have no bar.' },
    SEVERAL_TIMEFRAMES: { description: 'Bars of several timeframes: the daily volume counts more than once.' },
    SEVERAL_SOURCES: { description: 'Bars of several sources.' },
    VWAP_OUTSIDE_RANGE: { description: 'A vwap is below the low or above the high of its bar, by 0.01 % or more.' },
    ZERO_VOLUME: { description: 'Nothing was traded, and on most days around something was.' },
    WRITTEN_AGAIN: { description: 'Bars were written again more than a day after the day was over.' },
    DAY_NOT_OVER: { description: 'It is today, in UTC.' },
    DAY_TO_COME: { description: 'It lies ahead.' },
  },
});

/** The condition of the bars of one symbol on one UTC day. */
@ObjectType({ description: 'The condition of the bars of one symbol on one UTC day.' })
export class DayCondition {
  @Wire('text', 'The symbol.')
  symbol: string;

  @Wire('day', 'The UTC day.')
  day: string;

  @Wire(
    'text',
    'complete, partial, missing, market_closed, whole_market_missing, suspect, corrected or pending: of several the first of pending, partial, suspect, corrected.',
    { choices: Condition },
  )
  condition: Condition;

  @Wire('text', 'Why; null where there is nothing to say.', { choices: ConditionReason, nullable: true })
  reason: ConditionReason | null;

  @Wire('integer', 'Stored bars of the day.')
  bars: number;

  @Wire('integer', 'Minutes without a bar at which the symbol has one on most days of three weeks.')
  missingBars: number;

  @Wire('instant', 'The first of these minutes; null where there is none.', { nullable: true })
  firstMissing: string | null;

  @Wire('instant', 'The last of these minutes; null where there is none.', { nullable: true })
  lastMissing: string | null;

  @Wire('instant', 'When a bar of the day was written last; null where that is not known.', { nullable: true })
  lastModified: string | null;
}

const DayConditionColumns = ColumnsOf(DayCondition, 'DayCondition');

/** A page of days with their conditions. */
@ObjectType({ description: 'A page of days with their conditions, symbol by symbol.' })
export class DayConditionConnection extends WindowConnection(DayCondition, 'DayCondition') {
  @Field(() => DayConditionColumns, { description: 'The same days as one array per column.' })
  columns: Record<string, unknown[]>;

  @Field(() => Freshness, {
    nullable: true,
    description: 'How fresh and complete the aggregate is; null, with an error, where that cannot be told.',
  })
  freshness: Freshness | null;

  @Field(() => String, { nullable: true, description: 'What could not be judged as asked; null where nothing.' })
  note: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Of the symbols that were named, those that do not exist; null where none was.',
  })
  unknown?: string[] | null;
}

/** Arguments of the conditions of a symbol's days. */
@ArgsType()
export class ConditionArgs extends RowsArgs {
  @Arg.day('First day. Default: 365 days before the newest day of the market.')
  start?: string;

  @Arg.day('Last day, included. Default: the newest day of the market.')
  end?: string;

  @Arg.choice('Which days ought to have a bar.', Calendar, { default: Calendar.OBSERVED })
  calendar: Calendar;

  @Arg.limit(LIMITS.page)
  first: number | 'all';

  @Arg.token()
  after?: string;
}

/** Arguments of the conditions of several symbols' days. */
@ArgsType()
export class ConditionOfArgs extends ConditionArgs {
  @Arg.list('The symbols; the rows come symbol by symbol, in alphabetical order.', {
    max: LIMITS.exportSymbols,
    length: LIMITS.symbolLength,
    required: true,
    example: ['AAPL', 'MSFT'],
  })
  symbols: string[];
}

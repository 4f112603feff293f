import { ArgsType, Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { Window, WindowConnection } from '../../contract/relay.js';
import { LIMITS } from '../../base/limits.js';
import { RowsArgs } from '../../contract/output.args.js';
import { DateScalar } from '../../contract/scalars.js';
import { Wire } from '../../contract/wire.js';
import type { TimeWindow } from '../../base/time.js';
import { Freshness } from './daily.model.js';

/** Which days ought to have a bar. */
export const Calendar = { WEEKDAYS: 'weekdays', OBSERVED: 'observed', XNYS: 'xnys', ALL: 'all' } as const;
export type Calendar = (typeof Calendar)[keyof typeof Calendar];
registerEnumType(Calendar, {
  name: 'Calendar',
  description: 'Which days ought to have a bar.',
  valuesMap: {
    WEEKDAYS: { description: 'Monday to Friday.' },
    OBSERVED: {
      description:
        'Days on which at least half of the symbols active then have a bar, and weekdays on which the market ought ' +
        'to have been open by the calendar it keeps. With fewer than three other symbols: weekdays.',
    },
    XNYS: {
      description: 'Sessions of the New York Stock Exchange since 1928, by its rules and its special closings.',
    },
    ALL: { description: 'Every day, for what trades without a break.' },
  },
});

/** Why an expected day has no bar. */
export const GapReason = {
  MISSING: 'missing',
  BEFORE_FIRST_BAR: 'before_first_bar',
  AFTER_LAST_BAR: 'after_last_bar',
  WHOLE_MARKET_MISSING: 'whole_market_missing',
} as const;
export type GapReason = (typeof GapReason)[keyof typeof GapReason];
registerEnumType(GapReason, {
  name: 'GapReason',
  description: 'Why an expected day has no bar.',
  valuesMap: {
    MISSING: { description: 'There are bars before and after it.' },
    BEFORE_FIRST_BAR: { description: 'The history of the symbol begins later.' },
    AFTER_LAST_BAR: { description: 'The history of the symbol has ended.' },
    WHOLE_MARKET_MISSING: { description: 'Hardly any symbol has a bar, though the market ought to have been open.' },
  },
});

/** Why no bar is expected on a weekday. */
export const ExclusionReason = { MARKET_CLOSED: 'market_closed' } as const;
export type ExclusionReason = (typeof ExclusionReason)[keyof typeof ExclusionReason];
registerEnumType(ExclusionReason, {
  name: 'ExclusionReason',
  description: 'Why no bar is expected on a weekday.',
  valuesMap: { MARKET_CLOSED: { description: 'The calendar has no session.' } },
});

/** A run of expected days without a bar. */
@ObjectType({ description: 'A run of expected days without a bar.' })
export class Gap {
  @Wire('day', 'First missing day.')
  start: string;

  @Wire('day', 'Last missing day.')
  end: string;

  @Wire('integer', 'How many expected days are missing from start to end.')
  missingDays: number;

  @Wire(
    'text',
    'Why: missing, before_first_bar, after_last_bar, or whole_market_missing, where hardly any symbol has a bar.',
    { choices: GapReason },
  )
  reason: GapReason;
}

/** A weekday on which no bar is expected. */
@ObjectType({ description: 'A weekday on which no bar is expected.' })
export class ExcludedDay {
  @Wire('day', 'The day.')
  day: string;

  @Wire('text', 'Why: market_closed, the calendar has no session.', { choices: ExclusionReason })
  reason: ExclusionReason;
}

/** How complete the days of one symbol are. */
@ObjectType({ description: 'How complete the days of one symbol are.' })
export class Coverage {
  @Wire('text', 'The symbol.')
  symbol: string;

  @Wire('text', 'The calendar that was used: weekdays, observed, xnys or all.', { choices: Calendar })
  calendar: Calendar;

  @Wire('integer', 'Days that ought to have a bar.')
  expectedDays: number;

  @Wire('integer', 'Expected days that have one.')
  presentDays: number;

  @Wire('float', 'Present days by expected days, 0 to 1; null where none is expected.', { nullable: true })
  coverage: number | null;

  @Wire('day', 'First day of the symbol that has a bar.', { nullable: true })
  firstDay: string | null;

  @Wire('day', 'Last day of the symbol that has a bar.', { nullable: true })
  lastDay: string | null;
}

/** The days of one symbol that ought to have a bar and have none. */
@ObjectType({ description: 'The days of one symbol that ought to have a bar and have none. Today is never one.' })
export class GapReport {
  @Field(() => [Gap], { description: 'Runs of missing days, oldest first.' })
  gaps: Gap[];

  @Field(() => Calendar, { description: 'The calendar that was used.' })
  calendar: Calendar;

  @Wire('integer', 'Days that ought to have a bar.')
  expectedDays: number;

  @Wire('integer', 'Expected days that have one.')
  presentDays: number;

  @Wire('float', 'Present days by expected days, 0 to 1; null where none is expected.', { nullable: true })
  coverage: number | null;

  @Field(() => [ExcludedDay], { description: 'Weekdays that the calendar leaves out.' })
  excluded: ExcludedDay[];

  @Field(() => [DateScalar], {
    description: 'Sessions that end early; known for the New York Stock Exchange since 1993.',
  })
  halfDays: string[];

  @Wire('day', 'First day of the symbol that has a bar.', { nullable: true })
  firstDay: string | null;

  @Wire('day', 'Last day of the symbol that has a bar and is not after today.', { nullable: true })
  lastDay: string | null;

  @Field(() => Window, { description: 'The days that were asked for, with the defaults filled in.' })
  window: TimeWindow;

  @Field(() => Freshness, {
    nullable: true,
    description: 'How fresh and complete the aggregate behind it is; null, with an error, where that cannot be told.',
  })
  freshness: Freshness | null;
}

/** Arguments of a gap report. */
@ArgsType()
export class GapsArgs extends RowsArgs {
  @Arg.day('First day. Default: 365 days before the newest day of the market.')
  start?: string;

  @Arg.day('Last day, included. Default: the newest day of the market.')
  end?: string;

  @Arg.choice('Which days ought to have a bar.', Calendar, { default: Calendar.WEEKDAYS })
  calendar: Calendar;
}

/** A page of coverage. */
@ObjectType({ description: 'A page of coverage, by symbol.' })
export class CoverageConnection extends WindowConnection(Coverage, 'Coverage') {
  @Field(() => Freshness, {
    nullable: true,
    description: 'How fresh and complete the aggregate is; null, with an error, where that cannot be told.',
  })
  freshness: Freshness | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Of the symbols that were asked for, those that do not exist; null where none was named.',
  })
  unknown?: string[] | null;
}

/** Arguments of the coverage of several symbols. */
@ArgsType()
export class CoverageArgs extends GapsArgs {
  @Arg.limit(LIMITS.coveragePage)
  first: number | 'all';

  @Arg.token()
  after?: string;

  @Arg.list('The symbols. Default: all of them.', {
    max: LIMITS.exportSymbols,
    length: LIMITS.symbolLength,
    example: ['AAPL', 'MSFT'],
  })
  symbols?: string[];
}

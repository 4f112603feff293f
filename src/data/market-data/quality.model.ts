import { ArgsType, Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { Window } from '../../contract/relay.js';
import { RowsArgs } from '../../contract/output.args.js';
import { Wire } from '../../contract/wire.js';
import type { TimeWindow } from '../../base/time.js';
import { Freshness } from './daily.model.js';

/** What makes days suspect. */
export const Finding = {
  SPLIT_LIKE: 'split_like',
  SPIKE: 'spike',
  FLAT_RUN: 'flat_run',
  VWAP_OUTSIDE_RANGE: 'vwap_outside_range',
  ZERO_VOLUME: 'zero_volume',
  SEVERAL_TIMEFRAMES: 'several_timeframes',
  SEVERAL_SOURCES: 'several_sources',
} as const;
export type Finding = (typeof Finding)[keyof typeof Finding];
registerEnumType(Finding, {
  name: 'Finding',
  description: 'What makes days suspect. It may be right nevertheless.',
  valuesMap: {
    SPLIT_LIKE: { description: 'The price changed by nearly a ratio of splits, such as 2:1, and stayed there.' },
    SPIKE: { description: 'The close left those around by far, and came back on the next day.' },
    FLAT_RUN: { description: 'Five days or more with the same close, of a symbol whose closes commonly differ.' },
    VWAP_OUTSIDE_RANGE: { description: 'A vwap is below the low or above the high of its bar, by 0.01 % or more.' },
    ZERO_VOLUME: { description: 'Nothing was traded, and on most days around something was.' },
    SEVERAL_TIMEFRAMES: { description: 'Bars of several timeframes on a day: the daily volume counts more than once.' },
    SEVERAL_SOURCES: { description: 'Bars of several sources on a day.' },
  },
});

/** One or several days of a symbol that are suspect for one reason. */
@ObjectType({ description: 'One or several days of a symbol that are suspect for one reason.' })
export class QualityFinding {
  @Wire('day', 'First day.')
  start: string;

  @Wire('day', 'Last day.')
  end: string;

  @Wire('text', 'What is suspect.', { choices: Finding })
  finding: Finding;

  @Wire('integer', 'How many days it is said of.')
  days: number;

  @Wire('float', 'Change of the close against that of the day before, 0.5 for 50 %; a double.', { nullable: true })
  change: number | null;

  @Wire(
    'float',
    'Median of the same changes of the other symbols of the market that day; null where it is not known.',
    {
      nullable: true,
    },
  )
  marketChange: number | null;

  @Wire('float', 'How many times what is usual in the ten days before and after the change is; a double.', {
    nullable: true,
  })
  timesUsual: number | null;

  @Wire('text', 'The ratio of a split, the timeframes, the sources.', { nullable: true })
  detail: string | null;
}

/** What is suspect of a symbol. */
@ObjectType({ description: 'What is suspect of a symbol. Nothing is repaired: bars are served as they are.' })
export class QualityReport {
  @Field(() => [QualityFinding], { description: 'What was found, oldest first.' })
  findings: QualityFinding[];

  @Wire('integer', 'Other symbols by which the market of a day is told; with fewer than three it is not.')
  marketSymbols: number;

  @Field(() => Window, { description: 'The days that were asked for, with the defaults filled in.' })
  window: TimeWindow;

  @Field(() => Freshness, {
    nullable: true,
    description: 'How fresh and complete the aggregate is; null, with an error, where that cannot be told.',
  })
  freshness: Freshness | null;
}

/** Arguments of what is suspect of a symbol. */
@ArgsType()
export class QualityArgs extends RowsArgs {
  @Arg.day('First day. Default: 365 days before the newest day of the market.')
  start?: string;

  @Arg.day('Last day, included. Default: the newest day of the market.')
  end?: string;
}

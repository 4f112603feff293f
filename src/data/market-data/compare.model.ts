import { ArgsType, Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { LIMITS } from '../../base/limits.js';
import { Arg } from '../../contract/args.js';
import { OutputArgs } from '../../contract/output.args.js';
import { ColumnsOf, WindowConnection } from '../../contract/relay.js';
import { Wire } from '../../contract/wire.js';
import type { NoCorrelation as Reason } from '../derived/correlation.js';
import { Freshness } from './daily.model.js';

/** Which returns two symbols have in common. */
export const Align = { INNER: 'inner', OUTER: 'outer' } as const;
export type Align = (typeof Align)[keyof typeof Align];
registerEnumType(Align, {
  name: 'Align',
  description: 'Which returns two symbols have in common, for beta and correlation.',
  valuesMap: {
    INNER: { description: 'From one day on which both have a close to the next such day.' },
    OUTER: { description: 'The same, but only where none of the symbols compared has a close in between.' },
  },
});

/** Why two symbols have no correlation. */
export const NoCorrelation = { TOO_FEW_DAYS: 'too_few_days', CONSTANT: 'constant' } as const satisfies Record<
  string,
  Reason
>;
export type NoCorrelation = Reason;
registerEnumType(NoCorrelation, {
  name: 'NoCorrelation',
  description: 'Why two symbols have no correlation.',
  valuesMap: {
    TOO_FEW_DAYS: { description: 'They have fewer than two returns in common.' },
    CONSTANT: { description: 'One of them always has the same return, such as none.' },
  },
});

/** The close of a symbol on a UTC day, beside those of others. */
@ObjectType({ description: 'The close of a symbol on a UTC day, made comparable with those of others.' })
export class ComparedBar {
  @Wire('text', 'The symbol.')
  symbol: string;

  @Wire('day', 'The UTC day.')
  day: string;

  @Wire('decimal', 'Close of the last bar.')
  close: string | null;

  @Wire(
    'float',
    'Close by the first close in the window, times base: a double. Null where the close is not greater than zero.',
    { nullable: true },
  )
  value: number | null;

  @Wire('boolean', 'Whether the day is not over yet.')
  isPartial: boolean;
}

/** What a symbol did in a window. */
@ObjectType({ description: 'What a symbol did in the window, of its closes greater than zero. Numbers are doubles.' })
export class ComparedSymbol {
  @Wire('text', 'The symbol.')
  symbol: string;

  @Wire('integer', 'Days with a close greater than zero.')
  days: number;

  @Wire('integer', 'Days with a bar whose close is null, zero or less: they are left out.')
  unusableDays: number;

  @Wire('day', 'First of these days, whose close becomes base.', { nullable: true })
  firstDay: string | null;

  @Wire('day', 'Last of these days.', { nullable: true })
  lastDay: string | null;

  @Wire('float', 'Last close by the first one, less one: 0.1 for ten percent.', { nullable: true })
  totalReturn: number | null;

  @Wire('float', 'Compound annual growth rate; says little of less than a year.', { nullable: true })
  cagr: number | null;

  @Wire('float', 'Sample standard deviation of simple daily returns, times the root of periods_per_year.', {
    nullable: true,
  })
  volatility: number | null;

  @Wire('integer', 'By which volatility is annualised: 252 sessions, 365 for what trades on weekends.')
  periodsPerYear: number;

  @Wire('float', 'Greatest loss from a highest close so far: −0.25 for a quarter; 0 where it never fell.', {
    nullable: true,
  })
  maxDrawdown: number | null;

  @Wire('day', 'Day of the highest close before it.', { nullable: true })
  drawdownPeak: string | null;

  @Wire('day', 'Day of its lowest close.', { nullable: true })
  drawdownTrough: string | null;

  @Wire('day', 'First day on which the close of the peak was reached again; null where it was not.', { nullable: true })
  drawdownRecovery: string | null;

  @Wire('float', "Slope of its returns on the benchmark's; null without a benchmark.", { nullable: true })
  beta: number | null;

  @Wire('float', 'Correlation of its returns with those of the benchmark; null without one, or with a reason.', {
    nullable: true,
  })
  correlation: number | null;

  @Wire('integer', 'Returns that it has in common with the benchmark; null without one.', { nullable: true })
  commonReturns: number | null;

  @Wire('text', 'Why there is no correlation with the benchmark: too_few_days or constant; else null.', {
    choices: NoCorrelation,
    nullable: true,
  })
  reason: NoCorrelation | null;
}

/** A cell of the matrix of correlations. */
@ObjectType({ description: 'A cell of the matrix of correlations.' })
export class Correlation {
  @Wire('text', 'Symbol of the row.')
  symbol: string;

  @Wire('text', 'Symbol of the column.')
  other: string;

  @Wire('float', "Pearson's coefficient of their simple returns; null with a reason.", { nullable: true })
  correlation: number | null;

  @Wire('integer', 'Returns that they have in common.')
  returns: number;

  @Wire('text', 'Why there is no correlation: too_few_days or constant; else null.', {
    choices: NoCorrelation,
    nullable: true,
  })
  reason: NoCorrelation | null;
}

const ComparedBarColumns = ColumnsOf(ComparedBar, 'ComparedBar');

/** A page of rebased closes, and what each symbol did. */
@ObjectType({ description: 'A page of rebased closes, and what each symbol did in the whole window.' })
export class ComparedBarConnection extends WindowConnection(ComparedBar, 'ComparedBar') {
  @Field(() => ComparedBarColumns, { description: 'The same rows as one array per column.' })
  columns: Record<string, unknown[]>;

  @Field(() => Freshness, {
    nullable: true,
    description: 'How fresh and complete the aggregate is; null, with an error, where that cannot be told.',
  })
  freshness: Freshness | null;

  @Field(() => [String], { description: 'Of the symbols that were asked for, those that do not exist.' })
  unknown: string[];
}

/** Arguments of a comparison. */
@ArgsType()
export class CompareArgs extends OutputArgs {
  @Arg.list('The symbols; the rows come symbol by symbol, in alphabetical order.', {
    max: LIMITS.comparedSymbols,
    length: LIMITS.symbolLength,
    required: true,
    example: ['^GSPC', 'AAPL'],
  })
  symbols: string[];

  @Arg.day('First day. Default: 365 days before the newest.')
  start?: string;

  @Arg.day('Last day, included. Default: the newest.')
  end?: string;

  @Arg.integer('What the first close of each symbol in the window becomes.', { min: 1, max: 1_000_000, default: 100 })
  base: number;

  @Arg.text('The symbol that beta and correlation are against. It is compared, too, where symbols lacks it.', {
    max: LIMITS.symbolLength,
    example: '^GSPC',
  })
  benchmark?: string;

  @Arg.choice('Which returns two symbols have in common, for beta and correlation.', Align, { default: Align.INNER })
  align: Align;

  @Arg.limit(LIMITS.page)
  first: number | 'all';

  @Arg.token()
  after?: string;
}

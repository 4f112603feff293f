import { ArgsType, Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { ColumnsOf, WindowConnection } from '../../contract/relay.js';
import { LIMITS } from '../../base/limits.js';
import { OutputArgs } from '../../contract/output.args.js';
import { SortDirection } from '../../contract/sort.js';
import { columnsOf, Wire } from '../../contract/wire.js';
import { Frequency } from './frequency.js';

/** Digits of computed values, see `rounded` in formulas.ts. */
export const DIGITS_OF_VALUES = [38, 8] as const;

/** What the values of a list are: the levels, or a change of them. The names are FRED's. */
export const Units = {
  LIN: 'lin',
  CHG: 'chg',
  CH1: 'ch1',
  PCH: 'pch',
  PC1: 'pc1',
  PCA: 'pca',
  CCH: 'cch',
  CCA: 'cca',
  LOG: 'log',
} as const;
export type Units = (typeof Units)[keyof typeof Units];
registerEnumType(Units, {
  name: 'Units',
  description: 'What the values are: the levels, or a change of them. The names and formulas are FRED’s.',
  valuesMap: {
    LIN: { description: 'Levels, as they are.' },
    CHG: { description: 'Change from the period before.' },
    CH1: { description: 'Change from a year before.' },
    PCH: { description: 'Percent change from the period before.' },
    PC1: { description: 'Percent change from a year before.' },
    PCA: { description: 'Percent change from the period before, compounded to an annual rate.' },
    CCH: { description: 'Continuously compounded rate of change from the period before, in percent.' },
    CCA: { description: 'Continuously compounded rate of change from the period before, in percent a year.' },
    LOG: { description: 'Natural logarithm.' },
  },
});

/** When a value is null, as `meta.null_when` says it. */
export function nullWhen({ units, asOf }: Pick<ObservationsArgs, 'units' | 'asOf'>): string[] {
  return asOf === undefined ? nullIn(units) : [...nullIn(units), REVISED];
}

const REVISED = 'one that it is made of was written again after as_of: revised_later is true';

function nullIn(units: Units): string[] {
  const missing = 'the value is missing';
  if (units === Units.LIN) return [missing];
  if (units === Units.LOG) return [missing, 'the value is not positive'];
  const reasons = [
    units === Units.CH1 || units === Units.PC1 ? 'that of a year ago is missing' : 'the one before is missing',
  ];
  if (units === Units.CCH || units === Units.CCA) reasons.push('one of them is not positive');
  else if (units !== Units.CHG && units !== Units.CH1) reasons.push('the one it is divided by is zero');
  if (units === Units.PCA || units === Units.CCA) reasons.push('the native frequency is unknown');
  return [missing, ...reasons, 'the result is beyond ±1.7976931348623157e308, the largest double'];
}

/** What other services call the units; a hint only. */
const UNITS_SYNONYMS: Record<string, Units> = {
  yoy: Units.PC1,
  year_over_year: Units.PC1,
  mom: Units.PCH,
  qoq: Units.PCH,
  pct: Units.PCH,
  percent: Units.PCH,
  pct_change: Units.PCH,
  diff: Units.CHG,
  level: Units.LIN,
  levels: Units.LIN,
  annualized: Units.PCA,
};

/** And the frequencies. */
const FREQUENCY_SYNONYMS: Record<string, string> = {
  daily: 'd',
  weekly: 'w',
  biweekly: 'bw',
  monthly: 'm',
  quarterly: 'q',
  semiannual: 'sa',
  annual: 'a',
  yearly: 'a',
  y: 'a',
};

/** How observations become the value of a longer period. */
export const AggregationMethod = { AVG: 'avg', SUM: 'sum', EOP: 'eop' } as const;
export type AggregationMethod = (typeof AggregationMethod)[keyof typeof AggregationMethod];
registerEnumType(AggregationMethod, {
  name: 'AggregationMethod',
  description: 'How observations become the value of a longer period.',
  valuesMap: {
    AVG: { description: 'Their average.' },
    SUM: { description: 'Their sum.' },
    EOP: { description: 'The last of them.' },
  },
});

/** The value of a series on one date. */
@ObjectType({ description: 'The value of a series on one date.' })
export class Observation {
  @Wire('day', 'UTC day that dates the period: its first day, for aggregated weeks and fortnights their last.')
  date: string;

  @Wire('decimal', 'The value in the asked units; null where it or what it is compared with is missing.', {
    digits: DIGITS_OF_VALUES,
  })
  value: string | null;

  @Wire('boolean', 'Whether the value may still be revised; of an aggregated one, whether any part of it may.', {
    nullable: true,
  })
  isPreliminary: boolean | null;

  @Wire('instant', 'When the value was last revised, if ever; of an aggregated one, its newest part.', {
    nullable: true,
  })
  revisionDate: string | null;

  @Wire('text', 'Where the value comes from; of an aggregated one, its last part.')
  source: string;

  @Wire('instant', 'When the observation was written first; null for what is made of others.', {
    nullable: true,
    onRequest: true,
  })
  createdAt: string | null;

  @Wire('instant', 'When the observation was written last; null for what is made of others.', {
    nullable: true,
    onRequest: true,
  })
  updatedAt: string | null;
  @Wire(
    'boolean',
    'With `as_of`: whether the value, a part of it or what it is compared with was written again after that, so that ' +
      'the one of then is lost. Null without it.',
    { nullable: true },
  )
  revisedLater: boolean | null;

  /**
   * When the observation was made, or the first instant of `date` for an aggregated one: tells each row from the next.
   */
  at: string;
}

const ObservationColumns = ColumnsOf(Observation, 'Observation');

/** A page of observations. */
@ObjectType({ description: 'A page of observations.' })
export class ObservationConnection extends WindowConnection(Observation, 'Observation') {
  @Field(() => ObservationColumns, { description: 'The same observations as one array per column.' })
  columns: Record<string, unknown[]>;
}

/** Arguments of a list of observations. */
@ArgsType()
export class ObservationsArgs extends OutputArgs {
  @Arg.day('First date. Default: the first observation.')
  start?: string;

  @Arg.day('Last date, included. Default: the newest observation.')
  end?: string;

  @Arg.choice('What the values are: levels, or a change of them.', Units, {
    default: Units.LIN,
    synonyms: UNITS_SYNONYMS,
  })
  units: Units;

  @Arg.choice('A lower frequency to aggregate to, before units apply. Default: the native one.', Frequency, {
    synonyms: FREQUENCY_SYNONYMS,
  })
  frequency?: Frequency;

  @Arg.choice('How observations become the value of a longer period.', AggregationMethod, {
    default: AggregationMethod.AVG,
  })
  aggregationMethod: AggregationMethod;

  @Arg.time('Only observations that were written after this instant: revised ones, too. Only of levels.')
  updatedAfter?: string;
  @Arg.time(
    'Only what this database had by then: the end of that day, or an instant. What was written again since is null, ' +
      'since earlier values are not kept; see `revised_later`.',
    { example: '2020-03-31' },
  )
  asOf?: string;

  @Arg.choice('Oldest or newest first.', SortDirection, { default: SortDirection.ASC })
  sort: SortDirection;

  @Arg.limit(LIMITS.page)
  first: number | 'all';

  @Arg.token()
  after?: string;
}

/** The columns that rows have where none are named: whether they were written again is said only of a moment. */
export function observationFields({ asOf }: ObservationsArgs): string[] {
  return columnsOf(Observation)
    .filter(({ name, onRequest }) => !onRequest && (asOf !== undefined || name !== 'revised_later'))
    .map(({ name }) => name);
}

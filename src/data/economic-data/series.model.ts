import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { Connection } from '../../contract/relay.js';
import { LIMITS } from '../../base/limits.js';
import { RowsArgs } from '../../contract/output.args.js';
import { Wire } from '../../contract/wire.js';
import { Frequency, type Rate } from './frequency.js';

const SERIES_ID = 'The series, as FRED or the pipeline names it.';
const FIRST_DATE = 'UTC day of its first observation.';
const LAST_DATE = 'UTC day of its newest observation.';
const OBSERVATIONS = 'How many observations it has.';
const FREQUENCY =
  'Its native frequency, d, w, bw, m, q, sa or a: the highest that a quarter of the steps between its 50 ' +
  'newest observations have. Null where there is no step, or none of these.';
const UNDATED =
  'How many observations it has whose date no year from 1 to 9999 names, infinity among them; they are in no list.';
const TITLE = 'Its title; null where the data set has none, as today.';
const UNIT = 'The unit of its levels; null where the data set has none, as today.';

/** A series and the extent of its observations. */
@ObjectType({ isAbstract: true })
export class SeriesEntry {
  @Wire('id', SERIES_ID)
  seriesId: string;

  @Wire('day', FIRST_DATE)
  firstDate: string;

  @Wire('day', LAST_DATE)
  lastDate: string;

  @Wire('integer', OBSERVATIONS)
  observations: number;

  @Wire('text', FREQUENCY, { nullable: true })
  frequency: Rate | null;

  @Wire('integer', UNDATED)
  undatedObservations: number;

  @Wire('text', TITLE, { nullable: true })
  title: string | null;

  @Wire('text', UNIT, { nullable: true })
  unit: string | null;
}

/** What a list of a series' observations has to know of it; unlike the count, it costs no scan. */
export type SeriesSpan = Omit<SeriesEntry, 'observations'>;

/** The same of what was known at an instant: without days where that is nothing. */
export type KnownSpan = Omit<SeriesSpan, 'firstDate' | 'lastDate'> & {
  readonly firstDate: string | null;
  readonly lastDate: string | null;
};

/** A series as GraphQL has it, where `observations` is the list of them. */
@ObjectType({ description: 'A series of economic observations.' })
export class EconomicSeries {
  @Wire('id', SERIES_ID)
  seriesId: string;

  @Wire('day', FIRST_DATE)
  firstDate: string;

  @Wire('day', LAST_DATE)
  lastDate: string;

  @Field(() => Int, { description: OBSERVATIONS })
  observationCount: number;

  @Field(() => Frequency, { description: FREQUENCY, nullable: true })
  frequency: Rate | null;

  @Wire('integer', UNDATED)
  undatedObservations: number;

  @Wire('text', TITLE, { nullable: true })
  title: string | null;

  @Wire('text', UNIT, { nullable: true })
  unit: string | null;
}

/** A page of series. */
@ObjectType({ description: 'A page of series.' })
export class EconomicSeriesConnection extends Connection(EconomicSeries, 'EconomicSeries') {}

/** Arguments of the list of series. */
@ArgsType()
export class SeriesArgs extends RowsArgs {
  @Arg.text('Only series whose id contains this, whatever its case.', { max: LIMITS.seriesLength, example: 'PAY' })
  search?: string;

  @Arg.limit(LIMITS.directoryPage)
  first: number | 'all';

  @Arg.token()
  after?: string;
}

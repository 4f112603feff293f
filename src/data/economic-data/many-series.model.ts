import { ArgsType, Field, ObjectType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { Layout } from '../../contract/layout.js';
import { ColumnsOf, WindowConnection } from '../../contract/relay.js';
import { columnsOf, Wire } from '../../contract/wire.js';
import { LIMITS } from '../../base/limits.js';
import { Observation, ObservationsArgs } from './observations.model.js';

/** An observation, with the series that it is of. */
@ObjectType({ description: 'An observation of one of several series.' })
export class SeriesObservation {
  @Wire('id', 'The series.')
  seriesId: string;
}
for (const { kind, description, property, ...options } of columnsOf(Observation)) {
  Wire(kind, description, options)(SeriesObservation.prototype, property);
}

const SeriesObservationColumns = ColumnsOf(SeriesObservation, 'SeriesObservation');

/** A page of observations of several series. */
@ObjectType({ description: 'A page of observations of several series.' })
export class SeriesObservationConnection extends WindowConnection(SeriesObservation, 'SeriesObservation') {
  @Field(() => SeriesObservationColumns, { description: 'The same observations as one array per column.' })
  columns: Record<string, unknown[]>;

  @Field(() => [String], { description: 'Of the series that were asked for, those that do not exist.' })
  unknown: readonly string[];
}

/** A date of several series, side by side: its other columns are named by them. */
export class WideObservation {
  @Wire('day', 'UTC day that dates the period.')
  date: string;
}

/** Which dates have a row where series stand side by side, and what stands where a series has no value. */
export const Align = { OUTER: 'outer', INNER: 'inner', LOCF: 'locf' } as const;
export type Align = (typeof Align)[keyof typeof Align];

/** Arguments of the observations of several series. */
@ArgsType()
export class ManySeriesArgs extends ObservationsArgs {
  @Arg.list('The series; the rows come series by series, in alphabetical order.', {
    required: true,
    max: LIMITS.wideColumns,
    length: LIMITS.seriesLength,
    example: ['PAYEMS', 'UNRATE'],
  })
  series: string[];

  @Arg.choice('long: a row for each series and date. wide: a row for each date, a column for each series.', Layout, {
    restOnly: true,
    default: Layout.LONG,
  })
  layout: Layout;

  @Arg.choice(
    'With layout=wide. outer: each date of any series. inner: dates on which all have a value. locf: each date, with ' +
      'the last value that the series had before where it has none.',
    Align,
    { restOnly: true, default: Align.OUTER },
  )
  align: Align;
}

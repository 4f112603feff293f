import { Args, Query, Resolver } from '@nestjs/graphql';
import { Selected } from '../../graphql/selected.js';
import { listPage, type Page } from '../../lists/page.js';
import type { Selection } from '../../lists/selection.js';
import { Database } from '../../postgres/database.js';
import { ManySeriesArgs, SeriesObservation, SeriesObservationConnection } from './many-series.model.js';
import { MANY_SERIES_KEY, ManySeriesQueries } from './many-series.queries.js';

/** The observations of several series in GraphQL: one after the other, since its columns cannot be named by series. */
@Resolver()
export class ManySeriesResolver {
  constructor(
    private readonly db: Database,
    private readonly queries: ManySeriesQueries,
  ) {}

  @Query(() => SeriesObservationConnection, {
    nullable: true,
    description: 'Observations of several series, series by series in alphabetical order.',
  })
  async observations(
    @Args() args: ManySeriesArgs,
    @Selected(SeriesObservation, MANY_SERIES_KEY) selection: Selection,
  ): Promise<Page<SeriesObservation> & { unknown: readonly string[] }> {
    const asked = await this.queries.resolve(args);
    const list = this.queries.long(asked, args, 'after');
    const page = await listPage<SeriesObservation>(this.db, list, args.first as number, selection);
    return Object.assign(page, { unknown: asked.unknown });
  }
}

import { Args, Context, Info, Query, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { columnsOf } from '../../contract/wire.js';
import type { GraphqlContext } from '../../graphql/loaders.js';
import { selectionOf } from '../../graphql/raw-lists.js';
import { listPage, type Page } from '../../lists/page.js';
import { Database } from '../../postgres/database.js';
import { ManySeriesArgs, SeriesObservation, SeriesObservationConnection } from './many-series.model.js';
import { ManySeriesQueries } from './many-series.queries.js';

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
    @Context() { answer }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<SeriesObservation> & { unknown: readonly string[] }> {
    const asked = await this.queries.resolve(args);
    const list = this.queries.long(asked, args, 'after');
    const selection = selectionOf(info, columnsOf(SeriesObservation), list.key, answer.numbers);
    const page = await listPage<SeriesObservation>(this.db, list, args.first as number, selection);
    return Object.assign(page, { unknown: asked.unknown });
  }
}

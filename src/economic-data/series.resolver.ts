import { Args, Context, ID, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphqlContext, loadOne } from '../common/loaders.js';
import type { Page } from '../database/list.js';
import { type Observation, ObservationConnection, ObservationsArgs } from './observations.model.js';
import { ObservationsQueries } from './observations.queries.js';
import { EconomicSeries, EconomicSeriesConnection, SeriesArgs, type SeriesEntry } from './series.model.js';
import { checkedId, SeriesQueries } from './series.queries.js';

/** Economic series over GraphQL; the series of one operation share one statement per field. */
@Resolver(() => EconomicSeries)
export class SeriesResolver {
  constructor(
    private readonly seriesQueries: SeriesQueries,
    private readonly observationsQueries: ObservationsQueries,
  ) {}

  @Query(() => EconomicSeries, { nullable: true, description: 'One series; null where there is no such series.' })
  series(
    @Args('id', { type: () => ID, description: 'The series, as FRED or the pipeline names it.' }) id: string,
    @Context() context: GraphqlContext,
  ): Promise<SeriesEntry | null> {
    return loadOne(context, ['series'], checkedId(id), async (ids) => {
      const found = await this.seriesQueries.findAll(ids);
      return ids.map((one) => found.get(one) ?? null);
    });
  }

  @Query(() => EconomicSeriesConnection, { description: 'The series, in the order of their ids.' })
  allSeries(@Args() args: SeriesArgs): Promise<Page<SeriesEntry>> {
    return this.seriesQueries.page(args, 'after');
  }

  @ResolveField('observationCount', () => Int)
  observationCount(@Parent() series: SeriesEntry): number {
    return series.observations;
  }

  @ResolveField('observations', () => ObservationConnection, {
    description: 'Its observations: levels or changes, at its own or a lower frequency.',
  })
  observations(
    @Parent() series: SeriesEntry,
    @Args() args: ObservationsArgs,
    @Context() context: GraphqlContext,
  ): Promise<Page<Observation>> {
    // Planned one by one, so that what one series cannot do is not the others' error.
    const plan = this.observationsQueries.plan(series, args, 'after');
    return loadOne(context, ['observations', args], plan, (plans) => this.observationsQueries.pages(plans, args));
  }
}

import { Args, Context, ID, Info, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { type GraphqlContext, loadOne } from '../../graphql/loaders.js';
import { Selected } from '../../graphql/selected.js';
import type { CountedPage, Page } from '../../lists/page.js';
import { Selection } from '../../lists/selection.js';
import { type Observation, ObservationConnection, ObservationsArgs } from './observations.model.js';
import { ObservationsQueries } from './observations.queries.js';
import { EconomicSeries, EconomicSeriesConnection, SeriesArgs, SeriesEntry } from './series.model.js';
import { checkedId, SERIES_KEY, SeriesQueries } from './series.queries.js';

/** Economic series over GraphQL; the series of one operation share one statement per field. */
@Resolver(() => EconomicSeries)
export class SeriesResolver {
  constructor(
    private readonly seriesQueries: SeriesQueries,
    private readonly observationsQueries: ObservationsQueries,
  ) {}

  @Query(() => EconomicSeries, { nullable: true, description: 'One series; null where there is no such series.' })
  async series(
    @Args('id', { type: () => ID, description: 'The series, as FRED or the pipeline names it.' }) id: string,
    @Context() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SeriesEntry | null> {
    const found = await loadOne(context, ['series'], checkedId(id), async (ids) => {
      const rows = await this.seriesQueries.findAll(ids);
      return ids.map((one) => rows.get(one) ?? null);
    });
    if (!found) await context.answer.hint(info.path, 'id', id, (name) => this.seriesQueries.suggest(name));
    return found;
  }

  @Query(() => EconomicSeriesConnection, { nullable: true, description: 'The series, in the order of their ids.' })
  async allSeries(
    @Args() args: SeriesArgs,
    @Selected(SeriesEntry, SERIES_KEY) selection: Selection,
  ): Promise<CountedPage<SeriesEntry>> {
    return Object.assign(await this.seriesQueries.page(args, 'after', selection), { search: args.search });
  }

  @ResolveField('id', () => ID, { description: 'The series again: what caches of clients know it by.' })
  id(@Parent() { seriesId }: SeriesEntry): string {
    return seriesId;
  }

  @ResolveField('observationCount', () => Int)
  observationCount(@Parent() series: SeriesEntry): number {
    return series.observations;
  }

  @ResolveField('observations', () => ObservationConnection, {
    nullable: true,
    description: 'Its observations: levels or changes, at its own or a lower frequency.',
  })
  async observations(
    @Parent() series: SeriesEntry,
    @Args() args: ObservationsArgs,
    @Context() context: GraphqlContext,
  ): Promise<Page<Observation>> {
    const { asOf } = args;
    const known =
      asOf === undefined
        ? series
        : await loadOne(context, ['series known', asOf], series.seriesId, (ids) =>
            this.seriesQueries.spansKnown(ids, asOf),
          );
    // Planned one by one, so that what one series cannot do is not the others' error.
    const plan = this.observationsQueries.plan(known, args, 'after');
    return loadOne(context, ['observations', args], plan, (plans) => this.observationsQueries.pages(plans, args));
  }
}

/** What a page of series says beside its rows. */
@Resolver(() => EconomicSeriesConnection)
export class SeriesConnectionResolver {
  constructor(private readonly series: SeriesQueries) {}

  @ResolveField('totalCount', () => Int, {
    nullable: true,
    description: 'How many series the search finds on all pages.',
  })
  totalCount(@Parent() { search }: CountedPage<SeriesEntry>): Promise<number> {
    return this.series.count(search);
  }
}

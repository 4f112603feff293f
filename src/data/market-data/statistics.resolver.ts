import { Args, Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphqlContext, loadOne } from '../../graphql/loaders.js';
import type { DirectoryRow } from './directory.js';
import { StatisticsArgs, StatisticsReport } from './statistics.model.js';
import { StatisticsQueries } from './statistics.queries.js';
import { MarketSymbol } from './symbols.model.js';

/** The statistics of a symbol; the symbols of one operation share statements. */
@Resolver(() => MarketSymbol)
export class StatisticsResolver {
  constructor(private readonly queries: StatisticsQueries) {}

  @ResolveField('statistics', () => StatisticsReport, {
    nullable: true,
    description: 'Returns, volatility, drawdowns, calendar years and months, of its closes.',
  })
  statistics(
    @Parent() symbol: DirectoryRow,
    @Args() args: StatisticsArgs,
    @Context() context: GraphqlContext,
  ): Promise<StatisticsReport> {
    return loadOne(context, ['statistics', args], symbol, (symbols) => this.queries.of(symbols, args));
  }
}

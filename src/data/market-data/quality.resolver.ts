import { Args, Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphqlContext, loadOne } from '../../graphql/loaders.js';
import type { DirectoryRow } from './directory.js';
import { QualityArgs, QualityReport } from './quality.model.js';
import { type Quality, QualityQueries } from './quality.queries.js';
import { MarketSymbol } from './symbols.model.js';

/** What is suspect of a symbol, over GraphQL. */
@Resolver(() => MarketSymbol)
export class QualityResolver {
  constructor(private readonly queries: QualityQueries) {}

  @ResolveField('quality', () => QualityReport, {
    nullable: true,
    description: 'What is suspect of the bars. Each symbol is a statement of its own.',
  })
  quality(
    @Parent() symbol: DirectoryRow,
    @Args() args: QualityArgs,
    @Context() context: GraphqlContext,
  ): Promise<Quality> {
    return loadOne(context, ['quality', args], symbol, async (symbols) => {
      const found: Quality[] = [];
      for (const row of symbols) found.push(await this.queries.of(row, args));
      return found;
    });
  }
}

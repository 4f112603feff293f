import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphqlContext, loadOne } from '../../graphql/loaders.js';
import { ConditionArgs, ConditionOfArgs, DayConditionConnection } from './condition.model.js';
import { type ConditionPage, ConditionQueries } from './condition.queries.js';
import type { DirectoryRow } from './directory.js';
import { SymbolDirectory } from './symbol-directory.js';
import { MarketSymbol } from './symbols.model.js';

/** In what condition the bars of each day are, over GraphQL. */
@Resolver(() => MarketSymbol)
export class ConditionResolver {
  constructor(
    private readonly conditions: ConditionQueries,
    private readonly directory: SymbolDirectory,
  ) {}

  @Query(() => DayConditionConnection, {
    name: 'condition',
    nullable: true,
    description: 'In what condition the bars of several symbols are, day by day, symbol by symbol.',
  })
  async ofSymbols(@Args() args: ConditionOfArgs): Promise<ConditionPage & { unknown: string[] }> {
    const { rows, unknown } = await this.directory.resolve(args.symbols);
    return Object.assign(await this.conditions.page(rows, args), { unknown });
  }

  @ResolveField('condition', () => DayConditionConnection, {
    nullable: true,
    description: 'In what condition the bars are, day by day.',
  })
  ofSymbol(
    @Parent() symbol: DirectoryRow,
    @Args() args: ConditionArgs,
    @Context() context: GraphqlContext,
  ): Promise<ConditionPage> {
    return loadOne(context, ['condition', args], symbol, (symbols) => this.conditions.pages(symbols, args));
  }
}

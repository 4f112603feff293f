import { Args, Context, Info, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { columnsOf } from '../../contract/wire.js';
import type { GraphqlContext } from '../../graphql/loaders.js';
import { selectionOf } from '../../graphql/raw-lists.js';
import { listPage, type Page } from '../../lists/page.js';
import { Database } from '../../postgres/database.js';
import { CompareArgs, ComparedBar, ComparedBarConnection, ComparedSymbol, Correlation } from './compare.model.js';
import { CompareQueries, type Comparison } from './compare.queries.js';
import type { Freshness } from './daily.model.js';

/** A page of a comparison. */
type ComparedPage = Page<ComparedBar> & {
  readonly unknown: string[];
  readonly freshness: Freshness;
  readonly of: Comparison;
};

/** Comparisons in GraphQL. */
@Resolver(() => ComparedBarConnection)
export class CompareResolver {
  constructor(
    private readonly db: Database,
    private readonly queries: CompareQueries,
  ) {}

  @Query(() => ComparedBarConnection, {
    nullable: true,
    description: 'Symbols side by side: closes from a common base, what each did, and how they move together.',
  })
  async compare(
    @Args() args: CompareArgs,
    @Context() { answer }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ComparedPage> {
    const of = await this.queries.compare(args, 'after');
    const selection = selectionOf(info, columnsOf(ComparedBar), of.key, answer.numbers);
    const page = await listPage<ComparedBar>(this.db, of, args.first as number, selection);
    return Object.assign(page, { unknown: of.unknown, freshness: of.freshness, of });
  }

  @ResolveField('summary', () => [ComparedSymbol], {
    nullable: true,
    description: 'What each symbol did in the window, in alphabetical order.',
  })
  summary(@Parent() { of }: ComparedPage): Promise<ComparedSymbol[]> {
    return this.queries.summary(of);
  }

  @ResolveField('correlations', () => [Correlation], {
    nullable: true,
    description: 'The matrix of their correlations, row by row.',
  })
  correlations(@Parent() { of }: ComparedPage): Promise<Correlation[]> {
    return this.queries.correlations(of);
  }
}

import { Args, Context, ID, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphqlContext, loadWithin } from '../../graphql/loaders.js';
import { Selected } from '../../graphql/selected.js';
import { requireUuid } from '../../base/identifiers.js';
import type { Page } from '../../lists/page.js';
import { Selection } from '../../lists/selection.js';
import { Article, ArticleConnection, NewsArgs } from './news.model.js';
import { NewsQueries } from './news.queries.js';

/** News over GraphQL. */
@Resolver(() => Article)
export class NewsResolver {
  constructor(private readonly queries: NewsQueries) {}

  @Query(() => ArticleConnection, {
    nullable: true,
    description: 'News articles, in the order of time or best match first.',
  })
  news(
    @Args() args: NewsArgs,
    @Selected(Article, ['published_at', 'id'], ['content']) selection: Selection,
  ): Promise<Page<Article>> {
    return this.queries.page(args, selection);
  }

  @Query(() => Article, { nullable: true, description: 'One article; null where there is no such article.' })
  article(
    @Args('id', { type: () => ID, description: 'UUID of the article.' }) id: string,
    @Context() context: GraphqlContext,
  ): Promise<Article | null> {
    return loadWithin(context, ['article'], requireUuid(id), (ids, bytes) => this.queries.find(ids, bytes));
  }

  /** Texts are long: they are read only where they are selected, all of one operation in one statement. */
  @ResolveField('content')
  content(@Parent() article: Article, @Context() context: GraphqlContext): Promise<string | null> {
    return loadWithin(context, ['content'], article.id, (ids, bytes) => this.queries.contents(ids, bytes));
  }
}

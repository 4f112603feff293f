import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer, Cache, cacheOf, type ListMeta, objectAnswer } from '../common/answer.js';
import { NoArgs } from '../common/args.js';
import { Lists } from '../common/lists.js';
import { queryOf } from '../common/output.args.js';
import { RestArgs, Route } from '../common/rest.js';
import { requireUuid } from '../common/uuid.js';
import { echoWindow } from '../common/window.js';
import { columnsOf, wireJson } from '../common/wire.js';
import type { Span } from '../database/span.js';
import { Article, NewsArgs, NewsSource, NewsSourcesArgs } from './news.model.js';
import { NewsQueries } from './news.queries.js';

/** News over REST. */
@ApiTags('news')
@Controller('v1/news')
export class NewsController {
  constructor(
    private readonly news: NewsQueries,
    private readonly lists: Lists,
  ) {}

  @Route('', {
    summary: 'News articles, newest or best match first',
    description:
      'The text of the articles comes only with `include_content=true`, or when `fields` names it. `meta.indexed` says whether an index served a search, null where nothing is searched. Without the index of `db/optional/news-search.sql` a search reads the articles of its window: the default window is then as long as can be read, and a longer one is refused.',
    args: NewsArgs,
    model: Article,
    shape: 'page',
  })
  async list(@RestArgs() args: NewsArgs): Promise<Answer> {
    const fields = args.fields ?? columnsOf(Article).flatMap(({ name }) => (sent(name, args) ? [name] : []));
    const list = await this.news.list(args, 'page_token', fields.includes('content'));
    const query = queryOf(NewsArgs, list.args, echoWindow(list.window));
    const meta = { ...metaOf(query, await this.news.span()), indexed: list.indexed };
    const cache = cacheOf(list.window);
    return this.news.run(list, args, () =>
      this.lists.answer(list, { args: { ...args, fields }, model: Article, meta, cache, fileName: 'news' }),
    );
  }

  @Route('sources', {
    summary: 'The sources of the articles inside a window, in alphabetical order',
    args: NewsSourcesArgs,
    model: NewsSource,
    shape: 'page',
  })
  async sources(@RestArgs() args: NewsSourcesArgs): Promise<Answer> {
    const list = await this.news.sources(args);
    const meta = metaOf(queryOf(NewsSourcesArgs, args, echoWindow(list.window)), await this.news.span());
    const cache = cacheOf(list.window);
    return this.lists.answer(list, { args, model: NewsSource, meta, cache, fileName: 'news-sources' });
  }

  @Route(':id', {
    summary: 'One article with its text',
    args: NoArgs,
    model: Article,
    shape: 'object',
    path: { id: 'UUID of the article.' },
  })
  async one(@Param('id') id: string, @RestArgs() args: NoArgs): Promise<Answer> {
    const article = await this.news.require(requireUuid(id));
    return objectAnswer(wireJson(Article, article), { query: { id: article.id, ...args } }, Cache.OPEN);
  }
}

function sent(column: string, { includeContent }: NewsArgs): boolean {
  return column !== 'content' || includeContent;
}

function metaOf(query: Record<string, unknown>, { first, last }: Span): ListMeta {
  return {
    query,
    first_published: first,
    last_published: last,
    first_day: first?.slice(0, 10) ?? null,
    last_day: last?.slice(0, 10) ?? null,
  };
}

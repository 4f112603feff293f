import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer } from '../../rest/answer.js';
import { Cache } from '../../contract/caching.js';
import { ListAnswers } from '../../rest/list-answers.js';
import { RowsArgs } from '../../contract/output.args.js';
import { RestArgs, Route } from '../../rest/route.js';
import { rowAnswer } from '../../rest/rows.js';
import { endsNamed, windowMeta } from '../../rest/window-meta.js';
import { requireUuid } from '../../base/identifiers.js';
import { columnsOf } from '../../contract/wire.js';
import type { Column } from '../../sql/columns.js';
import { Format } from '../../sql/format.js';
import { newsFeed } from './news-feed.js';
import { Article, NewsArgs, NewsSource, NewsSourcesArgs } from './news.model.js';
import { NewsQueries } from './news.queries.js';

/** News over REST. */
@ApiTags('news')
@Controller('v1/news')
export class NewsController {
  constructor(
    private readonly news: NewsQueries,
    private readonly lists: ListAnswers,
  ) {}

  @Route('', {
    id: 'listArticles',
    summary: 'News articles, in the order of time or best match first',
    description:
      'The text of the articles comes only with `include_content=true`, or when `fields` names it. A page ends ' +
      'before its limit where its texts would be more than 2 MB; `next_page_token` says where it goes on. ' +
      'With `format=atom` it is a feed in pages, with the text in it where `include_content=true`. ' +
      '`meta.indexed` says whether an index served a search, null where nothing is searched. Without the index ' +
      'of `db/optional/news-search.sql` a search reads the articles of its window: the default window is then as ' +
      'long as can be read, and a longer one is refused.',
    args: NewsArgs,
    model: Article,
    shape: 'page',
    meta: endsNamed('published'),
  })
  async list(@RestArgs() args: NewsArgs): Promise<Answer> {
    const feed = args.format === Format.ATOM ? newsFeed(args.includeContent) : undefined;
    const fields = args.fields ?? columnsOf(Article).flatMap((column) => (isSent(column, args) ? [column.name] : []));
    const list = await this.news.list(args, 'page_token', fields.includes('content'));
    const meta = {
      ...windowMeta(NewsArgs, list, await this.news.span(), 'published'),
      indexed: list.indexed,
    };
    return this.news.run(list, args, () =>
      this.lists.answer(list, {
        args: feed ? args : { ...args, fields },
        model: Article,
        meta,
        fileName: 'news',
        feed,
      }),
    );
  }

  @Route('sources', {
    id: 'listNewsSources',
    summary: 'The sources of the articles inside a window, in alphabetical order',
    args: NewsSourcesArgs,
    model: NewsSource,
    shape: 'page',
    meta: endsNamed('published'),
  })
  async sources(@RestArgs() args: NewsSourcesArgs): Promise<Answer> {
    const list = await this.news.sources(args);
    const meta = windowMeta(NewsSourcesArgs, { ...list, args }, await this.news.span(), 'published');
    return this.lists.answer(list, { args, model: NewsSource, meta, fileName: 'news-sources' });
  }

  @Route(':id', {
    id: 'getArticle',
    summary: 'One article with its text',
    args: RowsArgs,
    model: Article,
    shape: 'object',
    path: {
      id: { description: 'UUID of the article.', example: '123e4567-e89b-12d3-a456-426614174000', format: 'uuid' },
    },
  })
  async get(@Param('id') id: string, @RestArgs() args: RowsArgs): Promise<Answer> {
    const article = await this.news.require(requireUuid(id));
    const meta = { query: { id: article.id } };
    return rowAnswer(article, { args, model: Article, meta, cache: Cache.DEFAULT, fileName: `article-${article.id}` });
  }
}

function isSent({ name, onRequest }: Column, { includeContent }: NewsArgs): boolean {
  return name === 'content' ? includeContent : !onRequest;
}

import { ArgsType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { NotedConnection } from '../../contract/relay.js';
import { LIMITS } from '../../base/limits.js';
import { RowsArgs } from '../../contract/output.args.js';
import { SortDirection } from '../../contract/sort.js';
import { Format, RowFormat } from '../../sql/format.js';
import { WindowArgs } from '../../contract/window.args.js';
import { Wire } from '../../contract/wire.js';

/** Order of articles. */
export const NewsSort = { PUBLISHED_AT: 'published_at', RELEVANCE: 'relevance' } as const;
export type NewsSort = (typeof NewsSort)[keyof typeof NewsSort];
registerEnumType(NewsSort, {
  name: 'NewsSort',
  description: 'Order of articles.',
  valuesMap: {
    PUBLISHED_AT: { description: 'In the order of time.' },
    RELEVANCE: { description: 'Those that match the search best first, then newest first.' },
  },
});

/** Parts of an article that can be searched. */
export const NewsPart = { TITLE: 'title', DESCRIPTION: 'description', CONTENT: 'content' } as const;
export type NewsPart = (typeof NewsPart)[keyof typeof NewsPart];
registerEnumType(NewsPart, {
  name: 'NewsPart',
  description: 'Parts of an article that can be searched.',
  valuesMap: {
    TITLE: { description: 'The headline.' },
    DESCRIPTION: { description: 'The summary.' },
    CONTENT: { description: 'The text; its first 100,000 characters.' },
  },
});

/** One news article. */
@ObjectType({ description: 'One news article.' })
export class Article {
  @Wire('id', 'UUID of the article.')
  id: string;

  @Wire('text', 'The headline.', { bytes: 100 })
  title: string;

  @Wire('text', 'The summary.', { nullable: true, bytes: 400 })
  description: string | null;

  @Wire('text', 'Where the article is.', { bytes: 120 })
  url: string;

  @Wire('text', 'Who published it.', { nullable: true })
  source: string | null;

  @Wire('text', 'Who wrote it.', { nullable: true })
  author: string | null;

  @Wire('instant', 'When it was published.')
  publishedAt: string;

  @Wire('instant', 'When the article was written to the database; it is not changed after that.', {
    nullable: true,
    onRequest: true,
  })
  createdAt: string | null;

  @Wire('text', 'The text. Lists over REST have it only with include_content=true, or when fields names it.', {
    nullable: true,
    bytes: 8000,
  })
  content: string | null;
}

/** A page of articles. */
@ObjectType({ description: 'A page of articles.' })
export class ArticleConnection extends NotedConnection(Article, 'Article') {}

/** One source and its articles inside a window. */
@ObjectType({ description: 'One source and its articles inside a window.' })
export class NewsSource {
  @Wire('text', 'The source; null for the articles that name none.', { nullable: true })
  source: string | null;

  @Wire('integer', 'Number of its articles inside the window.')
  articles: number;

  @Wire('instant', 'When the first of them was published.')
  firstPublished: string;

  @Wire('instant', 'When the last of them was published.')
  lastPublished: string;
}

/** Arguments of a list of articles. */
@ArgsType()
export class NewsArgs extends RowsArgs {
  @Arg.choice(
    'Format of the rows, or atom for a feed to subscribe to; the Accept header may say it too.',
    { ...RowFormat, ATOM: Format.ATOM },
    { restOnly: true },
  )
  override format?: Format = undefined;

  @Arg.text(
    'What to search for, as in a web search: every word has to be there, "quotes" hold words together, or ' +
      'means either, - means without. Words are matched by their English stems and without their accents; those ' +
      'that English drops, such as ON or AT&T, as they are written; Chinese, Japanese and Korean characters ' +
      'wherever they stand together.',
    { rest: 'q', example: '"interest rate" -oil' },
  )
  query?: string;

  @Arg.choices('Parts of the article that are searched, taken together.', NewsPart, {
    default: Object.values(NewsPart),
  })
  searchIn: NewsPart[];

  @Arg.text('Only articles that name this symbol: the whole word in its own letters, $ before it or not.', {
    max: LIMITS.symbolLength,
    example: 'AAPL',
  })
  symbol?: string;

  @Arg.list('Only articles from these sources, whatever the case of the letters.', {
    max: 50,
    length: 100,
    example: ['Reuters'],
  })
  sources?: string[];

  @Arg.text('Only articles by this author, whatever the case of the letters.', { max: 200, example: 'Jane Doe' })
  author?: string;

  @Arg.time(
    'First instant, inclusive. Default: 30 days before the newest article; newest first, without a search or ' +
      'an author, as far back as the page reaches.',
  )
  start?: string;

  @Arg.time('Last day, included whole, or an instant, exclusive. Default: the newest article.')
  end?: string;

  @Arg.time('Only articles that were written to the database after this instant, whenever they were published.')
  updatedAfter?: string;

  @Arg.choice('In the order of time, or those that match the search best first.', NewsSort, {
    default: NewsSort.PUBLISHED_AT,
  })
  sortBy: NewsSort;

  @Arg.choice('Oldest or newest first, where the order is that of time.', SortDirection, {
    default: SortDirection.DESC,
  })
  sort: SortDirection;

  @Arg.flag('Whether the rows have the text of the articles too.', { restOnly: true, default: false })
  includeContent: boolean;

  @Arg.limit(LIMITS.newsPage)
  first: number | 'all';

  @Arg.token()
  after?: string;
}

/** Arguments of the list of sources; REST only. */
@ArgsType()
export class NewsSourcesArgs extends WindowArgs(RowsArgs, {
  start: '30 days before the newest article',
  end: 'the newest article',
  limit: LIMITS.directoryPage,
}) {}

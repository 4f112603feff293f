import { type Expression, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { SortDirection } from '../../contract/sort.js';
import { build, instantLiteral, textArray } from '../../sql/build.js';
import type { Key } from '../../lists/page-token.js';
import type { RowOf } from '../../sql/columns.js';
import type { Tables } from '../../sql/data-sets.js';
import { EVER, type TimeWindow } from '../../base/time.js';
import { writtenAfter } from '../../sql/written.js';
import type { Article, NewsSource } from './news.model.js';
import { matches, names, rank, type Search } from './document.js';

/** Which articles of a window are wanted. */
export interface ArticleFilter {
  readonly search?: Search;
  /** A symbol that they name. */
  readonly symbol?: string;
  readonly sources?: readonly string[];
  readonly author?: string;
  /** An instant after which they were written. */
  readonly updatedAfter?: string;
  /** Whether the indexes for searches are there. */
  readonly indexed: boolean;
}

/** An article as its statements yield it: its text only where it was asked for. */
export type ArticleRow = Omit<RowOf<Article>, 'content'> & { readonly content?: string | null };

/** A source with its articles; its place in the order is the key of its page. */
export type SourceRow = RowOf<NewsSource> & { readonly place: string };

/** Columns of an article but for its text, which can be long. */
const COLUMNS = [
  'article.id',
  'article.title',
  'article.description',
  'article.url',
  'article.source',
  'article.author',
  'article.created_at',
] as const;

type Articles = SelectQueryBuilder<{ article: Tables['news.news_articles'] }, 'article', object>;

/** Articles inside a window that a filter lets through, and that match its search. */
function articlesIn(window: TimeWindow, filter: ArticleFilter): Articles {
  return build
    .selectFrom('news.news_articles as article')
    .where('article.published_at', '>=', instantLiteral(window.from))
    .where('article.published_at', '<', instantLiteral(window.to))
    .$if(filter.sources !== undefined, (q) =>
      q.where('article.source', '=', sql<string>`any(${textArray(filter.sources!)})`),
    )
    .$if(filter.updatedAfter !== undefined, (q) =>
      q.where(writtenAfter(sql`${filter.updatedAfter}`, 'article.created_at')),
    )
    .$if(filter.search !== undefined, (q) => q.where(matches(filter.search!)))
    .$if(filter.symbol !== undefined, (q) => q.where(names(filter.symbol!, filter.indexed)))
    .$if(filter.author !== undefined, (q) =>
      // A database of locale C knows the case of ASCII letters only, so that of the others is also changed here.
      q.where(
        sql<boolean>`(
          lower(article.author) in (lower(${filter.author}::text), ${filter.author!.toLowerCase()}::text)
          or upper(article.author) = ${filter.author!.toUpperCase()}::text
        )`,
      ),
    );
}

/** Articles in the order of time; those of the same instant by id. */
export function articles(
  window: TimeWindow,
  filter: ArticleFilter,
  sort: SortDirection,
  after: Key | null,
  content: boolean,
  limit: RawBuilder<number> | null,
): Expression<ArticleRow> {
  const beyond = sort === 'asc' ? sql`>` : sql`<`;
  return articlesIn(window, filter)
    .$if(after !== null, (q) =>
      q.where(
        sql<boolean>`(article.published_at, article.id) ${beyond} (${after![0]}::timestamptz, ${after![1]}::uuid)`,
      ),
    )
    .orderBy('article.published_at', sort)
    .orderBy('article.id', sort)
    .$if(limit !== null, (q) => q.limit(limit!))
    .select(COLUMNS)
    .select('article.published_at')
    .$if(content, (q) => q.select('article.content'));
}

/**
 * Articles that match a search, best first. The rank is `ts_rank_cd` to six digits: as NUMERIC it is the same number as
 * text, so that a page goes on exactly where the one before ended.
 */
export function articlesByRank(
  window: TimeWindow,
  filter: ArticleFilter & { readonly search: Search },
  after: Key | null,
  content: boolean,
  limit: RawBuilder<number> | null,
): Expression<ArticleRow & { readonly rank: string }> {
  const found = articlesIn(window, filter)
    .select([...COLUMNS, 'article.published_at'])
    .$if(content, (q) => q.select('article.content'))
    .select(rank(filter.search).as('rank'))
    // Keeps the planner from making the documents anew for the order, the key and the output.
    .offset(sql.lit(0));
  return build
    .selectFrom(found.as('article'))
    .$if(after !== null, (q) =>
      q.where(
        sql<boolean>`(article.rank, article.published_at, article.id) < (${after![0]}::numeric, ${after![1]}::timestamptz, ${after![2]}::uuid)`,
      ),
    )
    .orderBy('article.rank', 'desc')
    .orderBy('article.published_at', 'desc')
    .orderBy('article.id', 'desc')
    .$if(limit !== null, (q) => q.limit(limit!))
    .select(COLUMNS)
    .select(['article.published_at', sql<string>`article.rank::text`.as('rank')])
    .$if(content, (q) => q.select('article.content'));
}

/** Some articles by their ids, without their text; as in lists, those whose time the wire cannot name are left out. */
export function articlesById(ids: readonly string[]): Expression<ArticleRow> {
  return articlesIn(EVER, { indexed: false })
    .where('article.id', '=', sql<string>`any(${textArray(ids)}::uuid[])`)
    .select(COLUMNS)
    .select('article.published_at');
}

/** The texts of some articles. */
export function contents(ids: readonly string[]): Expression<Pick<ArticleRow, 'id' | 'content'>> {
  return build
    .selectFrom('news.news_articles as article')
    .where('article.id', '=', sql<string>`any(${textArray(ids)}::uuid[])`)
    .select(['article.id', 'article.content']);
}

/** Sources with their articles inside a window, in alphabetical order, articles without a source last. */
export function sources(
  window: TimeWindow,
  after: Key | null,
  limit: RawBuilder<number> | null,
): Expression<SourceRow> {
  const counted = articlesIn(window, { indexed: false })
    .groupBy('article.source')
    .select((eb) => [
      'article.source',
      sql<number>`count(*)::int`.as('articles'),
      eb.fn.min('article.published_at').as('first_published'),
      eb.fn.max('article.published_at').as('last_published'),
      sql<string>`case when article.source is null then '1' else '0' || article.source end`.as('place'),
    ]);
  return build
    .selectFrom(counted.as('s'))
    .$if(after !== null, (q) => q.where(sql<boolean>`s.place collate "C" > ${after![0]}::text`))
    .orderBy(sql`s.place collate "C"`)
    .$if(limit !== null, (q) => q.limit(limit!))
    .select(['s.source', 's.articles', 's.first_published', 's.last_published', 's.place']);
}

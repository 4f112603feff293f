import { Injectable } from '@nestjs/common';
import { ApiError, invalid } from '../common/errors.js';
import { LIMITS } from '../common/limits.js';
import { endAfter, positionOf, resolveWindow } from '../common/window.js';
import { type Column, columnsOf } from '../common/wire.js';
import { build } from '../database/build.js';
import { Database } from '../database/database.js';
import type { Binding } from '../database/keyset.js';
import { type List, type Page, rowPage } from '../database/list.js';
import { Refreshing } from '../database/refreshing.js';
import { renderRows } from '../database/render.js';
import { type Span, spanOf } from '../database/span.js';
import { dayOf, now, parseInstant, type TimeWindow } from '../database/time.js';
import { Article, type NewsArgs, NewsPart, NewsSort, type NewsSourcesArgs } from './news.model.js';
import { articles, articlesById, articlesByRank, contents, isBlank, sources } from './news.sql.js';

/** Names of the arguments that an error may have to name. */
export interface NewsNames {
  readonly query: string;
  readonly sortBy: string;
  readonly after: string;
}
export const REST_NAMES: NewsNames = { query: 'q', sortBy: 'sort_by', after: 'page_token' };
export const GRAPHQL_NAMES: NewsNames = { query: 'query', sortBy: 'sortBy', after: 'after' };

/** Columns of an article but for its text, which GraphQL reads only where it is selected. */
const LIGHT = columnsOf(Article).filter((column) => column.name !== 'content');
const RANK: Column = { property: 'rank', name: 'rank', kind: 'text', nullable: false, description: '' };

/** News articles: lists of them, single ones, their texts, and their sources. */
@Injectable()
export class NewsQueries {
  readonly #span: Refreshing<Span>;

  constructor(private readonly db: Database) {
    this.#span = new Refreshing(() => db.row(spanOf('news.news_articles', 'published_at').compile(build)), 500, 1000);
  }

  /** When the first and the last article were published; at most a second old. */
  span(): Promise<Span> {
    return this.#span.get();
  }

  /**
   * Articles inside a window, newest or best match first.
   *
   * @param content  whether the rows have the text of the articles
   * @throws ApiError invalid_parameter for an order by relevance of no search, or a search for nothing
   */
  async list(args: NewsArgs, names: NewsNames, content: boolean): Promise<List & { window: TimeWindow }> {
    const { query, sortBy } = args;
    if (sortBy === NewsSort.RELEVANCE && query === undefined) {
      throw invalid(names.sortBy, `${names.sortBy} by relevance needs ${names.query}.`);
    }
    const binding = bindingOf(args);
    const end = await this.#end();
    const { window, key } = positionOf(binding, args.after, () => windowOf(args, end), names.after);
    if (query !== undefined && (await this.db.row(isBlank(query).compile(build))).blank) {
      throw invalid(names.query, `${names.query} has no word that can be searched for.`, {
        hint: 'Words such as "the" and "of" are in every article and are not searched.',
      });
    }
    if (query !== undefined && sortBy === NewsSort.RELEVANCE) {
      const statement = (limit: number | null) => articlesByRank(window, { ...args, query }, key, content, limit);
      return { statements: [statement], key: ['rank', 'published_at', 'id'], binding, window };
    }
    const statement = (limit: number | null) => articles(window, args, key, content, limit);
    return { statements: [statement], key: ['published_at', 'id'], binding, window };
  }

  /** One page of articles, without their texts. */
  async page(args: NewsArgs): Promise<Page<Article>> {
    const list = await this.list(args, GRAPHQL_NAMES, false);
    return rowPage<Article>(this.db, list, args.first as number, list.key[0] === 'rank' ? [...LIGHT, RANK] : LIGHT);
  }

  /** Articles by their ids, in the order of the ids and without their texts; null where there is no such article. */
  async find(ids: readonly string[]): Promise<(Article | null)[]> {
    const rows = await this.db.rows(renderRows<Article>(articlesById(ids), LIGHT).compile(build));
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  }

  /** The texts of some articles, in the order of the ids; null where there is none. */
  async contents(ids: readonly string[]): Promise<(string | null)[]> {
    const rows = await this.db.rows(contents(ids).compile(build));
    const found = new Map(rows.map((row) => [row.id, row.content]));
    return ids.map((id) => found.get(id) ?? null);
  }

  /**
   * One article with its text.
   * @throws ApiError article_not_found
   */
  async require(id: string): Promise<Article> {
    const [article] = await this.find([id]);
    if (!article) throw new ApiError('article_not_found', `There is no article ${id}.`, { param: 'id' });
    const [content = null] = await this.contents([id]);
    return { ...article, content };
  }

  /** Sources of the articles inside a window, in alphabetical order. */
  async sources(args: NewsSourcesArgs): Promise<List & { window: TimeWindow }> {
    const binding: Binding = ['news_sources', args.start, args.end];
    const end = await this.#end();
    const { window, key } = positionOf(binding, args.after, () => windowOf(args, end), 'page_token');
    return { statements: [(limit) => sources(window, key, limit)], key: ['place'], binding, window };
  }

  async #end(): Promise<bigint> {
    const { last } = await this.span();
    return endAfter(dayOf(last === null ? now() : parseInstant(last)!));
  }
}

function windowOf(args: { start?: string; end?: string }, end: bigint): TimeWindow {
  return resolveWindow(args, { end, days: LIMITS.defaultDays.news, maxDays: LIMITS.newsDays });
}

function bindingOf(args: NewsArgs): Binding {
  const searchIn = Object.values(NewsPart).filter((part) => args.searchIn.includes(part));
  return ['news', args.query, searchIn, args.sources, args.author, args.start, args.end, args.sortBy];
}

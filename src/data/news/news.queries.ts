import { Injectable } from '@nestjs/common';
import { nameOf } from '../../contract/args.js';
import { ApiError, invalid, toApiError } from '../../base/errors.js';
import { heldOf, KNOWN_MAX, KnownSet, matchedBefore } from '../../lists/known-values.js';
import { LIMITS } from '../../base/limits.js';
import { leftOut, positionOf, tokensCounting } from '../../lists/window.js';
import { SortDirection } from '../../contract/sort.js';
import { columnsOf } from '../../contract/wire.js';
import { build } from '../../sql/build.js';
import { Database } from '../../postgres/database.js';
import { type Binding, type CursorShape, KEY } from '../../lists/page-token.js';
import { type List, oneOff } from '../../lists/list.js';
import { listPage, type Page } from '../../lists/page.js';
import { inOrder, readWithTexts, textsTooLong } from '../../lists/objects.js';
import type { Selection } from '../../lists/selection.js';
import { Refreshing } from '../../base/refreshing.js';
import { type Span, spanQuery } from '../../sql/span.js';
import { dayOf, formatDay, parseInstant, instantText, type TimeWindow } from '../../base/time.js';
import { indexedValues } from '../../sql/values.js';
import { windowOf } from '../tables/table.queries.js';
import { Article, type NewsArgs, NewsPart, NewsSort, type NewsSourcesArgs } from './news.model.js';
import { type ArticleFilter, articles, articlesById, articlesByRank, contents, sources } from './news.sql.js';
import { composeSearch, parseSearch } from './search.js';
import type { Search } from './document.js';
import { isIndexed, reachOf, readTerms } from './search.sql.js';
import { ConcurrencyLimit } from './concurrency-limit.js';

/** Most words and phrases of one search. */
const MAX_TERMS = 50;
/**
 * Stored bytes of articles that a search without an index reads at most: about 6,000 articles of 2,000 characters, two
 * seconds of one processor for English, four for words as they are written.
 */
const READ_BYTES = 8_000_000;
const INDEX_HINT = 'The index of db/optional/news-search.sql makes searches of any window fast.';

/** A list of articles, its window, and how it was searched. */
export interface ArticleList extends List {
  readonly window: TimeWindow;
  readonly args: NewsArgs;
  /** Whether an index served the search; null where nothing is searched. */
  readonly indexed: boolean | null;
}

/** Columns of an article but for its text, which GraphQL reads only where it is selected. */
const LIGHT = columnsOf(Article).filter((column) => column.name !== 'content');

/** Its text, and what tells whose it is. */
const TEXT = columnsOf(Article).filter(({ name }) => name === 'id' || name === 'content');

/** Columns whose texts may be of any length. */
const TEXTS = ['title', 'description', 'url', 'content'];

const DAYS = { days: LIMITS.defaultDays.news, maxDays: LIMITS.newsDays };

/** Tokens of lists by time, by relevance, and of sources. */
const DATED: CursorShape = { key: [KEY.instant, KEY.uuid], maxDays: LIMITS.newsDays };
const RANKED: CursorShape = { ...DATED, key: [KEY.decimal, ...DATED.key] };
const PLACED: CursorShape = { ...DATED, key: [KEY.text(LIMITS.textLength)] };

/** News articles: lists of them, single ones, their texts, and their sources. */
@Injectable()
export class NewsQueries {
  readonly #span: Refreshing<Span>;
  readonly #indexed: Refreshing<{ indexed: boolean }>;
  readonly #sources: KnownSet;
  readonly #searches: ConcurrencyLimit;

  constructor(private readonly db: Database) {
    this.#span = new Refreshing(() => db.row(spanQuery('news.news_articles')), 500, 1000);
    this.#indexed = new Refreshing(() => db.row(isIndexed().compile(build)), 10_000, 60_000);
    this.#sources = new KnownSet(async () => {
      const rows = await db.rows(indexedValues('news.news_articles', 'source', KNOWN_MAX + 1).compile(build));
      return rows.map(({ value }) => value);
    });
    this.#searches = new ConcurrencyLimit(Math.max(1, Math.floor(db.pool.max / 4)));
  }

  /** When the first and the last article were published; at most a second old. */
  span(): Promise<Span> {
    return this.#span.get();
  }

  /**
   * Articles inside a window, in the order of time or best match first, and the arguments as the data have them.
   * Without an index the default window of a search is as long as can be read, and a longer one is refused.
   *
   * @param content  whether the rows have the text of the articles
   * @param param    name of the page token
   * @throws ApiError invalid_parameter for an order by relevance of no search or oldest first, a search for nothing,
   *   or a source that is not in the data; window_too_large where reading the window would take too long
   */
  async list(asked: NewsArgs, param: string, content: boolean): Promise<ArticleList> {
    const { sortBy, symbol, sort } = asked;
    if (sortBy === NewsSort.RELEVANCE && asked.query === undefined) {
      throw invalid(
        nameOf(asked, 'sortBy'),
        `${nameOf(asked, 'sortBy')} by relevance needs ${nameOf(asked, 'query')}.`,
      );
    }
    if (sortBy === NewsSort.RELEVANCE && sort === SortDirection.ASC) {
      const name = nameOf(asked, 'sort');
      throw invalid(name, `${name} goes with an order by time: by relevance the best match is first.`);
    }
    const found =
      asked.after === undefined ? await this.#sources.match(nameOf(asked, 'sources'), asked.sources) : undefined;
    const binding = bindingOf(asked);
    const span = await this.span();
    const reads = asked.query !== undefined || symbol !== undefined;
    const { indexed } = reads ? await this.#indexed.get() : { indexed: false };
    const search = asked.query === undefined ? undefined : await this.#search(asked, indexed);
    const shape = sortBy === NewsSort.RELEVANCE ? RANKED : DATED;
    // A search or an author may find nothing, and then no page bounds it.
    const counted = reads || asked.author !== undefined ? { ...asked, sort: undefined } : asked;
    const resolve = (): TimeWindow => windowOf(DAYS, counted, span);
    const position = positionOf(binding, tokensCounting(shape, counted), asked.after, resolve, param);
    const { key } = position;
    let { window } = position;
    const sources = key ? asked.sources && matchedBefore(asked.sources, position.matched?.sources) : found;
    const args = { ...asked, sources };
    // A token goes on whatever was written since; the time limit of its statement bounds it.
    if (reads && !indexed && key === null) {
      const from = await this.#reach(window, symbol === undefined ? args.searchIn : Object.values(NewsPart));
      if (from !== null) {
        if (args.start !== undefined) throw tooMuch(asked, from);
        window = { from, to: window.to };
      }
    }
    const updatedAfter = args.updatedAfter && instantText(args.updatedAfter);
    const filter: ArticleFilter = { search, symbol, sources: args.sources, author: args.author, updatedAfter, indexed };
    const matched = { sources: heldOf(asked.sources ?? [], sources ?? []) };
    const note = leftOut(asked, window, span);
    const common = { binding, window, note, matched, args, texts: TEXTS, indexed: reads ? indexed : null };
    if (search !== undefined && sortBy === NewsSort.RELEVANCE) {
      const statement = oneOff((limit) => articlesByRank(window, { ...filter, search }, key, content, limit));
      return { ...common, statements: [statement], key: ['rank', 'published_at', 'id'] };
    }
    const statement = oneOff((limit) => articles(window, filter, sort, key, content, limit));
    return { ...common, statements: [statement], key: ['published_at', 'id'] };
  }

  /**
   * Runs what reads a list. Of searches, one of each request runs at a time, and so few of all that most connections
   * are left to the others.
   * @throws ApiError query_timeout that says what helps
   */
  async run<T>({ indexed }: ArticleList, args: NewsArgs, read: () => Promise<T>): Promise<T> {
    if (indexed === null) return read();
    try {
      return await this.#searches.take(read);
    } catch (error) {
      const { code } = toApiError(error);
      if (code !== 'query_timeout') throw error;
      throw new ApiError(
        code,
        'The search ran into its time limit.',
        {
          param: nameOf(args, 'start'),
          hint: `Ask for a narrower window, or for an order by time.${indexed ? '' : ` ${INDEX_HINT}`}`,
        },
        { cause: error },
      );
    }
  }

  async #search(args: NewsArgs, indexed: boolean): Promise<Search> {
    const parsed = parseSearch(args.query!);
    const terms = parsed.flat().map(({ text }) => text);
    const name = nameOf(args, 'query');
    if (terms.length > MAX_TERMS) throw invalid(name, `${name} has more than ${MAX_TERMS} words and phrases.`);
    const read = terms.length === 0 ? [] : await this.db.rows(readTerms(terms).compile(build));
    const alternatives = composeSearch(parsed, read, args.searchIn);
    if (alternatives.length === 0) throw invalid(name, `${name} has no word that can be searched for.`);
    return { alternatives, searchIn: args.searchIn, indexed };
  }

  /** From when on a window can be searched without an index; null where it can be whole. */
  async #reach(window: TimeWindow, searchIn: readonly NewsPart[]): Promise<bigint | null> {
    const { from } = await this.db.row(reachOf(window, searchIn, READ_BYTES).compile(build));
    // After the first article that is too much.
    return from === null ? null : parseInstant(from)! + 1n;
  }

  /** One page of articles, without their texts. */
  async page(args: NewsArgs, selection: Selection): Promise<Page<Article>> {
    const list = await this.list(args, 'after', false);
    return this.run(list, args, () => listPage<Article>(this.db, list, args.first as number, selection));
  }

  /**
   * Articles by their ids, in the order of the ids and without their texts; null where there is no such article.
   * @param bytes  what their titles, descriptions and addresses may have; where they have more, the answer is null
   */
  async find(ids: readonly string[], bytes: number): Promise<(Article | null)[] | null> {
    const rows = await readWithTexts<Article>(this.db, articlesById(ids), LIGHT, TEXTS, bytes);
    return rows && inOrder(ids, rows);
  }

  /**
   * The texts of some articles, in the order of the ids; null where there is none.
   * @param bytes  what all of them may have; where they have more none is read, and the answer is null
   */
  async contents(ids: readonly string[], bytes: number): Promise<(string | null)[] | null> {
    const rows = await readWithTexts<Pick<Article, 'id' | 'content'>>(this.db, contents(ids), TEXT, TEXTS, bytes);
    return rows && inOrder(ids, rows).map((row) => row?.content ?? null);
  }

  /**
   * One article with its text.
   * @throws ApiError article_not_found; limit_exceeded where its texts are too long for one answer
   */
  async require(id: string): Promise<Article> {
    const found = await this.find([id], LIMITS.textBytes);
    if (found?.[0] === null) throw new ApiError('article_not_found', `There is no article ${id}.`, { param: 'id' });
    const texts = found && (await this.contents([id], LIMITS.textBytes));
    if (!texts) {
      throw textsTooLong(`The text of article ${id} has`, '/v1/news?format=ndjson&include_content=true');
    }
    return { ...found[0]!, content: texts[0] ?? null };
  }

  /** Sources of the articles inside a window, in alphabetical order. */
  async sources(args: NewsSourcesArgs): Promise<List & { window: TimeWindow }> {
    const binding: Binding = ['news_sources', args.start, args.end];
    const span = await this.span();
    const { window, key } = positionOf(binding, PLACED, args.after, () => windowOf(DAYS, args, span), 'page_token');
    const statements = [oneOff((limit) => sources(window, key, limit))];
    return { statements, key: ['place'], binding, window, note: leftOut(args, window, span) };
  }
}

/** The error for a window that only an index can search, with the day from which it can be searched without. */
function tooMuch(args: NewsArgs, from: bigint): ApiError {
  const start = nameOf(args, 'start');
  return new ApiError('window_too_large', 'The window holds more articles than can be searched without an index.', {
    param: start,
    hint: `With ${start}=${formatDay(dayOf(from) + 1)} it can be searched. ${INDEX_HINT}`,
  });
}

function bindingOf(args: NewsArgs): Binding {
  const searchIn = Object.values(NewsPart).filter((part) => args.searchIn.includes(part));
  const { query, symbol, sources: from, author, start, end, sortBy, sort, updatedAfter } = args;
  const asked = ['news', query, searchIn, symbol, from, author, start, end, sortBy, sort];
  return updatedAfter ? [...asked, updatedAfter] : asked;
}

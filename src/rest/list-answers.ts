import { Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import { Database } from '../postgres/database.js';
import { type Export, Exports } from '../postgres/exports.js';
import { invalid } from '../base/errors.js';
import { columnarExportOf, exportOf, feedExportOf } from '../lists/export.js';
import { isColumnar } from '../lists/columnar/schema.js';
import { type Feed, type FeedPage, feedPage } from '../lists/feed.js';
import { type List, pageQuery, readList } from '../lists/list.js';
import { columnsOf } from '../contract/wire.js';
import { columnsRead } from '../sql/page.js';
import type { Column } from '../sql/columns.js';
import type { Format, Numbers, Rendering } from '../sql/format.js';
import { currentRequest } from '../base/request.js';
import { currentState, States } from '../sql/database-state.js';
import { dayOf, now } from '../base/time.js';
import { type Answer, heldAnswer, listAnswer, type ListMeta, nextPage, steadyJson, streamAnswer } from './answer.js';
import { described, pageAnswer } from './columnar-answer.js';
import { Cache } from '../contract/caching.js';
import { digest, tagsOf } from '../contract/etag.js';
import { LIMITS } from '../base/limits.js';
import { renderingOf, type RowsArgs } from '../contract/output.args.js';

/** What a route adds to its list. */
export interface ListOptions {
  readonly args: RowsArgs & { first: number | 'all' };
  readonly model: abstract new () => object;
  readonly meta: ListMeta;
  /** Columns that the rows have beside those of the model. */
  readonly more?: readonly Column[];
  /** Name of the file that a browser saves, without its ending. */
  readonly fileName: string;
  /** What the list is sent as instead of rows. */
  readonly feed?: Feed | undefined;
}

/** How a list is sent: as rows, or as a feed. */
type Sending =
  | Rendering
  | { readonly feed: Feed; readonly columns: readonly Column[]; readonly format: Format; readonly numbers: Numbers };

/** Answers whose states are remembered; the one that changed least lately goes first. */
const MAX_SEEN = 10_000;
/** States of an answer that are remembered, one for each server that gave it. */
const MAX_STATES = 4;

/** Answers REST lists: a page, or the whole list as a stream. */
@Injectable()
export class ListAnswers {
  /** The states that each answer was last made from, by its tag and what was asked; no answer itself is kept. */
  readonly #seen = new Map<string, readonly string[]>();
  readonly #states = new States();

  constructor(
    private readonly db: Database,
    private readonly exports: Exports,
  ) {}

  /** The answer for a list. */
  async answer(list: List, options: ListOptions): Promise<Answer> {
    const { args, model, more = [], meta, fileName, feed } = options;
    const rendering = feed ? feeding(feed, args) : renderingOf(model, args, more);
    // A whole list that fits a page is one: it has a tag, is shared, and needs no connection of the exports.
    const page =
      args.first === 'all'
        ? list.statements.length === 1 && (await this.#page(list, LIMITS.page.default, rendering, options, true))
        : await this.#page(list, args.first, rendering, options);
    if (page) return page;
    const rows = currentRequest()?.headersOnly
      ? Readable.from([])
      : await this.exports.stream(exportAs(rendering, list, meta));
    return streamAnswer(rows, meta, rendering, Cache.DEFAULT, fileName);
  }

  /** A page; null where it has to be whole and is not. */
  async #page(
    list: List,
    limit: number,
    rendering: Sending,
    { model, more = [], meta, fileName }: ListOptions,
    whole = false,
  ): Promise<Answer | null> {
    const { format, numbers } = rendering;
    const columns = columnsRead(rendering.columns, list.key, [...columnsOf(model), ...more]);
    const first = pageQuery(list.statements[0]!, limit, columns, list.texts);
    const asked = digest([format, numbers, steadyJson(meta), first.asked, dayOf(now())].join('\0'));
    const held = await this.#held(asked);
    if (held) return heldAnswer(held, rendering, Cache.DEFAULT);
    const { rows, nextPageToken, state: read } = await readList(this.db, list, limit, columns, first);
    if (whole && nextPageToken !== null) return null;
    const beside = { meta, cache: Cache.DEFAULT, fileName };
    const answer =
      'feed' in rendering
        ? listAnswer(feedPage(rendering.feed, rows, feedPlace(nextPageToken)), rendering, nextPageToken, beside)
        : await pageAnswer(rows, rendering, nextPageToken, beside);
    const state = this.#states.exact(read);
    if (state !== null) this.#remember(answer.etag + asked, state);
    return answer;
  }

  /** The client's own tag when nothing at all was written since its answer was made: then not one row is read. */
  async #held(asked: string): Promise<string | undefined> {
    const condition = currentRequest()?.condition;
    const known = condition === undefined ? [] : tagsOf(condition).filter((tag) => this.#seen.has(tag + asked));
    if (known.length === 0) return undefined;
    const state = this.#states.current((await this.db.row(currentState())).state);
    return known.find((tag) => this.#seen.get(tag + asked)?.includes(state));
  }

  #remember(answer: string, state: string): void {
    const states = this.#seen.get(answer) ?? [];
    if (states.includes(state)) return;
    const [server] = state.split(' ', 1);
    const others = states.filter((other) => !other.startsWith(`${server!} `)).slice(0, MAX_STATES - 1);
    this.#seen.delete(answer);
    this.#seen.set(answer, [state, ...others]);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.keys().next().value!);
  }
}

/** The whole list, as it is sent. */
function exportAs(rendering: Sending, list: List, meta: ListMeta): Export {
  if ('feed' in rendering) return feedExportOf(list, rendering.feed, feedPlace(null));
  return isColumnar(rendering) ? columnarExportOf(list, described(rendering, meta, null)) : exportOf(list, rendering);
}

/** @throws ApiError invalid_parameter where columns are chosen, since a feed has its own */
function feeding(feed: Feed, { fields, format }: ListOptions['args']): Sending {
  if (fields) throw invalid('fields', `fields does not go with format=${format!}, which has its own.`);
  return { feed, columns: feed.columns, format: format!, numbers: 'number' };
}

/** Parameters that say how an answer is sent or how much of it, not what is asked. */
const SENDING = ['format', 'limit', 'page_token', 'numbers'];

/** What a feed says of where it is. */
function feedPlace(token: string | null): Omit<FeedPage, 'rows'> {
  const url = currentRequest()?.url ?? '';
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const asked = new URLSearchParams(query);
  for (const name of SENDING) asked.delete(name);
  asked.sort();
  const self = path.slice(path.lastIndexOf('/') + 1) + (query && `?${query}`);
  return { asked: asked.toString(), self, next: token === null ? null : nextPage(url, token) };
}

import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Exports } from '../database/exports.js';
import { currentSnapshot, type List, pageQuery, textPage } from '../database/list.js';
import { currentRequest } from '../database/request-scope.js';
import { dayOf, now } from '../database/time.js';
import { type Answer, type Cache, heldAnswer, listAnswer, type ListMeta, streamAnswer } from './answer.js';
import { digest, tagsOf } from './etag.js';
import { type OutputArgs, renderingOf } from './output.args.js';

/** What a route adds to its list. */
export interface ListOptions {
  readonly args: OutputArgs & { first: number | 'all' };
  readonly model: abstract new () => object;
  readonly meta: ListMeta;
  readonly cache: Cache;
  /** Name of the file that a browser saves, without its ending. */
  readonly fileName: string;
}

/** Answers whose snapshots are remembered; the one that changed least lately goes first. */
const SEEN_KEPT = 10_000;

/** Answers REST lists: a page, or the whole list as a stream. */
@Injectable()
export class Lists {
  /**
   * The snapshot that each answer was last made from, by its tag and what was asked; no answer itself is kept. Two
   * equal snapshots see the same rows: each transaction that wrote anything moves them (`pg_current_snapshot`).
   */
  readonly #seen = new Map<string, string>();

  constructor(
    private readonly db: Database,
    private readonly exports: Exports,
  ) {}

  /** The answer for a list. */
  async answer(list: List, { args, model, meta, cache, fileName }: ListOptions): Promise<Answer> {
    const rendering = renderingOf(model, args);
    if (args.first === 'all') {
      return streamAnswer(await this.exports.stream(list, rendering), meta, rendering, cache, fileName);
    }
    const first = pageQuery(list.statements[0]!, list.key, args.first, rendering);
    const asked = digest([rendering.format, JSON.stringify(meta.query), first.asked, dayOf(now())].join('\0'));
    const held = await this.#held(asked);
    if (held) return heldAnswer(held, rendering, cache);
    const page = await textPage(this.db, list, args.first, rendering, first);
    const answer = listAnswer(page, meta, rendering, cache, fileName);
    this.#remember(answer.etag + asked, page.snapshot);
    return answer;
  }

  /** The client's own tag when nothing at all was written since its answer was made: then not one row is read. */
  async #held(asked: string): Promise<string | undefined> {
    const condition = currentRequest()?.condition;
    const known = condition === undefined ? [] : tagsOf(condition).filter((tag) => this.#seen.has(tag + asked));
    if (known.length === 0) return undefined;
    const { snapshot } = await this.db.row(currentSnapshot());
    return known.find((tag) => this.#seen.get(tag + asked) === snapshot);
  }

  #remember(answer: string, snapshot: string): void {
    if (this.#seen.get(answer) === snapshot) return;
    this.#seen.delete(answer);
    this.#seen.set(answer, snapshot);
    if (this.#seen.size > SEEN_KEPT) this.#seen.delete(this.#seen.keys().next().value!);
  }
}

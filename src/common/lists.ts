import { Injectable } from '@nestjs/common';
import type { CompiledQuery } from 'kysely';
import { Database } from '../database/database.js';
import { Exports } from '../database/exports.js';
import { currentSnapshot, type List, pageStatement, textPage } from '../database/list.js';
import { currentRequest } from '../database/request-scope.js';
import { dayOf, now } from '../database/time.js';
import { type Answer, type Cache, heldAnswer, listAnswer, type ListMeta, streamAnswer } from './answer.js';
import { namesState, stateOf, tagWithState } from './etag.js';
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

/** Answers REST lists: a page, or the whole list as a stream. */
@Injectable()
export class Lists {
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
    const first = pageStatement(list.statements[0], list.key, args.first, rendering);
    const asked = [rendering.format, JSON.stringify(meta.query), textOf(first), String(dayOf(now()))];
    const held = await this.#held(asked);
    if (held) return heldAnswer(held, rendering, cache);
    const page = await textPage(this.db, list, args.first, rendering, first);
    return listAnswer(page, stateOf(page.snapshot, asked), meta, rendering, cache, fileName);
  }

  /** The client's own tag when nothing at all has changed since it got it: then not one row is read. */
  async #held(asked: readonly string[]): Promise<string | undefined> {
    const condition = currentRequest()?.condition;
    if (!condition || !namesState(condition)) return undefined;
    const { snapshot } = await this.db.row(currentSnapshot());
    return tagWithState(condition, stateOf(snapshot, asked));
  }
}

/** The statement without its name, which differs from one process to the next. */
function textOf({ sql, parameters }: CompiledQuery): string {
  return sql.replace(/^\/\* \w+ \*\/ /, '') + JSON.stringify(parameters);
}

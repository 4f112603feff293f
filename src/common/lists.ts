import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Exports } from '../database/exports.js';
import { type List, textPage } from '../database/list.js';
import { type Answer, type Cache, listAnswer, type ListMeta, streamAnswer } from './answer.js';
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
    return listAnswer(await textPage(this.db, list, args.first, rendering), meta, rendering, cache, fileName);
  }
}

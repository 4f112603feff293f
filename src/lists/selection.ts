import type { Column } from '../sql/columns.js';
import type { Numbers } from '../sql/format.js';
import type { Member } from './write.js';

/** What a GraphQL operation selects of a page. */
export class Selection {
  /** The same as a short text. */
  readonly cacheKey: string;

  /**
   * @param columns  those that are read: what is selected, and what cursors are made of
   * @param nodes    the members of each row where they are columns and nothing else, so that rows are written as they
   *                 came; null where they are more, or none are selected
   * @param numbers  how decimals and big integers are written
   */
  constructor(
    readonly columns: readonly Column[],
    readonly nodes: readonly Member[] | null,
    readonly numbers: Numbers,
  ) {
    this.cacheKey = columns.map(({ name }) => name).join();
  }
}

import type { Answer, Params } from './client.ts';

/** The rows of a list, read a page at a time: `for await (const row of list)`. */
export class List<Row> implements AsyncIterable<Row> {
  readonly #get: (more: Params) => Promise<Answer<Row[]>>;
  readonly #pageRows: number | null;
  readonly #limit: number;

  /** `pageRows` is how many rows a page may have; null for a list that is one page. */
  constructor(get: (more: Params) => Promise<Answer<Row[]>>, pageRows: number | null, limit: Params[string]) {
    this.#get = get;
    this.#pageRows = pageRows;
    this.#limit = typeof limit === 'number' ? limit : Infinity;
  }

  /** The pages, each with its `meta`; one is asked for when the one before was taken. */
  async *pages(): AsyncGenerator<Answer<Row[]>> {
    if (this.#pageRows === null) {
      yield await this.#get({});
      return;
    }
    let left = this.#limit;
    let token: string | null | undefined;
    do {
      const limit = Math.min(left, this.#pageRows);
      const page = await this.#get({ limit, ...(token && { page_token: token }) });
      yield page;
      left -= page.data.length;
      token = page.next_page_token;
    } while (token && left > 0);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row> {
    for await (const { data } of this.pages()) yield* data;
  }

  /** Every row, in memory. */
  async all(): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const { data } of this.pages()) for (const row of data) rows.push(row);
    return rows;
  }
}

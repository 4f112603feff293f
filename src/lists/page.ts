import type { TimeWindow } from '../base/time.js';
import type { Database } from '../postgres/database.js';
import type { Column } from '../sql/columns.js';
import { columnsRead } from '../sql/page.js';
import type { Numbers } from '../sql/format.js';
import { type OwnerRows, pageOfEach, pagesOf } from './batches.js';
import { type List, readList } from './list.js';
import type { PageRows } from './page-rows.js';
import { type Binding, encodeCursor, type Key, type Matched } from './page-token.js';
import type { Position } from './window.js';
import type { Selection } from './selection.js';
import { jsonArray, jsonObjects } from './write.js';

/** A row and its cursor, which is made only when it is asked for. */
export class Edge<Row extends object> {
  constructor(
    readonly node: Row,
    private readonly cursorOf: () => string,
  ) {}

  get cursor(): string {
    return this.cursorOf();
  }
}

/** What a page token of a page is made of, and what is said of the page. */
export interface TokenParts {
  readonly binding: Binding;
  readonly window?: TimeWindow;
  readonly matched?: Matched;
  readonly note?: string | null;
}

/**
 * A page for GraphQL: Relay's connection, and its columns as arrays. Objects and cursors are made when they are asked
 * for; a chart asks for neither.
 */
export abstract class Page<Row extends object> {
  /** What the rows leave out; null where that is nothing. */
  readonly note: string | null;

  /** @param token  what its cursors are bound to */
  protected constructor(
    readonly count: number,
    readonly hasNextPage: boolean,
    private readonly token: TokenParts,
  ) {
    this.note = token.note ?? null;
  }

  /** Where the rows are from; null where the list has no window. */
  get window(): TimeWindow | null {
    return this.token.window ?? null;
  }

  /** All its rows. */
  get nodes(): Row[] {
    return this.reader()(this.count);
  }

  /** A row with its cursor. */
  edgeOf(row: Row): Edge<Row> {
    return new Edge(row, () => this.#cursor(this.keyOf(row)));
  }

  /** Cursor of the first row. */
  get startCursor(): string | null {
    return this.count > 0 ? this.#cursor(this.keyAt(0)) : null;
  }

  /** Cursor of the last row. */
  get endCursor(): string | null {
    return this.count > 0 ? this.#cursor(this.keyAt(this.count - 1)) : null;
  }

  /** Where the next page begins, for REST; null on the last one. */
  get nextPageToken(): string | null {
    return this.hasNextPage ? this.endCursor : null;
  }

  /** What one array per column is read from. */
  get columns(): this {
    return this;
  }

  /** A column, by its property: a JSON array where the rows are still bytes, otherwise its values. */
  abstract column(property: string, numbers: Numbers): Buffer | unknown[];
  /** The rows as a JSON array of what was selected of each where that is columns of bytes; otherwise null. */
  abstract nodesText(): Buffer | null;
  /** Gives the rows from the first on, as many at a time as are asked for. */
  abstract reader(): (count: number) => Row[];
  protected abstract keyOf(row: Row): Key;
  protected abstract keyAt(place: number): Key;

  #cursor(key: Key): string {
    const { binding, window, matched } = this.token;
    return encodeCursor(binding, { window, key, matched });
  }
}

/** A page of objects. */
export class ObjectPage<Row extends object> extends Page<Row> {
  constructor(
    private readonly rows: Row[],
    hasNextPage: boolean,
    token: TokenParts,
    private readonly keyed: (row: Row) => Key,
  ) {
    super(rows.length, hasNextPage, token);
  }

  column(property: string): unknown[] {
    return this.rows.map((row) => row[property as keyof Row]);
  }

  nodesText(): null {
    return null;
  }

  reader(): (count: number) => Row[] {
    let at = 0;
    return (count) => this.rows.slice(at, (at += count));
  }

  protected keyOf(row: Row): Key {
    return this.keyed(row);
  }

  protected keyAt(place: number): Key {
    return this.keyed(this.rows[place]!);
  }
}

/** A page of rows as PostgreSQL sent them. */
export class RowsPage<Row extends object> extends Page<Row> {
  /** Properties of the columns of its key. */
  readonly #key: readonly string[];

  /**
   * @param key        names of the columns that order the rows
   * @param selection  what is selected of it
   */
  constructor(
    private readonly rows: PageRows,
    hasNextPage: boolean,
    token: TokenParts,
    private readonly key: readonly string[],
    private readonly selection: Selection,
  ) {
    super(rows.count, hasNextPage, token);
    this.#key = key.map((name) => rows.columns[rows.indexOf(name)]!.property);
  }

  column(property: string, numbers: Numbers): Buffer {
    const column = this.rows.columns.find((each) => each.property === property)!;
    return jsonArray(this.rows, column, numbers);
  }

  nodesText(): Buffer | null {
    const { nodes, numbers } = this.selection;
    return nodes && jsonObjects(this.rows, nodes, numbers);
  }

  reader(): (count: number) => Row[] {
    return this.rows.reader<Row>();
  }

  protected keyOf(row: Row): Key {
    return this.#key.map((property) => row[property as keyof Row] as string);
  }

  protected keyAt(place: number): Key {
    return this.rows.textsAt(place, this.key) as string[];
  }
}

/** A page that can tell how many rows its list has in all, given what was searched for. */
export type CountedPage<Row extends object> = Page<Row> & { readonly search: string | undefined };

/** A page of so many objects at most: what there is beyond them, be it one, tells of a next page. */
export function pageOf<Row extends object>(
  rows: Row[],
  limit: number,
  token: TokenParts,
  keyOf: (row: Row) => Key,
): ObjectPage<Row> {
  return new ObjectPage(rows.slice(0, limit), rows.length > limit, token, keyOf);
}

/** One page of a list for GraphQL. */
export async function listPage<Row extends object>(
  db: Database,
  list: List,
  limit: number,
  selection: Selection,
): Promise<Page<Row>> {
  const { rows, nextPageToken } = await readList(db, list, limit, columnsRead(selection.columns, list.key));
  return new RowsPage<Row>(rows, nextPageToken !== null, list, list.key, selection);
}

/** Whose page is asked for, and where it starts. */
export interface OwnerPosition extends Position {
  readonly owner: string;
  readonly binding: Binding;
}

/** What all pages of several owners have in common. */
interface PagesOptions<More extends object> {
  readonly limit: number;
  /** Names of the columns that order the rows of an owner. */
  readonly key: readonly string[];
  readonly selection: Selection;
  /** The statements of the pages that start at a position, and what else is to be known of each. */
  readonly plan: (start: Position) => Promise<{ readonly statements: readonly OwnerRows[]; readonly more: More }>;
}

/** For each of several owners, in their order, one page; those that start at the same position share statements. */
export async function ownerPages<Row extends object, More extends object>(
  db: Database,
  asked: readonly OwnerPosition[],
  { limit, key, selection, plan }: PagesOptions<More>,
): Promise<(Page<Row> & More)[]> {
  const pages = new Map<string, Page<Row> & More>();
  const alike = Map.groupBy(asked, ({ window, key: after }) => `${window.from} ${window.to} ${after?.join() ?? ''}`);
  for (const group of alike.values()) {
    const { statements, more } = await plan(group[0]!);
    const owners = group.map(({ owner }) => owner);
    const found = await rowsOfEach(db, statements, owners, limit, selection.columns);
    for (const { owner, binding, window, matched } of group) {
      const rows = found.get(owner)!;
      const page = new RowsPage<Row>(
        rows.first(limit),
        rows.count > limit,
        { binding, window, matched },
        key,
        selection,
      );
      pages.set(owner, Object.assign(page, more));
    }
  }
  return asked.map(({ owner }) => pages.get(owner)!);
}

/**
 * One page for each of several owners, out of statements that follow each other: later ones run only for the owners
 * whose pages are not full. A page may have more rows than the limit, which tells of a next page.
 */
async function rowsOfEach(
  db: Database,
  statements: readonly OwnerRows[],
  owners: readonly string[],
  limit: number,
  columns: readonly Column[],
): Promise<ReadonlyMap<string, PageRows>> {
  const found = new Map<string, PageRows>();
  const rowsOf = (name: string): number => found.get(name)?.count ?? 0;
  for (const statement of statements) {
    const open = owners.filter((name) => rowsOf(name) <= limit);
    if (open.length === 0) break;
    // A full page is only asked whether there is more.
    const left = limit - Math.min(...open.map(rowsOf));
    for (const [owner, { rows }] of await pageOfEach(db, pagesOf(statement, left, columns), open)) {
      found.set(owner, found.get(owner)?.append(rows) ?? rows);
    }
  }
  return found;
}

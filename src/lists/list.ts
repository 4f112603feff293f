import { type Expression, type RawBuilder, sql } from 'kysely';
import type { NamedQuery } from '../base/named-query.js';
import { ApiError } from '../base/errors.js';
import { LIMITS } from '../base/limits.js';
import type { TimeWindow } from '../base/time.js';
import type { Database } from '../postgres/database.js';
import { build } from '../sql/build.js';
import type { Column } from '../sql/columns.js';
import { rowsStatement, pageStatement, TEXT_BYTES, withinBytes } from '../sql/page.js';
import { fromTemplate, placeholder } from '../sql/template.js';
import { type OwnerRows, pageOfEach, pagesOf, type ReadPage } from './batches.js';
import type { InTurn } from './in-turn.js';
import { PageRows, splitPage } from './page-rows.js';
import { type Binding, encodeCursor, type Matched } from './page-token.js';

/** Rows in their order, at most so many (null: all), with the columns by their wire names. */
export interface Statement {
  /** All that decides its text, see {@link fromTemplate}; null for a text that hardly repeats. */
  readonly shape: readonly unknown[] | null;
  /** @param owner  whose rows they are, where it has an owner */
  readonly rows: (owner: Expression<string>, limit: RawBuilder<number> | null) => Expression<unknown>;
  /** What its placeholders stand for. */
  readonly values: Record<string, unknown>;
  /** See {@link OwnerRows}. */
  readonly weight?: number;
  /** An owner, such as a symbol: its pages share statements with those of others, see {@link pageOfEach}. */
  readonly owner?: string;
}

/** A statement that is made anew for each request. */
export function oneOff(rows: (limit: RawBuilder<number> | null) => Expression<unknown>): Statement {
  return { shape: null, rows: (_owner, limit) => rows(limit), values: {} };
}

/**
 * A list before anybody asked for a page of it. Its rows are those of its statements, one after the other; later
 * ones run only while the page is not full, so that a wide window is never planned at once.
 */
export interface List {
  readonly statements: readonly Statement[];
  /** The same rows for who wants all of them, where the statements are those of one owner after the other. */
  readonly inTurn?: InTurn;
  /** Names of the columns that order the rows and tell each from the next. */
  readonly key: readonly string[];
  /** Columns of long texts, if it has any: a page ends where they reach {@link LIMITS.pageBytes}. */
  readonly texts?: readonly string[];
  /** What a page token of this list is bound to. */
  readonly binding: Binding;
  /** The window that the first page resolved; later pages keep it. */
  readonly window?: TimeWindow;
  /** What the defaults of its window leave out; null where that is nothing. */
  readonly note?: string | null;
  /** What page tokens hold of the values that were found for what was asked. */
  readonly matched?: Matched;
}

/**
 * The rows of several owners, those of one before those of the next.
 * @param parts  the parts of the rows of each, in their order
 * @param first  those of the first owner, where the page before ended among its rows; else null
 */
export function ownersInTurn(
  owners: readonly string[],
  parts: readonly OwnerRows[],
  first: readonly OwnerRows[] | null,
): Pick<List, 'statements' | 'inTurn'> {
  const statements = owners.flatMap((owner, i) =>
    (i === 0 && first ? first : parts).map((part) => ({ ...part, owner })),
  );
  return owners.length > 1 && !first ? { statements, inTurn: { owners, parts } } : { statements };
}

/** A page of a list, as it was read. */
export interface ListPage {
  readonly rows: PageRows;
  /** Where the next page starts; null on the last one. */
  readonly nextPageToken: string | null;
  /** What its first statement saw, see sql/database-state.ts. */
  readonly state: string;
}

/** The query that reads a page, before it runs. */
export interface PageQuery {
  /** All that decides the rows, as text. */
  readonly asked: string;
  run(db: Database): Promise<ReadPage>;
}

/**
 * The query that reads a page of a statement, and one row more when there is a next page.
 * @param texts  names of columns of long texts; only a statement of its own text may have some
 */
export function pageQuery(
  { shape, rows, values, owner, weight }: Statement,
  limit: number,
  columns: readonly Column[],
  texts: readonly string[] = [],
): PageQuery {
  const long = columnsNamed(columns, texts);
  const all = long.length > 0 ? [...columns, TEXT_BYTES] : columns;
  const read = async (db: Database, query: NamedQuery): Promise<ReadPage> => {
    const { state, rows: found } = splitPage(await db.raw(query));
    return { state, rows: new PageRows(all, [found], 1) };
  };
  if (shape === null) {
    const found = rows(NO_OWNER, sql.val(limit + 1));
    const compiled = pageStatement(long.length > 0 ? withinBytes(found, columns, long) : found, all).compile(build);
    return { asked: compiled.sql + JSON.stringify(compiled.parameters), run: (db) => read(db, compiled) };
  }
  const pages = pagesOf({ shape, rows, values, weight }, limit, columns);
  const asked = JSON.stringify([pages.shape.join('\0'), pages.values, owner ?? null]);
  if (owner !== undefined) return { asked, run: async (db) => (await pageOfEach(db, pages, [owner])).get(owner)! };
  const make = (): RawBuilder<unknown> => pageStatement(pages.rows(NO_OWNER), columns);
  return { asked, run: (db) => read(db, fromTemplate(['page', ...pages.shape], make, pages.values)) };
}

/** @throws ApiError limit_exceeded where the texts of the first row are too long to be sent in a page */
function requireShort(rows: PageRows, texts: readonly Column[]): void {
  if (Number(rows.textsAt(0, [TEXT_BYTES.name])[0]) <= LIMITS.textBytes) return;
  const names = texts.map(({ name }) => name).join(' and ');
  throw new ApiError('limit_exceeded', `The next row has more than ${LIMITS.textBytes} bytes of ${names}.`, {
    hint: 'Choose others with fields, or read an export: format=ndjson with limit=all.',
  });
}

function columnsNamed(columns: readonly Column[], names: readonly string[]): readonly Column[] {
  return columns.filter(({ name }) => names.includes(name));
}

const NO_OWNER = sql<string>`null`;

/** The query that reads all rows of a statement. */
export function exportQuery({ shape, rows, values, owner }: Statement, columns: readonly Column[]): NamedQuery {
  const make = (): RawBuilder<unknown> => rowsStatement(rows(placeholder('owner'), null), columns);
  if (shape === null) return make().compile(build);
  return fromTemplate(['export', columns.map(({ name }) => name).join(), ...shape], make, { ...values, owner });
}

/**
 * Reads one page of a list.
 * @param columns  those that are read, the columns of its order among them: see columnsRead in sql/page.ts
 * @param first    its first statement, see {@link pageQuery}
 */
export async function readList(
  db: Database,
  list: List,
  limit: number,
  columns: readonly Column[],
  first?: PageQuery,
): Promise<ListPage> {
  const { statements, texts = [] } = list;
  const long = columnsNamed(columns, texts);
  let rows: PageRows | null = null;
  let state = '';
  let more = false;
  for (const [i, statement] of statements.entries()) {
    const left: number = limit - (rows?.count ?? 0);
    const query: PageQuery = i === 0 && first ? first : pageQuery(statement, left, columns, texts);
    const read: ReadPage = await query.run(db);
    if (i === 0) state = read.state;
    if (long.length > 0 && read.rows.count > 0) requireShort(read.rows, long);
    const kept = Math.min(left, long.length > 0 ? read.rows.countWithin(LIMITS.pageBytes, long) : left);
    more = read.rows.count > kept;
    // With no row left a statement is only asked whether there is more.
    if (kept > 0) rows = rows ? rows.append(read.rows.first(kept)) : read.rows.first(kept);
    if (more) break;
  }
  const found = rows ?? new PageRows(columns, [], 0);
  return { rows: found, state, nextPageToken: more ? tokenAfter(list, found, found.count - 1) : null };
}

/** Where the page after a row of a list starts. */
export function tokenAfter({ key, binding, window, matched }: List, rows: PageRows, row: number): string {
  return encodeCursor(binding, { window, key: rows.textsAt(row, key) as string[], matched });
}

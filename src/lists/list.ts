import { type CompiledQuery, type Expression, type RawBuilder, sql } from 'kysely';
import type { RawRows } from '../base/raw-rows.js';
import { LIMITS } from '../base/limits.js';
import type { TimeWindow } from '../base/time.js';
import type { Database } from '../postgres/database.js';
import { build } from '../sql/build.js';
import type { Column } from '../sql/columns.js';
import { pageStatement, withinBytes } from '../sql/page.js';
import { bind, fromTemplate, placeholder } from '../sql/template.js';
import { maxBatchOf, pageOfEach, type ReadPage } from './batches.js';
import { PageRows, splitPage } from './page-rows.js';
import { type Binding, encodeCursor, type Key } from './page-token.js';

/** Rows in their order, at most so many (null: all), with the columns by their wire names. */
export interface Statement {
  /** All that decides its text, see {@link fromTemplate}; null for a text that hardly repeats. */
  readonly shape: readonly unknown[] | null;
  /** @param owner  whose rows they are, where it has an owner */
  readonly rows: (owner: Expression<string>, limit: RawBuilder<number> | null) => Expression<unknown>;
  /** What its placeholders stand for. */
  readonly values: Record<string, unknown>;
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
  /** Names of the columns that order the rows and tell each from the next. */
  readonly key: readonly string[];
  /** Columns of long texts, if it has any: a page ends where they reach {@link LIMITS.pageBytes}. */
  readonly texts?: readonly string[];
  /** What a page token of this list is bound to. */
  readonly binding: Binding;
  /** The window that the first page resolved; later pages keep it. */
  readonly window?: TimeWindow;
}

/** A page of a list, as it was read. */
export interface ListPage {
  readonly rows: PageRows;
  /** Where the next page starts; null on the last one. */
  readonly nextPageToken: string | null;
  /** What its first statement saw, see sql/state.ts. */
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
 * @param texts  columns of long texts; only a statement of its own text may have some
 */
export function pageQuery(
  { shape, rows, values, owner }: Statement,
  limit: number,
  columns: readonly Column[],
  texts: readonly Column[] = [],
): PageQuery {
  const one = (raw: RawRows): ReadPage => {
    const { state, rows: found } = splitPage(raw);
    return { state, rows: new PageRows(columns, [found], 1) };
  };
  if (shape === null) {
    const compiled = pageStatement(withinBytes(rows(NO_OWNER, sql.val(limit + 1)), texts), columns).compile(build);
    return {
      asked: compiled.sql + JSON.stringify(compiled.parameters),
      run: async (db) => one(await db.raw(compiled)),
    };
  }
  const names = columns.map(({ name }) => name).join();
  const most = placeholder<number>('limitAndOne');
  const bound = { ...values, limitAndOne: limit + 1 };
  const asked = JSON.stringify([names, shape.join('\0'), bound, owner ?? null]);
  if (owner === undefined) {
    const make = (): RawBuilder<unknown> => pageStatement(rows(NO_OWNER, most), columns);
    return { asked, run: async (db) => one(await db.raw(fromTemplate(['page', names, ...shape], make, bound))) };
  }
  const batch = {
    shape: [names, ...shape],
    rows: (name: Expression<string>) => rows(name, most),
    columns,
    values: bound,
    maxBatchSize: maxBatchOf(limit),
  };
  return { asked, run: async (db) => (await pageOfEach(db, batch, [owner])).get(owner)! };
}

const NO_OWNER = sql<string>`null`;

/** All rows of a statement, compiled by what puts them into a statement. */
export function compileAll(
  { rows, values, owner }: Statement,
  within: (rows: Expression<unknown>) => RawBuilder<unknown>,
): CompiledQuery {
  return bind(within(rows(placeholder('owner'), null)).compile(build), { ...values, owner });
}

/**
 * Reads one page of a list.
 * @param columns  those that are read, the columns of its order among them: see columnsRead in sql/page.ts
 * @param first  its first statement, see {@link pageQuery}
 */
export async function readList(
  db: Database,
  { statements, key, texts = [], binding, window }: List,
  limit: number,
  columns: readonly Column[],
  first?: PageQuery,
): Promise<ListPage> {
  const long = columns.filter(({ name }) => texts.includes(name));
  let rows: PageRows | null = null;
  let state = '';
  let more = false;
  for (const [i, statement] of statements.entries()) {
    const left: number = limit - (rows?.count ?? 0);
    const query: PageQuery = i === 0 && first ? first : pageQuery(statement, left, columns, long);
    const read: ReadPage = await query.run(db);
    if (i === 0) state = read.state;
    const kept = Math.min(left, long.length > 0 ? read.rows.countWithin(LIMITS.pageBytes, long) : left);
    more = read.rows.count > kept;
    // With no row left a statement is only asked whether there is more.
    if (kept > 0) rows = rows ? rows.append(read.rows.first(kept)) : read.rows.first(kept);
    if (more) break;
  }
  const found = rows ?? new PageRows(columns, [], 0);
  const last = (): Key => found.textsAt(found.count - 1, key) as string[];
  return { rows: found, state, nextPageToken: more ? encodeCursor(binding, { window, key: last() }) : null };
}

import { type CompiledQuery, type Expression, type RawBuilder, sql } from 'kysely';
import type { Column } from '../sql/columns.js';
import { type OwnerRows, roomFor, rowOfEach } from './batches.js';
import { build } from '../sql/build.js';
import type { Database } from '../postgres/database.js';
import { type Binding, encodeCursor, type Key } from './page-token.js';
import {
  assemble,
  JSON_BETWEEN,
  type RenderedPart,
  type Rendering,
  renderPage,
  renderRows,
  showsKey,
} from '../sql/render.js';
import { fromTemplate, hole } from '../sql/template.js';
import type { TimeWindow } from '../base/time.js';

/** Rows in their order, at most so many (null: all), with the columns by their wire names. */
export type Statement = Template | OwnerTemplate | ((limit: number | null) => Expression<unknown>);

/** The rows of an owner: its pages share statements with those of others, see {@link Batches}. */
export interface OwnerTemplate extends OwnerRows {
  readonly owner: string;
}

/** A statement whose text repeats often enough to be worth keeping. */
export interface Template {
  /** All that decides the text of the statement, see {@link fromTemplate}. */
  readonly shape: readonly unknown[];
  readonly rows: (limit: RawBuilder<number> | null) => Expression<unknown>;
  /** What fills its holes. */
  readonly values: Record<string, unknown>;
  readonly owner?: undefined;
}

/**
 * A list before anybody asked for a page of it. Its rows are those of its statements, one after the other; later
 * ones run only while the page is not full, so that a wide window is never planned at once.
 */
export interface List {
  readonly statements: readonly Statement[];
  /** Names of the columns that order the rows and tell each from the next. */
  readonly key: readonly string[];
  /** What a page token of this list is bound to. */
  readonly binding: Binding;
  /** The window that the first page resolved; later pages keep it. */
  readonly window?: TimeWindow;
}

/** A page as text for REST. */
export interface TextPage {
  /** The rows in the asked format, whole. */
  readonly text: string;
  readonly rows: number;
  readonly nextPageToken: string | null;
  /** What its first statement saw, see {@link STATE}. */
  readonly state: string;
}

/**
 * Renders one page of a list.
 * @param first  its first statement, see {@link pageQuery}
 */
export async function textPage(
  db: Database,
  list: List,
  limit: number,
  rendering: Rendering,
  first: PageQuery,
): Promise<TextPage> {
  const parts: RenderedPart[] = [];
  let left = limit;
  let more = false;
  for (const [i, statement] of list.statements.entries()) {
    const part = await (i === 0 ? first : pageQuery(statement, list.key, left, rendering)).run(db);
    more = part.rows > left;
    // With no row left a statement is only asked whether there is more.
    if (left > 0) parts.push(more && showsKey(list.key, rendering) ? { ...part, body: cutLast(part.body!) } : part);
    if (more) break;
    left -= part.rows;
  }
  const token = (): string => encodeCursor(list.binding, { window: list.window, key: endOf(parts.at(-1)!, list.key) });
  return {
    text: assemble(parts, rendering),
    rows: more ? limit : limit - left,
    nextPageToken: more ? token() : null,
    state: parts[0]!.state,
  };
}

/** A JSON array without its last row: each row is a line. */
function cutLast(text: string): string {
  return `${text.slice(0, text.lastIndexOf(JSON_BETWEEN))}]`;
}

/** The key of the last row of a page, out of the row itself where it shows it. */
function endOf({ key, body }: RenderedPart, names: readonly string[]): Key {
  if (key !== null) return JSON.parse(key) as string[];
  const start = body!.lastIndexOf(JSON_BETWEEN);
  const line = body!.slice(start < 0 ? 1 : start + JSON_BETWEEN.length, -1);
  const row = JSON.parse(line) as Record<string, string>;
  return names.map((name) => row[name]!);
}

/** What renders a page, before it runs. */
export interface PageQuery {
  /** All that decides the rows and how they are rendered, as text. */
  readonly asked: string;
  run(db: Database): Promise<RenderedPart>;
}

/** The query that renders a page. */
export function pageQuery(
  statement: Statement,
  key: readonly string[],
  limit: number,
  rendering: Rendering,
): PageQuery {
  if (typeof statement === 'function') {
    const compiled = renderPage(statement(limit + 1), key, sql.val(limit), rendering).compile(build);
    return { asked: compiled.sql + JSON.stringify(compiled.parameters), run: (db) => db.row(compiled) };
  }
  const { format, numbers, columns } = rendering;
  const shape = ['page', format, numbers, columns.map((c) => c.name).join(), ...statement.shape];
  const values = { ...statement.values, limit, limitAndOne: limit + 1 };
  const page = (rows: Expression<unknown>): RawBuilder<RenderedPart> => renderPage(rows, key, hole('limit'), rendering);
  const most = hole<number>('limitAndOne');
  const asked = JSON.stringify([shape.join('\0'), values]);
  if (statement.owner === undefined) {
    return { asked, run: (db) => db.row(fromTemplate(shape, () => page(statement.rows(most)), values)) };
  }
  const { owner, rows } = statement;
  const each = (name: Expression<string>): RawBuilder<RenderedPart> => page(rows(name, most));
  const batch = { shape, each, values, room: roomFor(limit) };
  return { asked: asked + owner, run: async (db) => (await rowOfEach(db, batch, [owner])).get(owner)! };
}

/** The rows of a statement with holes in place of its values, and these. */
export function rowsOf(
  statement: Exclude<Statement, (limit: never) => unknown>,
  limit: RawBuilder<number> | null,
): { rows: Expression<unknown>; values: Record<string, unknown> } {
  if (statement.owner === undefined) return { rows: statement.rows(limit), values: statement.values };
  const { owner, rows, values } = statement;
  return { rows: rows(hole('owner'), limit), values: { ...values, owner } };
}

/** The statement that gives a page of rows, and one row more when there is a next page. */
export function rowsStatement<Row>(
  statement: Statement,
  limit: number,
  columns: readonly Column[],
): CompiledQuery<Row> {
  if (typeof statement === 'function') return renderRows<Row>(statement(limit + 1), columns).compile(build);
  const { rows, values } = rowsOf(statement, hole('limitAndOne'));
  return fromTemplate<Row>(['rows', ...statement.shape], () => renderRows<Row>(rows, columns), {
    ...values,
    limitAndOne: limit + 1,
  });
}

/** A row and its cursor, which is made only when it is asked for. */
export class Edge<Row extends object> {
  readonly #cursorOf: (row: Row) => string;

  constructor(
    readonly node: Row,
    cursorOf: (row: Row) => string,
  ) {
    this.#cursorOf = cursorOf;
  }

  get cursor(): string {
    return this.#cursorOf(this.node);
  }
}

/** A page as rows for GraphQL: Relay's connection, its cursors made only when they are asked for. */
export class Page<Row extends object> {
  /** @param window  where the rows are from; null where the list has no window */
  constructor(
    readonly nodes: Row[],
    readonly hasNextPage: boolean,
    readonly window: TimeWindow | null,
    private readonly cursorOf: (row: Row) => string,
  ) {}

  get edges(): Edge<Row>[] {
    return this.nodes.map((node) => new Edge(node, this.cursorOf));
  }

  /** Cursor of the first row. */
  get startCursor(): string | null {
    return this.nodes.length > 0 ? this.cursorOf(this.nodes[0]!) : null;
  }

  /** Cursor of the last row. */
  get endCursor(): string | null {
    return this.nodes.length > 0 ? this.cursorOf(this.nodes.at(-1)!) : null;
  }

  /** One array per column, for charts. */
  get columns(): Record<string, unknown[]> {
    return new Proxy({}, { get: (_, name) => this.nodes.map((node) => node[name as keyof Row]) });
  }
}

/** A page of a list that can tell how many rows it has in all, given what was searched for. */
export type CountedPage<Row extends object> = Page<Row> & { readonly search: string | undefined };

/** Cuts the row too many off and says where the next page starts. */
export function pageOf<Row extends object>(
  rows: Row[],
  limit: number,
  list: Pick<List, 'binding' | 'window'>,
  keyOf: (row: Row) => Key,
): Page<Row> {
  const more = rows.length > limit;
  const cursorOf = (row: Row): string => encodeCursor(list.binding, { window: list.window, key: keyOf(row) });
  return new Page(more ? rows.slice(0, limit) : rows, more, list.window ?? null, cursorOf);
}

/** One page of a list as rows. */
export async function rowPage<Row extends object>(
  db: Database,
  list: List,
  limit: number,
  columns: readonly Column[],
): Promise<Page<Row>> {
  const rows: Row[] = [];
  for (const statement of list.statements) {
    const left = limit - rows.length;
    rows.push(...(await db.rows(rowsStatement<Row>(statement, left, columns))));
    if (rows.length > limit) break;
  }
  const properties = list.key.map((name) => columns.find((c) => c.name === name)!.property as keyof Row);
  return pageOf(rows, limit, list, (row) => properties.map((property) => String(row[property])));
}

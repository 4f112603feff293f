import { sql } from 'kysely';
import type { Column } from '../sql/columns.js';
import { type BatchStatement, type OwnerRows, roomFor, rowOfEach } from './batches.js';
import { type Binding, encodeCursor } from './page-token.js';
import { Edge } from './list.js';
import { JSON_BETWEEN, jsonColumn, jsonNodes, type Member, type Numbers, VALUE_BETWEEN } from '../sql/render.js';
import { hole } from '../sql/template.js';
import type { Database } from '../postgres/database.js';
import type { TimeWindow } from '../base/time.js';

/** What a page of GraphQL is asked for. */
export class Wanted {
  /** The same in a few words. */
  readonly words: string;

  /**
   * @param columns  columns that are asked for as arrays, or needed for cursors and objects
   * @param nodes    what is asked of each row where PostgreSQL can write it as it is sent; null where it cannot, or
   *                 nothing is
   * @param numbers  how decimals and big integers are written
   */
  constructor(
    readonly columns: readonly Column[],
    readonly nodes: readonly Member[] | null,
    readonly numbers: Numbers,
  ) {
    const asked = nodes?.map(({ name, value }) => `${name} ${typeof value === 'string' ? value : value.name}`);
    this.words = [columns.map(({ name }) => name).join(), asked?.join() ?? 'none', numbers].join(' of ');
  }
}

/**
 * How many rows an owner has, each column as a JSON array by GraphQL's name, and the nodes; null where there is no row.
 */
type ArraysRow = { rows: number } & Record<string, string | null>;

/** The statement for pages as one array per column; one row more than the limit tells of a next page. */
export function arraysStatement(
  { shape, rows, values }: OwnerRows,
  limit: number,
  { columns, nodes, numbers, words }: Wanted,
): BatchStatement<ArraysRow> {
  return {
    shape: ['arrays', words, ...shape],
    each: (owner) => {
      const arrays = columns.map((column) => sql`${jsonColumn(column, numbers)} as ${sql.ref(column.property)}`);
      if (nodes) arrays.push(sql`${jsonNodes(nodes, numbers)} as nodes`);
      return sql`select count(*)::int as rows, ${sql.join(arrays)} from ${rows(owner, hole('limitAndOne'))} as q`;
    },
    values: { ...values, limitAndOne: limit + 1 },
    room: roomFor(limit),
  };
}

/**
 * One page for each of several owners, out of statements that follow each other: later ones run only for the owners
 * whose pages are not full.
 */
export async function readPages(
  db: Database,
  statements: readonly OwnerRows[],
  owners: readonly string[],
  limit: number,
  wanted: Wanted,
): Promise<ReadonlyMap<string, ColumnArrays>> {
  const found = new Map<string, ColumnArrays>();
  const rowsOf = (name: string): number => found.get(name)?.rows ?? 0;
  for (const statement of statements) {
    const open = owners.filter((name) => rowsOf(name) <= limit);
    if (open.length === 0) break;
    // A full page is only asked whether there is more.
    const left = limit - Math.min(...open.map(rowsOf));
    for (const [owner, row] of await rowOfEach(db, arraysStatement(statement, left, wanted), open)) {
      const before = found.get(owner);
      const arrays = ColumnArrays.of(row, wanted);
      found.set(owner, before ? before.append(arrays) : arrays);
    }
  }
  return found;
}

/** Rows as one JSON array per column, as PostgreSQL wrote them; taken apart only where single values are asked for. */
export class ColumnArrays {
  private constructor(
    readonly rows: number,
    private readonly columns: readonly Column[],
    private readonly texts: readonly string[],
    /** The rows as a JSON array of what was asked of each, a row a line; null where that was not asked for. */
    readonly nodes: string | null,
    private readonly numbers: Numbers,
  ) {}

  /** Those of a row of {@link arraysStatement}. */
  static of(row: ArraysRow, { columns, nodes, numbers }: Wanted): ColumnArrays {
    const texts = columns.map(({ property }) => row[property] ?? '[]');
    return new ColumnArrays(row.rows, columns, texts, nodes && (row.nodes ?? '[]'), numbers);
  }

  /** A column's JSON array. */
  text(property: string): string {
    return this.texts[this.#index(property)]!;
  }

  /** A column's values; decimals and big integers as text, so that they keep every digit. */
  values(property: string): unknown[] {
    const i = this.#index(property);
    return this.#parse(i);
  }

  /** These rows and then others. */
  append(next: ColumnArrays): ColumnArrays {
    if (this.rows === 0 || next.rows === 0) return this.rows === 0 ? next : this;
    const texts = this.texts.map((text, i) => text.slice(0, -1) + VALUE_BETWEEN + next.texts[i]!.slice(1));
    const nodes = this.nodes && this.nodes.slice(0, -1) + JSON_BETWEEN + next.nodes!.slice(1);
    return new ColumnArrays(this.rows + next.rows, this.columns, texts, nodes, this.numbers);
  }

  /** All but the rows after the first so many. */
  first(rows: number): ColumnArrays {
    if (rows >= this.rows) return this;
    const texts = this.texts.map((_, i) => `[${this.#literals(i).slice(0, rows).join(VALUE_BETWEEN)}]`);
    const nodes = this.nodes && `${this.nodes.split(JSON_BETWEEN).slice(0, rows).join(JSON_BETWEEN)}]`;
    return new ColumnArrays(rows, this.columns, texts, nodes, this.numbers);
  }

  /** One object for each row. */
  objects<Row extends object>(): Row[] {
    const values = this.columns.map((_, i) => this.#parse(i));
    return Array.from({ length: this.rows }, (_, row) => {
      const object: Record<string, unknown> = {};
      for (let i = 0; i < values.length; i++) object[this.columns[i]!.property] = values[i]![row];
      return object as Row;
    });
  }

  /** A column's values, each as JSON. */
  #literals(i: number): string[] {
    const text = this.texts[i]!;
    const literals = text.slice(1, -1).split(VALUE_BETWEEN);
    // A text that looks like the end of one falls into more pieces than there are rows.
    return literals.length === this.rows ? literals : (JSON.parse(text) as unknown[]).map((v) => JSON.stringify(v));
  }

  #parse(i: number): unknown[] {
    const text = this.texts[i]!;
    const { kind } = this.columns[i]!;
    // Numbers are taken apart as text, so that they keep every digit.
    const digits = this.numbers === 'number' && (kind === 'decimal' || kind === 'bigint');
    if (text === '[]' || !digits) return JSON.parse(text) as unknown[];
    const values = text.slice(1, -1).split(VALUE_BETWEEN);
    return text.includes('n') ? values.map((value) => (value === 'null' ? null : value)) : values;
  }

  #index(property: string): number {
    return this.columns.findIndex((column) => column.property === property);
  }
}

/**
 * A page of GraphQL out of arrays: Relay's connection, and the arrays themselves as `columns`. Nodes and cursors are
 * made when they are asked for; charts ask for neither.
 */
export class ArrayPage<Row extends object> {
  readonly columns: ColumnArrays;
  readonly hasNextPage: boolean;
  #nodes: Row[] | null = null;

  /** @param key  properties of the ordering columns */
  constructor(
    arrays: ColumnArrays,
    limit: number,
    private readonly binding: Binding,
    readonly window: TimeWindow,
    private readonly key: readonly string[],
  ) {
    this.hasNextPage = arrays.rows > limit;
    this.columns = arrays.first(limit);
  }

  get nodes(): Row[] {
    this.#nodes ??= this.columns.objects<Row>();
    return this.#nodes;
  }

  get edges(): Edge<Row>[] {
    const cursorOf = (node: Row): string => this.#cursor((name) => node[name as keyof Row]);
    return this.nodes.map((node) => new Edge(node, cursorOf));
  }

  /** Cursor of the first row. */
  get startCursor(): string | null {
    return this.columns.rows > 0 ? this.#cursor((name) => this.columns.values(name)[0]) : null;
  }

  /** Cursor of the last row. */
  get endCursor(): string | null {
    return this.columns.rows > 0 ? this.#cursor((name) => this.columns.values(name).at(-1)) : null;
  }

  #cursor(valueOf: (name: string) => unknown): string {
    return encodeCursor(this.binding, { window: this.window, key: this.key.map((name) => String(valueOf(name))) });
  }
}

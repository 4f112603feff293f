import { type CompiledQuery, type Expression, type RawBuilder, sql } from 'kysely';
import type { Column } from '../common/wire.js';
import { type Binding, encodeCursor } from './keyset.js';
import { fromTemplate, hole, listHole } from './template.js';
import type { TimeWindow } from './time.js';

/** Rows of one owner, such as a symbol, as one array per column, by GraphQL's names. */
export type Arrays = Record<string, unknown[]>;

/** Statement that yields, for each of several owners, its rows as one array per column. */
export interface ArraysStatement {
  /** All that decides the text of the statement. */
  readonly shape: readonly unknown[];
  /** The rows of one owner in their order, at most so many. */
  readonly rows: (owner: Expression<string>, limit: RawBuilder<number>) => Expression<unknown>;
  readonly values: Record<string, unknown>;
}

interface ArraysRow {
  owner: string;
  /** JSON array with one text per column. */
  arrays: string;
}

/**
 * One array per column as text: JSON where a value may hold anything, and lists of plain digits and letters otherwise,
 * which are taken apart by their commas and so keep every digit.
 */
function arrayText({ name, kind }: Column): RawBuilder<string> {
  const value = sql.ref(`r.${name}`);
  const anything = kind === 'text' || kind === 'id';
  return anything ? sql<string>`json_agg(${value})::text` : sql<string>`array_to_string(array_agg(${value}), ',', '')`;
}

function parseArray({ kind }: Column, text: string | null): unknown[] {
  if (text === null) return [];
  if (kind === 'text' || kind === 'id') return JSON.parse(text) as unknown[];
  const values = text.split(',');
  if (kind === 'boolean') return values.map((value) => (value === '' ? null : value === 't'));
  if (kind === 'integer' || kind === 'float') return values.map((value) => (value === '' ? null : Number(value)));
  return text.includes(',,') || text.startsWith(',') || text.endsWith(',') || text === ''
    ? values.map((value) => (value === '' ? null : value))
    : values;
}

/** The statement for some owners; one row more than the limit tells of a next page. */
export function arraysStatement(
  { shape, rows, values }: ArraysStatement,
  owners: readonly string[],
  limit: number,
  columns: readonly Column[],
): CompiledQuery<ArraysRow> {
  return fromTemplate<ArraysRow>(
    ['arrays', ...shape],
    () =>
      sql`select s.owner, each.arrays from unnest(${listHole('owners')}) as s (owner) cross join lateral (select json_build_array(${sql.join(columns.map(arrayText))})::text as arrays from ${rows(sql.ref('s.owner'), hole('limitAndOne'))} as r) as each`,
    { ...values, owners, limitAndOne: limit + 1 },
  );
}

/** The arrays of a row of {@link arraysStatement}. */
export function arraysOf({ arrays }: ArraysRow, columns: readonly Column[]): Arrays {
  const texts = JSON.parse(arrays) as (string | null)[];
  return Object.fromEntries(columns.map((column, i) => [column.property, parseArray(column, texts[i]!)]));
}

/** Puts the rows of one stretch after those of another. */
export function appendArrays(first: Arrays, second: Arrays): Arrays {
  return Object.fromEntries(Object.entries(first).map(([name, values]) => [name, [...values, ...second[name]!]]));
}

/** How many rows there are. */
export function lengthOf(arrays: Arrays): number {
  return Object.values(arrays)[0]?.length ?? 0;
}

/**
 * A page of GraphQL out of arrays: Relay's connection, and the arrays themselves as `columns`. Nodes and cursors are
 * made when they are asked for; charts ask for neither, and 250 rows as six arrays cost a third of 250 objects.
 */
export class ArrayPage<Row extends object> {
  readonly columns: Arrays;
  readonly hasNextPage: boolean;
  #nodes: Row[] | null = null;

  /** @param key  properties of the ordering columns */
  constructor(
    arrays: Arrays,
    limit: number,
    private readonly binding: Binding,
    private readonly window: TimeWindow,
    private readonly key: readonly string[],
  ) {
    this.hasNextPage = lengthOf(arrays) > limit;
    this.columns = this.hasNextPage
      ? Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, values.slice(0, limit)]))
      : arrays;
  }

  get nodes(): Row[] {
    const columns = Object.entries(this.columns);
    this.#nodes ??= Array.from({ length: lengthOf(this.columns) }, (_, i) => {
      const row: Record<string, unknown> = {};
      for (const [name, values] of columns) row[name] = values[i];
      return row as Row;
    });
    return this.#nodes;
  }

  get edges(): { cursor: string; node: Row }[] {
    return this.nodes.map((node, i) => ({ cursor: this.#cursor(i), node }));
  }

  get pageInfo(): { hasNextPage: boolean; endCursor: string | null } {
    const last = lengthOf(this.columns) - 1;
    return { hasNextPage: this.hasNextPage, endCursor: last < 0 ? null : this.#cursor(last) };
  }

  #cursor(i: number): string {
    return encodeCursor(this.binding, {
      window: this.window,
      key: this.key.map((name) => String(this.columns[name]![i])),
    });
  }
}

import { type Expression, type RawBuilder, type Selectable, sql } from 'kysely';
import { EVER, type TimeWindow } from '../../base/time.js';
import type { SortDirection } from '../../contract/sort.js';
import { columnsOf } from '../../contract/wire.js';
import type { Key } from '../../lists/page-token.js';
import { atMost, direction } from '../../sql/build.js';
import type { RowOf } from '../../sql/columns.js';
import type { PlainTable, Tables } from '../../sql/data-sets.js';
import { columnOf, orderOf, storedAs, within } from '../../sql/table-columns.js';

type Model<Row extends object = object> = abstract new () => Row;

/** A model of the rows of a table; the compiler refuses one with a column that the table has not, or not so. */
export type ModelOf<Name extends PlainTable, Row extends object> = Model<Row> &
  (Selectable<Tables[Name]> extends RowOf<Row> ? unknown : never);

/** Which rows of a table are wanted. */
export interface TablePage {
  readonly window: TimeWindow;
  readonly sort: SortDirection;
  /** Where the page before ended: the columns of {@link orderOf}. */
  readonly after: Key | null;
  readonly limit: RawBuilder<number> | null;
}

/** Values that columns must have: one, one of several, or that of another column. */
export type Equal<Name extends PlainTable> = {
  readonly [Column in keyof Tables[Name]]?: string | readonly string[] | Expression<string> | null;
};

/**
 * Rows of a table inside a window, in the order of its time, then of the rest of its key.
 *
 * @param equal  null and undefined ask for nothing
 * @param where  further conditions on its columns, see {@link columnOf}
 */
export function tableRows<Name extends PlainTable, Row extends object>(
  table: Name,
  model: ModelOf<Name, Row>,
  { window, sort, after, limit }: TablePage,
  equal: Equal<Name> = {},
  where: readonly RawBuilder<unknown>[] = [],
): Expression<RowOf<Row>> {
  const order = orderOf(table);
  const place = sql.join(order.map((column) => columnOf(table, column)));
  const conditions = [within(table, window), ...held(table, equal), ...where];
  if (after !== null) {
    const end = sql.join(order.map((column, i) => sql`${after[i]}::${storedAs(table, column).cast}`));
    conditions.push(sql`(${place}) ${sort === 'asc' ? sql`>` : sql`<`} (${end})`);
  }
  return sql<RowOf<Row>>`(
    ${selected(table, model)}
    where ${sql.join(conditions, sql` and `)}
    order by ${sql.join(order.map((column) => sql`${columnOf(table, column)} ${direction(sort)}`))}${atMost(limit)}
  )`;
}

/** The rows of a table with some values, in no order; those whose time has no name on the wire are left out. */
export function tableRowsOf<Name extends PlainTable, Row extends object>(
  table: Name,
  model: ModelOf<Name, Row>,
  equal: Equal<Name>,
): Expression<RowOf<Row>> {
  const conditions = sql.join([...held(table, equal), within(table, EVER)], sql` and `);
  return sql<RowOf<Row>>`(${selected(table, model)} where ${conditions})`;
}

function selected(table: PlainTable, model: Model): RawBuilder<unknown> {
  const columns = columnsOf(model).map(({ name }) => columnOf(table, name));
  return sql`select ${sql.join(columns)} from ${sql.table(table)}`;
}

function held(table: PlainTable, equal: object): RawBuilder<unknown>[] {
  return Object.entries(equal).flatMap(([column, value]: [string, unknown]) => {
    if (value === null || value === undefined) return [];
    const one = Array.isArray(value) ? sql`any(${value}::${storedAs(table, column).cast}[])` : sql`${value}`;
    return [sql`${columnOf(table, column)} = ${one}`];
  });
}

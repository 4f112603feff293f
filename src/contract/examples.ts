import type { CompiledQuery, Expression, RawBuilder } from 'kysely';
import { sql } from 'kysely';
import { columnsOf } from './wire.js';
import { build } from '../sql/build.js';
import type { RowOf } from '../sql/columns.js';
import { columnsRead, rowsStatement, pageStatement } from '../sql/page.js';
import { daysWindow, parseDay } from '../base/time.js';

/** A class of rows. */
export type Model<Row extends object = object> = abstract new () => Row;
/** The examples of one `x.sql.ts`: at least one for each of its functions. */
export type Examples<Sql> = {
  [Name in keyof Sql as Sql[Name] extends (...args: never[]) => unknown ? Name : never]: Record<string, Compiled>;
};
/** Compiles an example. */
export type Compiled = () => CompiledQuery;

/** Days after 1970-01-01 of a day. */
export const day = (text: string): number => parseDay(text)!;
/** The window of the examples. */
export const october = daysWindow(day('2025-10-01'), day('2025-10-31'));
/** The same of bars, without an archive and with one. */
export const [octoberBars, archivedBars] = [
  { ...october, archive: false },
  { ...october, archive: true },
];
/** The page size of the examples, and one more. */
export const most = sql.val(101);

/** An id, and an instant, that a page may have ended at. */
export const uuid = '00000000-0000-4000-8000-000000000000';
export const instant = '2025-10-06T14:30:00.123456Z';

/** The statement of a page that shows some columns of a model, or all, and is ordered by others. */
export const page =
  (rows: Expression<object>, model: Model, key: readonly string[], shown?: readonly string[]): Compiled =>
  () => {
    const columns = columnsOf(model).filter(({ name }) => shown?.includes(name) ?? true);
    return pageStatement(rows, columnsRead(columns, key, columnsOf(model))).compile(build);
  };
/** The statement of all rows of a model. */
export const whole =
  <Row extends object>(rows: Expression<Partial<RowOf<Row>>>, model: Model<Row>): Compiled =>
  () =>
    rowsStatement(rows, columnsOf(model)).compile(build);
/** A statement as it is. */
export const raw =
  (statement: RawBuilder<unknown>): Compiled =>
  () =>
    statement.compile(build);

import { type RawBuilder, sql } from 'kysely';
import { dayOf, formatDay, startOfDay, type TimeWindow } from '../base/time.js';
import { instantLiteral } from './build.js';
import { DATA_SETS, type DataSetName, type NamedDataSet } from './data-sets.js';
import { readStored, type StoredAs } from './tables.js';

type Declared = Pick<NamedDataSet, 'columns' | 'time' | 'key'>;

const declared = (table: DataSetName): Declared => DATA_SETS[table];

/** A column of a table, which is called by its own name in the statement. */
export function columnOf(table: DataSetName, column: string): RawBuilder<string> {
  return sql.ref<string>(`${table.slice(table.indexOf('.') + 1)}.${column}`);
}

/** How a column of a table is stored. */
export function storedAs(table: DataSetName, column: string): ReturnType<typeof readStored> {
  return readStored(declared(table).columns[column] as StoredAs);
}

/** The columns that order the rows of a table and tell each from the next: its time, then the rest of its key. */
export function orderOf(table: DataSetName): readonly string[] {
  const { time, key } = declared(table);
  return [time, ...key.filter((column) => column !== time)];
}

/** When a row of the table `t` is, as an instant; a day begins at midnight UTC. */
export function instantOf(table: DataSetName): RawBuilder<string> {
  const { time } = declared(table);
  const at = sql.ref<string>(`t.${time}`);
  return storedAs(table, time).kind === 'day' ? sql<string>`(${at}::timestamp at time zone 'UTC')` : sql`${at}`;
}

/** Whether a row of a table lies inside a window; both bounds are literals that an index on the time serves. */
export function within(table: DataSetName, { from, to }: TimeWindow): RawBuilder<boolean> {
  const { time } = declared(table);
  const at = columnOf(table, time);
  const bound = storedAs(table, time).kind === 'day' ? dayLiteral : instantLiteral;
  return sql`${at} >= ${bound(from)} and ${at} < ${bound(to)}`;
}

/** The first day that begins at an instant or after it. */
function dayLiteral(micros: bigint): RawBuilder<string> {
  const day = dayOf(micros);
  return sql<string>`${sql.lit(formatDay(startOfDay(day) < micros ? day + 1 : day))}::date`;
}

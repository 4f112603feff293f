import { type Expression, type RawBuilder, sql } from 'kysely';
import { wireDecimal, wireInstant } from './build.js';
import type { Column } from './columns.js';
import { placeholderList } from './template.js';

/** What a list can be sent as. */
export const Format = { JSON: 'json', CSV: 'csv', NDJSON: 'ndjson', COLUMNS: 'columns' } as const;
export type Format = (typeof Format)[keyof typeof Format];

/** How decimals and big integers appear in JSON: as exact number literals, or as strings. */
export const Numbers = { NUMBER: 'number', STRING: 'string' } as const;
export type Numbers = (typeof Numbers)[keyof typeof Numbers];

/** How rows are to be rendered: which columns, in which format. */
export interface Rendering {
  readonly columns: readonly Column[];
  readonly format: Format;
  readonly numbers: Numbers;
}

/** What stands between the rows of a JSON array; none of them has a line break in it. */
export const JSON_BETWEEN = ',\n';

const ref = (name: string): RawBuilder<unknown> => sql.ref(`q.${name}`);

/** A value of the rows `q` as the wire has it: statements yield decimals and instants as they are stored. */
function wireValue({ name, kind }: Pick<Column, 'name' | 'kind'>): RawBuilder<unknown> {
  if (kind === 'decimal') return wireDecimal(ref(name));
  return kind === 'instant' ? wireInstant(ref(name)) : ref(name);
}

function asString({ kind }: Column, numbers: Numbers): boolean {
  return numbers === 'string' && (kind === 'decimal' || kind === 'bigint');
}

/**
 * An instant in CSV and NDJSON: with all six digits of its fraction, so that every value of a column has one form.
 * Readers take the type of a column from its first rows.
 */
function fixedInstant(value: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`rpad(left(${value}, -1) || case when length(${value}) = 20 then '.' else '' end, 26, '0') || 'Z'`;
}

/** A value as JSON, what needs no escape without a look for it. */
function jsonText(column: Column, { numbers, format }: Pick<Rendering, 'numbers' | 'format'>): RawBuilder<string> {
  const value = wireValue(column);
  switch (column.kind) {
    case 'decimal':
    case 'bigint':
    case 'integer':
      return asString(column, numbers) ? sql`'"' || ${value}::text || '"'` : sql`${value}::text`;
    case 'boolean':
      return sql`case when ${value} then 'true' when not ${value} then 'false' end`;
    case 'instant':
      return sql`'"' || ${format === 'ndjson' ? fixedInstant(value) : value} || '"'`;
    case 'day':
      return sql`'"' || ${value}::text || '"'`;
    default:
      return sql`to_json(${value})::text`;
  }
}

function csvValue(column: Column): RawBuilder<unknown> {
  const value = wireValue(column);
  switch (column.kind) {
    case 'boolean':
      return sql`case when ${value} then 'true' when not ${value} then 'false' end`;
    case 'instant':
      return fixedInstant(value);
    default:
      return value;
  }
}

/** The values of a row in CSV. A null alone in its line is an empty text, since readers skip empty lines. */
function csvValues({ columns }: Rendering): RawBuilder<unknown>[] {
  const values = columns.map(csvValue);
  return columns.length === 1 ? values.map((value) => sql`coalesce(${value}::text, '')`) : values;
}

/** A row as a JSON object on one line, made of the texts of its values: row_to_json looks up the type of each. */
function jsonRow(rendering: Rendering): RawBuilder<string> {
  return jsonObject(rendering.columns.map((column) => ({ name: column.name, value: jsonText(column, rendering) })));
}

/** A JSON object of members whose values are JSON, or null. */
function jsonObject(members: readonly { name: string; value: RawBuilder<string> }[]): RawBuilder<string> {
  const parts = members.map(({ name, value }, i) => {
    const label = `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    return sql`${sql.lit(label)} || coalesce(${value}, 'null')`;
  });
  return sql<string>`${sql.join(parts, sql` || `)} || '}'`;
}

/** The rows `q` as a JSON array of objects by GraphQL's names, in the order of a column; null where there is no row. */
export function jsonList(columns: readonly Column[], order: string): RawBuilder<string | null> {
  const how = { numbers: Numbers.NUMBER, format: Format.JSON };
  const object = jsonObject(columns.map((column) => ({ name: column.property, value: jsonText(column, how) })));
  return sql<string>`'[' || string_agg(${object}, ${sql.lit(JSON_BETWEEN)} order by ${ref(order)}) || ']'`;
}

/** The rows as COPY sends them: values for CSV, which COPY quotes, and finished lines for NDJSON. */
export function renderExport(rows: Expression<unknown>, rendering: Rendering): RawBuilder<unknown> {
  return sql`select ${sql.join(exportValues(rendering))} from ${rows} as q`;
}

/**
 * The rows of several owners, the list `owners`, one after the other as COPY sends them, and after those of each a row
 * with a mark alone.
 * @param limit  rows at most, those with the mark among them
 */
export function renderOwners(
  rows: (owner: Expression<string>) => Expression<unknown>,
  rendering: Rendering,
  mark: RawBuilder<string>,
  limit: number,
): RawBuilder<unknown> {
  const [first, ...others] = exportValues(rendering);
  const nulls = others.map(() => sql`null`);
  return sql`
    select each.*
    from unnest(${placeholderList('owners')}) as s (owner)
      cross join lateral (
        select ${sql.join([sql`${first}::text`, ...others])} from ${rows(sql.ref('s.owner'))} as q
        union all
        select ${sql.join([sql`${mark}::text`, ...nulls])}
      ) as each
    limit ${sql.lit(limit)}`;
}

function exportValues(rendering: Rendering): RawBuilder<unknown>[] {
  switch (rendering.format) {
    case 'csv':
      return csvValues(rendering);
    case 'ndjson':
      return [jsonRow(rendering)];
    case 'json':
    case 'columns':
      throw new Error(`${rendering.format} has no export`);
  }
}

/** Rows as objects: one a row, camelCase names. */
export function renderRows<Row>(rows: Expression<unknown>, columns: readonly Column[]): RawBuilder<Row> {
  const selected = columns.map((c) => sql`${wireValue(c)} as ${sql.ref(c.property)}`);
  return sql<Row>`select ${sql.join(selected)} from ${rows} as q`;
}

/** The header line of a CSV, which is there even when no row is. */
export function csvHeader(columns: readonly Column[]): string {
  return columns.map((c) => c.name).join(',');
}

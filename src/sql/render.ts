import { type Expression, type RawBuilder, sql } from 'kysely';
import type { Column } from './columns.js';
import { STATE } from './state.js';

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

/** One page as PostgreSQL rendered it. */
export interface RenderedPart {
  /** The rows' text: an array for JSON, lines for CSV and NDJSON; null where there is no row, and for `columns`. */
  body: string | null;
  /** Rows found, one more than the page holds when there is a next page. */
  rows: number;
  /** JSON array with the ordering columns of the page's last row; null when the page is not full, or shows them. */
  key: string | null;
  /** What the statement saw, see {@link STATE}. */
  state: string;
  /** For the format `columns`: the values of each column, separated by commas; empty where there is no row. */
  [values: `values${number}`]: string;
}

/** What stands between the rows of a JSON array; none of them has a line break in it. */
export const JSON_BETWEEN = ',\n';
/** What stands between the values of a column. */
export const VALUE_BETWEEN = ',';

const ref = (name: string): RawBuilder<unknown> => sql.ref(`q.${name}`);

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
  const value = ref(column.name);
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

function csvValue({ name, kind }: Column): RawBuilder<unknown> {
  const value = ref(name);
  switch (kind) {
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

/** Quoted by the rules of COPY, so that pages and exports are the same text. */
function csvTexts(rendering: Rendering): RawBuilder<unknown>[] {
  const { columns } = rendering;
  const alone = columns.length === 1;
  return csvValues(rendering).map((of, i) => {
    const { kind } = columns[i]!;
    if (!alone && kind !== 'text' && kind !== 'id') return of;
    // An id may be a UUID, which has no operators of text.
    const value = kind === 'id' && !alone ? sql`${of}::text` : of;
    const special = alone ? sql`in ('', '\\.')` : sql`= ''`;
    return sql`case when ${value} ~ '[",\r\n]' or ${value} ${special} then '"' || replace(${value}, '"', '""') || '"' else ${value} end`;
  });
}

/**
 * A row as a JSON object on one line, put together from the texts of its values: that takes a quarter off a page of 250
 * daily bars, since row_to_json looks up the type of every value of every row.
 */
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

/** A member of the objects that GraphQL asks for: its name, and the column or the JSON that gives its value. */
export interface Member {
  readonly name: string;
  readonly value: Column | string;
}

/** The rows `q` as a JSON array of objects with these members, in an order; null where there is no row. */
export function jsonNodes(
  members: readonly Member[],
  numbers: Numbers = Numbers.NUMBER,
  order?: RawBuilder<unknown>,
): RawBuilder<string | null> {
  const object = jsonObject(
    members.map(({ name, value }) => {
      return {
        name,
        value: typeof value === 'string' ? sql.lit(value) : jsonText(value, { numbers, format: Format.JSON }),
      };
    }),
  );
  return jsonArray(object, order);
}

/** A column of the rows `q` as a JSON array of its values; null where there is no row. */
export function jsonColumn(column: Column, numbers: Numbers): RawBuilder<string | null> {
  return sql`'[' || ${valueList(column, { numbers, format: Format.JSON })} || ']'`;
}

/** The values of a column of the rows `q` as JSON, separated by {@link VALUE_BETWEEN}; null where there is no row. */
function valueList(
  column: Column,
  rendering: Pick<Rendering, 'numbers' | 'format'>,
  filter: RawBuilder<unknown> = sql``,
): RawBuilder<string | null> {
  return sql`string_agg(coalesce(${jsonText(column, rendering)}, 'null'), ${sql.lit(VALUE_BETWEEN)})${filter}`;
}

/** Objects, one for each row, as a JSON array, each on a line of its own. */
function jsonArray(object: RawBuilder<string>, order?: RawBuilder<unknown>): RawBuilder<string> {
  const ordered = order ? sql` order by ${order}` : sql``;
  return sql<string>`'[' || string_agg(${object}, ${sql.lit(JSON_BETWEEN)}${ordered}) || ']'`;
}

function csvRow(rendering: Rendering): RawBuilder<string> {
  return sql<string>`concat(${sql.join(csvTexts(rendering), sql`, ',', `)})`;
}

/** The rows as COPY sends them: values for CSV, which COPY quotes, and finished lines for NDJSON. */
export function renderExport(rows: Expression<unknown>, rendering: Rendering): RawBuilder<unknown> {
  const columns = rendering.format === 'csv' ? sql.join(csvValues(rendering)) : jsonRow(rendering);
  return sql`select ${columns} from ${rows} as q`;
}

/** The text of the rows that belong to the page, as columns of the one row that has it. */
function body(rendering: Rendering, page: RawBuilder<unknown>): RawBuilder<unknown> {
  const { format, columns } = rendering;
  const filter = sql` filter (where ${page})`;
  if (format === 'columns') {
    const lists = columns.map((column, i) => {
      return sql`coalesce(${valueList(column, rendering, filter)}, '') as ${sql.ref(`values${i}`)}`;
    });
    return sql`null as body, ${sql.join(lists)}`;
  }
  const json = sql`'[' || string_agg(${jsonRow(rendering)}, ${sql.lit(JSON_BETWEEN)})${filter} || ']'`;
  if (format === 'json') return sql`${json} as body`;
  const line = format === 'csv' ? csvRow(rendering) : jsonRow(rendering);
  return sql`string_agg(${line}, ${sql.lit('\n')})${filter} as body`;
}

/**
 * Whether the rows of a page are lines that show their ordering columns. Then the row too many comes with the others,
 * to be cut off: numbering the rows to leave it out costs a tenth of the statement.
 */
export function showsKey(key: readonly string[], { format, columns }: Rendering): boolean {
  return format === 'json' && key.every((name) => columns.some((column) => column.name === name));
}

/**
 * Wraps rows that come in their order into one row that holds the whole page as text. PostgreSQL builds the text once;
 * turning rows into objects and objects into JSON costs Node eight times as much.
 *
 * @param rows   yields the columns by their wire names, at most `limit + 1` of them; all of these when
 *               {@link showsKey}
 * @param key    names of the ordering columns, for the next page's cursor
 */
export function renderPage(
  rows: Expression<unknown>,
  key: readonly string[],
  limit: RawBuilder<number>,
  rendering: Rendering,
): RawBuilder<RenderedPart> {
  const state = sql`${STATE} as state`;
  if (showsKey(key, rendering)) {
    return sql<RenderedPart>`select ${jsonArray(jsonRow(rendering))} as body, count(*)::int as rows, null as key, ${state} from ${rows} as q`;
  }
  return sql<RenderedPart>`select ${body(rendering, sql`q.n <= ${limit}`)}, count(*)::int as rows, max(json_build_array(${sql.join(key.map(ref))})::text) filter (where q.n = ${limit}) as key, ${state} from (select p.*, row_number() over () as n from ${rows} as p) as q`;
}

/** The same rows as GraphQL wants them: one object a row, camelCase names. */
export function renderRows<Row>(rows: Expression<unknown>, columns: readonly Column[]): RawBuilder<Row> {
  const selected = columns.map((c) => sql`${ref(c.name)} as ${sql.ref(c.property)}`);
  return sql<Row>`select ${sql.join(selected)} from ${rows} as q`;
}

/** What goes around the parts of a page in each format. */
export function assemble(parts: readonly RenderedPart[], { format, columns }: Rendering): string {
  const bodies = parts.flatMap(({ body }) => (body === null || body === '' ? [] : [body]));
  switch (format) {
    case 'json':
      return bodies.length === 1 ? bodies[0]! : `[${bodies.map((text) => text.slice(1, -1)).join(JSON_BETWEEN)}]`;
    case 'columns': {
      const column = (i: number): string => parts.flatMap((part) => part[`values${i}`] || []).join(VALUE_BETWEEN);
      return `{${columns.map((c, i) => `${JSON.stringify(c.name)}:[${column(i)}]`).join(',')}}`;
    }
    case 'csv':
      return [csvHeader(columns), ...bodies].join('\n') + '\n';
    case 'ndjson':
      return bodies.map((text) => text + '\n').join('');
  }
}

/** The header line of a CSV, which is there even when no row is. */
export function csvHeader(columns: readonly Column[]): string {
  return columns.map((c) => c.name).join(',');
}

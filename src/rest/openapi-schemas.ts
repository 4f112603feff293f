import { getSchemaPath } from '@nestjs/swagger';
import { argsOf, type ArgSpec } from '../contract/args.js';
import { columnsOf } from '../contract/wire.js';
import type { Column, WireKind } from '../sql/columns.js';

/** A JSON Schema as OpenAPI 3.1 has it. */
export type Schema = Readonly<Record<string, unknown>>;
type Model = abstract new () => object;

/** What a route's `meta` says beside `query`, by its name; a name that ends in `?` is not always there. */
export type Meta = Readonly<Record<string, Schema | Model>>;

const nullable = (schema: Schema): Schema => ({ ...schema, type: [schema.type, 'null'].flat() });

const DAY = { type: 'string', format: 'date' };
const INSTANT = { type: 'string', format: 'date-time' };

/** Parts of `meta` that several routes share. */
export const META = {
  unknown: {
    type: 'array',
    items: { type: 'string' },
    description: 'Of the names that were asked for, those that do not exist.',
  },
  day: nullable({ ...DAY, description: 'A day of the data; null where there is none.' }),
  instant: nullable({ ...INSTANT, description: 'An instant of the data; null where there is none.' }),
  text: { type: 'string' },
  count: { type: 'integer' },
  ratio: { type: ['number', 'null'] },
  age: { type: ['integer', 'null'], description: 'Seconds since the bar began; null where there is no bar.' },
} as const;

const DECIMAL = '^-?[0-9]+(\\.[0-9]+)?$';

/** How a value of each kind looks in JSON; a decimal or a big integer is a string with `numbers=string`. */
const VALUES: Record<WireKind, Schema> = {
  decimal: { type: ['number', 'string'], format: 'decimal', pattern: DECIMAL },
  bigint: { type: ['integer', 'string'], format: 'int64', pattern: '^-?[0-9]+$' },
  integer: { type: 'integer', format: 'int32' },
  float: { type: 'number', format: 'double' },
  boolean: { type: 'boolean' },
  text: { type: 'string' },
  texts: { type: 'array', items: { type: 'string' } },
  id: { type: 'string' },
  instant: INSTANT,
  day: DAY,
};

function valueOf({ kind, nullable: isNullable, description, onRequest }: Column): Schema {
  // Types that are made of this document can tell what is always there from what `fields` has to name.
  const value = { ...VALUES[kind], description, ...(onRequest ? { 'x-on-request': true } : {}) };
  return isNullable ? nullable(value) : value;
}

/** Schemas of rows, by their names: every column may be left out, since `fields` chooses them. */
const ROWS = new Map<string, Schema>();

/** A value by a name that was asked for. */
const NAMED_VALUE: Schema = {
  type: ['number', 'string', 'null'],
  description:
    'An indicator that was asked for, a double. With layout=wide: the value of a symbol or series, which numbers=string makes a string.',
};
/** Models whose rows may have values by names that were asked for beside their columns. */
const WITH_NAMED = new Set<Model>();

function rowSchemas(model: Model): { row: Schema; columns: Schema } {
  const columns = columnsOf(model);
  const of = (value: (column: Column) => Schema, named: Schema): Schema => ({
    type: 'object',
    properties: Object.fromEntries(columns.map((column) => [column.name, value(column)])),
    ...(WITH_NAMED.has(model) ? { additionalProperties: named } : {}),
  });
  ROWS.set(model.name, of(valueOf, NAMED_VALUE));
  ROWS.set(`${model.name}Columns`, {
    ...of((column) => ({ type: 'array', items: valueOf(column) }), { type: 'array', items: NAMED_VALUE }),
    description: 'What format=columns sends: one array for each column, all of the same length.',
  });
  return { row: ref(model.name), columns: ref(`${model.name}Columns`) };
}

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** The schemas of all rows that routes send. */
export function rowComponents(): Record<string, Schema> {
  return Object.fromEntries(ROWS);
}

/** What a route answers in JSON. */
export interface Envelope {
  readonly args: new () => object;
  readonly model: Model;
  readonly shape: 'page' | 'list' | 'object';
  readonly path: readonly string[];
  readonly meta: Meta;
  /** Whether the one object may be null. */
  readonly mayBeNull: boolean;
}

/** The schema of a route's JSON: rows or an object, `meta`, and for pages the token of the next one. */
export function envelopeSchema({ args, model, shape, path, meta, mayBeNull }: Envelope): Schema {
  const specs = argsOf(args);
  const format = specs.some((spec) => spec.property === 'format');
  if (specs.some(({ property }) => property === 'indicators' || property === 'layout')) WITH_NAMED.add(model);
  const { row, columns } = format ? rowSchemas(model) : { row: { $ref: getSchemaPath(model) }, columns: null };
  const rows = shape === 'object' ? row : { type: 'array', items: row };
  const forms = [rows, columns, mayBeNull ? { type: 'null' } : null].filter((form) => form !== null);
  return {
    type: 'object',
    required: ['data', 'meta', ...(shape === 'page' ? ['next_page_token'] : [])],
    properties: {
      data: forms.length === 1 ? rows : { anyOf: forms },
      meta: metaSchema(specs, path, meta),
      ...(shape === 'page'
        ? {
            next_page_token: {
              type: ['string', 'null'],
              description: 'What to send as page_token for the next page; null at the end.',
            },
          }
        : {}),
    },
  };
}

/** Arguments that `meta.query` does not echo. */
const NOT_ECHOED = new Set(['fields', 'format', 'numbers', 'page_token']);

function metaSchema(specs: readonly ArgSpec[], path: readonly string[], meta: Meta): Schema {
  const echoed = specs.filter(({ name }) => !NOT_ECHOED.has(name)).map((spec) => [spec.name, echoOf(spec)] as const);
  const query = {
    ...Object.fromEntries(path.map((name) => [name, { type: 'string' }])),
    ...Object.fromEntries(echoed),
  };
  const parts = Object.entries(meta).map(([name, part]) => {
    const schema = typeof part === 'function' ? { $ref: getSchemaPath(part) } : part;
    return { name: name.replace('?', ''), schema, always: !name.endsWith('?') };
  });
  return {
    type: 'object',
    required: ['query', ...parts.filter(({ always }) => always).map(({ name }) => name)],
    properties: {
      query: {
        type: 'object',
        description: 'The request as it was understood, defaults included; null where nothing was asked.',
        required: Object.keys(query),
        properties: query,
      },
      ...Object.fromEntries(parts.map(({ name, schema }) => [name, schema])),
    },
  };
}

/** A window is echoed with both of its ends, and what has a default is never null. */
function echoOf({ name, schema, required, default: value }: ArgSpec): Schema {
  if (name === 'start' || name === 'end') return { type: 'string' };
  if (required || value !== undefined) return schema;
  return schema.enum || schema.anyOf ? { anyOf: [schema, { type: 'null' }] } : nullable(schema);
}

/**
 * A document with every `nullable: true`, which OpenAPI 3.1 does not know, as the type `null`; the decorators of the
 * models write it.
 */
export function withNullTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNullTypes);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable: isNullable, ...rest } = value as Record<string, unknown>;
  const schema = Object.fromEntries(Object.entries(rest).map(([name, each]) => [name, withNullTypes(each)]));
  // A property of that name is a schema, not a mark.
  if (typeof isNullable === 'object') return { ...schema, nullable: withNullTypes(isNullable) };
  if (isNullable !== true) return schema;
  if (schema.type !== undefined) return nullable(schema);
  const { description, ...what } = schema;
  return { anyOf: [what, { type: 'null' }], ...(description === undefined ? {} : { description }) };
}

import { Extensions, Field, Float, ID, Int, type ReturnTypeFunc } from '@nestjs/graphql';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { BigIntScalar, DateScalar, DateTimeScalar, DecimalScalar } from './scalars.js';
import { type Column, snake, type WireKind } from '../sql/columns.js';

/** What a declaration of a column may add. */
export interface WireOptions {
  readonly nullable?: boolean;
  /** A registered enum: GraphQL sends its names, every other form its values. */
  readonly choices?: Record<string, string>;
  /** Whether REST rows have it only where `fields` names it. */
  readonly onRequest?: boolean;
  /** Digits that a decimal has at most, and how many of them behind the point; otherwise 20 and 8. */
  readonly digits?: readonly [precision: number, scale: number];
  /** Bytes that a free text commonly has; what a GraphQL operation may answer is judged by it. */
  readonly bytes?: number;
}

/** The GraphQL type of each kind. */
export const GRAPHQL_TYPES: Record<WireKind, ReturnTypeFunc> = {
  decimal: () => DecimalScalar,
  bigint: () => BigIntScalar,
  integer: () => Int,
  float: () => Float,
  boolean: () => Boolean,
  text: () => String,
  texts: () => [String],
  id: () => ID,
  instant: () => DateTimeScalar,
  day: () => DateScalar,
};

/** The GraphQL type of a column's values. */
export function graphqlType({ kind, choices }: Pick<Column, 'kind' | 'choices'>): unknown {
  return choices ?? GRAPHQL_TYPES[kind]();
}

/** The same as a schema writes it, such as `Int!`; the values of an enum are not those of its column. */
export function graphqlTypeText(column: Pick<Column, 'kind' | 'choices' | 'nullable'>): string | null {
  if (column.choices) return null;
  const type = GRAPHQL_TYPES[column.kind]() as { readonly name: string } | [{ readonly name: string }];
  return `${Array.isArray(type) ? `[${type[0].name}!]` : type.name}${column.nullable ? '' : '!'}`;
}

const OPENAPI: Record<WireKind, ApiPropertyOptions> = {
  decimal: { type: 'number', format: 'decimal' },
  bigint: { type: 'integer', format: 'int64' },
  integer: { type: 'integer', format: 'int32' },
  float: { type: 'number', format: 'double' },
  boolean: { type: 'boolean' },
  text: { type: 'string' },
  texts: { type: 'array', items: { type: 'string' } },
  id: { type: 'string' },
  instant: { type: 'string', format: 'date-time' },
  day: { type: 'string', format: 'date' },
};

const COLUMNS = new WeakMap<object, Column[]>();

/**
 * Declares a column once for GraphQL, OpenAPI and every rendering of the rows. A decimal may always be null: NUMERIC
 * holds NaN, for which the wire has no number.
 */
export function Wire(kind: WireKind, description: string, options: WireOptions = {}): PropertyDecorator {
  const { nullable = kind === 'decimal', choices, bytes, digits, onRequest = false } = options;
  return (prototype, key) => {
    const property = String(key);
    const columns = COLUMNS.get(prototype) ?? [];
    const column: Column = {
      property,
      name: snake(property),
      kind,
      nullable,
      description,
      onRequest,
      ...(digits && { digits }),
    };
    COLUMNS.set(prototype, [...columns, choices ? { ...column, choices } : column]);
    Field((() => graphqlType({ kind, choices })) as ReturnTypeFunc, { description, nullable })(prototype, key);
    if (bytes !== undefined) Extensions({ bytes })(prototype, key);
    const schema = choices
      ? { ...OPENAPI[kind], enum: [...Object.values(choices), ...(nullable ? [null] : [])] }
      : OPENAPI[kind];
    ApiProperty({ ...schema, name: snake(property), description, nullable })(prototype, key);
  };
}

/** Declares a field that holds an object or a list, for GraphQL and OpenAPI alike. */
export function WireObject(
  type: () => unknown,
  description: string,
  { nullable = false }: { nullable?: boolean } = {},
): PropertyDecorator {
  return (prototype, key) => {
    Field(type as ReturnTypeFunc, { description, nullable })(prototype, key);
    // Swagger takes a function for a lazy type only when it is called `type`, and knows no list in one.
    const isArray = Array.isArray(type());
    const options = { type: () => [type()].flat()[0], isArray, name: snake(String(key)), description, nullable };
    ApiProperty(options)(prototype, key);
  };
}

/** The columns of a model in the order of their declaration. */
export function columnsOf(model: abstract new () => object): readonly Column[] {
  return COLUMNS.get(model.prototype as object) ?? [];
}

/** A flat object with its names as REST has them. */
export function snakeKeys(object: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [snake(name), value]));
}

/** A tree of objects and lists with its names as REST has them. */
export function snakeTree(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeTree);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [snake(name), snakeTree(item)]));
}

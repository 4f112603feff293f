/** How a value looks on the wire; REST, GraphQL, CSV and OpenAPI all follow from it. */
export type WireKind =
  'decimal' | 'bigint' | 'integer' | 'float' | 'boolean' | 'text' | 'texts' | 'id' | 'instant' | 'day';

/** One column of a model: its GraphQL name, its REST name, and how it looks on the wire. */
export interface Column {
  /** camelCase, as in GraphQL. */
  readonly property: string;
  /** snake_case, as in REST and SQL. */
  readonly name: string;
  /** Its name in REST where a statement cannot have it: that of a symbol, whose values are a column. */
  readonly label?: string;
  readonly kind: WireKind;
  readonly nullable: boolean;
  readonly description: string;
  /** Digits that a decimal has at most, and how many of them behind the point; otherwise 20 and 8. */
  readonly digits?: readonly [precision: number, scale: number];
  /** Whether rows have it only where it is named: by `fields`, or by a selection. */
  readonly onRequest?: boolean;
  /** The values that a text can have, where it is one of a registered enum. */
  readonly choices?: Record<string, string>;
}

/** The name of a column in REST. */
export function wireName({ label, name }: Pick<Column, 'label' | 'name'>): string {
  return label ?? name;
}

/** Names that were asked for; they are ours, so there are few. */
const SNAKES = new Map<string, string>();

/** snake_case of a camelCase name; a number is a word. */
export function snake(name: string): string {
  let known = SNAKES.get(name);
  if (known === undefined)
    SNAKES.set(name, (known = name.replace(/[A-Z]|(?<=[a-z])\d/g, (begin) => `_${begin.toLowerCase()}`)));
  return known;
}

/** A column that no model declares, by its GraphQL name. */
export function undeclared(property: string, kind: WireKind): Column {
  return { property, name: snake(property), kind, nullable: true, description: '' };
}

type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name;

/** The row that a statement yields for a model: the model's values by their wire names. */
export type RowOf<Model extends object> = { [Name in keyof Model & string as SnakeCase<Name>]: Model[Name] };

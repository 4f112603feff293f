import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isLeafType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { introspectionSizes, VALUES_OF_INTROSPECTION } from './introspection.js';
import { type FieldArgs, workOf } from './work.js';

/** What an operation may cost, each an upper estimate. */
export interface Cost {
  /** Work of the database, in rows that it reads. */
  readonly rows: number;
  /** Values that are completed one by one; lists that PostgreSQL writes as they are sent have none. */
  readonly values: number;
  /** Bytes of the answer. */
  readonly bytes: number;
}

/** Bytes that a value of a type commonly has. */
const BYTES: Record<string, number> = {
  Boolean: 5,
  Int: 5,
  Float: 10,
  ID: 38,
  Date: 12,
  DateTime: 24,
  Decimal: 14,
  BigInt: 14,
};
const BYTES_OF_TEXT = 14;
const BYTES_OF_CURSOR = 180;
/** What a cursor takes to make, in values. */
const VALUES_OF_CURSOR = 5;
/** Items of a list that no argument bounds: what the catalog, the database's status and a gap report hold. */
const UNBOUNDED_LIST_ITEMS = 20;
/** Fields whose bars PostgreSQL may write as they are sent. */
const WRITTEN = ['Symbol.bars', 'Symbol.daily'];

/** Fields that no type lists. */
const META = [TypeNameMetaFieldDef, SchemaMetaFieldDef, TypeMetaFieldDef];

const NOTHING: Cost = { rows: 0, values: 0, bytes: 0 };

const sum = (a: Cost, b: Cost): Cost => ({
  rows: a.rows + b.rows,
  values: a.values + b.values,
  bytes: a.bytes + b.bytes,
});
const times = ({ rows, values, bytes }: Cost, n: number): Cost => ({
  rows: rows * n,
  values: values * n,
  bytes: bytes * n,
});

/** A page of a list inside which fields are: how many rows it may have, and who writes them. */
interface PageOf {
  readonly rows: number;
  readonly written: boolean;
}

type Fields = ReadonlyMap<string, readonly FieldNode[]>;

/**
 * What an operation may cost. Goes through the fields as the execution does: arguments that are null or left out count
 * as their defaults, fragments and directives as what they select.
 * @param variables  as they were coerced
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): Cost {
  const fragments = fragmentsOf(document);
  const sizes = introspectionSizes(schema);

  const all = (type: GraphQLObjectType, fields: Fields, page: PageOf | null): Cost => {
    let cost = NOTHING;
    for (const [key, nodes] of fields) cost = sum(cost, one(type, key, nodes, page));
    return cost;
  };

  const one = (type: GraphQLObjectType, key: string, nodes: readonly FieldNode[], page: PageOf | null): Cost => {
    const { value: name } = nodes[0]!.name;
    const field = META.find((meta) => meta.name === name) ?? type.getFields()[name];
    // Validation has found it already.
    if (!field) return NOTHING;
    const around = { rows: 0, values: 0, bytes: key.length + 6 };
    const named = getNamedType(field.type);
    if (isLeafType(named)) return sum(around, leaf(type, field, page));
    const args = argumentsOf(field, nodes[0]!, variables);
    const inner = collectSubfields(schema, fragments, variables, named as GraphQLObjectType, nodes);
    const work = { rows: workOf(`${type.name}.${field.name}`, args), values: 0, bytes: 0 };
    const each = (of: PageOf | null): Cost => all(named as GraphQLObjectType, inner, of);
    if (named.name.endsWith('Connection')) {
      const rows = Math.max(typeof args.first === 'number' ? args.first : UNBOUNDED_LIST_ITEMS, 1);
      const written = WRITTEN.includes(`${type.name}.${field.name}`) && isWritten(inner);
      return [around, work, { rows, values: 0, bytes: 0 }, each({ rows, written })].reduce(sum);
    }
    if (page && (field.name === 'nodes' || field.name === 'edges')) {
      const row = each(null);
      return sum(around, times(page.written ? { ...row, values: 0 } : row, page.rows));
    }
    if (named.name.startsWith('__')) {
      return sum(around, times(each(null), isListType(getNullableType(field.type)) ? (sizes[field.name] ?? 1) : 1));
    }
    const items = Array.isArray(args.symbols) ? args.symbols.length : itemsOf(args.of);
    return [around, work, times(each(page), isListType(getNullableType(field.type)) ? items : 1)].reduce(sum);
  };

  const root = schema.getRootType(operation.operation)!;
  return all(root, collectFields(schema, fragments, variables, root, operation.selectionSet), null);
}

/** Whether an operation selects a field of its root, given its directives. */
export function selectsAny(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): boolean {
  const root = schema.getRootType(operation.operation)!;
  return collectFields(schema, fragmentsOf(document), variables, root, operation.selectionSet).size > 0;
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  return fragments;
}

function leaf(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, page: PageOf | null): Cost {
  if (type.name.startsWith('__')) return { rows: 0, values: VALUES_OF_INTROSPECTION, bytes: BYTES_OF_TEXT };
  const named = getNamedType(field.type);
  if (field.name === 'cursor') return { rows: 0, values: VALUES_OF_CURSOR, bytes: BYTES_OF_CURSOR };
  const given = field.extensions.bytes;
  const bytes = typeof given === 'number' ? given : (BYTES[named.name] ?? BYTES_OF_TEXT);
  if (!isListType(getNullableType(field.type))) return { rows: 0, values: 1, bytes };
  const items = page ? page.rows : UNBOUNDED_LIST_ITEMS;
  const written = page !== null && type.name.endsWith('BarColumns');
  return { rows: 0, values: written ? 0 : items, bytes: items * bytes };
}

/** Items of a list that no argument bounds, or one for each indicator of a text and two more. */
function itemsOf(indicators: unknown): number {
  return typeof indicators === 'string' ? indicators.split(',').length + 2 : UNBOUNDED_LIST_ITEMS;
}

/** Whether PostgreSQL writes the nodes of a page: nothing but columns is selected of them, once. */
function isWritten(fields: Fields): boolean {
  const lists = [...fields.values()].filter(([node]) => ['nodes', 'edges'].includes(node!.name.value));
  return lists.length === 1 && lists[0]![0]!.name.value === 'nodes';
}

/** The arguments as the pipe will make them: null counts as the default. */
function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Record<string, unknown>,
): FieldArgs {
  let given: Record<string, unknown> = {};
  try {
    given = getArgumentValues(field, node, variables);
  } catch {
    // The execution refuses the field.
  }
  return Object.fromEntries(field.args.map(({ name, defaultValue }) => [name, given[name] ?? defaultValue]));
}

import {
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import type { Page } from '../lists/page.js';
import { formatInstant, type TimeWindow } from '../base/time.js';
import { Cache } from '../contract/caching.js';
import type { GraphqlContext } from './loaders.js';
import { Digits } from '../contract/scalars.js';
import { turn, worked } from './turns.js';

/** Rows of a list that are completed at once; longer ones in parts, between which others have their turn. */
const ROWS_PER_TURN = 32;
/** How much longer a cursor takes to make than another value. */
const CURSOR_VALUES = 5;
/** A text beyond this length has its bytes counted, not its characters. */
const LONG_TEXT_LENGTH = 256;

type Resolver = GraphQLFieldResolver<unknown, GraphqlContext, Record<string, unknown>>;
type AnyPage = Page<object> & { hasPreviousPage?: boolean };

/**
 * Gives the fields of the schema the resolvers that all of their kind share: values are counted as they are completed,
 * lists let others have their turn, lists of bars go through as PostgreSQL wrote them, and pages say where they are.
 */
export function completeFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const own = type as GraphQLObjectType<unknown, GraphqlContext>;
    for (const field of Object.values(own.getFields())) field.resolve = resolverOf(own, field);
  }
  return schema;
}

function resolverOf(
  { name }: GraphQLObjectType<unknown, GraphqlContext>,
  field: GraphQLField<unknown, GraphqlContext>,
): Resolver {
  const own = field.resolve as Resolver | undefined;
  const result = getNullableType(field.type);
  const named = getNamedType(result);
  if (name.endsWith('Columns')) return column;
  if (name.endsWith('Connection') && field.name === 'nodes') return nodes;
  if (name.endsWith('Connection') && field.name === 'edges') return edges;
  if (field.name === 'pageInfo') return (page) => page;
  if (field.name === 'latest') return after(own, (found, context, info) => list(found, keptFor(context, 1), info));
  if (field.name === 'window') return (source) => echo((source as { window: TimeWindow }).window);
  if (named.name.endsWith('Connection')) return page(own!);
  if (isListType(result) && isObjectType(named)) return after(own, list);
  if (isLeafType(result)) {
    const numeric = named.name === 'Decimal' || named.name === 'BigInt';
    return after(own, numeric ? number : field.name === 'cursor' ? cursor : value);
  }
  if (named.name === 'DatabaseHealth' || named.name === 'DatabaseStatus') {
    return after(own, (found, context) => (keptFor(context, 0), found));
  }
  return own ?? property;
}

const property: Resolver = (source, _args, _context, { fieldName }) => (source as Record<string, unknown>)[fieldName];

/** What a field's own resolver gives, its property where it has none, taken further. */
function after(
  own: Resolver | undefined,
  then: (value: unknown, context: GraphqlContext, info: GraphQLResolveInfo) => unknown,
): Resolver {
  if (!own)
    return (source, _args, context, info) => then((source as Record<string, unknown>)[info.fieldName], context, info);
  return (source, args, context, info) => {
    const found = own(source, args, context, info);
    return found instanceof Promise ? found.then((value) => then(value, context, info)) : then(found, context, info);
  };
}

/** A value, counted. */
function value(found: unknown, { answer }: GraphqlContext, { path }: GraphQLResolveInfo): unknown {
  answer.add(String(path.key).length + 4 + bytesOf(found));
  return found;
}

function cursor(found: unknown, { answer }: GraphqlContext, { path }: GraphQLResolveInfo): unknown {
  answer.add(String(path.key).length + 4 + bytesOf(found), CURSOR_VALUES);
  return found;
}

/** A number whose digits are all sent, as the client wants them. */
function number(found: unknown, context: GraphqlContext, info: GraphQLResolveInfo): unknown {
  value(found, context, info);
  return context.answer.numbers === 'string' && found !== null && found !== undefined
    ? new Digits((found as string | number).toString())
    : found;
}

function bytesOf(found: unknown): number {
  if (typeof found === 'string') return 2 + (found.length < LONG_TEXT_LENGTH ? found.length : Buffer.byteLength(found));
  return Array.isArray(found) ? found.reduce((sum: number, each) => sum + 1 + bytesOf(each), 2) : 8;
}

/** A list of objects; a long one in parts. */
function list(found: unknown, context: GraphqlContext, { path }: GraphQLResolveInfo): unknown {
  if (!Array.isArray(found) || found.length <= ROWS_PER_TURN) return found;
  context.answer.long.push(path);
  return inParts(found as unknown[], context);
}

/** The rows of a list, each when its part has its turn. */
function inParts(rows: readonly unknown[], { answer }: GraphqlContext): unknown[] {
  if (answer.refused) return [];
  let begun = Promise.resolve();
  return rows.map((row, i) => {
    if (i < ROWS_PER_TURN) return row;
    if (i % ROWS_PER_TURN === 0) begun = begun.then(turn);
    return begun.then(() => row);
  });
}

/** How long a list may be reused, as over REST. */
const LIST_SECONDS = Number(Cache.OPEN.slice('max-age='.length));

function keptFor(context: GraphqlContext, seconds: number): GraphqlContext {
  context.answer.keptFor(seconds);
  return context;
}

/** A page, with whether there are rows before it, and how long it may be reused. */
function page(own: Resolver): Resolver {
  return async (source, args, context, info) => {
    const found = (await own(source, args, context, info)) as AnyPage;
    found.hasPreviousPage = typeof args.after === 'string';
    if (found.window) keptFor(context, LIST_SECONDS);
    return found;
  };
}

function echo({ from, to }: TimeWindow): { start: string; end: string } {
  return { start: formatInstant(from), end: formatInstant(to) };
}

const column: Resolver = (source, _args, context, info) => {
  const values = (source as AnyPage).column(info.fieldName, context.answer.numbers);
  if (typeof values === 'string') return pass(context, info, values);
  context.answer.add(bytesOf(values), values.length);
  if (context.answer.numbers === 'number' || !/\b(Decimal|BigInt)\b/.test(String(info.returnType))) return values;
  return values.map((each) => (each === null ? null : new Digits((each as string | number).toString())));
};

const edges: Resolver = (page, _args, context, info) => rowsOf(page as AnyPage, (of) => of.edges, context, info);

const nodes: Resolver = (page, _args, context, info) => {
  const text = (page as AnyPage).nodesText();
  return text === null ? rowsOf(page as AnyPage, (of) => of.nodes, context, info) : pass(context, info, text);
};

/** The rows of a page one by one, made when there is room for it. */
function rowsOf(
  page: AnyPage,
  of: (page: AnyPage) => unknown[],
  context: GraphqlContext,
  info: GraphQLResolveInfo,
): unknown {
  const later = turn();
  if (later) return later.then(() => rowsOf(page, of, context, info));
  const rows = of(page);
  worked(rows.length / 2);
  return list(rows, context, info);
}

function pass({ answer }: GraphqlContext, { path }: GraphQLResolveInfo, text: string): [] {
  answer.add(text.length, text.length / 10_000);
  answer.passed.push({ path, text });
  return [];
}

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
import { turn, worked } from '../base/turns.js';

/** Rows of a list that are completed at once; longer ones in parts, between which others have their turn. */
const ROWS_PER_TURN = 32;
/** Rows that wait for their part, and bytes that are written, that take as long as a value. */
const PROMISES_PER_VALUE = 4;
const BYTES_WRITTEN_PER_VALUE = 100;
/** How much longer a cursor takes to make than another value. */
const CURSOR_VALUES = 5;

type Resolver = GraphQLFieldResolver<unknown, GraphqlContext, Record<string, unknown>>;
type AnyPage = Page<object> & { hasPreviousPage?: boolean };

/**
 * Gives the fields of the schema the resolvers that all of their kind share: values are counted as they are completed,
 * lists let others have their turn, those of the introspection too, lists of bars go through as PostgreSQL wrote them,
 * and pages say where they are.
 */
export function completeFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const own = type as GraphQLObjectType<unknown, GraphqlContext>;
    for (const field of Object.values(own.getFields())) {
      if (COMPLETED.has(field)) continue;
      COMPLETED.add(field);
      field.resolve = own.name.startsWith('__') ? forRequests(own, field) : resolverOf(own, field);
    }
  }
  return schema;
}

/** What has its resolver: the fields of the introspection are one and the same for all schemas. */
const COMPLETED = new WeakSet<object>();

/**
 * A field of the introspection, completed for requests only: while it is made, the schema of a further application asks
 * itself, outside of any request.
 */
function forRequests(
  type: GraphQLObjectType<unknown, GraphqlContext>,
  field: GraphQLField<unknown, GraphqlContext>,
): GraphQLFieldResolver<unknown, GraphqlContext | undefined, Record<string, unknown>> {
  const own = field.resolve as GraphQLFieldResolver<unknown, GraphqlContext | undefined> | undefined;
  const completed = resolverOf(type, field);
  return (source, args, context, info) => {
    if (context) return completed(source, args, context, info);
    return own ? own(source, args, context, info) : (source as Record<string, unknown>)[info.fieldName];
  };
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
  if (typeof found === 'string') return 2 + jsonBytesOf(found);
  return Array.isArray(found) ? found.reduce((sum: number, each) => sum + 1 + bytesOf(each), 2) : 8;
}

/** Control characters that JSON writes with a letter; the others take six bytes. */
const LETTERED = ['\b', '\t', '\n', '\f', '\r'].map((text) => text.charCodeAt(0));

/** Bytes of a text in JSON; half of a pair of surrogates has half of four. */
function jsonBytesOf(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20) bytes += LETTERED.includes(unit) ? 1 : 5;
    else if (unit === 0x22 || unit === 0x5c) bytes += 1;
    else if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

/** A list of objects when it has its turn; a long one in parts. */
function list(found: unknown, context: GraphqlContext, { path }: GraphQLResolveInfo): unknown {
  if (!Array.isArray(found)) return found;
  if (found.length <= ROWS_PER_TURN) {
    const later = turn();
    return later ? later.then((): unknown => found) : found;
  }
  context.answer.long.push(path);
  const rows = found as unknown[];
  let at = 0;
  return inParts(rows.length, (count) => rows.slice(at, (at += count)), context);
}

/** The rows of a list, each part of them made when it has its turn. */
function inParts(
  count: number,
  take: (count: number) => unknown[],
  context: GraphqlContext,
): unknown[] | Promise<unknown[]> {
  if (context.answer.refused) return [];
  const later = turn();
  if (later) return later.then(() => inParts(count, take, context));
  const first = take(Math.min(count, ROWS_PER_TURN));
  worked(first.length + count / PROMISES_PER_VALUE);
  if (count <= ROWS_PER_TURN) return first;
  let part = Promise.resolve(first);
  const rows: unknown[] = first;
  for (let i = ROWS_PER_TURN; i < count; i++) {
    if (i % ROWS_PER_TURN === 0) part = part.then(() => partOf(take));
    const of = part;
    rows.push(of.then((made) => made[i % ROWS_PER_TURN]));
  }
  return rows;
}

async function partOf(take: (count: number) => unknown[]): Promise<unknown[]> {
  await turn();
  worked(ROWS_PER_TURN);
  return take(ROWS_PER_TURN);
}

/** How long a list may be reused, as over REST. */
const LIST_SECONDS = Number(Cache.DEFAULT.slice('max-age='.length));

function keptFor(context: GraphqlContext, seconds: number): GraphqlContext {
  context.answer.keptFor(seconds);
  return context;
}

/** A resolver that runs when it has its turn, since it does its work at once. */
function whenFree(resolver: Resolver): Resolver {
  const resolve: Resolver = (source, args, context, info) => {
    const later = turn();
    return later ? later.then(() => resolve(source, args, context, info)) : resolver(source, args, context, info);
  };
  return resolve;
}

/** A page, with whether there are rows before it, and how long it may be reused. */
function page(own: Resolver): Resolver {
  return async (source, args, context, info) => {
    const found = (await own(source, args, context, info)) as AnyPage | null;
    if (!found) return null;
    found.hasPreviousPage = typeof args.after === 'string';
    if (found.window) keptFor(context, LIST_SECONDS);
    return found;
  };
}

function echo({ from, to }: TimeWindow): { start: string; end: string } {
  return { start: formatInstant(from), end: formatInstant(to) };
}

const column = whenFree((source, _args, context, info) => {
  const values = (source as AnyPage).column(info.fieldName, context.answer.numbers);
  if (Buffer.isBuffer(values)) return pass(context, info, values);
  context.answer.add(bytesOf(values), values.length);
  if (context.answer.numbers === 'number' || !/\b(Decimal|BigInt)\b/.test(String(info.returnType))) return values;
  return values.map((each) => (each === null ? null : new Digits((each as string | number).toString())));
});

const edges: Resolver = (source, _args, context, info) => {
  const page = source as AnyPage;
  const take = page.reader();
  return rowsOf(page.count, (count) => take(count).map((row) => page.edgeOf(row)), context, info);
};

const nodes = whenFree((source, _args, context, info) => {
  const page = source as AnyPage;
  const text = page.nodesText();
  return text === null ? rowsOf(page.count, page.reader(), context, info) : pass(context, info, text);
});

/** The rows of a page one by one; those of a long one are made part by part too. */
function rowsOf(
  count: number,
  take: (count: number) => unknown[],
  context: GraphqlContext,
  { path }: GraphQLResolveInfo,
): unknown {
  if (count > ROWS_PER_TURN) context.answer.long.push(path);
  return inParts(count, take, context);
}

function pass({ answer }: GraphqlContext, { path }: GraphQLResolveInfo, text: Buffer): [] {
  answer.add(text.length, text.length / BYTES_WRITTEN_PER_VALUE);
  answer.passed.push({ path, text });
  return [];
}

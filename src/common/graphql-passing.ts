import type { ApolloServerPlugin } from '@apollo/server';
import {
  type FieldNode,
  getNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
  type ResponsePath,
} from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';
import { randomBytes } from 'node:crypto';
import { ArrayPage, ColumnArrays, Wanted } from '../database/arrays.js';
import type { Member } from '../database/render.js';
import type { GraphqlContext } from './loaders.js';
import type { Column } from './wire.js';

/** A list of an answer that is JSON already, and where in the answer it belongs. */
export interface PassedList {
  readonly path: ResponsePath;
  readonly text: string;
}

/**
 * Lets lists of bars through as PostgreSQL wrote them: every list of a `…Columns` type, and `nodes` of which nothing
 * but columns is selected. The execution completes an empty list in their place, and {@link passedLists} puts them into
 * the answer: their values were checked by the database, and completing 250 bars value by value costs several times as
 * much as all the rest of the request.
 */
export function passListsThrough(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const fields = type.getFields();
    if (type.name.endsWith('Columns')) for (const field of Object.values(fields)) field.resolve = column;
    if (type.name.endsWith('Connection') && fields.nodes) fields.nodes.resolve = nodes;
  }
  return schema;
}

function column(columns: unknown, _args: unknown, context: GraphqlContext, info: GraphQLResolveInfo): unknown {
  if (!(columns instanceof ColumnArrays)) return (columns as Record<string, unknown>)[info.fieldName];
  return pass(context, info, columns.text(info.fieldName));
}

function nodes(page: { nodes: unknown }, _args: unknown, context: GraphqlContext, info: GraphQLResolveInfo): unknown {
  const text = page instanceof ArrayPage ? page.columns.nodes : null;
  return text === null ? page.nodes : pass(context, info, text);
}

function pass(context: GraphqlContext, { path }: GraphQLResolveInfo, text: string): [] {
  context.passed.push({ path, text });
  return [];
}

type Fields = readonly FieldNode[];

/**
 * What a field that yields a page of rows is asked for: no column is read for nothing, and where all that is asked of
 * the nodes is columns, PostgreSQL writes them as they are sent.
 * @param key  properties of the columns that cursors are made of
 */
export function wantedOf(info: GraphQLResolveInfo, columns: readonly Column[], key: readonly string[]): Wanted {
  const page = getNamedType(info.returnType) as GraphQLObjectType;
  const typeOf = (name: string): GraphQLObjectType => getNamedType(page.getFields()[name]!.type) as GraphQLObjectType;
  const selected = (type: GraphQLObjectType, fields: Fields): [name: string, fields: Fields][] => [
    ...collectSubfields(info.schema, info.fragments, info.variableValues, type, fields),
  ];
  const names = new Set(key);
  let nodes: Member[] | null = null;
  for (const [, fields] of selected(page, info.fieldNodes)) {
    const name = fields[0]!.name.value;
    if (name === 'columns') for (const [, [column]] of selected(typeOf(name), fields)) names.add(column!.name.value);
    if (name !== 'edges' && name !== 'nodes') continue;
    const members: Member[] | null =
      name === 'nodes' && !nodes ? membersOf(typeOf(name), selected(typeOf(name), fields), columns) : null;
    if (!members) return new Wanted(columns, null);
    nodes = members;
  }
  return new Wanted(
    columns.filter(({ property }) => names.has(property)),
    nodes,
  );
}

/** What is selected of each row; null when it is more than columns. */
function membersOf(
  row: GraphQLObjectType,
  selected: readonly [name: string, fields: Fields][],
  columns: readonly Column[],
): Member[] | null {
  const members = selected.map(([name, [field]]) => {
    const property = field!.name.value;
    const value = property === '__typename' ? JSON.stringify(row.name) : columns.find((c) => c.property === property);
    return { name, value };
  });
  return members.every((member): member is Member => member.value !== undefined) ? members : null;
}

/** Stands for a list while the rest of the answer becomes JSON; no text of the data can be the same. */
const PLACE = randomBytes(16).toString('hex');
let passing: string[] = [];

class Passed {
  constructor(private readonly text: string) {}

  toJSON(): string {
    passing.push(this.text);
    return PLACE;
  }
}

/** Puts the lists that were passed through into the answer. */
export const passedLists: ApolloServerPlugin<GraphqlContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response: { body }, contextValue: { passed } }) {
        if (body.kind !== 'single') return;
        for (const { path, text } of passed) put(body.singleResult.data, path, new Passed(text));
      },
    };
  },
};

/** Sets the value at a path, unless an error has left nothing there. */
function put(data: unknown, path: ResponsePath, value: Passed): void {
  const keys: (string | number)[] = [];
  for (let at: ResponsePath | undefined = path.prev; at; at = at.prev) keys.push(at.key);
  let parent = data as Record<string | number, unknown> | null | undefined;
  while (parent && keys.length > 0) parent = parent[keys.pop()!] as Record<string | number, unknown> | null | undefined;
  if (parent) parent[path.key] = value;
}

/** An answer as JSON. */
export function stringifyResult(result: unknown): string {
  passing = [];
  const parts = JSON.stringify(result).split(`"${PLACE}"`);
  return `${parts.map((part, i) => part + (passing[i] ?? '')).join('')}\n`;
}

import type { ApolloServerPlugin } from '@apollo/server';
import {
  getNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
  type ResponsePath,
} from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';
import { randomBytes } from 'node:crypto';
import { ArrayPage, ColumnArrays, type Member } from '../database/arrays.js';
import type { GraphqlContext } from './loaders.js';

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
  if (!(page instanceof ArrayPage)) return page.nodes;
  const members = membersOf(page.columns, info);
  return members ? pass(context, info, page.columns.objectsText(members)) : page.nodes;
}

function pass(context: GraphqlContext, { path }: GraphQLResolveInfo, text: string): [] {
  context.passed.push({ path, text });
  return [];
}

/** What is selected of each row; null when it is more than columns. */
function membersOf(columns: ColumnArrays, info: GraphQLResolveInfo): Member[] | null {
  const { schema, fragments, variableValues, returnType, fieldNodes } = info;
  const row = getNamedType(returnType) as GraphQLObjectType;
  const members: Member[] = [];
  for (const [name, [field]] of collectSubfields(schema, fragments, variableValues, row, fieldNodes)) {
    const property = field!.name.value;
    if (property === '__typename') members.push({ name, literal: JSON.stringify(row.name) });
    else if (columns.has(property)) members.push({ name, property });
    else return null;
  }
  return members;
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

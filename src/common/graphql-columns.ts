import type { ApolloServerPlugin } from '@apollo/server';
import { type GraphQLSchema, isObjectType, type ResponsePath } from 'graphql';
import { randomBytes } from 'node:crypto';
import { ColumnArrays } from '../database/arrays.js';
import type { GraphqlContext } from './loaders.js';

/** A column of an answer that PostgreSQL rendered, and where in the answer it belongs. */
export interface PassedColumn {
  readonly path: ResponsePath;
  readonly text: string;
}

/**
 * Lets the lists of every `…Columns` type through as PostgreSQL wrote them. The execution completes an empty list in
 * their place, and {@link passedColumns} puts them into the answer: their values were checked by the database, and
 * completing 250 bars value by value costs as much as the rest of the request.
 */
export function passColumnsThrough(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || !type.name.endsWith('Columns')) continue;
    for (const field of Object.values(type.getFields())) {
      field.resolve = (columns: unknown, _args, context: GraphqlContext, { path, fieldName }) => {
        if (!(columns instanceof ColumnArrays)) return (columns as Record<string, unknown>)[fieldName];
        context.columns.push({ path, text: columns.text(fieldName) });
        return [];
      };
    }
  }
  return schema;
}

/** Stands for a column while the rest of the answer becomes JSON; no text of the data can be the same. */
const PLACE = randomBytes(16).toString('hex');
let passing: string[] = [];

class Passed {
  constructor(private readonly text: string) {}

  toJSON(): string {
    passing.push(this.text);
    return PLACE;
  }
}

/** Puts the columns that were passed through into the answer. */
export const passedColumns: ApolloServerPlugin<GraphqlContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response: { body }, contextValue: { columns } }) {
        if (body.kind !== 'single') return;
        for (const { path, text } of columns) put(body.singleResult.data, path, new Passed(text));
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

import {
  type FieldNode,
  getNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type ResponsePath,
} from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';
import { randomBytes } from 'node:crypto';
import { currentRequest, type RequestScope } from '../base/request.js';
import { graphqlTypeText } from '../contract/wire.js';
import { Selection } from '../lists/selection.js';
import type { Member } from '../lists/write.js';
import type { Numbers } from '../sql/format.js';
import type { GraphqlAnswer } from './answer.js';
import { turn, worked } from '../base/turns.js';
import type { Column } from '../sql/columns.js';

type Fields = readonly FieldNode[];

/**
 * What a field that yields a page of rows is asked for: no column is read for nothing, and where all that is asked of
 * the nodes is columns, rows are written as they came.
 * @param key      names of the columns that cursors are made of
 * @param numbers  how decimals and big integers are sent
 */
export function selectionOf(
  info: GraphQLResolveInfo,
  columns: readonly Column[],
  key: readonly string[],
  numbers: Numbers,
): Selection {
  const page = getNamedType(info.returnType) as GraphQLObjectType;
  const typeOf = (name: string): GraphQLObjectType => getNamedType(page.getFields()[name]!.type) as GraphQLObjectType;
  const selected = (type: GraphQLObjectType, fields: Fields): [name: string, fields: Fields][] => [
    ...collectSubfields(info.schema, info.fragments, info.variableValues, type, fields),
  ];
  const read = new Set(columns.filter(({ name }) => key.includes(name)).map(({ property }) => property));
  let nodes: Member[] | null = null;
  for (const [, fields] of selected(page, info.fieldNodes)) {
    const name = fields[0]!.name.value;
    if (name === 'columns') for (const [, [column]] of selected(typeOf(name), fields)) read.add(column!.name.value);
    if (name !== 'edges' && name !== 'nodes') continue;
    const members: Member[] | null =
      name === 'nodes' && !nodes ? membersOf(typeOf(name), selected(typeOf(name), fields), columns) : null;
    if (!members) return new Selection(columns, null, numbers);
    nodes = members;
    for (const { value } of members) if (typeof value !== 'string') read.add(value.property);
  }
  return new Selection(
    columns.filter(({ property }) => read.has(property)),
    nodes,
    numbers,
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
    return { name, value: property === '__typename' ? JSON.stringify(row.name) : columnOf(row, property, columns) };
  });
  return members.every((member): member is Member => member.value !== undefined) ? members : null;
}

/**
 * The column that a field sends as it is stored. A field that only shares the name of one, with arguments or of another
 * type, is completed by GraphQL.
 */
function columnOf(row: GraphQLObjectType, property: string, columns: readonly Column[]): Column | undefined {
  const field = row.getFields()[property];
  const column = columns.find((each) => each.property === property);
  const isColumn = field && column && field.args.length === 0 && String(field.type) === graphqlTypeText(column);
  return isColumn ? column : undefined;
}

/** Stands for a list while the rest of the answer becomes JSON; no text of the data can be the same. */
const RAW_MARK = randomBytes(16).toString('hex');
/** The lists whose marks are in what became JSON last. */
let rawTexts: (readonly Buffer[])[] = [];

/** A list that is JSON already, in pieces that follow each other. */
class RawText {
  constructor(private readonly pieces: readonly Buffer[]) {}

  toJSON(): string {
    rawTexts.push(this.pieces);
    return RAW_MARK;
  }
}

/** Rows that become text at once, and bytes of it that take as long as a value. */
const ROWS_PER_TURN = 32;
const BYTES_PER_VALUE = 50;
const [OPEN, COMMA, CLOSE, END] = ['[', ',', ']', '\n'].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

/** Puts the lists that were passed through into the answer, and makes text of the long ones, part by part. */
export async function shorten(data: unknown, { passed, long }: GraphqlAnswer): Promise<void> {
  for (const { path, text } of passed) put(data, path, () => new RawText([text]));
  const depth = new Map(long.map((path) => [path, keysOf(path).length]));
  for (const path of long.toSorted((a, b) => depth.get(b)! - depth.get(a)!)) {
    let rows: unknown;
    put(data, path, (value) => (rows = value));
    if (!Array.isArray(rows)) continue;
    const whole: Buffer[] = [];
    for (let i = 0; i < rows.length; i += ROWS_PER_TURN) {
      await turn();
      // Without the brackets of the part.
      const text = jsonOf(rows.slice(i, i + ROWS_PER_TURN)).slice(1, -1);
      whole.push(i > 0 ? COMMA : OPEN, ...piecesOf(text));
      worked(text.length / BYTES_PER_VALUE);
    }
    put(data, path, () => new RawText([...whole, CLOSE]));
  }
}

/** The keys of a path, the last first. */
function keysOf(path: ResponsePath): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at: ResponsePath | undefined = path; at; at = at.prev) keys.push(at.key);
  return keys;
}

/** Changes the value at a path, unless an error has left nothing there. */
function put(data: unknown, path: ResponsePath, change: (value: unknown) => unknown): void {
  const keys = keysOf(path);
  let parent = data as Record<string | number, unknown> | null | undefined;
  while (parent && keys.length > 1) parent = parent[keys.pop()!] as Record<string | number, unknown> | null | undefined;
  if (parent) parent[path.key] = change(parent[path.key]);
}

/** A value as JSON with marks in it; `rawTexts` has the lists that they stand for. */
function jsonOf(value: unknown): string {
  rawTexts = [];
  return JSON.stringify(value);
}

/** What has just become JSON, with the lists in the places of their marks. */
function piecesOf(text: string): Buffer[] {
  const lists = rawTexts;
  if (lists.length === 0) return [Buffer.from(text)];
  rawTexts = [];
  return text.split(`"${RAW_MARK}"`).flatMap((part, i) => [Buffer.from(part), ...(lists[i] ?? [])]);
}

/** Answers that are bytes, by their requests: Apollo knows of texts only. */
const BODIES = new WeakMap<RequestScope, Buffer>();

/** An answer as JSON; nothing where it is bytes, see {@link takeBody}. */
export function stringifyResult(result: unknown): string {
  const text = jsonOf(result);
  if (rawTexts.length === 0) return `${text}\n`;
  const body = Buffer.concat([...piecesOf(text), END]);
  const scope = currentRequest();
  if (!scope) return body.toString();
  BODIES.set(scope, body);
  return '';
}

/** The answer to a request, where it is bytes. */
export function takeBody(scope: RequestScope): Buffer | undefined {
  const body = BODIES.get(scope);
  BODIES.delete(scope);
  return body;
}

import type { Random } from '../../../src/setup/sample/random.js';
import type { TestApp } from '../../support/app.js';
import { asBytes, readColumnar } from '../../support/columnar.js';
import { chance, some } from './seed.js';

/** A row by its REST names; every value as text with its exact digits, null as the empty text. */
export type Row = Record<string, string>;

/** A list of the API in both transports. */
export interface Resource {
  readonly path: string;
  /** Query parameters, but for paging and output. */
  readonly query: Record<string, string>;
  /** How GraphQL asks for the same; absent where it does not have the list. */
  readonly graphql?: {
    /** The operation around a selection of the connection's fields. */
    readonly operation: (args: string, selection: string) => string;
    /** Where the connection is in `data`. */
    readonly at: readonly string[];
    /** Arguments but for paging, as GraphQL writes them. */
    readonly args: string;
    readonly columns: boolean;
  };
  /** False where no column is a decimal or a big integer. */
  readonly decimals?: false;
  /** REST names of the columns that are compared. */
  readonly columns: readonly string[];
}

/** One page as it came, and what it was asked with. */
export interface PageRead {
  readonly rows: Row[];
  readonly columns: readonly string[];
  readonly token: string | null;
  readonly asked: string;
}

const FORMS = ['json', 'strings', 'columns', 'csv', 'ndjson', 'arrow', 'parquet', 'nodes', 'edges', 'arrays'] as const;
type Form = (typeof FORMS)[number];

const camel = (name: string): string => name.replace(/_[a-z\d]/g, (pair) => pair[1]!.toUpperCase());

/** Reads one page in a random format of a random transport. */
export async function readPage(
  api: TestApp,
  rng: Random,
  resource: Resource,
  limit: number,
  token: string | null,
): Promise<PageRead> {
  const { graphql } = resource;
  const form = rng.pick(
    FORMS.filter((one) =>
      one === 'strings'
        ? resource.decimals !== false
        : one === 'nodes' || one === 'edges'
          ? graphql !== undefined
          : one !== 'arrays' || graphql?.columns === true,
    ),
  );
  const isRest = form !== 'nodes' && form !== 'edges' && form !== 'arrays';
  const columns = chance(rng, 0.3) ? some(rng, resource.columns) : resource.columns;
  return isRest
    ? readRest(api, resource, form, columns, limit, token)
    : readGraphql(api, resource, form, columns, limit, token);
}

async function readRest(
  api: TestApp,
  resource: Resource,
  form: Form,
  columns: readonly string[],
  limit: number,
  token: string | null,
): Promise<PageRead> {
  const { path, query, columns: all } = resource;
  const parameters = new URLSearchParams({ ...query, limit: String(limit) });
  if (columns !== all) parameters.set('fields', columns.join());
  if (form === 'strings') parameters.set('numbers', 'string');
  else if (form !== 'json') parameters.set('format', form);
  if (token !== null) parameters.set('page_token', token);
  const asked = `GET ${path}?${parameters.toString()}`;
  if (form === 'arrow' || form === 'parquet') {
    const answer = await asBytes(api.get(asked.slice(4)));
    if (answer.status === 200) {
      const file = readColumnar(answer);
      return { rows: file.rows.map(textRow), columns, token: file.about.next_page_token ?? null, asked };
    }
    // A value that does not fit its type is refused by its name, never rounded: other formats have it.
    const { code, detail } = answer.body as { code: string; detail: string };
    const page = await readRest(api, resource, 'json', columns, limit, token);
    if (code === 'limit_exceeded' && page.rows.some((row) => Object.values(row).some(doesNotFit))) return page;
    throw new Error(`${asked}\n${answer.status} ${detail}`);
  }
  const { status, text, headers } = await api.get(asked.slice(4)).buffer(true);
  if (status !== 200) throw new Error(`${asked}\n${status} ${text.slice(0, 500)}`);
  if (form === 'csv' || form === 'ndjson') {
    const rows = form === 'csv' ? csvRows(text) : text.split('\n').filter(Boolean).map(exactJson).map(textRow);
    return { rows, columns, token: headers['x-next-page-token'] ?? null, asked };
  }
  const body = exactJson(text) as { data: unknown; next_page_token?: string | null };
  const rows = form === 'columns' ? transposed(body.data as Record<string, unknown[]>) : rowsOf(body.data);
  return { rows, columns, token: body.next_page_token ?? null, asked };
}

/** Whether a decimal of a file of columns may not hold this: a price has 20 digits, eight of them behind the point. */
function doesNotFit(value: string): boolean {
  const [, whole = '', part = ''] = /^-?(\d+)(?:\.(\d+))?$/.exec(value) ?? [];
  return whole.length > 12 || part.length > 8;
}

async function readGraphql(
  api: TestApp,
  { graphql, columns: all }: Resource,
  form: Form,
  columns: readonly string[],
  limit: number,
  token: string | null,
): Promise<PageRead> {
  const { operation, at, args } = graphql!;
  const names = (columns.length === 0 ? all : columns).map(camel).join(' ');
  const selection = {
    nodes: `nodes { ${names} }`,
    edges: `edges { cursor node { ${names} } }`,
    arrays: `columns { ${names} }`,
  }[form as 'nodes' | 'edges' | 'arrays'];
  const paging = `first: ${limit}${token === null ? '' : `, after: ${JSON.stringify(token)}`}`;
  const query = operation([args, paging].filter(Boolean).join(', '), `${selection} pageInfo { hasNextPage endCursor }`);
  const { status, text } = await api.graphql(query).buffer(true);
  const body = exactJson(text) as { data: unknown; errors?: unknown[] };
  if (status !== 200 || body.errors) throw new Error(`${query}\n${status} ${text.slice(0, 500)}`);
  const page = at.reduce((value, name) => (value as Record<string, unknown>)[name], body.data) as {
    nodes?: unknown;
    edges?: { cursor: string; node: unknown }[];
    columns?: Record<string, unknown[]>;
    pageInfo: { hasNextPage: boolean | string; endCursor: string | null };
  };
  const rows = page.columns
    ? transposed(page.columns)
    : rowsOf(page.edges ? page.edges.map(({ node }) => node) : page.nodes);
  const last = page.edges?.at(-1);
  if (last && last.cursor !== page.pageInfo.endCursor) throw new Error(`${query}\nendCursor is not the last cursor`);
  return {
    rows: rows.map(restRow),
    columns,
    token: page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null,
    asked: query,
  };
}

/** JSON with every number as the digits that were sent. */
export function exactJson(text: string): unknown {
  const parse = JSON.parse as (
    text: string,
    revive: (key: string, value: unknown, context: { source: string }) => unknown,
  ) => unknown;
  return parse(text, (_, value, { source }) => (typeof value === 'number' ? source : value));
}

function rowsOf(list: unknown): Row[] {
  return (list as unknown[]).map(textRow);
}

function textRow(row: unknown): Row {
  return Object.fromEntries(
    Object.entries(row as Record<string, unknown>).map(([name, value]) => [name, plain(value)]),
  );
}

/** A row of GraphQL by its REST names. */
function restRow(row: Row): Row {
  const snake = (name: string): string => name.replace(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`);
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [snake(name), value]));
}

/** A value as text; an instant without a fraction that is zero, since CSV has one form for a whole column. */
export function plain(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/.test(text) ? text.replace(/\.?0*Z$/, 'Z') : text;
}

function transposed(columns: Record<string, unknown[]>): Row[] {
  const names = Object.keys(columns);
  const length = new Set(names.map((name) => columns[name]!.length));
  if (length.size > 1) throw new Error(`columns of different lengths: ${[...length].join()}`);
  return Array.from({ length: [...length][0] ?? 0 }, (_, i) =>
    textRow(Object.fromEntries(names.map((name) => [name, columns[name]![i]]))),
  );
}

/** RFC 4180. */
export function csvRows(text: string): Row[] {
  const records: string[][] = [];
  let record: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (!match) throw new Error(`no CSV: ${text.slice(0, 200)}`);
    record.push(match[1] === undefined ? match[2]! : match[1].replaceAll('""', '"'));
    if (match[3] === ',') continue;
    records.push(record);
    record = [];
  }
  const [header = [], ...rows] = records;
  return rows.map((values) => {
    if (values.length !== header.length) throw new Error(`a CSV line has ${values.length} of ${header.length} fields`);
    return Object.fromEntries(header.map((name, i) => [name, plain(values[i])]));
  });
}

import { type RawBuilder, sql } from 'kysely';
import { type NamedQuery, relationOf } from '../base/named-query.js';
import { build } from './build.js';

/** A parameter whose value comes with each run. */
class Placeholder {
  constructor(readonly name: string) {}
}

/** A place for a value in a template. */
export function placeholder<T>(name: string): RawBuilder<T> {
  return sql<T>`${new Placeholder(name)}`;
}

/** A place for a list of texts, sent as one array so that its length does not change the statement. */
export function placeholderList(name: string): RawBuilder<string[]> {
  return sql<string[]>`${placeholder(name)}::text[]`;
}

interface Template {
  /** The statement with its name. */
  readonly named: NamedQuery;
  /** When it was last used, in uses of any. */
  used: number;
}

/** Most templates that are kept; the one unused for longest goes first. */
const MAX_TEMPLATES = 1000;
/** In place of the tree that a template was compiled from, which is ten times as large as its text. */
const { query: NO_TREE } = sql``.compile(build);
const templates = new Map<string, Template>();
let made = 0;
let uses = 0;

/**
 * A statement out of a template. Statements of one shape differ in their values only, so they are built and compiled
 * once; from its second use on a template carries a name, under which each connection prepares it. Bounds in time are
 * part of the shape: the planner sees them, and a plan that is kept opens the chunks of its window only.
 *
 * @param shape   all that decides the text of the statement
 * @param make    builds it with placeholders for the values
 * @param values  what the placeholders stand for
 */
export function fromTemplate<Row>(
  shape: readonly [kind: string, ...unknown[]],
  make: () => RawBuilder<Row>,
  values: Record<string, unknown>,
): NamedQuery<Row> {
  const key = shape.join('\0');
  const known = templates.get(key);
  if (known) {
    known.used = ++uses;
    return bind(known.named as NamedQuery<Row>, values);
  }
  if (templates.size >= MAX_TEMPLATES) templates.delete(oldest());
  const built = make().compile(build);
  const relation = relationOf(built.sql);
  const compiled = { ...built, query: NO_TREE, label: relation === null ? shape[0] : `${shape[0]} ${relation}` };
  templates.set(key, { named: { ...compiled, name: `t${++made}` }, used: ++uses });
  return bind(compiled, values);
}

function oldest(): string {
  return [...templates].reduce((a, b) => (b[1].used < a[1].used ? b : a))[0];
}

/** A compiled statement with the values in place of its placeholders. */
export function bind<Row>(compiled: NamedQuery<Row>, values: Record<string, unknown>): NamedQuery<Row> {
  return {
    ...compiled,
    parameters: compiled.parameters.map((value) => (value instanceof Placeholder ? values[value.name] : value)),
  };
}

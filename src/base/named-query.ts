import type { CompiledQuery } from 'kysely';

/** A compiled statement, and the name under which connections prepare it; without one it is sent as it is. */
export type NamedQuery<Row = unknown> = CompiledQuery<Row> & {
  readonly name?: string;
  /** What the log calls it: what it is for and its relation, such as `page market_data.ohlcv`. */
  readonly label?: string;
};

const RELATION = /\b(?:from|join)\s+"?([a-z_]\w*)"?\."?([a-z_]\w*)"?/g;

/** The relations that a statement's text reads, with their schemas, each once and the first one first. */
export function relationsOf(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(RELATION), nameOf))];
}

function nameOf([, schema, name]: RegExpExecArray): string {
  return `${schema!}.${name!}`;
}

/** The first of them; null where it reads none. */
export function relationOf(text: string): string | null {
  const [first] = text.matchAll(RELATION);
  return first ? nameOf(first) : null;
}

/** What the log calls a statement; never a value. */
export function labelOf({ label, sql }: { readonly label?: string; readonly sql: string }): string {
  return label ?? relationOf(sql) ?? 'server';
}

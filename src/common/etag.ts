import { hash } from 'node:crypto';

/**
 * An entity tag of what an answer is made of. With a state it has a second part that tells, without the answer being
 * made again, that nothing it was made from has changed: `W/"<content>.<state>"`.
 */
export function etagOf(parts: readonly string[], state: string | null = null): string {
  const content = digest(parts.join('\0'), 22);
  return `W/"${state === null ? content : `${content}.${state}`}"`;
}

/**
 * The state of an answer: what was asked, and the database's snapshot. Two equal snapshots see the same rows, since each
 * transaction that wrote anything moves them (PostgreSQL, `pg_current_snapshot`).
 */
export function stateOf(snapshot: string, asked: readonly string[]): string {
  return digest([snapshot, ...asked].join('\0'), 12);
}

/** Whether a client that sends this `If-None-Match` has a state to compare. */
export function namesState(condition: string): boolean {
  return STATE.test(condition);
}

/** The tag of an `If-None-Match` that has this state. */
export function tagWithState(condition: string, state: string): string | undefined {
  return tagsOf(condition).find((tag) => tag.endsWith(`.${state}"`));
}

/**
 * Whether what a client has still holds: RFC 9110, 13.1.2, with weak comparison and `*`. The state part is not compared:
 * the same content is the same whatever else the database has been told meanwhile.
 */
export function matches(condition: string | undefined, etag: string): boolean {
  if (!condition) return false;
  return tagsOf(condition).some((tag) => tag === '*' || contentOf(tag) === contentOf(etag));
}

const STATE = /\.[\w-]{12}"/;

function tagsOf(condition: string): string[] {
  return condition.split(',').map((tag) => tag.trim());
}

function contentOf(tag: string): string {
  return tag.replace(/^W\//, '').replace(STATE, '"');
}

/** What a text is known by. */
export function digest(text: string | Buffer, length = 27): string {
  return hash('sha1', text, 'base64url').slice(0, length);
}

import { relationsOf } from './named-query.js';

/** Characters of a statement that are shown on either side of what is wrong with it. */
const EXCERPT_LENGTH = 60;

const failed = new WeakMap<object, { readonly name?: string; readonly sql: string }>();

/** Remembers which statement raised an error, for {@link describeFailure}. */
export function noteStatement(error: unknown, statement: { readonly name?: string; readonly sql: string }): void {
  if (typeof error === 'object' && error !== null) failed.set(error, statement);
}

/** An error of PostgreSQL, as the driver makes it. */
interface ServerError {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly position?: string;
  readonly stack?: string;
}

function isServerError(error: unknown): error is ServerError {
  const { code, severity, message } = error as Partial<Record<keyof ServerError, unknown>>;
  return typeof code === 'string' && typeof severity === 'string' && typeof message === 'string';
}

/** Names in a message of class 42 are the statement's own; what is quoted in others may be a client's value. */
function withoutValues({ code, message }: ServerError): string {
  const literals = message.replace(/'[^']*'/g, "'***'");
  return code.startsWith('42') ? literals : literals.replace(/"[^"]*"/g, '"***"');
}

/**
 * What PostgreSQL said of a statement, for the log: SQLSTATE, message, the statement's name, its relations and what is
 * around the fault. Values are not in it. Null for any other error.
 */
export function describeFailure(error: unknown): { readonly text: string; readonly stack?: string } | null {
  if (typeof error !== 'object' || error === null || !isServerError(error)) return null;
  const message = withoutValues(error);
  const statement = failed.get(error);
  const parts = [`${error.code} ${message}`];
  if (statement) {
    const { name = 'without a name', sql } = statement;
    const relations = relationsOf(sql);
    parts.push(`statement ${name}${relations.length > 0 ? ` on ${relations.join(', ')}` : ''}`);
    const at = Number(error.position) - 1;
    if (at >= 0) {
      const around = sql.slice(Math.max(0, at - EXCERPT_LENGTH), at + EXCERPT_LENGTH).replace(/\s+/g, ' ');
      // A literal may be cut off at either side; those that are whole are bounds in time and names of ours.
      parts.push(`near: ${around.replace(/'[^']*'/g, "'***'")}`);
    }
  }
  const stack = error.stack?.replace(error.message, () => message);
  return { text: parts.join('; '), ...(stack === undefined ? {} : { stack }) };
}

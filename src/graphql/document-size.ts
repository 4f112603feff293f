import { GraphQLError } from 'graphql';
import { ApiError, type ErrorCode } from '../base/errors.js';
import { LIMITS } from '../base/limits.js';

const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** What a GraphQL request says, by POST or by GET, before anything of it was looked at. */
export interface Asked {
  readonly query?: unknown;
  readonly variables?: unknown;
}

/**
 * Refuses a document that is too long or nested too deeply, and variables that are too many, by a look at their size:
 * to read what they say would cost a hundred times as much. Brackets in strings count too; no document in use comes
 * near the limits.
 * @throws GraphQLError with status 400
 */
export function refuseOversized(asked: unknown): void {
  const { query, variables } = (asked ?? {}) as Asked;
  if (typeof query === 'string') {
    if (query.length > LIMITS.queryLength) {
      refuse(`The document has ${query.length} characters; at most ${LIMITS.queryLength} are allowed.`);
    }
    if (depthOf(query) > LIMITS.queryDepth)
      refuse(`The document is nested more than ${LIMITS.queryDepth} levels deep.`);
  }
  if (typeof variables === 'string') refuseDeep(depthOf(variables));
  else if (typeof variables === 'object' && variables !== null) refuseMany(variables);
}

/** How deeply brackets are nested in a text. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const at = text.charCodeAt(i);
    if (at === OPEN_BRACE || at === OPEN_BRACKET) deepest = Math.max(deepest, (depth += 1));
    else if (at === CLOSE_BRACE || at === CLOSE_BRACKET) depth -= 1;
  }
  return deepest;
}

/** Level by level, since deep ones would be too much for a recursion. */
function refuseMany(variables: object): void {
  let level: object[] = [variables];
  let count = 0;
  for (let depth = 1; level.length > 0; depth++) {
    refuseDeep(depth);
    const next: object[] = [];
    for (const each of level) {
      const values = Array.isArray(each)
        ? (each as unknown[])
        : Object.values<unknown>(each as Record<string, unknown>);
      count += values.length;
      if (count > LIMITS.variableValues) {
        refuse(
          `The variables have more than ${LIMITS.variableValues} values.`,
          'limit_exceeded',
          `Lists of symbols have at most ${LIMITS.latestSymbols}.`,
        );
      }
      for (const value of values) if (typeof value === 'object' && value !== null) next.push(value);
    }
    level = next;
  }
}

function refuseDeep(depth: number): void {
  if (depth <= LIMITS.variableDepth) return;
  refuse(`The variables are nested more than ${LIMITS.variableDepth} levels deep.`, 'query_too_complex', '');
}

/**
 * Refuses a whole operation.
 * @throws GraphQLError with status 400
 */
export function refuse(
  detail: string,
  code: ErrorCode = 'query_too_complex',
  hint = 'Ask for fewer rows or symbols or a shorter window, or split the operation.',
): never {
  throw refusal(new ApiError(code, detail, hint ? { hint } : {}));
}

/** An error of ours as what refuses a whole operation, with its status. */
export function refusal(error: ApiError): GraphQLError {
  return new GraphQLError(error.message, { originalError: error, extensions: { http: { status: error.status } } });
}

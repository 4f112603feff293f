import { unwrapResolverError } from '@apollo/server/errors';
import { Logger } from '@nestjs/common';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ApiError, causeOf, toApiError } from '../base/errors.js';
import { currentRequest } from '../base/request.js';

const log = new Logger('GraphQL');

/** Apollo's own codes for what a client got wrong, whose messages speak only of the client's document. */
const CLIENT_CODES: Record<string, string> = {
  GRAPHQL_PARSE_FAILED: 'invalid_query',
  GRAPHQL_VALIDATION_FAILED: 'invalid_query',
  OPERATION_RESOLUTION_FAILURE: 'invalid_query',
  BAD_REQUEST: 'invalid_query',
  PERSISTED_QUERY_NOT_FOUND: 'PERSISTED_QUERY_NOT_FOUND',
  PERSISTED_QUERY_NOT_SUPPORTED: 'PERSISTED_QUERY_NOT_SUPPORTED',
  BAD_USER_INPUT: 'invalid_parameter',
};

/** The GraphQL edge of the error table: an allow-list, since Apollo sends the message of whatever was thrown. */
export function formatError(formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError {
  const unwrapped = unwrapResolverError(thrown);
  const original = unwrapped instanceof GraphQLError ? (unwrapped.originalError ?? unwrapped) : unwrapped;
  const { path, locations } = formatted;
  const where = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  const code = clientCode(formatted, original);
  if (!(original instanceof ApiError) && code) return { message: formatted.message, ...where, extensions: { code } };
  const error = toApiError(original);
  const scope = currentRequest();
  if (scope) scope.problem ??= error;
  if (error.code === 'internal') {
    const { text, stack } = causeOf(error);
    const asked = [scope?.id ?? '-', path?.join('.') ?? 'the operation'].join(' ');
    log.error(`${asked} ${text}`, stack);
  }
  return { message: error.message, ...where, extensions: { code: error.code, ...error.details } };
}

/** Our code for what is wrong with the document itself, or with a value that one of our scalars refused. */
function clientCode({ extensions, path }: GraphQLFormattedError, original: unknown): string | undefined {
  if (extensions?.refusedBy !== undefined) return 'invalid_parameter';
  if (extensions?.validationErrorCode === 'MAX_RECURSIVE_SELECTIONS_EXCEEDED') return 'query_too_complex';
  const known = CLIENT_CODES[String(extensions?.code)];
  // graphql-js raises what is wrong with a whole operation without a path and without a code of its own.
  return known ?? (path === undefined && original instanceof GraphQLError ? 'invalid_query' : undefined);
}

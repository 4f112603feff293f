import { describeFailure } from './failed-statement.js';

/**
 * The one table of errors. REST answers them as RFC 9457 problems, GraphQL carries the same `code` in
 * `extensions`; nothing else about an error ever reaches a client.
 */
export const ERRORS = {
  unknown_parameter: { status: 400, title: 'Unknown parameter' },
  invalid_parameter: { status: 400, title: 'Invalid parameter' },
  limit_exceeded: { status: 400, title: 'Limit exceeded' },
  window_too_large: { status: 400, title: 'Window too large' },
  invalid_page_token: { status: 400, title: 'Invalid page token' },
  query_too_complex: { status: 400, title: 'Query too complex' },
  invalid_query: { status: 400, title: 'Invalid GraphQL request' },
  unauthorized: { status: 401, title: 'Unauthorized' },
  forbidden: { status: 403, title: 'Forbidden' },
  symbol_not_found: { status: 404, title: 'Symbol not found' },
  series_not_found: { status: 404, title: 'Series not found' },
  article_not_found: { status: 404, title: 'Article not found' },
  event_not_found: { status: 404, title: 'Event not found' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  not_acceptable: { status: 406, title: 'Not acceptable' },
  request_timeout: { status: 408, title: 'Request timeout' },
  precondition_failed: { status: 412, title: 'Precondition failed' },
  payload_too_large: { status: 413, title: 'Payload too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  range_not_satisfiable: { status: 416, title: 'Range not satisfiable' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'Headers too large' },
  client_closed_request: { status: 499, title: 'The client left' },
  internal: { status: 500, title: 'Internal error' },
  not_ready: { status: 503, title: 'Not ready yet' },
  overloaded: { status: 503, title: 'Overloaded' },
  database_unavailable: { status: 503, title: 'Database unavailable' },
  query_timeout: { status: 504, title: 'Query took too long' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** What an error may add to its code for the client. */
export interface ErrorDetails {
  /** The parameter or argument at fault, by the name the client used. */
  param?: string;
  /** What to do about it. */
  hint?: string;
  /** Accepted names or values. */
  allowed?: readonly string[];
}

/** An error that is meant for the client: a code of the table, a sentence, and what helps to correct it. */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorCode,
    detail: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(detail, options);
    this.name = 'ApiError';
  }

  /** HTTP status of the code. */
  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** A 400 that names the parameter. */
export function invalid(param: string, detail: string, more: Omit<ErrorDetails, 'param'> = {}): ApiError {
  return new ApiError('invalid_parameter', detail, { param, ...more });
}

/**
 * SQLSTATE classes and codes that are the environment's doing, from the table in PostgreSQL's manual, appendix A.
 * What is not here is our own mistake, and stays `internal`.
 */
const SQLSTATES: readonly [pattern: RegExp, code: ErrorCode, detail: string][] = [
  [/^57014$/, 'query_timeout', 'The query ran into its time limit. Ask for a smaller window.'],
  [/^55P03$/, 'database_unavailable', 'The data is locked by maintenance. Try again shortly.'],
  [/^53|^54001$/, 'overloaded', 'The database is out of a resource. Try again shortly.'],
  [
    /^08|^57P|^28|^3D000|^25006|^58|^XX|^F0/,
    'database_unavailable',
    'The database cannot be reached. Try again shortly.',
  ],
  [/^40/, 'database_unavailable', 'The database cancelled the query for its own upkeep. Try again shortly.'],
  // A schema, a relation or a grant that is missing; what else a statement of class 42 has wrong is in our text.
  [
    /^42501|^42P01|^3F000|^0A000|^55000|^26000/,
    'database_unavailable',
    'This data set is not available at the moment.',
  ],
  [/^22021$|^22P05$/, 'invalid_parameter', 'The text holds a character that the database cannot store.'],
];

/** What the driver, the operating system or the pool says when the connection is gone. */
const CONNECTION_CODE =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|ERR_STREAM|ERR_TLS|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/;
const CONNECTION_MESSAGE =
  /Connection terminated|received invalid response|Client was closed|not queryable|Connection ended|timeout expired|SASL|SSL|pool after calling end/;

/** Turns whatever was thrown into an error that a client may see. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { code, message, name } = wordsOf(error);
  if (name === 'AbortError') return new ApiError('client_closed_request', 'The client left.', {}, { cause: error });
  if (code) {
    const known = /^[0-9A-Z]{5}$/.test(code) && SQLSTATES.find(([pattern]) => pattern.test(code));
    if (known) return new ApiError(known[1], known[2], {}, { cause: error });
  }
  if (message === 'timeout exceeded when trying to connect') {
    return new ApiError('overloaded', 'All database connections are busy. Try again shortly.', {}, { cause: error });
  }
  if (message === 'Query read timeout') {
    return new ApiError('query_timeout', 'The database did not answer in time.', {}, { cause: error });
  }
  if ([code, message].some((text) => CONNECTION_CODE.test(text) || CONNECTION_MESSAGE.test(text))) {
    return new ApiError(
      'database_unavailable',
      'The database cannot be reached. Try again shortly.',
      {},
      { cause: error },
    );
  }
  return new ApiError('internal', 'Something went wrong on our side.', {}, { cause: error });
}

/** What is known of anything thrown: nobody promises that it is an Error, nor that it lets itself be looked at. */
function wordsOf(error: unknown): Record<'code' | 'message' | 'name', string> {
  const words = { code: '', message: '', name: '' };
  try {
    for (const word of ['code', 'message', 'name'] as const) {
      const value = (error as Record<string, unknown> | null)?.[word];
      if (typeof value === 'string') words[word] = value;
    }
  } catch {
    // Then it stays unknown.
  }
  return words;
}

/** The cause of an error in words for the log, and where it was thrown. */
export function causeOf({ cause }: ApiError): { readonly text: string; readonly stack: string | undefined } {
  try {
    const failure = describeFailure(cause);
    if (failure) return { text: failure.text, stack: failure.stack };
    const { stack } = (cause ?? {}) as { stack?: unknown };
    return { text: String(cause), stack: typeof stack === 'string' ? stack : undefined };
  } catch {
    return { text: 'something was thrown that cannot be told', stack: undefined };
  }
}

import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { errorCodes, type FastifyReply, type FastifyRequest } from 'fastify';
import type { RequestScope } from '../base/request.js';
import { ApiError, causeOf, ERRORS, type ErrorCode, toApiError } from '../base/errors.js';

/** An RFC 9457 problem as it is sent. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: ErrorCode;
  param?: string;
  hint?: string;
  allowed?: readonly string[];
  request_id: string;
}

/** The problem that tells a client of an error. */
export function problemOf(error: ApiError, instance: string, requestId: string): Problem {
  const { title, status } = ERRORS[error.code];
  return {
    type: `/docs#problem-${error.code}`,
    title,
    status,
    detail: error.message,
    instance,
    code: error.code,
    ...error.details,
    request_id: requestId,
  };
}

/** Codes of HTTP errors that the framework raises before any of our code runs. */
const FRAMEWORK: Record<number, [ErrorCode, string]> = {
  400: ['invalid_parameter', 'The request is not well formed.'],
  404: ['not_found', 'There is nothing at this path.'],
  405: ['method_not_allowed', 'This method is not allowed here.'],
  413: ['payload_too_large', 'The body is too large.'],
  414: ['invalid_parameter', 'The URL is too long.'],
  415: ['unsupported_media_type', 'Send the body as application/json.'],
  403: ['not_found', 'There is nothing at this path.'],
  406: ['not_acceptable', 'There is no such form of this.'],
  408: ['request_timeout', 'The request took too long to arrive.'],
  412: ['precondition_failed', 'What the request depends on does not hold.'],
  416: ['range_not_satisfiable', 'There is no such range of this.'],
  429: ['rate_limited', 'Too many requests.'],
  431: ['headers_too_large', 'The headers are too large.'],
  503: ['overloaded', 'The server is busy. Try again shortly.'],
};

const { FST_ERR_CTP_EMPTY_JSON_BODY, FST_ERR_CTP_INVALID_JSON_BODY } = errorCodes;

/** What the framework says more exactly: by a code of its own, or by a text, where Nest has dropped the code. */
const MALFORMED = new Map([
  ['FST_ERR_BAD_URL', 'The path is not percent-encoded UTF-8.'],
  [FST_ERR_CTP_EMPTY_JSON_BODY().message, 'The body is empty; it has to be JSON.'],
  [FST_ERR_CTP_INVALID_JSON_BODY().message, 'The body is no JSON.'],
]);

function isClients(status: number): boolean {
  return status >= 400 && status < 500;
}

function frameworkError(error: unknown): ApiError | null {
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number } | null)?.statusCode;
  // A status that some library put on its error says nothing about the request.
  const code = String((error as { code?: unknown } | null)?.code);
  const isOurs = error instanceof HttpException || code.startsWith('FST_');
  const known =
    status === undefined
      ? undefined
      : (FRAMEWORK[status] ?? (isOurs && isClients(status) ? FRAMEWORK[400] : undefined));
  if (!known) return null;
  const detail = MALFORMED.get(code) ?? MALFORMED.get((error as Error).message) ?? known[1];
  return new ApiError(known[0], detail, {}, { cause: error });
}

const log = new Logger('Request');

/** Notes the error that answers a request for its line in the log; what is our own fault gets one with its cause. */
export function noteProblem(error: ApiError, request: FastifyRequest): void {
  const scope = request.scope as RequestScope | null;
  if (scope) scope.problem = error;
  if (error.code !== 'internal') return;
  const { text, stack } = causeOf(error);
  const route = request.routeOptions.url ?? 'no route';
  log.error(`${request.id} ${request.method} ${route} ${text}`, stack);
}

/** Sends any error as a problem. What is our own fault is logged with its cause, under the request's id. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = thrown instanceof ApiError ? thrown : (frameworkError(thrown) ?? toApiError(thrown));
  noteProblem(error, request);
  if (reply.raw.headersSent || reply.raw.destroyed) {
    reply.raw.destroy();
    return;
  }
  const [path = '/'] = request.url.split('?', 1);
  const problem = problemOf(error, path, request.id);
  if ((error.status === 503 || error.status === 429) && !reply.hasHeader('retry-after'))
    reply.header('retry-after', '1');
  void reply
    .status(error.status)
    .headers({ 'cache-control': 'no-store', 'content-type': 'application/problem+json; charset=utf-8' })
    .send(JSON.stringify(problem));
}

/** The REST edge of the error table. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    if (host.getType<string>() !== 'http') throw thrown;
    const http = host.switchToHttp();
    sendProblem(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

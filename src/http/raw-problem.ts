import { STATUS_CODES } from 'node:http';
import type { ApiError } from '../base/errors.js';
import { problemOf } from './problem.js';

/** A whole HTTP answer with a problem, for a connection that nothing else will be sent over. */
export function rawProblem(problem: ApiError, path: string, id: string): string {
  const body = JSON.stringify(problemOf(problem, path, id));
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]!}`,
    'Content-Type: application/problem+json; charset=utf-8',
    'Cache-Control: no-store',
    `X-Request-Id: ${id}`,
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

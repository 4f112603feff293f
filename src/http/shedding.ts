import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { BUSY, type Pressure } from './pressure.js';
import { problemOf } from './problem.js';
import { requestId, type Requests } from './requests.js';

/**
 * Refuses at once what cannot be answered in time, before the framework sees it; health is always answered.
 * @param origins  origins whose pages may read the refusal
 * @param always   headers of every answer
 */
export function shedLoad(
  server: Server,
  pressure: Pressure,
  requests: Requests,
  { origins, always }: { origins: readonly string[]; always: Readonly<Record<string, string>> },
): void {
  const [serve] = server.listeners('request') as [RequestListener];
  server.removeListener('request', serve);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '/', headers } = request;
    if (!pressure.overloaded || url.startsWith('/health/') || method === 'OPTIONS') return serve(request, response);
    const id = requestId(request);
    const body = JSON.stringify(problemOf(BUSY, url.split('?', 1)[0]!, id));
    response.once('close', () => requests.refused(id, method));
    response.writeHead(BUSY.status, {
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'retry-after': '1',
      ...always,
      'x-content-type-options': 'nosniff',
      'x-request-id': id,
      // While the server drains, as every answer then.
      ...(server.listening ? {} : { connection: 'close' }),
      ...readableBy(origins, headers.origin),
    });
    response.end(method === 'HEAD' ? undefined : body);
  });
}

/** What CORS would have added. */
function readableBy(origins: readonly string[], origin: string | undefined): Record<string, string> {
  if (origins.includes('*')) return { 'access-control-allow-origin': '*' };
  if (origin === undefined || !origins.includes(origin)) return {};
  return { 'access-control-allow-origin': origin };
}

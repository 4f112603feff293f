import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { enterRequest, type RequestScope } from '../database/request-scope.js';
import { ApiError } from './errors.js';
import { sendProblem } from './problem.js';

const WELL_FORMED = /^[A-Za-z0-9._-]{1,64}$/;

/** A client's own request id when it is well formed, otherwise a new one. */
export function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : randomUUID();
}

/** What every request gets before and after our code: an id, a scope that ends with its client, safe headers. */
export function addRequestHooks(http: FastifyInstance): void {
  const scopes = new WeakMap<FastifyRequest, RequestScope>();

  http.addHook('onRequest', (request, reply, done) => {
    const controller = new AbortController();
    scopes.set(request, { id: request.id, signal: controller.signal, databaseMs: 0, statements: 0 });
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) controller.abort();
    });
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
    done();
  });

  // After the body was read: its events would lose the scope.
  http.addHook('preHandler', (request, _reply, done) => enterRequest(scopes.get(request)!, done));
}

/** Every other method on a path that has a GET is 405 with `Allow`; OPTIONS tells what is allowed. */
export function refuseOtherMethods(http: FastifyInstance): void {
  const refused = new Set<string>();
  http.addHook('onRoute', ({ url, method }) => {
    const methods = [method].flat();
    if (!methods.includes('GET') || refused.has(url) || url === '*') return;
    refused.add(url);
    const allow = url === '/graphql' ? 'GET, HEAD, POST, OPTIONS' : 'GET, HEAD, OPTIONS';
    http.route({
      method: (['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const).filter((m) => !methods.includes(m)),
      url,
      schema: { hide: true } as object,
      handler: (request: FastifyRequest, reply: FastifyReply) => {
        void reply.header('allow', allow);
        if (request.method === 'OPTIONS') return reply.status(204).send();
        sendProblem(
          new ApiError('method_not_allowed', `${request.method} is not allowed here.`, { allowed: allow.split(', ') }),
          request,
          reply,
        );
      },
    });
  });
}

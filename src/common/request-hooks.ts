import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, METHODS, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { enterRequest, RequestScope } from '../database/request-scope.js';
import { ApiError } from './errors.js';
import type { Log } from './log.js';
import type { Pressure } from './pressure.js';
import { problemOf, sendProblem } from './problem.js';

const WELL_FORMED = /^[A-Za-z0-9._-]{1,64}$/;
/** What a handler that heard of its time limit gets to answer by itself, in milliseconds. */
const LAST_WORD = 100;

/** Made once: where it was made is of no interest, and costs more than all the rest of a refusal. */
const BUSY = new ApiError('overloaded', 'The server is busy. Try again shortly.');

const scopes = new WeakMap<FastifyRequest, RequestScope>();
/** What tells that a request's work is done; its client may still be taking the answer. */
const leaves = new WeakMap<FastifyRequest, () => void>();

/** A client's own request id when it is well formed, otherwise a new one. */
export function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : randomUUID();
}

/** The scope of a request that {@link beginRequest} has begun. */
export function scopeOf(request: FastifyRequest): RequestScope {
  return scopes.get(request)!;
}

/** Begins a request: an id, a scope that ends with its client, safe headers, and one line in the log when it is over. */
export function beginRequest(request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const scope = new RequestScope(request.id);
  const started = performance.now();
  scopes.set(request, scope);
  reply.raw.once('close', () => {
    const finished = reply.raw.writableFinished;
    if (!finished) scope.end(new ApiError('client_closed_request', 'The client left.'));
    const route = request.routeOptions?.url;
    log.request({
      id: scope.id,
      method: request.method,
      route: route ?? null,
      status: finished ? reply.raw.statusCode : 499,
      ms: Math.round((performance.now() - started) * 100) / 100,
      db_ms: Math.round(scope.databaseMs * 100) / 100,
      statements: scope.statements,
      ...(scope.client === null ? {} : { client: scope.client }),
      quiet: route?.startsWith('/health/') === true,
    });
  });
  void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
}

/** What every request gets before and after our code; its time limit begins when its body was read. */
export function addRequestHooks(http: FastifyInstance, log: Log, pressure: Pressure, timeout: number): void {
  http.addHook('onRequest', (request, reply, done) => {
    beginRequest(request, reply, log);
    if (request.routeOptions.url === '/graphql' && !hasUrl(request)) {
      return sendProblem(new ApiError('invalid_parameter', 'The Host header is not well formed.'), request, reply);
    }
    done();
  });

  // After the body was read: its events would lose the scope.
  http.addHook('preHandler', (request, reply, done) => {
    const scope = scopeOf(request);
    // A body arrives after the request was let in.
    if (pressure.overloaded && !request.routeOptions.url?.startsWith('/health/')) {
      return sendProblem(BUSY, request, reply);
    }
    const leave = pressure.enter();
    leaves.set(request, leave);
    let timer = setTimeout(() => {
      if (reply.sent) return;
      const late = new ApiError('query_timeout', 'The request ran into its time limit. Ask for a smaller window.');
      scope.end(late);
      timer = setTimeout(() => {
        if (!reply.sent) sendProblem(late, request, reply);
      }, LAST_WORD);
    }, timeout);
    reply.raw.once('close', () => {
      clearTimeout(timer);
      leave();
    });
    enterRequest(scope, done);
  });
  // A client that takes its time with the answer must not count as work.
  http.addHook('onSend', (request, _reply, payload, done) => {
    leaves.get(request)?.();
    done(null, payload);
  });
  http.addHook('onClose', (_instance, done) => {
    pressure.close();
    done();
  });
}

/** Whether host and path make a URL, which Apollo takes for granted. */
function hasUrl({ protocol, hostname, url }: FastifyRequest): boolean {
  return URL.canParse(url, `${protocol}://${hostname}/`);
}

/** What the refusal of a request needs beside the request. */
export interface Shedding {
  readonly log: Log;
  readonly pressure: Pressure;
  /** The header that lets a browser read the refusal, by the origin it asks from. */
  readonly cors: (origin: string | undefined) => Record<string, string>;
  /** Told of each refusal, by its method. */
  readonly count: (method: string) => void;
}

/** Refuses at once what cannot be answered in time, before the framework sees it; health is always answered. */
export function shedLoad(server: Server, { log, pressure, cors, count }: Shedding): void {
  const [serve] = server.listeners('request') as [RequestListener];
  server.removeListener('request', serve);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '/', headers } = request;
    if (!pressure.overloaded || url.startsWith('/health/') || method === 'OPTIONS') return serve(request, response);
    const id = requestId(request);
    const body = JSON.stringify(problemOf(BUSY, url.split('?', 1)[0]!, id));
    response.once('close', () => {
      log.request({ id, method, route: null, status: BUSY.status, ms: 0, db_ms: 0, statements: 0, quiet: false });
      count(method);
    });
    response.writeHead(BUSY.status, {
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'retry-after': '1',
      'x-content-type-options': 'nosniff',
      'x-request-id': id,
      // While the server drains, as every answer then.
      ...(server.listening ? {} : { connection: 'close' }),
      ...cors(headers.origin),
    });
    response.end(method === 'HEAD' ? undefined : body);
  });
}

/** Every other method on a path that has a GET is 405 with `Allow`; OPTIONS tells what is allowed. */
export function refuseOtherMethods(http: FastifyInstance): void {
  // CONNECT never becomes a request; the rest, WebDAV's included, must first be known to be refused.
  const known = METHODS.filter((method) => !['CONNECT', 'GET', 'HEAD'].includes(method));
  for (const method of known) if (!http.supportedMethods.includes(method)) http.addHttpMethod(method);
  const refused = new Set<string>();
  http.addHook('onRoute', ({ url, method }) => {
    const methods = [method].flat();
    if (!methods.includes('GET') || refused.has(url) || url === '*') return;
    refused.add(url);
    const allow = url === '/graphql' ? 'GET, HEAD, POST, OPTIONS' : 'GET, HEAD, OPTIONS';
    http.route({
      method: known.filter((m) => !methods.includes(m)),
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

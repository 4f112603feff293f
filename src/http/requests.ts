import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { METHODS } from 'node:http';
import type { Readable } from 'node:stream';
import { enterRequest, RequestScope } from '../base/request.js';
import type { Tracing } from '../base/tracing.js';
import { callerOf } from './access/rate-limit.js';
import type { Delivery } from './delivery.js';
import { ApiError, toApiError } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { BUSY, type Pressure } from './pressure.js';
import { sendProblem } from './problem.js';

const WELL_FORMED = /^[A-Za-z0-9._-]{1,64}$/;
/** What a handler that heard of its time limit gets to answer by itself, in milliseconds. */
const LAST_WORD = 100;

declare module 'fastify' {
  interface FastifyRequest {
    /** What this request carries down to its statements; null until it has begun. */
    scope: RequestScope;
    /** Its time limit, once its body was read. */
    limit: NodeJS.Timeout | null;
    /** Whether its answer is still to be made; its client may take its time with it. */
    atWork: boolean;
    /** Says that its answer was sent, or will not be. */
    sent: (() => void) | null;
  }
}

/** What holds for every answer. */
export interface AnswerSettings {
  /** Time limit, in milliseconds from when the request's body was read to the first byte of its answer. */
  readonly timeout: number;
  /** Headers that it gets. */
  readonly headers: (request: FastifyRequest) => Record<string, string>;
  /** Whether it is made of sample data. */
  readonly sample: boolean;
}

/** A request that is over. */
export interface FinishedRequest {
  readonly method: string;
  /** Template of its route; undefined where there is none. */
  readonly route: string | undefined;
  /** 499 where the client left before the end of its answer; where we broke it off, why. */
  readonly status: number;
  readonly ms: number;
}

/** A client's own request id when it is well formed, otherwise a new one. */
export function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : randomUUID();
}

/** What every request gets before and after our code. */
export class Requests {
  /** Told of every request when it is over. */
  onFinished: (request: FinishedRequest) => void = () => undefined;
  #running = 0;

  /**
   * @param delivery  looks after answers while they are sent
   * @param tracing  makes a span of every request, where traces are asked for
   */
  constructor(
    private readonly log: Log,
    private readonly pressure: Pressure,
    private readonly delivery: Delivery,
    private readonly answers: AnswerSettings,
    private readonly tracing: Tracing | null = null,
  ) {}

  /** Requests being served. */
  get running(): number {
    return this.#running;
  }

  /** Begins a request: a scope that ends with its client, safe headers, and one line in the log when it is over. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    const scope = new RequestScope(request.id, request.headers['if-none-match']);
    // A client that has left already has no address any more.
    scope.caller = callerOf((request.ip as string | undefined) ?? '');
    scope.sample = this.answers.sample;
    request.scope = scope;
    this.#running += 1;
    if (this.tracing) trace(this.tracing, request, reply);
    reply.raw.once('close', () => this.#finish(request, reply));
    void reply.header('x-request-id', request.id).headers(this.answers.headers(request));
  }

  /** Adds the hooks to a server. */
  addTo(http: FastifyInstance): void {
    http.decorateRequest('scope', null as never);
    http.decorateRequest('limit', null);
    http.decorateRequest('atWork', false);
    http.decorateRequest('sent', null);
    http.addHook('onRequest', (request, reply, done) => {
      this.begin(request, reply);
      if (request.routeOptions.url === '/graphql' && !hasUrl(request)) {
        return sendProblem(new ApiError('invalid_parameter', 'The Host header is not well formed.'), request, reply);
      }
      done();
    });
    // After the body was read: its events would lose the scope.
    http.addHook('preHandler', (request, reply, done) => {
      // While a body arrived others may have been let in.
      if (this.pressure.overloaded && !request.routeOptions.url?.startsWith('/health/')) {
        return sendProblem(BUSY, request, reply);
      }
      try {
        this.delivery.admit(request.scope);
      } catch (error) {
        return sendProblem(error, request, reply);
      }
      this.pressure.enter();
      request.atWork = true;
      request.limit = setTimeout(() => this.#expire(request, reply), this.answers.timeout);
      enterRequest(request.scope, done);
    });
    http.addHook('onSend', (request, { raw }, payload, done) => {
      this.#leave(request);
      // From here on the client sets the pace.
      if (request.limit) clearTimeout(request.limit);
      // Nothing is sent to a client that has left, and nothing would say that it is over. CORS answers a preflight
      // before the request has begun here; that answer is empty.
      if (!raw.destroyed && request.scope !== null)
        request.sent ??= this.delivery.begin(raw, request.scope, payload as string | Buffer | Readable | null);
      done(null, payload);
    });
    http.addHook('onClose', async () => {
      this.pressure.close();
      this.delivery.close();
      await this.tracing?.close();
    });
  }

  #expire(request: FastifyRequest, reply: FastifyReply): void {
    const late = new ApiError('query_timeout', 'The request ran into its time limit. Ask for a smaller window.');
    request.scope.end(late);
    request.limit = setTimeout(() => {
      if (!reply.sent) sendProblem(late, request, reply);
    }, LAST_WORD);
  }

  /** Notes a request that was refused before it had a route. */
  refused(id: string, method: string): void {
    const status = BUSY.status;
    this.onFinished({ method, route: 'refused', status, ms: 0 });
    this.log.request({ id, method, route: null, status, ms: 0, db_ms: 0, statements: 0, quiet: false });
  }

  #leave(request: FastifyRequest): void {
    if (request.atWork) this.pressure.leave();
    request.atWork = false;
  }

  #finish(request: FastifyRequest, reply: FastifyReply): void {
    const { scope, method, limit } = request;
    this.#running -= 1;
    if (limit) clearTimeout(limit);
    this.#leave(request);
    request.sent?.();
    const finished = reply.raw.writableFinished;
    const left = new ApiError('client_closed_request', 'The client left.');
    if (!finished) scope.end(scope.broken ? toApiError(scope.broken) : left);
    const route = request.routeOptions?.url;
    const ended = finished ? null : (scope.ended as ApiError);
    const status = ended?.status ?? reply.raw.statusCode;
    const ms = reply.elapsedTime;
    this.onFinished({ method, route, status, ms });
    this.log.request({
      id: scope.id,
      method,
      route: route ?? null,
      status,
      ms: Math.round(ms * 100) / 100,
      db_ms: Math.round(scope.databaseMs * 100) / 100,
      statements: scope.statements,
      ...(ended === null ? {} : { reason: ended.message }),
      ...(scope.client === null ? {} : { client: scope.client }),
      ...(scope.trace === null ? {} : { trace_id: scope.trace.traceId }),
      quiet: route?.startsWith('/health/') === true,
    });
  }
}

function trace(tracing: Tracing, request: FastifyRequest, { raw }: FastifyReply): void {
  const { id, method, headers, protocol } = request;
  const span = tracing.request({ id, method, headers, scheme: protocol, route: request.routeOptions?.url });
  if (!span) return;
  request.scope.trace = span;
  raw.once('close', () => span.answered(raw.writableFinished ? raw.statusCode : null));
}

/** Whether host and path make a URL, which Apollo takes for granted. */
function hasUrl({ protocol, hostname, url }: FastifyRequest): boolean {
  return URL.canParse(url, `${protocol}://${hostname}/`);
}

/**
 * Every other method on a path that has a GET is 405 with `Allow`; OPTIONS tells what is allowed. Such requests find no
 * route; a route for each of forty methods on every path would cost a tenth of the start.
 */
export function refuseOtherMethods(http: FastifyInstance): void {
  // CONNECT never becomes a request; the rest, WebDAV's included, must first be known to be refused.
  for (const method of METHODS) {
    if (method !== 'CONNECT' && !http.supportedMethods.includes(method)) http.addHttpMethod(method);
  }
  const readable = new Map<string, RegExp>();
  http.addHook('onRoute', ({ url, method }) => {
    if ([method].flat().includes('GET') && url !== '*') readable.set(url, patternOf(url));
  });
  http.addHook('preHandler', (request, reply, done) => {
    // What is missing below a route of files is missing, whatever the pattern says.
    if (request.method === 'GET' || request.method === 'HEAD') return done();
    // CORS has a route for OPTIONS on every path.
    const unmatched = request.is404 || request.routeOptions.url === '*';
    const path = unmatched ? pathOf(request) : '';
    const url = unmatched && [...readable.keys()].find((one) => readable.get(one)!.test(path));
    if (!url) return done();
    const allow = url === '/graphql' ? 'GET, HEAD, POST, OPTIONS' : 'GET, HEAD, OPTIONS';
    void reply.header('allow', allow);
    if (request.method === 'OPTIONS') return reply.status(204).send();
    const detail = `${request.method} is not allowed here.`;
    return sendProblem(new ApiError('method_not_allowed', detail, { allowed: allow.split(', ') }), request, reply);
  });
}

/** The paths of a route. */
function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/:[^/]+/g, '[^/]+').replace('*', '.*')}$`);
}

/** The path of a request as routes see it; one that cannot be decoded, which Fastify lets by behind a `#`, as it is. */
function pathOf({ url }: FastifyRequest): string {
  const path = url.split('?', 1)[0]!;
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

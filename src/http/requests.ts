import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { ApiError, toApiError } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { enterRequest, RequestScope } from '../base/request.js';
import type { Tracing } from '../base/tracing.js';
import { callerOf } from './access/rate-limit.js';
import type { Admission } from './admission.js';
import { EventStream } from './event-stream.js';
import { addressOf, bytesSent, loggedMs, parameterNames } from './line.js';
import type { Stage } from './stage.js';
import { endTimeLimit } from './time-limit.js';

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
  /** Of one that listened, until it did. */
  readonly ms: number;
}

/** Requests from their first stage to their line in the log. */
export class Requests {
  /** Told of every request when it is over. */
  onFinished: (request: FinishedRequest) => void = () => undefined;
  #running = 0;
  #listening = 0;

  /** @param tracing  makes a span of every request, where traces are asked for */
  constructor(
    private readonly log: Log,
    private readonly admission: Admission,
    private readonly answers: AnswerSettings,
    private readonly tracing: Tracing | null = null,
  ) {}

  /** Requests being served, without those that listen. */
  get running(): number {
    return this.#running - this.#listening;
  }

  /** Declares what a request carries. */
  declare(http: FastifyInstance): void {
    // It has none before it has begun, which its type leaves out.
    http.decorateRequest('scope', null, []);
    http.decorateRequest('limit', null);
    http.decorateRequest('atWork', false);
    http.decorateRequest('sent', null);
  }

  /** Begins a request: a scope that ends with its client, safe headers, and one line in the log when it is over. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    // It means something where what is asked for is read (RFC 9110, 13.1.2).
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const scope = new RequestScope(request.id, reads ? request.headers['if-none-match'] : undefined);
    // A client that has left already has no address any more.
    const ip = request.ip as string | undefined;
    scope.caller = callerOf(ip ?? '');
    scope.address = addressOf(ip);
    scope.url = request.url;
    scope.sample = this.answers.sample;
    scope.headersOnly = request.method === 'HEAD';
    request.scope = scope;
    this.#running += 1;
    if (this.tracing) trace(this.tracing, request, reply);
    reply.raw.once('close', () => this.#finish(request, reply));
    void reply.header('x-request-id', request.id).headers(this.answers.headers(request));
  }

  /** The first stage. */
  get start(): Stage {
    return {
      name: 'start',
      onRequest: (request, reply, done) => {
        this.begin(request, reply);
        done();
      },
    };
  }

  /** Enters the scope of the request, in which its handler runs: the events of a body would lose it. */
  get scope(): Stage {
    return { name: 'scope', preHandler: (request, _reply, done) => enterRequest(request.scope, done) };
  }

  /** The work is done: from here on the client sets the pace. */
  get worked(): Stage {
    return {
      name: 'worked',
      onSend: (request, reply, payload, done) => {
        this.admission.leave(request);
        endTimeLimit(request);
        if (payload instanceof EventStream && !reply.raw.destroyed) {
          request.scope.listeningAfterMs = reply.elapsedTime;
          this.#listening += 1;
        }
        done(null, payload);
      },
    };
  }

  /** Notes a request that was refused before it had a route; its client may be behind proxies. */
  refused(
    id: string,
    method: string,
    { status, code, message: reason }: ApiError,
    socket: Socket,
    ip: string | undefined = socket.remoteAddress,
  ): void {
    this.onFinished({ method, route: 'refused', status, ms: 0 });
    const [address, bytes] = [addressOf(ip), bytesSent(socket)];
    this.log.request({
      ...{ id, method, route: null, address, status, ms: 0, bytes, db_ms: 0, statements: 0, code, reason },
      quiet: false,
    });
  }

  #finish(request: FastifyRequest, reply: FastifyReply): void {
    const { scope, method } = request;
    this.#running -= 1;
    endTimeLimit(request);
    this.admission.leave(request);
    request.sent?.();
    const listened = scope.listeningAfterMs !== null;
    if (listened) this.#listening -= 1;
    // Who listens leaves when it likes.
    const finished = reply.raw.writableFinished || (listened && scope.broken === null);
    if (!reply.raw.writableFinished)
      scope.end(scope.broken ? toApiError(scope.broken) : new ApiError('client_closed_request', 'The client left.'));
    const route = request.routeOptions.url;
    const ended = finished ? null : (scope.ended as ApiError);
    const status = ended?.status ?? reply.raw.statusCode;
    const problem = ended ?? scope.problem;
    // Messages below 500 may hold what the client sent.
    const reason = ended || (problem && problem.status >= 500) ? problem?.message : undefined;
    const ms = reply.elapsedTime;
    this.onFinished({ method, route, status, ms: scope.listeningAfterMs ?? ms });
    this.log.request({
      id: scope.id,
      method,
      route: route ?? null,
      parameters: parameterNames(request),
      address: scope.address,
      status,
      ms: loggedMs(ms),
      bytes: bytesSent(request.socket),
      db_ms: loggedMs(scope.databaseMs),
      statements: scope.statements,
      statement_names: [...scope.labels],
      backends: [...scope.backends],
      ...(problem && { code: problem.code }),
      ...(reason !== undefined && { reason }),
      ...(scope.client === null ? {} : { client: scope.client }),
      ...(scope.trace === null ? {} : { trace_id: scope.trace.traceId }),
      quiet: route?.startsWith('/health/') === true,
    });
  }
}

function trace(tracing: Tracing, request: FastifyRequest, { raw }: FastifyReply): void {
  const { id, method, headers, protocol } = request;
  const span = tracing.request({ id, method, headers, scheme: protocol, route: request.routeOptions.url });
  if (!span) return;
  request.scope.trace = span;
  raw.once('close', () => span.answered(raw.writableFinished ? raw.statusCode : null));
}

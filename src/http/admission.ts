import type { Socket } from 'node:net';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { ApiError } from '../base/errors.js';
import type { Config } from '../config/config.js';
import { problemOf, sendProblem } from './problem.js';
import { requestId } from './request-id.js';
import type { Stage } from './stage.js';

/** Made once: where it was made is of no interest, and costs more than all the rest of a refusal. */
const BUSY = new ApiError('overloaded', 'The server is busy. Try again shortly.');

/** How often the event loop is looked at. */
const CHECK_INTERVAL_MS = 20;
/** Looks that are late in a row before it counts: one alone may be a garbage collection. */
const LATE_IN_ROW = 2;
/** Once late, it counts as late for so long after the last time it was. */
const LATE_FOR_MS = 1000;

/** What a refusal says beside its status. */
export interface RefusalHeaders {
  /** Origins whose pages may read it. */
  readonly origins: readonly string[];
  /** Headers of every answer. */
  readonly always: Readonly<Record<string, string>>;
}

/**
 * Knows when this process has more to do than it can: then further requests are refused at once, which costs next to
 * nothing, so that those let in are answered in time. While its event loop is late only as many are let in as there are
 * database connections: more would not be answered sooner, each only later. Health is always answered.
 */
export class Admission {
  readonly #timer: NodeJS.Timeout;
  /** How many requests may be at work. */
  #most: number;
  #running = 0;

  constructor(limits: Readonly<Config>) {
    const all = limits.MAX_REQUESTS;
    const few = Math.min(all, limits.DATABASE_POOL_SIZE + limits.DATABASE_MAX_OVERFLOW);
    this.#most = all;
    let looked = performance.now();
    let late = 0;
    let lateUntil = 0;
    this.#timer = setInterval(() => {
      const now = performance.now();
      late = now - looked - CHECK_INTERVAL_MS > limits.MAX_EVENT_LOOP_DELAY_MS ? late + 1 : 0;
      looked = now;
      if (late >= LATE_IN_ROW) lateUntil = now + LATE_FOR_MS;
      this.#most = now < lateUntil ? few : all;
    }, CHECK_INTERVAL_MS).unref();
  }

  /**
   * Refuses what cannot be answered in time before the framework sees it.
   * @param refused  told of each refusal, with its request's id and method, the error, and what it had to send
   */
  guard(
    server: Server,
    { origins, always }: RefusalHeaders,
    refused: (id: string, method: string, error: ApiError, socket: Socket) => void,
  ): void {
    const [serve] = server.listeners('request') as [RequestListener];
    server.removeListener('request', serve);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { method = '', url = '/', headers } = request;
      if (!this.#full || url.startsWith('/health/') || method === 'OPTIONS') return serve(request, response);
      const id = requestId(request);
      const body = JSON.stringify(problemOf(BUSY, url.split('?', 1)[0]!, id));
      response.once('close', () => refused(id, method, BUSY, request.socket));
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

  /** Looks once more when the body is there: while it arrived others may have been let in. */
  get stage(): Stage {
    return {
      name: 'admission',
      preHandler: (request, reply, done) => {
        if (this.#full && !request.routeOptions.url?.startsWith('/health/')) return sendProblem(BUSY, request, reply);
        this.#running += 1;
        request.atWork = true;
        done();
      },
    };
  }

  /** A request that was let in is done, or its answer begins to be sent. */
  leave(request: { atWork: boolean }): void {
    if (request.atWork) this.#running -= 1;
    request.atWork = false;
  }

  /** Stops measuring. */
  close(): void {
    clearInterval(this.#timer);
  }

  get #full(): boolean {
    return this.#running >= this.#most;
  }
}

/** What CORS would have added. */
function readableBy(origins: readonly string[], origin: string | undefined): Record<string, string> {
  if (origins.includes('*')) return { 'access-control-allow-origin': '*' };
  if (origin === undefined || !origins.includes(origin)) return {};
  return { 'access-control-allow-origin': origin };
}

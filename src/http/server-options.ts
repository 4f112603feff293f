import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Config, trustedProxies } from '../config/config.js';
import { ApiError, type ErrorCode } from '../base/errors.js';
import { sendProblem } from './problem.js';
import { rawProblem } from './raw-problem.js';
import { requestId } from './request-id.js';
import type { Requests } from './requests.js';

declare module 'net' {
  interface Socket {
    /** The answer that is being written to it, which Node's types leave out. */
    readonly _httpMessage?: ServerResponse | null;
  }
}

/**
 * How the HTTP server itself behaves: its limits on what clients send, how slowly, and what it says to what is no HTTP.
 */
export function serverOptions(config: Readonly<Config>, requests: Requests): Record<string, unknown> {
  return {
    genReqId: requestId,
    requestIdHeader: false,
    rewriteUrl: targetOf,
    routerOptions: { maxParamLength: 1000 },
    bodyLimit: 256 * 1024,
    trustProxy: trustedProxies(config.TRUST_PROXY),
    keepAliveTimeout: config.HTTP_KEEP_ALIVE_MS,
    requestTimeout: config.HTTP_RECEIVE_TIMEOUT_MS,
    connectionTimeout: config.HTTP_IDLE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // While we drain, whoever still sends here is answered.
    return503OnClosing: false,
    http: {
      headersTimeout: config.HTTP_HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(1000, config.HTTP_HEADERS_TIMEOUT_MS),
      maxHeaderSize: 16 * 1024,
      // Whoever sends none is told so, see wellFormed; Node's own answer says nothing.
      requireHostHeader: false,
      // What else a client would like to speak, such as HTTP/2, it may go on asking for in HTTP/1.1.
      shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    // Malformed URLs never reach a route, nor the hooks of one.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      requests.begin(request, reply);
      sendProblem(error, request, reply);
    },
    clientErrorHandler: answerMalformedRequest,
  };
}

/**
 * The target of a request as routes see it. The absolute form has to be accepted (RFC 9112, 3.2.2); what else is no
 * path, such as `*`, would reach no hook at all.
 */
function targetOf({ url = '/' }: IncomingMessage): string {
  if (url.startsWith('/')) return url;
  const path = /^https?:\/\/[^/?#]+(.*)$/i.exec(url)?.[1];
  if (path === undefined) return '/*';
  return path.startsWith('/') ? path : `/${path}`;
}

const CLIENT_ERRORS: Record<string, [code: ErrorCode, detail: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers are too large.'],
};

/** What is no HTTP at all gets a problem too, and its connection is closed: nothing after it can be trusted. */
function answerMalformedRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [code, detail] = CLIENT_ERRORS[error.code ?? ''] ?? ['invalid_parameter', 'The request is not well formed.'];
  // An earlier request's answer may be half written.
  const answering = socket._httpMessage;
  if (socket.writable && !answering?.headersSent) {
    const problem = new ApiError(code, detail);
    socket.write(rawProblem(problem, '/', requestId({ headers: {} })));
  }
  socket.destroySoon();
}

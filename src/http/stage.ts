import type { FastifyInstance, onRequestHookHandler, onSendHookHandler, preHandlerHookHandler } from 'fastify';

/** One stage of the way of a request. It has one of these. */
export interface Stage {
  readonly name: string;
  /** After the headers were read. */
  readonly onRequest?: onRequestHookHandler;
  /** After the body was read, before the handler. */
  readonly preHandler?: preHandlerHookHandler;
  /** When the answer is there, before its first byte is sent. */
  readonly onSend?: onSendHookHandler;
  /** Adds hooks of its own. */
  readonly plugin?: (http: FastifyInstance) => unknown;
}

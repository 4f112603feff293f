import type { FastifyInstance, onRequestHookHandler, onSendHookHandler, preHandlerHookHandler } from 'fastify';

/** One stage of the way of a request: exactly one of these hooks. */
export interface Stage {
  readonly name: string;
  /** After the headers were read. */
  readonly onRequest?: onRequestHookHandler;
  /** After the body was read, before the handler. */
  readonly preHandler?: preHandlerHookHandler;
  /** When the answer is there, before its first byte is sent. */
  readonly onSend?: onSendHookHandler;
  /** For a stage that is a plugin of Fastify's. */
  readonly plugin?: (http: FastifyInstance) => unknown;
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createHandler } from 'graphql-sse';
import type { GraphQLSchema } from 'graphql';
import { ApiError } from '../../base/errors.js';
import { preferredNumbers } from '../../contract/prefer.js';
import { prepareSubscription, subscribeTo } from '../../graphql/live-operations.js';
import { EventStream, RETRY_MS } from '../../http/event-stream.js';
import { Numbers } from '../../sql/format.js';

/**
 * Serves subscriptions as server-sent events at `/graphql/stream`, by the protocol of graphql-sse, a connection for
 * each. What is returned sends all clients away.
 * @param schema    asked for at each request
 * @param maxBytes  that may wait for a client
 */
export function serveGraphqlStream(
  http: FastifyInstance,
  schema: () => GraphQLSchema,
  maxBytes: number,
): { readonly end: () => void } {
  const streams = new Set<EventStream>();
  const handler = createHandler<FastifyRequest, undefined, { numbers: Numbers }>({
    // One connection for several subscriptions would need a state of its own.
    authenticate: () => null,
    onSubscribe: ({ raw }, asked) => {
      const args = prepareSubscription(schema(), asked);
      if (Array.isArray(args)) return { data: null, errors: args };
      return { ...args, contextValue: { numbers: preferredNumbers(raw.headers.prefer) ?? Numbers.NUMBER } };
    },
    subscribe: (args) => subscribeTo(args, args.contextValue.numbers),
  });
  http.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    handler: async (request, reply) => {
      const { method, originalUrl: url, headers, body: sent, scope } = request;
      const [body, init] = await handler({
        method,
        url,
        headers: { get: (name) => headers[name.toLowerCase()]?.toString() },
        body: sent as Record<string, unknown> | null,
        raw: request,
        context: undefined,
      });
      if (body === null || typeof body === 'string') {
        return reply
          .status(init.status)
          .headers({ ...init.headers, 'cache-control': 'no-store' })
          .send(body ?? '');
      }
      const stream = new EventStream(maxBytes, (slow) => {
        if (slow) scope.broken = new ApiError('client_closed_request', 'The client took its events too slowly.');
        streams.delete(stream);
        void body.return(undefined);
      });
      streams.add(stream);
      void pump(body, stream);
      return reply.headers(EventStream.HEADERS).send(stream);
    },
  });
  // Without the protocol's word that it is complete, clients come back.
  return { end: () => streams.forEach((stream) => stream.finish(Buffer.from(`retry: ${RETRY_MS}\n\n`))) };
}

async function pump(events: AsyncGenerator<string>, stream: EventStream): Promise<void> {
  for await (const event of events) stream.write(Buffer.from(event));
  stream.finish(Buffer.alloc(0));
}

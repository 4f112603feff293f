import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createHandler } from 'graphql-sse';
import type { GraphQLSchema } from 'graphql';
import { ApiError } from '../../base/errors.js';
import { requireAccepted } from '../../contract/accept.js';
import { preferredNumbers } from '../../contract/prefer.js';
import { prepareSubscription, subscribeTo } from '../../graphql/live-operations.js';
import { EventStream, RETRY_MS } from '../../http/event-stream.js';
import { Numbers } from '../../sql/format.js';

const EVENTS = 'text/event-stream';

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
      requireAccepted(headers.accept, [EVENTS]);
      const [body, init] = await handler({
        method,
        url,
        headers: { get: (name) => (/^accept$/i.test(name) ? EVENTS : headers[name.toLowerCase()]?.toString()) },
        body: sent as Record<string, unknown> | null,
        raw: request,
        context: undefined,
      });
      if (body === null || typeof body === 'string') {
        return reply
          .status(init.status)
          .header('cache-control', 'no-store')
          .send({ errors: refusalsIn(body) });
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

/** What the library refuses a request with, which has no codes of ours. */
function refusalsIn(body: string | null): object[] {
  const extensions = { code: 'invalid_query' };
  const { errors } = JSON.parse(body ?? '{}') as { errors?: readonly { message: string }[] };
  const refused = errors ?? [{ message: 'This is no request for a subscription.' }];
  return refused.map(({ message }) => ({ message, extensions }));
}

async function pump(events: AsyncGenerator<string>, stream: EventStream): Promise<void> {
  for await (const event of events) stream.write(Buffer.from(event));
  stream.finish(Buffer.alloc(0));
}

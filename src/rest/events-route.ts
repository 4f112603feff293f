import { applyDecorators, createParamDecorator, type ExecutionContext, Get } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { requireAccepted } from '../contract/accept.js';
import { argsOf } from '../contract/args.js';
import { RestInput } from '../contract/args-pipe.js';
import { preferredNumbers } from '../contract/prefer.js';
import { problemResponse, queryParameter, type RouteOptions } from './route.js';

export { EventStream, eventText, RETRY_MS } from '../http/event-stream.js';

const EVENTS = 'text/event-stream';

/** A GET route that answers with server-sent events. */
export function EventsRoute(
  path: string,
  { id, summary, description, args }: Pick<RouteOptions, 'id' | 'summary' | 'description' | 'args'>,
): MethodDecorator {
  const headers = Object.fromEntries(
    ['Cache-Control', 'Vary', 'X-Request-Id', 'RateLimit', 'RateLimit-Policy'].map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ]),
  );
  return applyDecorators(
    Get(path),
    ApiOperation({ operationId: id, summary, description }),
    ...argsOf(args).map(queryParameter),
    ApiHeader({
      name: 'Last-Event-ID',
      description: 'The id of the last event that was received, to go on after it.',
      required: false,
      schema: { type: 'string' },
    }),
    ApiResponse({
      status: 200,
      description: 'Events, as long as the connection lasts.',
      content: { [EVENTS]: { schema: { type: 'string', description: 'Events, as the HTML standard writes them.' } } },
      headers,
    }),
    ...[400, 401, 404, 406, 429, 431, 500, 503, 504].map(problemResponse),
  );
}

/** The request's arguments, made and checked by the args pipe. */
export const RestEventArgs = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { query, headers } = context.switchToHttp().getRequest<FastifyRequest>();
  requireAccepted(headers.accept, [EVENTS]);
  return new RestInput(query as Record<string, unknown>, undefined, preferredNumbers(headers.prefer));
});

/** The id of the last event that the client has; undefined where it has none. */
export const LastEventId = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const id = context.switchToHttp().getRequest<FastifyRequest>().headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
});

import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../base/errors.js';
import { sendProblem } from './problem.js';
import type { Stage } from './stage.js';

/** What a handler that heard of its time limit gets to answer by itself. */
const HANDLER_GRACE_MS = 100;

/** Limits the time from when the body was read to the first byte of the answer, in milliseconds. */
export function timeLimit(ms: number): Stage {
  const expire = (request: FastifyRequest, reply: FastifyReply): void => {
    const late = new ApiError('query_timeout', 'The request ran into its time limit. Ask for a smaller window.');
    request.scope.end(late);
    request.limit = setTimeout(() => {
      if (!reply.sent) sendProblem(late, request, reply);
    }, HANDLER_GRACE_MS);
  };
  return {
    name: 'time limit',
    preHandler: (request, reply, done) => {
      request.limit = setTimeout(() => expire(request, reply), ms);
      done();
    },
  };
}

/** Ends the time limit of a request: its work is done, or its answer begins to be sent. */
export function endTimeLimit({ limit }: { limit: NodeJS.Timeout | null }): void {
  if (limit) clearTimeout(limit);
}

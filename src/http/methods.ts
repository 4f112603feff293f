import type { FastifyInstance, FastifyRequest } from 'fastify';
import { METHODS } from 'node:http';
import { ApiError } from '../base/errors.js';
import { sendProblem } from './problem.js';
import type { Stage } from './stage.js';

const READ = ['GET', 'HEAD'];
/** Routes that something is sent to, and their methods. */
const POSTED: Readonly<Record<string, readonly string[]>> = {
  '/graphql': ['GET', 'POST'],
  '/graphql/stream': ['GET', 'POST'],
  '/mcp': ['POST'],
};

/**
 * Every other method on a path that has a GET is 405 with `Allow`; OPTIONS tells what is allowed. Such requests find no
 * route; a route for each of forty methods on every path would cost a tenth of the start.
 */
export function methods(http: FastifyInstance): Stage {
  // CONNECT never becomes a request; the rest, WebDAV's included, must first be known to be refused. Of QUERY Fastify
  // would ask a Content-Type first.
  for (const method of METHODS) {
    if (method === 'QUERY' || (method !== 'CONNECT' && !http.supportedMethods.includes(method)))
      http.addHttpMethod(method, { overrideExisting: true });
  }
  const known = new Map<string, RegExp>();
  http.addHook('onRoute', ({ url, method }) => {
    const reads = [method].flat().includes('GET');
    if ((reads || url in POSTED) && url !== '*') known.set(url, patternOf(url));
  });
  return {
    name: 'methods',
    preHandler: (request, reply, done) => {
      const { url: route = '' } = request.routeOptions;
      if (!request.is404 && allowedOn(route).includes(request.method)) return done();
      // CORS has a route for OPTIONS on every path; GraphQL's takes every method, to refuse most in words of its own.
      const unmatched = request.is404 || route in POSTED || route === '*';
      const path = unmatched ? pathOf(request) : '';
      const url = unmatched && [...known.keys()].find((one) => known.get(one)!.test(path));
      // What is missing below a route of files is missing, whatever the pattern says.
      if (!url || (request.is404 && allowedOn(url).includes(request.method))) return done();
      const allow = [...allowedOn(url), 'OPTIONS'].join(', ');
      void reply.header('allow', allow);
      if (request.method === 'OPTIONS') return void reply.status(204).send();
      const detail = `${request.method} is not allowed here.`;
      return sendProblem(new ApiError('method_not_allowed', detail, { allowed: allow.split(', ') }), request, reply);
    },
  };
}

/** The methods of a route, but for OPTIONS. */
function allowedOn(route: string): readonly string[] {
  return POSTED[route] ?? READ;
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

import type { DoneFuncWithErrOrRes, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../../base/errors.js';
import { isOfPage } from '../page-paths.js';
import { sendProblem } from '../problem.js';
import type { Config } from '../../config/config.js';
import type { ApiKeys } from './api-keys.js';
import { RateLimit } from './rate-limit.js';
import type { Stage } from '../stage.js';

/** Paths without data need no key, so that a browser, which sends none, can load the documentation. */
const PUBLIC_PATHS = /^\/(docs|graphiql|openapi\.json)/;

/** Health is for load balancers: no key, no limit. */
export function isHealth(request: FastifyRequest): boolean {
  return request.routeOptions.url?.startsWith('/health/') === true;
}

/** Admits requests with a valid key, where keys are configured, up to the rate limit. */
export function accessStages(
  keys: ApiKeys | null,
  { RATE_LIMIT }: Pick<Config, 'RATE_LIMIT'>,
): { readonly stages: readonly Stage[]; readonly answers: readonly Stage[] } {
  const limit = RATE_LIMIT > 0 ? new RateLimit(RATE_LIMIT) : null;
  if (!keys && !limit) return { stages: [], answers: [] };
  const access: Stage = {
    name: 'access',
    onRequest: (request, reply, done) => {
      if (isHealth(request) || request.method === 'OPTIONS') return done();
      try {
        admit(request, reply, keys, limit);
      } catch (error) {
        return sendProblem(error, request, reply);
      }
      done();
    },
  };
  return { stages: [access], answers: keys ? [{ name: 'private', onSend: keepPrivate }] : [] };
}

function admit(request: FastifyRequest, reply: FastifyReply, keys: ApiKeys | null, limit: RateLimit | null): void {
  const presented = keys ? presentedKey(request.headers) : null;
  const name = presented !== null ? keys!.find(presented) : null;
  request.scope.client = name;
  if (name !== null) request.scope.caller = `key ${name}`;
  if (name !== null) request.scope.holdsKey = () => keys!.find(presented!) === name;
  if (limit) count(limit, request.scope.caller, reply);
  if (keys && name === null && !isOpen(request)) {
    reply.header('www-authenticate', 'Bearer realm="tetra"');
    throw new ApiError('unauthorized', 'This needs a valid API key.', {
      hint: 'Send it as Authorization: Bearer <key>, or as X-Api-Key.',
    });
  }
}

/** What needs a key is for its holder alone: no shared cache may keep it. */
function keepPrivate(request: FastifyRequest, reply: FastifyReply, payload: unknown, done: DoneFuncWithErrOrRes): void {
  if (!isOpen(request) && !isHealth(request)) {
    const cache = reply.getHeader('cache-control');
    reply.header('cache-control', typeof cache === 'string' ? cache.replace(/^public\b/, 'private') : 'no-store');
  }
  done(null, payload);
}

/** The key of a request by its headers, whose names are in small letters. */
export function presentedKey(headers: Readonly<Record<string, unknown>>): string | null {
  const { authorization, 'x-api-key': key } = headers;
  const bearer = typeof authorization === 'string' ? /^Bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
  return bearer ?? (typeof key === 'string' ? key : null);
}

function isOpen({ routeOptions: { url }, method, headers, originalUrl }: FastifyRequest): boolean {
  if (url === undefined) return false;
  const page = url === '/graphql' && method === 'GET' && originalUrl === url && /text\/html/.test(headers.accept ?? '');
  return page || isOfPage(url) || PUBLIC_PATHS.test(url);
}

function count(limit: RateLimit, caller: string, reply: FastifyReply): void {
  const allowance = limit.take(caller);
  reply.headers(limit.headers(allowance));
  if (allowance.allowed) return;
  reply.header('retry-after', String(allowance.reset));
  throw new ApiError('rate_limited', `At most ${limit.limit} requests a minute are allowed.`, {
    hint: `Try again in ${allowance.reset} s.`,
  });
}

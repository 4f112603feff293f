import type { ApolloServerPlugin } from '@apollo/server';
import type { DoneFuncWithErrOrRes as Done, FastifyReply, FastifyRequest } from 'fastify';
import { unknownParameter } from '../contract/args-pipe.js';
import { serverTiming } from '../contract/caching.js';
import { ApiError } from '../base/errors.js';
import { digest, etagOf, matches } from '../contract/etag.js';
import { GraphqlAnswer, type Hint } from './answer.js';
import { shorten, takeBody } from './raw-lists.js';
import type { GraphqlContext } from './loaders.js';
import { preferredNumbers } from '../contract/prefer.js';
import { type Asked, refusal, refuseOversized } from './document-size.js';
import { refuseRepeated } from './field-pairs.js';

/** Errors of one answer that are sent. */
const MAX_ERRORS = 100;
/** How long an answer without a field that says so may be reused, in seconds. */
const DEFAULT_MAX_AGE_S = 10;

/**
 * What the resolvers of a request share.
 * @throws GraphQLError where the request is too large, or is none that a page of ours would send
 */
export function contextOf(request: FastifyRequest, reply: FastifyReply): GraphqlContext {
  const { method, headers, query, body } = request;
  if (method === 'POST' && !/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    throw refusal(new ApiError('unsupported_media_type', 'Send the body as application/json.'));
  }
  if (method !== 'POST') refuseUnknown(query as object);
  const asked = (method === 'POST' ? body : query) as Asked | undefined;
  refuseOversized(asked);
  refuseRepeated(asked?.query);
  const prefer = headers.prefer;
  const numbers = preferredNumbers(prefer);
  if (numbers) void reply.header('preference-applied', `numbers=${numbers}`);
  return { loaders: new Map(), answer: new GraphqlAnswer(numbers ?? 'number') };
}

/** Parameters of a query by GET, as GraphQL over HTTP has them. */
const GET_PARAMETERS = ['query', 'variables', 'operationName', 'extensions'].map((name) => ({ name, property: name }));

/**
 * A mistyped parameter, such as `variable`, would leave a default where a value was meant. (Bodies may have members of
 * other servers' extensions, which clients send to all.)
 */
function refuseUnknown(query: object): void {
  const unknown = Object.keys(query).find((name) => !GET_PARAMETERS.some((known) => known.name === name));
  if (unknown !== undefined) throw refusal(unknownParameter(unknown, GET_PARAMETERS));
}

/** Makes what was completed into what is sent: long lists become text, an answer that grew too large is refused. */
export const finishAnswer: ApolloServerPlugin<GraphqlContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, request, contextValue: { answer } }) {
        const { body, http } = response;
        if (body.kind !== 'single') return;
        const { extensions } = body.singleResult;
        if (answer.refused) {
          const { message, code, details, status } = answer.refused;
          body.singleResult = { errors: [{ message, extensions: { code, ...details } }], extensions };
          http.status = status;
        } else await shorten(body.singleResult.data, answer);
        answer.release();
        const { errors } = body.singleResult;
        if (errors && errors.length > MAX_ERRORS) body.singleResult.errors = errors.slice(0, MAX_ERRORS);
        if (answer.hints.length > 0) {
          body.singleResult.extensions = { ...extensions, hints: inOrder(answer.hints, body.singleResult.data) };
        }
        const seconds = answer.maxAge ?? DEFAULT_MAX_AGE_S;
        const kept = request.http?.method === 'GET' && !errors && seconds > 0;
        http.headers.set('cache-control', kept ? `public, max-age=${seconds}` : 'no-store');
      },
    };
  },
};

/** Hints in the order of the fields that they are about, whichever of these was answered first. */
function inOrder(hints: readonly Hint[], data: unknown): Hint[] {
  const fields = Object.keys(data ?? {});
  const place = ({ path }: Hint): number => fields.indexOf(String(path[0]));
  return hints.toSorted((a, b) => place(a) - place(b));
}

/** Refuses a Host that makes no URL with the path, which Apollo takes for granted. */
export const graphqlHost = {
  name: 'graphql host',
  onRequest: ({ routeOptions, protocol, hostname, url }: FastifyRequest, _reply: FastifyReply, done: Done): void => {
    if (routeOptions.url !== '/graphql' || URL.canParse(url, `${protocol}://${hostname}/`)) return done();
    const wrong = hostname === '' ? 'The request has no Host header.' : 'The Host header is not well formed.';
    done(new ApiError('invalid_parameter', wrong));
  },
};

/** Answers of GraphQL as REST's: bytes, conditional where they may be kept, and with how long they took. */
export const graphqlTags = {
  name: 'graphql tags',
  onSend: (request: FastifyRequest, reply: FastifyReply, sent: unknown, done: Done): void => {
    if (request.routeOptions.url !== '/graphql') return done(null, sent);
    const payload = takeBody(request.scope) ?? sent;
    reply.header('server-timing', serverTiming(reply.elapsedTime));
    const kept = String(reply.getHeader('cache-control')).includes('max-age=');
    if (!kept || !(typeof payload === 'string' || Buffer.isBuffer(payload))) return done(null, payload);
    const etag = etagOf([String(reply.getHeader('content-type')), digest(payload)]);
    reply.header('etag', etag);
    if (!matches(request.scope.condition, etag)) return done(null, payload);
    reply.code(304).removeHeader('content-type');
    return done(null, null);
  },
};

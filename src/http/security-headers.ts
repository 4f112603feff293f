import type { FastifyRequest } from 'fastify';
import helmet, { type HelmetOptions } from 'helmet';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { isOfPage } from './page-paths.js';

/** What helmet sets. It is the same for every answer of a kind, so helmet is asked once and not with each request. */
function headersOf(options: HelmetOptions): Record<string, string> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet(options)(request, response, () => undefined);
  return Object.fromEntries(response.getHeaderNames().map((name) => [name, String(response.getHeader(name))]));
}

const CSP = {
  directives: {
    'script-src': ["'self'"],
    'style-src': ["'self'", "'unsafe-inline'"],
    'upgrade-insecure-requests': null,
  },
};
/** What our own page loads is its own, and nothing of it is inline; no text becomes a part of it unchecked. */
const STRICT_CSP = {
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'font-src': ["'self'"],
    'img-src': ["'self'"],
    'connect-src': ["'self'"],
    'base-uri': ["'self'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'require-trusted-types-for': ["'script'"],
  },
};
/** Data is never a page: nothing in it may load anything. */
const DATA_CSP = "default-src 'none'; frame-ancestors 'none'";
/** Paths of other pages; everything else is data. */
const PAGE = /^\/(docs|graphiql|graphql)(\/|$)/;

/**
 * The value of `Vary`: every header of a request that decides on an answer. The same for all answers, errors and 304s
 * included, since a cache that has one of them must know what the others depend on.
 * @param keyed  whether answers depend on who asks
 */
export function varyOf(keyed: boolean): string {
  // In small letters, as the compression looks for it: it would add the name again.
  return `Accept, accept-encoding, Origin, Prefer${keyed ? ', Authorization, X-Api-Key' : ''}`;
}

/** A year of TLS for this host, not for others of its domain, of which we know nothing. */
const HSTS = 'max-age=31536000';

/**
 * The headers that make an answer safe in a browser: all of helmet's for pages, and those that mean anything for data.
 * What a trusted proxy received over TLS may be asked for over TLS only from then on.
 * @param crossOrigin  whether pages of other origins may read what we send
 * @param proxied      whether there are proxies whose X-Forwarded-Proto counts
 * @param always       further headers of every answer
 */
export function securityHeaders(
  crossOrigin: boolean,
  proxied: boolean,
  always: Record<string, string> = {},
): (request: FastifyRequest) => Record<string, string> {
  const policy = crossOrigin ? 'cross-origin' : 'same-origin';
  const page = (contentSecurityPolicy: HelmetOptions['contentSecurityPolicy']): Record<string, string> => ({
    ...always,
    ...headersOf({ contentSecurityPolicy, hsts: false, crossOriginResourcePolicy: { policy } }),
  });
  const plain = {
    pages: page(CSP),
    own: page(STRICT_CSP),
    data: {
      ...always,
      'x-content-type-options': 'nosniff',
      'content-security-policy': DATA_CSP,
      'cross-origin-resource-policy': policy,
    },
  };
  const strict = { 'strict-transport-security': HSTS };
  const secure = {
    pages: { ...plain.pages, ...strict },
    own: { ...plain.own, ...strict },
    data: { ...plain.data, ...strict },
  };
  return (request) => {
    const { pages, own, data } = proxied && request.protocol === 'https' ? secure : plain;
    const route = request.routeOptions.url ?? '';
    if (request.method !== 'GET' && request.method !== 'HEAD') return data;
    if (isOfPage(route)) return own;
    return PAGE.test(route) ? pages : data;
  };
}

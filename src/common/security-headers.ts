import type { FastifyRequest } from 'fastify';
import helmet, { type HelmetOptions } from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What helmet sets. It is the same for every answer of a kind, so helmet is asked once and not with each request. */
function headersOf(options: HelmetOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  helmet(options)({} as IncomingMessage, response as unknown as ServerResponse, () => undefined);
  return headers;
}

const CSP = {
  directives: {
    'script-src': ["'self'"],
    'style-src': ["'self'", "'unsafe-inline'"],
    'upgrade-insecure-requests': null,
  },
};
/** Data is never a page: nothing in it may load anything. */
const DATA_CSP = "default-src 'none'; frame-ancestors 'none'";
/** Paths of pages; everything else is data. */
const PAGE = /^\/(docs|graphiql|graphql)(\/|$)/;

/**
 * The headers that make an answer safe in a browser: all of helmet's for pages, and those that mean anything for data.
 * @param crossOrigin  whether pages of other origins may read what we send
 */
export function securityHeaders(crossOrigin: boolean): (request: FastifyRequest) => Record<string, string> {
  const policy = crossOrigin ? 'cross-origin' : 'same-origin';
  const pages = headersOf({ contentSecurityPolicy: CSP, hsts: false, crossOriginResourcePolicy: { policy } });
  const data = {
    'x-content-type-options': 'nosniff',
    'content-security-policy': DATA_CSP,
    'cross-origin-resource-policy': policy,
  };
  return ({ method, routeOptions }) => (method === 'GET' && PAGE.test(routeOptions?.url ?? '') ? pages : data);
}

import plugin from '@fastify/cors';
import type { Stage } from './stage.js';

/** Headers of answers that a page may read. */
const EXPOSED = [
  'Link',
  'X-Next-Page-Token',
  'Preference-Applied',
  'X-Data-Through',
  'X-Unknown',
  'X-Without-Bar',
  'X-Note',
  'X-Request-Id',
  'X-Sample-Data',
  'Server-Timing',
  'ETag',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
];

/**
 * Lets pages of other origins read what we send, and answers their preflights.
 * @param origins  those that may; `*` for every one
 */
export function cors(origins: readonly string[]): Stage {
  return {
    name: 'cors',
    plugin: (http) =>
      http.register(plugin, {
        origin: origins.includes('*') ? '*' : [...origins],
        methods: ['GET', 'HEAD', 'POST'],
        exposedHeaders: EXPOSED,
        maxAge: 86_400,
        // An OPTIONS that is no preflight is answered as one; the plugin would refuse it with a text of its own.
        strictPreflight: false,
      }),
  };
}

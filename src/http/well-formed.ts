import type { FastifyRequest } from 'fastify';
import { ApiError, invalid } from '../base/errors.js';
import type { Stage } from './stage.js';

/** Longest part of a parameter's name that an error repeats. */
const SHOWN_NAME = 60;

/**
 * Refuses what would be misread: of two Hosts the first counts, and what cannot be decoded stays as it is. Where the
 * Host is not clear, what follows on the connection is not answered either: a proxy may have taken it for another's.
 */
export const wellFormed: Stage = {
  name: 'well formed',
  onRequest: ({ raw, url }: FastifyRequest, reply, done) => {
    // RFC 9112, 3.2. The names of headers are at the even places.
    const hosts = raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
    if (hosts > 1 || (hosts === 0 && raw.httpVersion === '1.1')) {
      reply.header('connection', 'close');
      return done(
        new ApiError('invalid_parameter', `The request has ${hosts > 1 ? 'more than one' : 'no'} Host header.`),
      );
    }
    const name = malformedParameter(url);
    if (name === null) return done();
    done(
      invalid(name, `${name} is not percent-encoded UTF-8.`, {
        hint: 'A percent sign is written %25, an é as the two bytes of its UTF-8, %C3%A9.',
      }),
    );
  },
};

/** The first parameter of a target that cannot be decoded; null where all can. */
function malformedParameter(url: string): string | null {
  const start = url.search(/[?#]/);
  const query = start < 0 ? '' : url.slice(start + 1);
  if (!query.includes('%')) return null;
  const malformed = query.split('&').find((part) => decoded(part) === null);
  if (malformed === undefined) return null;
  const [name = ''] = malformed.split('=', 1);
  return (decoded(name) ?? name).slice(0, SHOWN_NAME);
}

/** What percent-encoded UTF-8 says; null for what is none. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

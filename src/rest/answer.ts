import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { currentRequest } from '../base/request.js';
import { Cache, serverTiming } from '../contract/caching.js';
import { FORMATS } from '../contract/formats.js';
import type { Format, Numbers } from '../sql/format.js';
import { digest, etagOf, matches } from '../contract/etag.js';
import { preferredNumbers } from '../contract/prefer.js';
import { EventStream } from '../http/event-stream.js';

/** A REST answer before it meets the conditions of the request. */
export interface Answer {
  readonly body: string | Buffer | Readable;
  readonly type: string;
  readonly cache: Cache;
  /** Tells of what the answer is made, without what changes from one moment to the next; none for a stream. */
  readonly etag: string | null;
  readonly headers?: Record<string, string | undefined>;
  /** How decimals are in it, where the request decides that. */
  readonly numbers?: Numbers;
}

/** How a list is sent, whatever it is made of. */
export interface Sent {
  readonly format: Format;
  readonly numbers: Numbers;
}

/** What goes beside the rows of a list. */
export interface ListMeta {
  /** The request as it was understood. */
  readonly query: Record<string, unknown>;
  /** Newest day there is for what was asked; also the `X-Data-Through` header. */
  readonly last_day?: string | null;
  /** Names of a list that do not exist; also the `X-Unknown` header, for formats that have rows only. */
  readonly unknown?: readonly string[];
  /** Names of a list that have no bar; also the `X-Without-Bar` header, likewise. */
  readonly without_bar?: readonly string[];
  /** What a reader has to know of the window; also the `X-Note` header. */
  readonly note?: string;
  readonly [name: string]: unknown;
}

/** What tells only the time at which an answer was made: a tag that covered it would never hold. */
const MOMENTARY = new Set(['as_of', 'age_seconds', 'lag_seconds']);

/**
 * What an answer says beside its rows, as JSON, but for what changes from one moment to the next; what was asked does
 * not.
 */
export function steadyJson({ query, ...meta }: Record<string, unknown>): string {
  return JSON.stringify([
    query,
    JSON.stringify(meta, (name, value: unknown) => (MOMENTARY.has(name) ? undefined : value)),
  ]);
}

/** What JSON has around the rows or the object; a list has a token or null, an object none. */
function envelope(meta: Record<string, unknown>, token?: string | null): { before: string; after: string } {
  const next = token === undefined ? '' : `,"next_page_token":${JSON.stringify(token)}`;
  return { before: '{"data":', after: `,"meta":${JSON.stringify(saidOf(meta))}${next}}` };
}

/** What is said beside the rows or the object, and that it is of sample data where it is. */
export function saidOf(meta: Record<string, unknown>): Record<string, unknown> {
  return currentRequest()?.sample ? { ...meta, sample: true } : meta;
}

/** The tag of an answer: it covers everything that the answer says. */
function tagOf(
  type: string,
  identity: readonly string[],
  meta: Record<string, unknown>,
  token?: string | null,
): string {
  return etagOf([type, ...identity, token ?? '', steadyJson(meta)]);
}

/**
 * `{"data": …, "meta": …}` for one object that we rendered as JSON.
 * @param identity  what the data are known by, where something in them changes from one moment to the next
 */
export function objectAnswer(
  data: string,
  meta: Record<string, unknown>,
  cache: Cache,
  identity: readonly string[] = [data],
): Answer {
  const { before, after } = envelope(meta);
  return {
    body: before + data + after,
    type: FORMATS.json.contentType,
    cache,
    etag: tagOf(FORMATS.json.contentType, identity, meta),
  };
}

/** What goes with the rows of a list. */
export interface Beside {
  readonly meta: ListMeta;
  readonly cache: Cache;
  /** Name of the file that a browser saves, without its ending. */
  readonly fileName: string;
}

/**
 * A page of a list in its format; what JSON has in its envelope, CSV and NDJSON have in headers.
 * @param token     where the next page starts; null on the last one, undefined for a list without pages
 * @param identity  what its rows are known by, where that is not the body
 */
export function listAnswer(
  body: Buffer,
  rendering: Sent,
  token: string | null | undefined,
  { meta, cache, fileName }: Beside,
  identity = digest(body),
): Answer & { readonly etag: string } {
  const { format } = rendering;
  const enveloped = format === 'json' || format === 'columns';
  const { before, after } = enveloped ? envelope(meta, token) : { before: '', after: '' };
  return {
    // A copy: what it was written into is used for the next page.
    body: enveloped ? Buffer.concat([Buffer.from(before), body, Buffer.from(after)]) : Buffer.from(body),
    type: FORMATS[format].contentType,
    cache,
    etag: tagOf(FORMATS[format].contentType, [identity], meta, token),
    numbers: rendering.numbers,
    headers: {
      ...rowHeaders(format, meta, fileName),
      'x-next-page-token': token ?? undefined,
    },
  };
}

/** For a client that has the answer already, with the tag that still holds. */
export function heldAnswer(etag: string, { format, numbers }: Sent, cache: Cache): Answer {
  return { body: '', type: FORMATS[format].contentType, cache, etag, numbers };
}

/** A whole export that is still being read from the database while it is sent. */
export function streamAnswer(rows: Readable, meta: ListMeta, rendering: Sent, cache: Cache, fileName: string): Answer {
  const { format, numbers } = rendering;
  return {
    body: rows,
    type: FORMATS[format].contentType,
    cache,
    etag: null,
    numbers,
    headers: rowHeaders(format, meta, fileName),
  };
}

function rowHeaders(format: Format, meta: ListMeta, fileName: string): Record<string, string | undefined> {
  const { fileEnding } = FORMATS[format];
  return {
    'x-data-through': meta.last_day ?? undefined,
    'x-unknown': meta.unknown && namesHeader(meta.unknown),
    'x-without-bar': meta.without_bar && namesHeader(meta.without_bar),
    'x-note': meta.note ? noteHeader(meta.note) : undefined,
    'content-disposition':
      fileEnding === null ? undefined : `attachment; filename="${fileName.replace(/[^\w.^-]+/g, '_')}.${fileEnding}"`,
  };
}

/** Most bytes of what names make long in a header: a thousand names would be more than proxies take. */
const NAMES_BYTES = 1000;

/** Most bytes of the header with the next page's address, which has all that was asked for. */
const LINK_BYTES = 2000;

/** A sentence, percent-encoded where it is not printable ASCII; its beginning and `...` where it is too long. */
function noteHeader(note: string): string {
  let header = '';
  // Letter by letter: one may have two units of UTF-16, of which neither can be encoded alone.
  for (const letter of note) {
    const encoded = /[ -$&-~]/.test(letter) ? letter : encodeURIComponent(letter);
    if (header.length + encoded.length > NAMES_BYTES) return `${header}...`;
    header += encoded;
  }
  return header;
}

/** Names, percent-encoded, as many as fit, and then how many more there are, such as `A, B%2CC, +7`. */
function namesHeader(names: readonly string[]): string {
  const shown: string[] = [];
  let bytes = 0;
  for (const name of names) {
    const encoded = encodeURIComponent(name);
    bytes += encoded.length + 2;
    if (bytes > NAMES_BYTES) break;
    shown.push(encoded);
  }
  const left = names.length - shown.length;
  return [...shown, ...(left > 0 ? [`+${left}`] : [])].join(', ');
}

/** An answer of events; what can be iterated over Nest would send in a way of its own. */
export class Events {
  constructor(readonly stream: EventStream) {}
}

/**
 * Fastify, taught to send answers: conditional requests, caching, the link to the next page, and how long the database
 * took. (An interceptor would do the same for five times the cost of a whole request.)
 */
export class AnswerAdapter extends FastifyAdapter {
  override reply(reply: FastifyReply, body: unknown, status?: number): FastifyReply {
    if (body instanceof Events) return reply.headers(EventStream.HEADERS).send(body.stream);
    if (!isAnswer(body)) return super.reply(reply, body, status);
    const sent = prepare(body, reply);
    reply.status(sent === undefined ? 304 : (status ?? 200));
    return reply.send(sent);
  }
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'etag' in value && 'cache' in value;
}

/**
 * Sets the headers of an answer; what is left to send is its body, or nothing where what the client has still holds.
 */
function prepare(answer: Answer, reply: FastifyReply): Answer['body'] | undefined {
  const { request } = reply;
  reply.header('cache-control', `public, ${answer.cache}`);
  for (const [name, value] of Object.entries(answer.headers ?? {})) if (value) reply.header(name, value);
  const token = answer.headers?.['x-next-page-token'];
  const link = token && `<${nextPage(request.url, token)}>; rel="next"`;
  if (link && link.length <= LINK_BYTES) reply.header('link', link);
  const numbers = preferredNumbers(request.headers.prefer);
  if (numbers !== undefined && numbers === answer.numbers) reply.header('preference-applied', `numbers=${numbers}`);
  reply.header('server-timing', serverTiming(reply.elapsedTime));
  if (answer.etag !== null) {
    reply.header('etag', answer.etag);
    if (matches(request.scope.condition, answer.etag)) return undefined;
  }
  reply.type(answer.type);
  return answer.body;
}

/** The next page, relative to this one: a proxy in front may have taken a prefix off the path. */
export function nextPage(url: string, token: string): string {
  const mark = url.indexOf('?');
  const parameters = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  parameters.set('page_token', token);
  return `?${parameters.toString()}`;
}

import plugin from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ASSETS, VIEWS } from '../http/page-paths.js';

/** Where `npm run build` puts the page: beside this file's folder, and beside that of the bundle. */
const BUILT = fileURLToPath(new URL('../web/', import.meta.url));

/** A document and its tag. */
export interface Document {
  readonly html: string;
  readonly etag: string;
}

/** Sends a document, to be asked for again each time, or says that the client has it. */
export function sendDocument({ html, etag }: Document, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.header('cache-control', 'no-cache').header('etag', etag);
  if (request.headers['if-none-match'] === etag) return reply.status(304).send();
  return reply.type('text/html; charset=utf-8').send(html);
}

/** The page in a folder; null where it was not built. */
export function builtPage(folder = BUILT): string | null {
  return existsSync(join(folder, 'index.html')) ? folder : null;
}

/**
 * The document for views so deep in the tree of addresses. All its addresses are relative to where the page begins, so
 * that it works below the prefix of a proxy, which only the browser knows.
 */
function documentAt(depth: number, html: string): Document {
  const text = html.replace('<base href="./"', `<base href="${'../'.repeat(depth) || './'}"`);
  return { html: text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}

/**
 * Serves the page: assets, which carry their hash in their name, for ever; the document of each view, except `/`, to be
 * asked for again each time.
 * @param folder  where it was built
 * @returns the document for `/`, which {@link serveIndex} serves to browsers
 */
export async function servePage(http: FastifyInstance, folder: string): Promise<Document> {
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  await http.register(plugin, {
    root: join(folder, 'assets'),
    prefix: ASSETS,
    // A route for each file: what is no file of the page is a 404 like any other.
    wildcard: false,
    index: false,
    decorateReply: false,
    preCompressed: true,
    immutable: true,
    maxAge: '365d',
  });
  const documents = [documentAt(0, html), documentAt(1, html)];
  for (const url of VIEWS.slice(1)) {
    const document = documents[url.split('/').length - 2]!;
    http.get(url, (request, reply) => sendDocument(document, request, reply));
  }
  return documents[0]!;
}

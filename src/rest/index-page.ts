import type { FastifyInstance } from 'fastify';
import { type Document, sendDocument } from './page.js';

/** Where to begin, by what is there; relative, so that they hold below a prefix. */
const LINKS = {
  documentation: 'docs',
  openapi: 'openapi.json',
  graphql: 'graphql',
  catalog: 'v1/catalog',
  symbols: 'v1/market-data/symbols',
  series: 'v1/economic-data/series',
  news: 'v1/news',
  events: 'v1/events',
  health: 'health/ready',
} as const;

const NAME = 'Tetra Query API';
const SAMPLE = 'This server serves sample data, part of it generated.';

function page(sample: boolean): string {
  const links = Object.entries(LINKS).map(([name, path]) => `<li><a href="${path}">${name}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${NAME}</title></head>
<body>
<h1>${NAME}</h1>
${sample ? `<p>${SAMPLE}</p>\n` : ''}<ul>
${links.join('\n')}
</ul>
</body>
</html>
`;
}

/**
 * Serves `/`: links to what is there, as JSON, or as a page for a browser.
 * @param sample    whether the data is sample data
 * @param document  what a browser gets in place of links; null where there is no page
 */
export function serveIndex(http: FastifyInstance, sample: boolean, document: Document | null): void {
  const html = page(sample);
  const json = JSON.stringify({ name: NAME, ...(sample ? { sample } : {}), links: LINKS });
  http.get('/', (request, reply) => {
    const browser = /\btext\/html\b/.test(request.headers.accept ?? '');
    if (browser && document) return sendDocument(document, request, reply);
    return reply
      .header('cache-control', 'public, max-age=300')
      .type(browser ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8')
      .send(browser ? html : json);
  });
}

import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ERRORS } from '../base/errors.js';
import { rowComponents, withNullTypes } from './openapi-schemas.js';

const codes = Object.keys(ERRORS);

/** The OpenAPI 3.1 document of the REST routes. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Tetra Query API')
    .setDescription(
      [
        'Read-only market data over PostgreSQL and TimescaleDB. The same data is at `/graphql`.',
        'Decimals are number literals with exact digits: read them without a double, or ask for `numbers=string`.',
        'Errors are problems (RFC 9457) with one of these codes:',
        ...Object.entries(ERRORS).map(
          ([code, { status, title }]) => `- <a id="problem-${code}"></a>\`${code}\` (${status}): ${title}`,
        ),
      ].join('\n\n'),
    )
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .setLicense('Not licensed for use by others', '/docs')
    .addServer('/', 'This server.')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'An API key, where the server asks for one.' },
      'bearer',
    )
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same key in a header.' }, 'key')
    .build();
  const made = SwaggerModule.createDocument(app, config, { operationIdFactory: (_controller, method) => method });
  // Keys are asked for only where the server was given some; health and the documents never ask.
  for (const [path, { get }] of Object.entries(made.paths)) {
    if (get) get.security = path.startsWith('/v1/') ? [{ bearer: [] }, { key: [] }, {}] : [];
  }
  const components = {
    ...made.components,
    headers: HEADERS,
    responses: { Problem: PROBLEM_RESPONSE },
    schemas: { ...made.components?.schemas, ...rowComponents(), Problem: PROBLEM },
  };
  return withNullTypes({ ...made, components }) as OpenAPIObject;
}

const text = (description: string) => ({ description, schema: { type: 'string' } });

const HEADERS = {
  ETag: text('Tells this answer from others; send it as If-None-Match.'),
  'Cache-Control': text('How long the answer may be used again.'),
  Vary: text('What of a request decides its answer.'),
  Link: text('Where the next page is, with rel="next"; absent on the last page, and where it has over 2000 bytes.'),
  'X-Next-Page-Token': text('What to send as page_token for the next page; absent on the last page.'),
  'X-Data-Through': text('Newest day of what was asked for.'),
  'X-Unknown': text(
    'Names of a list that do not exist, percent-encoded; at the end how many more, such as +7; absent without any.',
  ),
  'X-Without-Bar': text(
    'Names of a list that exist and have no such bar, percent-encoded; at the end how many more; absent without any.',
  ),
  'X-Note': text(
    'What a reader has to know, as meta.note of JSON: such as that the default window leaves rows out; percent-encoded ' +
      'where it is not ASCII, and cut, with ... at the end, after 1000 bytes; absent without.',
  ),
  'Content-Disposition': text('The name of the file that a CSV is saved as.'),
  'X-Request-Id': text('The id of the request, as in the log; a well-formed one that was sent comes back.'),
  'Server-Timing': text('How long the database and the whole request took, in milliseconds.'),
  RateLimit: text('What is left of the rate limit; absent without one.'),
  'RateLimit-Policy': text('The rate limit; absent without one.'),
  'Preference-Applied': text('What of Prefer was taken, such as numbers=string.'),
  'Retry-After': text('Seconds after which to try again.'),
};

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string', enum: codes },
    param: { type: 'string', description: 'The parameter at fault.' },
    hint: { type: 'string', description: 'What to do about it.' },
    allowed: { type: 'array', items: { type: 'string' }, description: 'Accepted names or values.' },
    request_id: { type: 'string' },
  },
};

const PROBLEM_RESPONSE = {
  description: 'A problem (RFC 9457); its code says which.',
  headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/**
 * Serves the document and Swagger UI, both from this process. It is made when it is first asked for, not at the start.
 */
export function serveDocs(app: NestFastifyApplication): void {
  const http = app.getHttpAdapter().getInstance();
  let document: OpenAPIObject | undefined;
  const made = (): OpenAPIObject => (document ??= openApiDocument(app));
  let text: string | undefined;
  http.get('/openapi.json', (_request, reply) => {
    void reply.type('application/json; charset=utf-8').send((text ??= JSON.stringify(made())));
  });
  SwaggerModule.setup('docs', app, made, { customSiteTitle: 'Tetra Query API', raw: false });
}

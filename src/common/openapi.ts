import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ERRORS } from './errors.js';

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
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components = {
    ...document.components,
    schemas: {
      ...document.components?.schemas,
      Problem: {
        type: 'object',
        required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id'],
        properties: {
          type: { type: 'string' },
          title: { type: 'string' },
          status: { type: 'integer' },
          detail: { type: 'string' },
          instance: { type: 'string' },
          code: { type: 'string', enum: codes },
          param: { type: 'string' },
          hint: { type: 'string' },
          allowed: { type: 'array', items: { type: 'string' } },
          request_id: { type: 'string' },
        },
      },
    },
  };
  return document;
}

/** Serves the document and Swagger UI, both from this process. It is made when it is first asked for, not at the start. */
export function serveDocs(app: NestFastifyApplication): void {
  const http = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  let document: OpenAPIObject | undefined;
  const made = (): OpenAPIObject => (document ??= openApiDocument(app));
  let text: string | undefined;
  http.get('/openapi.json', (_request, reply) => {
    void reply.type('application/json; charset=utf-8').send((text ??= JSON.stringify(made())));
  });
  SwaggerModule.setup('docs', app, made, { customSiteTitle: 'Tetra Query API', raw: false });
}

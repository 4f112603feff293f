import { applyDecorators, createParamDecorator, type ExecutionContext, Get } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiQuery, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { argsOf } from './args.js';
import { RestInput } from './args-pipe.js';
import { ERRORS } from './errors.js';
import { preferredNumbers } from './prefer.js';
import { columnsOf } from './wire.js';

type Model = abstract new () => object;

/** What a route is for; its parameters, its OpenAPI entry and its 4xx answers follow. */
export interface RouteOptions {
  readonly summary: string;
  readonly description?: string;
  /** The class of its arguments. */
  readonly args: new () => object;
  /** What one row, or the one object, looks like. */
  readonly model: Model;
  /** A page of rows, or one object. */
  readonly shape: 'page' | 'list' | 'object';
  /** Path parameters and what they are. */
  readonly path?: Record<string, string>;
}

/** A GET route of the data API. */
export function Route(path: string, options: RouteOptions): MethodDecorator {
  const { args, model, shape } = options;
  const query = argsOf(args).map((spec) =>
    ApiQuery({
      name: spec.name,
      required: spec.required,
      description: spec.description,
      schema: (spec.default === undefined ? spec.schema : { ...spec.schema, default: spec.default }) as never,
      ...(spec.schema.type === 'array' ? { style: 'form', explode: false } : {}),
    }),
  );
  const params = Object.entries(options.path ?? {}).map(([name, description]) =>
    ApiParam({ name, description, schema: { type: 'string' } }),
  );
  const row = { $ref: getSchemaPath(model as never) };
  const meta = { type: 'object', additionalProperties: true };
  const data = shape === 'object' ? row : { type: 'array', items: row };
  const envelope = {
    type: 'object',
    required: shape === 'page' ? ['data', 'meta', 'next_page_token'] : ['data', 'meta'],
    properties: { data, meta, ...(shape === 'page' ? { next_page_token: { type: ['string', 'null'] } } : {}) },
  };
  const formats = argsOf(args).some((spec) => spec.property === 'format');
  const columns = {
    ...envelope,
    properties: {
      ...envelope.properties,
      data: {
        type: 'object',
        description: `format=columns: one array for each of ${columnsOf(model)
          .map((c) => c.name)
          .join(', ')}.`,
      },
    },
  };
  const content = {
    'application/json': { schema: formats ? { anyOf: [envelope, columns] } : envelope },
    ...(formats
      ? { 'text/csv': { schema: { type: 'string' } }, 'application/x-ndjson': { schema: { type: 'string' } } }
      : {}),
  };
  return applyDecorators(
    Get(path),
    ApiExtraModels(model as never),
    ApiOperation({ summary: options.summary, description: options.description }),
    ...query,
    ...params,
    ApiResponse({ status: 200, description: 'The answer.', content: content as never }),
    ApiResponse({ status: 304, description: 'What If-None-Match names still holds.' }),
    ...problemResponses(Object.keys(options.path ?? {}).length > 0),
  );
}

function problemResponses(named: boolean): MethodDecorator[] {
  const statuses = new Set(Object.values(ERRORS).map((e) => e.status));
  const documented = [400, ...(named ? [404] : []), 406, 429, 503, 504].filter((status) =>
    statuses.has(status as never),
  );
  return documented.map((status) =>
    ApiResponse({
      status,
      description: 'A problem (RFC 9457).',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
}

/** The request's arguments, made and checked by the args pipe. */
export const RestArgs = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { query, headers } = context.switchToHttp().getRequest<FastifyRequest>();
  return new RestInput(query as Record<string, unknown>, headers.accept, preferredNumbers(headers.prefer));
});
